package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/live"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/query/client"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// watcher collects what a stream says.
type watcher struct {
	mu      sync.Mutex
	entries []schema.LiveEntry
	states  int
	last    string
}

func (w *watcher) note(m client.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = m.ID
	if m.Event == "state" {
		w.states++
		return nil
	}
	var e schema.LiveEntry
	if err := json.Unmarshal(m.Data, &e); err != nil {
		return err
	}
	w.entries = append(w.entries, e)
	return nil
}

// ids are the message ids seen, in order.
func (w *watcher) ids() (ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.entries {
		ids = append(ids, e.MessageID)
	}
	return ids
}

func (w *watcher) place() (string, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last, w.states
}

// watch reads the server's stream in the background until stop.
func (s *server) watch(w *watcher, query url.Values, after string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	c := &client.Client{URL: s.URL, Key: testConsoleKey}
	go func() { ended <- c.Stream(ctx, query, after, w.note) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; ctx.Err() == nil {
			s.t.Errorf("the stream ended by itself: %v", err)
		}
	})
	s.t.Cleanup(stop)
	_, before := w.place()
	s.until("the stream is open", 30*time.Second, func() bool { _, states := w.place(); return states > before })
	return stop
}

// What is sent is seen within a second, with its fate; whoever pauses goes on without a gap; tail shows the same.
func TestLiveStream(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	track := func(id, user string) {
		t.Helper()
		body := fmt.Sprintf(`{"userId":%q,"event":"Seen","messageId":%q,"properties":{"statsigCustomIDs":["companyID","c1"]}}`, user, id)
		if status, answer := s.post("/v1/track", testWriteKey, body); status != http.StatusOK {
			t.Fatalf("track: %d %s", status, answer)
		}
	}
	var all, one watcher
	stop := s.watch(&all, nil, "")
	s.watch(&one, url.Values{"id": {"u2"}}, "")

	fastest := time.Hour
	for i := range 5 {
		id, started := fmt.Sprintf("quick-%d", i), time.Now()
		track(id, "u1")
		s.until("the event is in the stream", 30*time.Second, func() bool { return slices.Contains(all.ids(), id) })
		fastest = min(fastest, time.Since(started))
	}
	t.Logf("from sending to seeing: %v", fastest)
	if fastest > time.Second {
		t.Errorf("the fastest of five events was seen after %v, want less than a second", fastest)
	}
	if e := all.entries[0]; e.Fate != schema.Stored || e.Name != "segment::Seen" || e.UnitIDs["companyID"] != "c1" || !strings.Contains(string(e.Raw), `"quick-0"`) {
		t.Errorf("the first entry is %+v", e)
	}

	stop()
	track("paused-0", "u2")
	track("paused-1", "u1")
	status, _ := s.post("/v1/track", "wrong", `{"userId":"u","event":"E"}`)
	if status != http.StatusUnauthorized {
		t.Fatalf("a wrong key gets %d", status)
	}
	after, _ := all.place()
	s.watch(&all, nil, after)
	s.until("the stream has gone on", 30*time.Second, func() bool { return len(all.ids()) >= 8 })
	if got, want := fmt.Sprint(all.ids()), "[quick-0 quick-1 quick-2 quick-3 quick-4 paused-0 paused-1 ]"; got != want {
		t.Errorf("before and after the pause: %v, want %v", got, want)
	}
	if e := all.entries[7]; e.Fate != schema.Refused || e.Reason != "unknown_source" {
		t.Errorf("a refused request is shown as %+v", e)
	}
	if got := fmt.Sprint(one.ids()); got != "[paused-0]" {
		t.Errorf("the stream of one unit shows %v", got)
	}
	s.checkTail(track)
}

// checkTail runs pulsehouse tail beside the server.
func (s *server) checkTail(track func(id, user string)) {
	s.t.Helper()
	cmd := exec.Command(os.Args[0], "tail", "--event", "Seen", "--fate", "stored", "--json", "--url", s.URL, "--key", testConsoleKey)
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	n := 0
	s.until("tail shows an event", 60*time.Second, func() bool {
		n++
		track(fmt.Sprintf("tail-%d", n), "u1")
		return strings.Contains(out.String(), `"tail-`)
	})
	for line := range strings.Lines(strings.TrimSpace(out.String())) {
		if !json.Valid([]byte(line)) || !strings.Contains(line, `"fate":"stored"`) {
			s.t.Errorf("tail --json prints %q", line)
		}
	}
}

// lockedBuffer may be read while a process writes to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

// A stream outlives the server's write timeout, which is meant for answers that end; a reader that has gone is noticed and
// costs nothing any more. No engine is needed for that.
func TestStreamOutlivesWriteTimeout(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys.json")
	text, err := json.Marshal([]schema.Key{schema.NewKey("k", schema.ConsoleKey, "test", testConsoleKey)})
	if err == nil {
		err = os.WriteFile(keys, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	log := live.New(time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- log.Run(ctx) }()
	api := query.New(query.Options{
		Keys: catalog.NewKeyring(nil, keys),
		Live: func(after string, f schema.LiveFilter) (query.LiveReader, error) { return log.Read(after, f) },
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &fasthttp.Server{Handler: func(ctx *fasthttp.RequestCtx) { api.Handle(ctx) }, WriteTimeout: 300 * time.Millisecond}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()

	var w watcher
	reading, stop := context.WithCancel(t.Context())
	streamed := make(chan error, 1)
	c := &client.Client{URL: "http://" + l.Addr().String(), Key: testConsoleKey}
	go func() { streamed <- c.Stream(reading, nil, "", w.note) }()
	for range 6 { // the pauses make the stream older than the timeout
		log.Offer(live.Request{Rows: new(schema.Decoded), Refused: schema.Errorf(401, "x", "y")})
		time.Sleep(250 * time.Millisecond)
	}
	for deadline := time.Now().Add(30 * time.Second); len(w.ids()) < 5 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	select {
	case err := <-streamed:
		t.Errorf("the stream ended: %v", err)
	default:
	}
	if n := len(w.ids()); n < 5 {
		t.Errorf("in 1.5 s with a write timeout of 0.3 s the stream showed %d entries", n)
	}
	stop()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := server.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

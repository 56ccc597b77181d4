package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/schema"
)

// noEngine is an address at which nothing listens: the engine is away, for as long as one likes.
const noEngine = "http://nobody:nothing@127.0.0.1:1/nowhere"

// launchWithoutEngine starts a server that knows its keys from the snapshot of an earlier life and has no engine.
func launchWithoutEngine(t *testing.T, extra ...string) *server {
	t.Helper()
	dir := t.TempDir()
	keys := []schema.Key{
		schema.NewKey("w", schema.WriteKey, "write", testWriteKey), schema.NewKey("s", schema.ServerKey, "server", testServerKey),
		schema.NewKey("c", schema.ConsoleKey, "console", testConsoleKey),
	}
	text, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, keySnapshotFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := launch(t, dir, append([]string{"--clickhouse", noEngine}, extra...)...)
	s.until("the server listens", 30*time.Second, func() bool {
		res, err := http.Get(s.URL + "/healthz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return s
}

// send posts a body and returns status, answer and Retry-After.
func (s *server) send(path string, body []byte) (status int, answer, retryAfter string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.URL+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(testWriteKey, "")
	req.Header.Set("STATSIG-API-KEY", testServerKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header.Get("Retry-After")
}

// With the engine away events are acknowledged until the spool is full. Then each kind of sender is told in its own way to come again,
// and in whole seconds when.
func TestSpoolFull(t *testing.T) {
	t.Parallel()
	s := launchWithoutEngine(t, "--spool-bytes", "200000")
	batch := []byte(`{"batch":[` + tracks("Full", "full", 50) + `]}`)
	acked := 0
	s.until("the spool is full", 60*time.Second, func() bool {
		status, _, _ := s.send("/v1/batch", batch)
		if status == http.StatusOK {
			acked++
		}
		return status != http.StatusOK
	})
	if acked < 10 {
		t.Errorf("only %d requests were acknowledged before the spool was full", acked)
	}
	for path, want := range map[string]int{"/v1/batch": 429, "/v1/track": 429, "/v1/log_event": 503, "/v1/rgstr": 503, "/v1/webhooks/segment_webhook": 503} {
		body := []byte(`{"type":"track","userId":"u","event":"E","messageId":"m","events":[]}`)
		if path == "/v1/batch" {
			body = batch
		}
		status, answer, retry := s.send(path, body)
		if seconds, err := strconv.Atoi(retry); status != want || err != nil || seconds < 1 || !strings.Contains(answer, `"code":"spool_full"`) {
			t.Errorf("%s: %d %s with Retry-After %q, want %d", path, status, answer, retry, want)
		}
	}
}

func gzipped(t *testing.T, n int, fill string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for range max(n/len(fill), 1) {
		if _, err := io.WriteString(z, fill); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Bodies that are small and become large are refused for what they are, in bounded memory, however many come at once.
func TestBombs(t *testing.T) {
	t.Parallel()
	s := launchWithoutEngine(t)
	fill := strings.Repeat(" ", 1<<16)
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bombs := map[string][]byte{
		"gzip": gzipped(t, 128<<20, fill), "zstd": encoder.EncodeAll(bytes.Repeat([]byte(fill), 2048), nil), "gzip, within the size": gzipped(t, 7<<20, fill),
	}
	before := s.rss()
	for name, bomb := range bombs {
		for _, path := range []string{"/v1/batch", "/v1/log_event"} {
			var wg sync.WaitGroup
			var seen atomic.Int64 // the others had to wait too long for memory
			for range 50 {
				wg.Go(func() {
					status, answer, _ := s.send(path, bomb)
					switch {
					case status == http.StatusBadRequest && strings.Contains(answer, `"code":"request_too_large"`):
						seen.Add(1)
					case status < 400, !strings.Contains(answer, `"code":"busy"`):
						t.Errorf("a %s bomb of %d bytes to %s: %d %s", name, len(bomb), path, status, answer)
					}
				})
			}
			wg.Wait()
			if seen.Load() == 0 {
				t.Errorf("none of 50 %s bombs to %s was seen to be one", name, path)
			}
		}
	}
	if grown := s.rss() - before; grown > 400<<20 {
		t.Errorf("300 bombs took %d MiB of memory", grown>>20)
	}
	if status, _, _ := s.send("/v1/batch", gzipped(t, 200_000, `{"batch":[]}                    `)[:40]); status != http.StatusBadRequest {
		t.Errorf("half a body is answered with %d", status)
	}
	good := []byte(`{"batch":[` + tracks("Good", "good", 100) + `]}`)
	if status, answer, _ := s.send("/v1/batch", good); status != http.StatusOK {
		t.Errorf("after the bombs a good batch gets %d %s", status, answer)
	}
}

// rss is the server process's resident memory in bytes.
func (s *server) rss() int64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kib int64
			fmt.Sscan(rest, &kib)
			return kib << 10
		}
	}
	s.t.Fatal("no VmRSS")
	return 0
}

// Ten thousand connections that have sent something and wait cost little, and so do a thousand that announce much and send little.
func TestManyConnections(t *testing.T) {
	s := launchWithoutEngine(t)
	address := strings.TrimPrefix(s.URL, "http://")
	open := func(n int, request string, answered bool) (perConnection int64) {
		t.Helper()
		before := s.rss()
		connections := make([]net.Conn, n)
		defer func() {
			for _, c := range connections {
				if c != nil {
					c.Close()
				}
			}
		}()
		answer := make([]byte, 512)
		for i := range connections {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
			connections[i] = c
			if _, err := io.WriteString(c, request); err != nil {
				t.Fatal(err)
			}
			if answered {
				if _, err := c.Read(answer); err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) {
					t.Fatalf("connection %d: %v %s", i, err, answer)
				}
			}
		}
		return (s.rss() - before) / int64(n)
	}
	body := `{"batch":[` + tracks("Idle", "idle", 300) + `]}`
	request := fmt.Sprintf("POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Basic dGVzdC13cml0ZS1rZXk6\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	open(100, request, true) // warm
	// fasthttp's defaults take 145 KiB and 8 MiB for these (facts/perf.md §2e)
	if idle := open(10_000, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", true); idle > 24<<10 {
		t.Errorf("an idle connection costs %d bytes", idle)
	} else {
		t.Logf("an idle connection costs %d bytes", idle)
	}
	if slow := open(1000, "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n{", false); slow > 64<<10 {
		t.Errorf("a connection that announces a body and sends a byte costs %d bytes", slow)
	} else {
		t.Logf("a slow connection costs %d bytes", slow)
	}
}

// Whoever sends too slowly is cut off, whether in the head or in the body, while others are served.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(func(ctx *fasthttp.RequestCtx) {
		_, err := io.Copy(io.Discard, ctx.RequestBodyStream())
		if string(ctx.Path()) == "/panic" {
			panic("on purpose")
		}
		answerJSON(ctx, 200, map[string]any{"error": fmt.Sprint(err)})
	}, slog.New(slog.DiscardHandler))
	server.ReadTimeout = 700 * time.Millisecond
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	var cut atomic.Int64
	var wg sync.WaitGroup
	for i, head := range []string{"POST /x HTTP/1.1\r\nHost: x\r\nX-", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n{", "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"} {
		wg.Go(func() {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_, err = io.WriteString(c, head)
			for deadline := time.Now().Add(30 * time.Second); err == nil; {
				if time.Now().After(deadline) {
					t.Errorf("client %d may drip for half a minute", i)
					return
				}
				time.Sleep(50 * time.Millisecond) // a drip
				_, err = io.WriteString(c, "a")
			}
			cut.Add(1)
		})
	}
	for path, want := range map[string]int{"/fine": 200, "/panic": 500} {
		res, err := http.Post("http://"+l.Addr().String()+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s beside slow clients: %d, want %d", path, res.StatusCode, want)
		}
	}
	wg.Wait()
	if cut.Load() != 3 {
		t.Errorf("%d of 3 slow clients were cut off", cut.Load())
	}
	http.DefaultClient.CloseIdleConnections()
	if err := server.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// With the engine away and more coming in than memory is meant to hold, requests are acknowledged and memory stays where it is told to:
// what does not fit waits on disk.
func TestMemoryWhileEngineIsAway(t *testing.T) {
	t.Parallel()
	s := launchWithoutEngine(t)
	const requests, clients = 1600, 64
	bodies := make([][]byte, 40)
	for n := range bodies {
		bodies[n] = gzipped(t, 1, string(bench.Workload{Seed: 1}.AppendBatch(nil, uint64(n), 100)))
	}
	var most, acked atomic.Int64
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for n := c; n < requests; n += clients {
				status, answer, _ := s.send("/v1/batch", bodies[n%len(bodies)])
				if status != http.StatusOK {
					t.Errorf("with the engine away a batch gets %d %s", status, answer)
					return
				}
				if acked.Add(1)%50 == 0 {
					most.Store(max(most.Load(), s.rss()))
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d requests acknowledged, at most %d MiB resident", acked.Load(), most.Load()>>20)
	if most.Load() > 512<<20 {
		t.Errorf("%d MiB are resident, more than 512", most.Load()>>20)
	}
	if bytes := s.gauge("pulsehouse_spool_waiting_records"); bytes != requests {
		t.Errorf("%v requests wait in the spool, want %d", bytes, requests)
	}
}

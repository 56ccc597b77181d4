package forward

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"go.uber.org/goleak"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// house is an engine with our tables, and a way to store rows as the loader would.
type house struct {
	t       *testing.T
	db      *store.DB
	catalog *catalog.Catalog
	sealer  *catalog.Sealer
	options Options
	batch   uint64
}

const testSpool = 7

func newHouse(t *testing.T) *house {
	t.Helper()
	db := storetest.Open(t)
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	sealer, err := catalog.OpenSealer(filepath.Join(t.TempDir(), "secrets.key"))
	if err != nil {
		t.Fatal(err)
	}
	return &house{t: t, db: db, catalog: catalog.Open(db), sealer: sealer, options: Options{
		Node: "here", Every: 20 * time.Millisecond, SaveEvery: 20 * time.Millisecond,
		Backoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond, Timeout: 5 * time.Second, Log: slog.New(slog.DiscardHandler),
	}}
}

func (h *house) exec(sql string, p store.Params) {
	h.t.Helper()
	if err := h.db.Exec(h.t.Context(), sql, p); err != nil {
		h.t.Fatal(err)
	}
}

// load records a load of rows that insert has put into a table as the next batch.
func (h *house) load(table string, rows int, insert string, p store.Params) {
	h.t.Helper()
	h.batch++
	all := store.Params{"spool": uint64(testSpool), "batch": h.batch}
	for k, v := range p {
		all[k] = v
	}
	h.exec(insert, all)
	h.exec(`INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to) SELECT {spool:UInt64}, {batch:UInt64}, {table:String}, {rows:UInt32},
		[toDate('2026-01-02')], now64(3)`, store.Params{"spool": uint64(testSpool), "batch": h.batch, "table": table, "rows": rows})
}

// events stores n custom events in one load, with ids PREFIX0 and so on; users take turns, so that each has several in a row.
func (h *house) events(prefix string, n int) {
	h.t.Helper()
	h.load("events", n, `INSERT INTO events (spool_id, batch_seq, position, day, time, received_time, source_kind, kind, name, event, message_id, user_id,
			unit_ids, value, environment, properties, user_properties, extra)
		SELECT {spool:UInt64}, {batch:UInt64}, {batch:UInt64} * 1048576 + number, '2026-01-02', toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC'), now64(3), 'statsig', 'log_event',
			'add_to_cart', 'add_to_cart', concat({prefix:String}, toString(number)), concat('u', toString(number % 7)), map('stableid', 's1'), 9.5, 'production',
			concat('{"sku":"a \\"b\\"","n":', toString(number), '}'), '{"email":"a@b.c"}', ''
		FROM numbers({n:UInt64})`, store.Params{"prefix": prefix, "n": n})
}

// row stores one row of a table, given by some of its columns.
func (h *house) row(table, columns, values string) {
	h.t.Helper()
	h.load(table, 1, `INSERT INTO `+table+` (spool_id, batch_seq, position, day, time, received_time, environment, `+columns+`)
		SELECT {spool:UInt64}, {batch:UInt64}, {batch:UInt64}, '2026-01-02', toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC'), now64(3), 'production', `+values, nil)
}

// destination defines one that sends to a sink.
func (h *house) destination(d schema.Destination) schema.Destination {
	h.t.Helper()
	d.Name, d.Secret, d.From = "out", h.sealer.Seal("out", "the-key"), 1
	d.Events.IncludeNew = true
	if err := d.Validate(); err != nil {
		h.t.Fatal(err)
	}
	h.save(&d)
	return d
}

func (h *house) save(d *schema.Destination) {
	h.t.Helper()
	if err := h.catalog.SaveDestination(h.t.Context(), "tester", d); err != nil {
		h.t.Fatal(err)
	}
}

// run forwards until stop.
func (h *house) run() (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := New(h.db, h.catalog, h.sealer, h.options).Run(ctx); err != nil {
			h.t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	h.t.Cleanup(stop)
	return stop
}

func (h *house) until(what string, done func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("after a minute it is not true that %s", what)
		}
	}
}

// state is the saved progress.
func (h *house) state(d schema.Destination) catalog.Delivery {
	h.t.Helper()
	v, err := h.catalog.Delivery(h.t.Context(), &d)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// sink is a Segment-like server that remembers what it took.
type sink struct {
	*httptest.Server
	// misbehave, if not nil, answers a request in its own way and returns true.
	misbehave func(n int, w http.ResponseWriter, r *http.Request, batch []map[string]any) bool

	mu       sync.Mutex
	requests int
	taken    []map[string]any // every message of every request that was answered with yes, in order
	largest  int
}

func newSink(t *testing.T) *sink {
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	var in io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return // the sender hung up
		}
		in = z
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return
	}
	var body struct{ Batch, Data []map[string]any }
	if err := json.Unmarshal(text, &body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.requests++
	n := s.requests
	s.largest = max(s.largest, len(text))
	s.mu.Unlock()
	batch := append(body.Batch, body.Data...)
	if s.misbehave != nil && s.misbehave(n, w, r, batch) {
		return
	}
	s.take(batch)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"success":true}`)
}

func (s *sink) take(batch []map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, batch...)
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

func (s *sink) all() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.taken)
}

// TestOneOfTwo: of two servers over one database one sends; when it is gone the other goes on where it was.
func TestOneOfTwo(t *testing.T) {
	t.Parallel()
	h, s := newHouse(t), newSink(t)
	senders := map[string]int{}
	s.misbehave = func(_ int, _ http.ResponseWriter, r *http.Request, batch []map[string]any) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		senders[r.Header.Get("X-Node")] += len(batch)
		return false
	}
	start := func(node string) (stop func()) {
		h.options.Node, h.options.LeaseFor, h.options.Transport = node, 5*time.Second, named{node}
		return h.run()
	}
	h.events("a", 100)
	d := h.destination(schema.Destination{Endpoint: s.URL, Categories: []schema.Category{schema.SendCustomEvents}})
	stop := start("first")
	h.until("100 arrived", func() bool { return s.count() == 100 })
	start("second")
	h.events("b", 100)
	h.until("100 more arrived and the cursor is written", func() bool { return h.state(d).Sent == 200 })
	stop()
	h.events("c", 100)
	h.until("the other goes on", func() bool { return h.state(d).Sent == 300 })
	if s.count() != 300 || senders["first"] != 200 || senders["second"] != 100 {
		t.Errorf("%d messages, by %v", s.count(), senders)
	}
}

// TestSlow: a destination that is away for longer than a query may wait gets everything, once and in order, when it is back.
func TestSlow(t *testing.T) {
	t.Parallel()
	h, s := newHouse(t), newSink(t)
	h.options.Patience = 20 * time.Millisecond
	var away atomic.Bool
	away.Store(true)
	s.misbehave = func(_ int, w http.ResponseWriter, _ *http.Request, _ []map[string]any) bool {
		if away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return away.Load()
	}
	for range 4 {
		h.events(fmt.Sprintf("a%d-", h.batch), 6000)
	}
	h.exec("OPTIMIZE TABLE events FINAL", nil)
	d := h.destination(schema.Destination{Endpoint: s.URL, Categories: []schema.Category{schema.SendCustomEvents}})
	h.run()
	h.until("it was tried thirty times", func() bool { return h.state(d).Retries > 30 })
	away.Store(false)
	h.until("all arrived", func() bool { return h.state(d).Sent == 24_000 })
	checkOrder(t, s.all(), 6000, 6000, 6000, 6000)
}

// checkOrder wants of loads of so many rows by house.events every message, each user's in order. What came again counts the first time.
func checkOrder(t *testing.T, all []map[string]any, loads ...int) {
	t.Helper()
	want, got, seen := map[any][]int{}, map[any][]int{}, map[any]bool{}
	for _, n := range loads {
		for i := range n {
			user := fmt.Sprintf("u%d", i%7)
			want[user] = append(want[user], i)
		}
	}
	for _, m := range all {
		if id := m["messageId"]; !seen[id] {
			seen[id] = true
			got[m["userId"]] = append(got[m["userId"]], poisonOf(m))
		}
	}
	for user := range want {
		if !slices.Equal(got[user], want[user]) {
			t.Errorf("%d messages of %v arrived, want %d, in their order", len(got[user]), user, len(want[user]))
		}
	}
}

// TestLanes: several requests are in flight, never two with the same user; whenever the sender is stopped and whatever the sink does, each
// user's messages arrive in order, and what is sent again is not counted again.
func TestLanes(t *testing.T) {
	t.Parallel()
	h, s := newHouse(t), newSink(t)
	var mu sync.Mutex
	inFlight, users, most := 0, map[any]int{}, 0
	random := rand.New(rand.NewPCG(1, 2))
	s.misbehave = func(_ int, w http.ResponseWriter, _ *http.Request, batch []map[string]any) bool {
		mine := map[any]bool{}
		for _, m := range batch {
			mine[m["userId"]] = true
		}
		mu.Lock()
		inFlight++
		most = max(most, inFlight)
		for u := range mine {
			if users[u]++; users[u] > 1 {
				t.Errorf("two requests with %v are in flight", u)
			}
		}
		what := random.IntN(12)
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			inFlight--
			for u := range mine {
				users[u]--
			}
		}()
		time.Sleep(20 * time.Millisecond) // far away
		switch what {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			s.take(batch)
			w.WriteHeader(http.StatusGatewayTimeout)
		default:
			return false
		}
		return true
	}
	loads := []int{9000, 5000, 1, 4000}
	for i, n := range loads {
		h.events(fmt.Sprintf("a%d-", i), n)
	}
	d := h.destination(schema.Destination{Endpoint: s.URL, Categories: []schema.Category{schema.SendCustomEvents}})
	for life := 1; life <= 4; life++ {
		before, stop := s.count(), h.run()
		h.until("some arrived", func() bool { return s.count() > before+1000 || h.state(d).Sent == 18_001 })
		stop()
		mu.Lock() // what was cut off is not in flight any more
		clear(users)
		mu.Unlock()
	}
	h.run()
	h.until("all arrived", func() bool { return h.state(d).Sent >= 18_001 })
	checkOrder(t, s.all(), loads...)
	if v := h.state(d); v.Sent != 18_001 || most < 2 || most > 4 {
		t.Errorf("%d are counted as sent, want 18001; %d requests were in flight at once", v.Sent, most)
	}
}

// named is a transport that says whose requests it carries.
type named struct{ node string }

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("X-Node", n.node)
	return http.DefaultTransport.RoundTrip(r)
}

// TestForward sends what is stored, in requests within Segment's limits, and stops without a trace.
func TestForward(t *testing.T) {
	h, s := newHouse(t), newSink(t)
	pools := []goleak.Option{ // connections that the engine's client keeps
		goleak.IgnoreCurrent(), goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("net/http.(*Server).Serve"),
	}
	var header http.Header
	s.misbehave = func(_ int, _ http.ResponseWriter, r *http.Request, _ []map[string]any) bool {
		header = r.Header
		return false
	}
	h.events("a", 5000)
	d := h.destination(schema.Destination{Endpoint: s.URL + "/v1/"})
	stop := h.run()
	h.until("5000 events and the change arrived", func() bool { return s.count() >= 5001 })
	h.events("b", 10)
	h.until("10 more arrived", func() bool { return s.count() >= 5011 })
	h.until("the cursor is written", func() bool { return h.state(d).Sent == 5011 })
	stop()
	ids := map[any]bool{}
	for _, m := range s.all() {
		ids[m["messageId"]] = true
	}
	if s.count() != 5011 || len(ids) != 5011 || s.largest > 500_000 {
		t.Errorf("%d messages, %d ids, %d bytes in the largest request", s.count(), len(ids), s.largest)
	}
	if user, _, _ := (&http.Request{Header: header}).BasicAuth(); user != "the-key" || header.Get("Content-Encoding") != "gzip" {
		t.Errorf("header %v", header)
	}
	if v := h.state(d); v.Failed != 0 || v.Retries != 0 || v.Status != "running" || v.Problem != "" {
		t.Errorf("%+v", v)
	}
	h.run()() // nothing is sent again
	if s.count() != 5011 {
		t.Errorf("%d messages after another start", s.count())
	}
	s.Close()
	goleak.VerifyNone(t, pools...)
}

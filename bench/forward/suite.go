// Package forward measures the way out: stored events to a local sink that speaks Segment's /v1/batch.
package forward

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/ingest/forward"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Suite is the way out.
var Suite = bench.Suite{Name: "forward", Open: open}

const loadRows = 20_000

func open(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	sealer, err := catalog.OpenSealer(filepath.Join(env.Dir, "secrets.key"))
	if err != nil {
		return nil, err
	}
	o := newOutbound(env, sealer)
	if err := o.fill(ctx, bench.Pick(env.Scale, 60_000, 500_000, 5_000_000)); err != nil {
		return nil, err
	}
	bodies, err := o.bodies()
	if err != nil {
		return nil, err
	}
	// What an hour leaves behind while the sink is away: at 500 events a second, at 1 000, at 10 000.
	hour := newOutbound(env, sealer)
	hourRows := 3600 * bench.Pick(env.Scale, 500, 1000, 10_000)
	return []bench.Case{
		{Name: "stored event to sink", Unit: "event", Contestants: []bench.Contestant{
			{Name: "PulseHouse", Role: bench.Ours, Run: o.run},
			{Name: "post requests that are ready", Role: bench.Ceiling, Run: func(ctx context.Context) (bench.Sample, error) { return o.post(ctx, bodies) }},
		}},
		{Name: fmt.Sprintf("stored event to a sink %v away", farAway), Unit: "event", By: bench.Wall, Contestants: []bench.Contestant{
			{Name: "PulseHouse", Role: bench.Ours, Run: o.runFar},
		}},
		{
			Name: fmt.Sprintf("the sink is away for %d events, and comes back", hourRows), Unit: "event", Rounds: 1, Cold: true,
			Prepare:     func(ctx context.Context) error { return hour.fill(ctx, hourRows) },
			Contestants: []bench.Contestant{{Name: "PulseHouse", Role: bench.Ours, Run: hour.away}},
		},
	}, nil
}

// outbound is a house with events, and a sink.
type outbound struct {
	env     *bench.Env
	db      *store.DB
	catalog *catalog.Catalog
	sealer  *catalog.Sealer
	sink    *httptest.Server
	rows    int
	number  int // of destinations so far

	down, far       atomic.Bool
	requests, bytes atomic.Int64
}

func newOutbound(env *bench.Env, sealer *catalog.Sealer) *outbound {
	o := &outbound{env: env, sealer: sealer}
	o.sink = httptest.NewServer(http.HandlerFunc(o.serve))
	env.Defer(func() error { o.sink.Close(); return nil })
	return o
}

// farAway is how long the answer of a sink on another continent takes.
const farAway = 100 * time.Millisecond

// runFar sends everything once to a sink that is far away.
func (o *outbound) runFar(ctx context.Context) (bench.Sample, error) {
	o.far.Store(true)
	defer o.far.Store(false)
	return o.run(ctx)
}

// serve takes a request as cheaply as a server can.
func (o *outbound) serve(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	if o.down.Load() || err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if o.far.Load() {
		time.Sleep(farAway)
	}
	o.requests.Add(1)
	o.bytes.Add(n)
	io.WriteString(w, `{"success":true}`)
}

// fill makes tables and stores events as loads would, with properties of a usual size.
func (o *outbound) fill(ctx context.Context, rows int) (err error) {
	if o.db, err = o.env.DB(ctx); err != nil {
		return err
	}
	o.catalog, o.rows = catalog.Open(o.db), rows
	const atOnce = 50 // loads, in one part, as if they had been merged: that is how they are found after an hour
	for first := 1; (first-1)*loadRows < rows; first += atOnce {
		p := store.Params{"first": uint64(first), "loads": uint64(min(atOnce, rows/loadRows-first+1)), "size": uint64(loadRows), "seed": o.env.Seed}
		for _, sql := range []string{fillEvents, fillLoads} {
			if err := o.db.Exec(ctx, sql, p, store.WithSettings(map[string]any{"min_insert_block_size_rows": atOnce * loadRows, "min_insert_block_size_bytes": 0})); err != nil {
				return fmt.Errorf("store events: %w", err)
			}
		}
	}
	return nil
}

const fillEvents = `INSERT INTO events (spool_id, batch_seq, position, day, time, received_time, source_kind, kind, name, event, message_id, user_id,
	unit_ids, value, environment, properties, user_properties, library)
SELECT 1, {first:UInt64} + intDiv(number, {size:UInt64}) AS batch, batch * 1048576 + number % {size:UInt64}, toDate(t), t, t, 'statsig', 'log_event',
	concat('event_', toString(number % 60)) AS e, e, concat('sdk-', hex(sipHash64({seed:UInt64}, batch, number)), hex(number)),
	concat('user-', toString(cityHash64(batch, number) % 100000)), map('stableid', concat('stable-', toString(number % 5000))), number % 1000 / 10, 'production',
	concat('{"product_id":"', hex(number), '","category":"summer outdoor","quantity":"2","currency":"EUR","list":"recommended","position":"', toString(number % 30), '"}'),
	'{"email":"someone@example.com","country":"DE","custom":{"plan":"team"}}', 'go-sdk/1.35.1'
FROM (SELECT number, toDateTime64('2026-01-05 12:00:00', 3, 'UTC') AS t FROM numbers({loads:UInt64} * {size:UInt64}))`

const fillLoads = `INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to)
SELECT 1, {first:UInt64} + number, 'events', {size:UInt64}, [toDate('2026-01-05')], toDateTime64('2026-01-05 12:00:00', 3, 'UTC') FROM numbers({loads:UInt64})`

// begin makes a destination that has everything to send, and forwards to it.
func (o *outbound) begin(ctx context.Context) (d schema.Destination, stop func(), err error) {
	o.number++
	d = schema.Destination{
		ID: fmt.Sprintf("bench-%d", o.number), Endpoint: o.sink.URL, Categories: []schema.Category{schema.SendCustomEvents}, From: 1,
		Events: schema.EventFilter{IncludeNew: true},
	}
	if err := d.Validate(); err != nil {
		return d, nil, err
	}
	d.Secret = o.sealer.Seal(d.ID, "bench")
	if err := o.catalog.SaveDestination(ctx, "bench", &d); err != nil {
		return d, nil, err
	}
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	f := forward.New(o.db, o.catalog, o.sealer, forward.Options{Backoff: 10 * time.Millisecond, MaxBackoff: 200 * time.Millisecond, Log: o.env.Log})
	go func() { ended <- f.Run(running) }()
	return d, func() { cancel(); <-ended }, nil
}

// run sends everything once, with one thread for this process, the sink included.
func (o *outbound) run(ctx context.Context) (s bench.Sample, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	before, cpu, started := o.bytes.Load(), bench.CPUTime(), time.Now()
	d, stop, err := o.begin(ctx)
	if err != nil {
		return s, err
	}
	peak := heapPeak()
	n, err := o.await(ctx, &d, func(v catalog.Delivery) bool { return int(v.Sent) >= o.rows })
	s.Wall, s.CPU = time.Since(started), bench.CPUTime()-cpu
	stop()
	if err == nil {
		err = o.catalog.DeleteDestination(ctx, "bench", d.ID)
	}
	s.Ops, s.Check = float64(n), fmt.Sprint(n)
	s.Extra = map[string]float64{"heap peak MiB": peak(), "gzip bytes an event": float64(o.bytes.Load()-before) / float64(n)}
	return s, err
}

// away lets the sink be down while everything waits, looks at the memory, lets the sink come back, and measures how fast the first of what
// waited is sent.
func (o *outbound) away(ctx context.Context) (s bench.Sample, err error) {
	o.down.Store(true)
	d, stop, err := o.begin(ctx)
	if err != nil {
		return s, err
	}
	defer stop()
	peak, started := heapPeak(), time.Now()
	if _, err := o.await(ctx, &d, func(v catalog.Delivery) bool { return time.Since(started) > 5*time.Second && v.Status == "retrying" }); err != nil {
		return s, err
	}
	s.Extra = map[string]float64{"heap peak MiB while away": peak(), "resident MiB while away, with the engine": float64(bench.RSS()) / (1 << 20)}
	peak, started = heapPeak(), time.Now()
	cpu := bench.CPUTime()
	o.down.Store(false)
	enough := min(o.rows, 200_000)
	n, err := o.await(ctx, &d, func(v catalog.Delivery) bool { return int(v.Sent) >= enough })
	s.Ops, s.Wall, s.CPU = float64(n), time.Since(started), bench.CPUTime()-cpu
	s.Extra["heap peak MiB catching up"] = peak()
	s.Extra["resident MiB catching up, with the engine"] = float64(bench.RSS()) / (1 << 20)
	return s, err
}

func (o *outbound) await(ctx context.Context, d *schema.Destination, done func(catalog.Delivery) bool) (sent uint64, err error) {
	for {
		v, err := o.catalog.Delivery(ctx, d)
		if err != nil {
			return 0, err
		}
		if done(v) {
			return v.Sent, nil
		}
		select {
		case <-time.After(200 * time.Millisecond): // each look is a query: more would be most of what is measured
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// heapPeak samples the heap until it is asked for the peak, in MiB.
func heapPeak() (peak func() float64) {
	stop, found := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				found <- most
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() float64 { close(stop); return float64(<-found) / (1 << 20) }
}

// bodies are the same number of events as ready requests.
func (o *outbound) bodies() (all [][]byte, err error) {
	w := bench.Workload{Seed: o.env.Seed}
	for n := 0; n*500 < o.rows; n++ {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		if _, err := z.Write(w.AppendBatch(nil, uint64(n), 500)); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		all = append(all, out.Bytes())
		if n == 50 { // enough to take turns
			break
		}
	}
	return all, nil
}

func (o *outbound) post(ctx context.Context, bodies [][]byte) (s bench.Sample, err error) {
	for n := 0; n*500 < o.rows; n++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.sink.URL+"/v1/batch", bytes.NewReader(bodies[n%len(bodies)]))
		if err != nil {
			return s, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return s, err
		}
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil {
			return s, err
		}
	}
	return bench.Sample{Ops: float64(o.rows)}, nil
}

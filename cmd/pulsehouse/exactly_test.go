package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

// message is something that happened once, and is delivered at least once.
type message struct {
	id, user string
	value    float64 // of an order; eighths, so that sums are exact
	group    string  // of an exposure
	at       time.Time
	// counts is when it counts: the earliest of what its deliveries say, by the rule of DESIGN.md §5.
	counts time.Time
}

// delivery is one copy: received at a time, with what the client's clock said when it sent.
type delivery struct {
	*message
	received, timestamp, sent time.Time
}

// deliver makes a copy that is received at a time: stamped anew, as it was stamped first, by a clock that is off, or not at all.
func (m *message) deliver(r *rand.Rand, received time.Time) delivery {
	d := delivery{message: m, received: received, timestamp: m.at}
	switch r.IntN(4) {
	case 0:
		d.sent = received
	case 1:
		if d.sent = m.at.Add(time.Duration(r.IntN(5000)) * time.Millisecond); d.sent.After(received) {
			d.sent = received
		}
	case 2:
		skew := time.Duration(r.IntN(40)-20) * time.Hour
		d.timestamp, d.sent = m.at.Add(skew), received.Add(skew)
	}
	if at := d.corrected(); m.counts.IsZero() || at.Before(m.counts) {
		m.counts = at
	}
	return d
}

// corrected is the time of a copy by DESIGN.md §5, written down once more: the client's clock is corrected when it is more than a
// minute ahead of ours or more than an hour behind; nothing happens after its receipt.
func (d *delivery) corrected() time.Time {
	at := d.timestamp
	if !d.sent.IsZero() && (d.sent.Sub(d.received) > time.Minute || d.received.Sub(d.sent) > time.Hour) {
		at = d.received.Add(at.Sub(d.sent))
	}
	if at.After(d.received) {
		at = d.received
	}
	return at.Truncate(time.Millisecond)
}

func (d *delivery) json() string {
	sent := ""
	if !d.sent.IsZero() {
		sent = fmt.Sprintf(`,"sentAt":%q`, d.sent.Format("2006-01-02T15:04:05.000Z07:00"))
	}
	what := fmt.Sprintf(`"event":"Order","properties":{"value":%v}`, d.value)
	if d.group != "" {
		what = fmt.Sprintf(`"event":"Experiment Viewed","properties":{"experiment_id":"exactly","variation_id":%q}`, d.group)
	}
	return fmt.Sprintf(`{"type":"track","messageId":%q,"userId":%q,"timestamp":%q%s,%s}`,
		d.id, d.user, d.timestamp.Format("2006-01-02T15:04:05.000Z07:00"), sent, what)
}

// messages are some users' exposures and orders over some days.
func messages(r *rand.Rand, begin time.Time, days, users int) (all []*message) {
	at := func() time.Time {
		return begin.Add(time.Duration(r.IntN(days*24*3600*1000)) * time.Millisecond)
	}
	for u := range users {
		user := fmt.Sprintf("u%d", u)
		all = append(all, &message{id: "exposure-" + user, user: user, group: []string{"control", "test"}[r.IntN(2)], at: at()})
		for n := range r.IntN(8) {
			all = append(all, &message{id: fmt.Sprintf("order-%s-%d", user, n), user: user, value: float64(1+r.IntN(80)) / 8, at: at()})
		}
	}
	return all
}

// inside is the whole product in this process, on the engine that the tests share, with a clock that the test moves.
type inside struct {
	*server
	db          *store.DB
	definitions *catalog.Catalog
	known       *known
	clock       atomic.Int64
	roll        *rollup.Runner
	in          *ingest.Ingest
	down        func()
}

func openInside(t *testing.T) *inside {
	t.Helper()
	h := &inside{db: storetest.Open(t), server: &server{t: t, dir: t.TempDir(), log: new(bytes.Buffer)}}
	if err := h.db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	h.definitions = catalog.Open(h.db)
	sealer, err := catalog.OpenSealer(filepath.Join(h.dir, secretsKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	h.known = newKnown(h.definitions, sealer, h.dir)
	given := map[schema.KeyKind]string{schema.WriteKey: testWriteKey, schema.ServerKey: testServerKey, schema.ConsoleKey: testConsoleKey}
	if _, err := h.known.keys.FirstStart(t.Context(), given); err != nil {
		t.Fatal(err)
	}
	h.roll = rollup.New(h.db, h.definitions.ForRollup, rollup.Options{Zone: time.UTC, Log: slog.New(slog.DiscardHandler)})
	h.up()
	t.Cleanup(func() { h.down() })
	return h
}

// up starts the way in and the way out; down stops them, wherever they are.
func (h *inside) up() {
	h.t.Helper()
	quietly := slog.New(slog.DiscardHandler)
	var err error
	h.in, err = ingest.Open(filepath.Join(h.dir, "spool"), h.db, ingest.Options{
		Keys: h.known.keys.Find, FlushEvery: 20 * time.Millisecond, Log: quietly,
		Now: func() time.Time { return time.UnixMilli(h.clock.Load()) },
	}, spool.Options{Log: quietly})
	if err != nil {
		h.t.Fatal(err)
	}
	api := query.New(query.Options{DB: h.db, Catalog: h.definitions, Keys: h.known.keys, Filters: h.known.filters, InFlight: h.in.InFlight, Log: quietly})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.URL = "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.in.Run(ctx) })
	g.Go(func() error {
		return listen(ctx, l, newServer(func(c *fasthttp.RequestCtx) { _ = h.in.Handle(c) || api.Handle(c) }, quietly))
	})
	h.down = sync.OnceFunc(func() {
		cancel()
		http.DefaultClient.CloseIdleConnections()
		if err := g.Wait(); err != nil {
			h.t.Error(err)
		}
	})
}

// cycle rolls up what is loaded.
func (h *inside) cycle() {
	h.t.Helper()
	if _, err := h.roll.Cycle(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// define makes two metrics and a running experiment.
func (h *inside) define(start time.Time) {
	h.t.Helper()
	order := []schema.MetricEvent{{Name: "segment::Order"}}
	spent := []schema.MetricEvent{{Name: "segment::Order", Type: "value"}}
	var primary []schema.ExperimentMetric
	for _, m := range []schema.Metric{
		{Name: "orders", Type: schema.EventCount, UnitTypes: []schema.UnitType{schema.UserID}, MetricEvents: order},
		{Name: "spent", Type: schema.Sum, UnitTypes: []schema.UnitType{schema.UserID}, MetricEvents: spent},
	} {
		if err := h.definitions.SaveMetric(h.t.Context(), "test", &m); err != nil {
			h.t.Fatal(err)
		}
		primary = append(primary, schema.ExperimentMetric{MetricRef: m.Ref()})
	}
	err := h.definitions.SaveExperiment(h.t.Context(), "test", &schema.Experiment{
		ID: "exactly", Name: "exactly", IDType: schema.UserID, Status: schema.Active, ControlGroupID: "control", PrimaryMetrics: primary,
		StartTime: schema.Millis(start.UnixMilli()),
		Groups:    []schema.ExperimentGroup{{ID: "control", Name: "Control", Size: 50}, {ID: "test", Name: "Test", Size: 50}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Every message is delivered any number of times, in any order and batching, on any day, with its time stamped anew, or as at first, or by
// a clock that is off, through restarts: it counts once, at the earliest time that any copy of it says. Raw ids, daily metrics and
// Pulse are exact.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 7))
	begin := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -12)
	end := begin.AddDate(0, 0, 11)
	h := openInside(t)
	h.define(begin)

	all := messages(r, begin, 4, 15)
	var copies []*message
	for _, m := range all {
		for range 1 + r.IntN(4) {
			copies = append(copies, m)
		}
	}
	r.Shuffle(len(copies), func(i, j int) { copies[i], copies[j] = copies[j], copies[i] })
	for len(copies) > 0 {
		n := min(1+r.IntN(12), len(copies))
		h.send(r, copies[:n], end)
		copies = copies[n:]
		switch r.IntN(10) {
		case 0:
			h.down()
			h.up()
		case 1:
			h.cycle()
		}
	}
	for deadline := time.Now().Add(60 * time.Second); h.in.Spool().Waiting > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the spool is not loaded")
		}
	}
	h.cycle()
	h.checkIDs(all)
	h.checkDays(all, begin, end)
	h.checkPulse(all)
}

// send delivers copies in one request, some time after the last of them happened.
func (h *inside) send(r *rand.Rand, copies []*message, end time.Time) {
	h.t.Helper()
	latest := copies[0].at
	for _, m := range copies {
		if m.at.After(latest) {
			latest = m.at
		}
	}
	received := latest.Add(time.Duration(r.Int64N(int64(end.Sub(latest))))).Truncate(time.Millisecond)
	h.clock.Store(received.UnixMilli())
	var items []string
	for _, m := range copies {
		d := m.deliver(r, received)
		items = append(items, d.json())
	}
	if status, answer := h.post("/v1/batch", testWriteKey, `{"batch":[`+strings.Join(items, ",")+`]}`); status != http.StatusOK || answer != `{"success":true}` {
		h.t.Fatalf("batch: %d %s", status, answer)
	}
}

// checkIDs wants each message's id in the raw table, and no other.
func (h *inside) checkIDs(all []*message) {
	h.t.Helper()
	var distinct, rows uint64
	if err := h.db.Row(h.t.Context(), "SELECT uniqExact(message_id), count() FROM events", nil).Scan(&distinct, &rows); err != nil {
		h.t.Fatal(err)
	}
	h.t.Logf("%d messages, %d rows", distinct, rows)
	if distinct != uint64(len(all)) || rows <= distinct {
		h.t.Errorf("%d ids in %d rows are stored, want %d in more", distinct, rows, len(all))
	}
}

// checkDays compares each day's totals with those of the messages that count on it.
func (h *inside) checkDays(all []*message, begin, end time.Time) {
	h.t.Helper()
	for day := begin; day.Before(end); day = day.AddDate(0, 0, 1) {
		orders, spent := 0.0, 0.0
		for _, m := range all {
			if m.group == "" && m.counts.Truncate(24*time.Hour).Equal(day) {
				orders, spent = orders+1, spent+m.value
			}
		}
		for name, want := range map[string]float64{"orders": orders, "spent": spent} {
			var values []struct {
				Value    float64
				UnitType string
			}
			h.console("GET", "/metrics/values?metricName="+name+"&date="+day.Format(time.DateOnly), nil, &values)
			got := 0.0
			for _, v := range values {
				if strings.EqualFold(v.UnitType, string(schema.UserID)) {
					got = v.Value
				}
			}
			if got != want {
				h.t.Errorf("%s on %s are %v, want %v", name, day.Format(time.DateOnly), got, want)
			}
		}
	}
}

// checkPulse compares units and means of both groups with sums over the messages from each unit's first exposure on.
func (h *inside) checkPulse(all []*message) {
	h.t.Helper()
	exposures := make(map[string]*message)
	units := make(map[string]float64)
	for _, m := range all {
		if m.group != "" {
			exposures[m.user] = m
			units[m.group]++
		}
	}
	orders, spent := make(map[string]float64), make(map[string]float64)
	for _, m := range all {
		if x := exposures[m.user]; m.group == "" && !m.counts.Before(x.counts) {
			orders[x.group]++
			spent[x.group] += m.value
		}
	}
	var data struct{ PrimaryMetrics []pulseRow }
	h.console("GET", "/experiments/exactly/pulse_results?control=control&test=test&confidence=95", nil, &data)
	if len(data.PrimaryMetrics) != 2 {
		h.t.Fatalf("Pulse has %d metrics, want 2", len(data.PrimaryMetrics))
	}
	for _, row := range data.PrimaryMetrics {
		sums := map[string]map[string]float64{"orders": orders, "spent": spent}[row.MetricName]
		for group, got := range map[string][2]*float64{"test": {row.TestUnits, row.TestMean}, "control": {row.ControlUnits, row.ControlMean}} {
			if got[0] == nil || got[1] == nil || *got[0] != units[group] || math.Abs(*got[1]**got[0]-sums[group]) > 1e-9*sums[group] {
				h.t.Errorf("%s of %s: %+v, want %v units with a sum of %v", row.MetricName, group, row, units[group], sums[group])
			}
		}
	}
}

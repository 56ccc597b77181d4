package rollup

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// dataset is random raw rows, in no order, with everything in it that makes counting hard: messages that come again with
// another time, units that saw two groups or none, missing units and values, other environments.
type dataset struct{ events, exposures []row }

// Values are multiples of 1/8, so that sums are exact in any order.
func randomData(r *rand.Rand, events, exposures int) dataset {
	var d dataset
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func() string {
		return begin.Add(time.Duration(r.IntN(6*24*3600*1000)) * time.Millisecond).Format(timeFormat)
	}
	units := func(m row) {
		if r.IntN(10) > 0 {
			m["user_id"] = fmt.Sprintf("u%d", r.IntN(20))
		}
		m["anonymous_id"] = fmt.Sprintf("a%d", r.IntN(30))
		if r.IntN(3) > 0 {
			m["unit_ids"] = map[string]string{"companyid": fmt.Sprintf("c%d", r.IntN(6))}
		}
		if r.IntN(12) == 0 {
			m["environment"] = "staging"
		}
	}
	for i := range events {
		m := row{"message_id": fmt.Sprintf("e%d", i), "time": at(), "name": []string{"buy", "view", "other"}[r.IntN(3)]}
		units(m)
		if r.IntN(4) > 0 {
			m["value"] = float64(r.IntN(800)-100) / 8
		}
		switch r.IntN(3) {
		case 0:
			m["properties"] = fmt.Sprintf(`{"cart":{"items":%d}}`, r.IntN(9))
		case 1:
			m["properties"] = fmt.Sprintf(`{"cart":{"items":"%d"}}`, r.IntN(9))
		}
		d.events = append(d.events, m)
		for r.IntN(6) == 0 {
			again := row{}
			for k, v := range m {
				again[k] = v
			}
			again["time"] = at()
			d.events = append(d.events, again)
		}
	}
	for i := range exposures {
		m := row{"message_id": fmt.Sprintf("x%d", i), "time": at(), "name": []string{"exp", "Days", "firm", "nothing"}[r.IntN(4)]}
		units(m)
		rule := 0
		for _, c := range fmt.Sprint(m["user_id"]) {
			rule += int(c)
		}
		if m["name"] == "firm" {
			rule = len(fmt.Sprint(m["unit_ids"])) + r.IntN(2)
		}
		if r.IntN(8) == 0 {
			rule++
		}
		m["rule"] = []string{"control", "test"}[rule%2]
		d.exposures = append(d.exposures, m)
	}
	return d
}

// define gives a world one experiment of each kind and metrics of all types.
func (w *world) define(t *testing.T) {
	for _, text := range []string{
		`{"name":"buys","type":"event_count_custom","metricEvents":[{"name":"buy"}]}`,
		`{"name":"daily","type":"event_user","metricEvents":[{"name":"view"}]}`,
		`{"name":"ever","type":"event_user","rollupTimeWindow":"max","metricEvents":[{"name":"view"}]}`,
		`{"name":"soon","type":"event_user","rollupTimeWindow":"custom","customRollUpStart":1,"customRollUpEnd":2,"metricEvents":[{"name":"view"}]}`,
		`{"name":"spend","type":"sum","metricEvents":[{"name":"buy","criteria":[{"type":"value","condition":">","values":["10"]}]}]}`,
		`{"name":"items","type":"mean","metricEvents":[{"name":"buy","type":"metadata","metadataKey":"cart.items"}]}`,
		`{"name":"per_view","type":"ratio","metricEvents":[{"name":"buy","type":"value"},{"name":"view"}]}`,
	} {
		w.metrics = append(w.metrics, readMetric(t, text))
	}
	groups := `"groups":[{"name":"control","size":50},{"name":"test","size":50}]`
	for _, text := range []string{
		`{"id":"exp",` + groups + `,"start":"2024-01-01T12:00:00","end":"2024-01-06T06:00:00"}`,
		`{"id":"days",` + groups + `,"attribution":"day","crossoverUnits":"keep"}`,
		`{"id":"firm","idType":"companyID",` + groups + `}`,
	} {
		x := readExperiment(t, text)
		for _, m := range w.metrics {
			x.PrimaryMetrics = append(x.PrimaryMetrics, schema.ExperimentMetric{MetricRef: m.Ref()})
		}
		w.setExperiment(x)
	}
}

func pieces(r *rand.Rand, rows []row, n int) [][]row {
	var all [][]row
	for i := n; i > 0; i-- {
		k := len(rows) / i
		if i > 1 && k > 1 {
			k = 1 + r.IntN(2*k-1)
		}
		k = min(k, len(rows))
		all, rows = append(all, rows[:k]), rows[k:]
	}
	return all
}

// piece is a load to be.
type piece struct {
	spool uint64
	table string
	rows  []row
}

// scatter shuffles the rows, repeats some, and splits them into loads of two spools.
func scatter(r *rand.Rand, d dataset, n int) []piece {
	var all []piece
	for _, part := range []piece{{0, "events", d.events}, {0, "exposures", d.exposures}} {
		rows := append([]row{}, part.rows...)
		for range len(rows) / 3 {
			rows = append(rows, part.rows[r.IntN(len(part.rows))])
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if r.IntN(2) == 0 { // by time, so that a load has few days and what it does to other days shows
			slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a["time"].(string), b["time"].(string)) })
		}
		for _, p := range pieces(r, rows, n) {
			if len(p) > 0 {
				all = append(all, piece{1 + r.Uint64N(2), part.table, p})
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

var seeds = flag.Uint64("seeds", 1, "how many random data sets TestOrderDoesNotMatter tries in each zone")

// TestOrderDoesNotMatter: rows split, shuffled, repeated, in any number of loads and cycles give what one load gives.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	zones := []string{"America/New_York"}
	if *seeds > 1 {
		zones = append(zones, "UTC")
	}
	for _, zone := range zones {
		for seed := range *seeds {
			r := rand.New(rand.NewPCG(seed, 1))
			d := randomData(r, 150, 80)
			at, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			straight, scattered := newWorld(t), newWorld(t)
			straight.define(t)
			straight.zone, scattered.zone = at, at
			straight.load(1, "events", d.events)
			straight.load(1, "exposures", d.exposures)
			straight.cycle(straight.runner())

			runner := scattered.runner()
			for i, p := range scatter(r, d, 5) {
				scattered.load(p.spool, p.table, p.rows)
				if i == 2 {
					scattered.define(t) // some data was there before the definitions
				}
				if r.IntN(2) == 0 {
					scattered.cycle(runner)
				}
			}
			scattered.cycle(runner)
			want, got := straight.published(), scattered.published()
			delete(want, "duplicates") // there are more of them
			scattered.same(want, got)
			if len(want["moments"]) < 100 || len(want["metric_days"]) < 50 {
				t.Fatalf("the data set is too thin: %d moments, %d metric days", len(want["moments"]), len(want["metric_days"]))
			}
		}
	}
}

// TestCrash lets cycles die after every one of their statements: each cycle dies after the first statement, by its name and how often the cycle
// has run it, after which none has died yet, and the next one takes up what it left, until one lives. Between deaths more
// rows come. Then the tables are those of a world where nothing ever died. Other rows and other -seeds are other chains of deaths.
func TestCrash(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7+*seeds))
	sound, shaky := newWorld(t), newWorld(t)
	sound.define(t)
	sound.experiments, sound.metrics = sound.experiments[:1], []schema.Metric{sound.metrics[1], sound.metrics[6]}
	sound.experiments[0].PrimaryMetrics = sound.experiments[0].PrimaryMetrics[:0:0]
	for _, m := range sound.metrics {
		sound.experiments[0].PrimaryMetrics = append(sound.experiments[0].PrimaryMetrics, schema.ExperimentMetric{MetricRef: m.Ref()})
	}
	shaky.experiments, shaky.metrics = sound.experiments, sound.metrics
	loads, next := scatter(r, randomData(r, 300, 150), 8), 0
	more := func() {
		p := loads[next%len(loads)] // after the last one they come again, as replays
		next++
		sound.load(p.spool, p.table, p.rows)
		shaky.load(p.spool, p.table, p.rows)
	}
	well := sound.runner()
	for chain := range 2 {
		for range len(loads)/2 - 2 {
			more()
		}
		after := map[string]bool{}
		for deaths := 0; ; deaths++ {
			if deaths == 20 || deaths == 40 {
				more()
			}
			died := shaky.cycleUntilNew(after)
			if died == "" {
				break
			}
		}
		t.Logf("chain %d: cycles died after each of %d statements", chain, len(after))
		if len(after) < 30 {
			t.Errorf("only %d statements", len(after))
		}
		sound.cycle(well)
		want, got := sound.published(), shaky.published()
		delete(want, "duplicates") // there are more of them
		if shaky.same(want, got); t.Failed() {
			return
		}
	}
}

// cycleUntilNew runs a cycle that dies after the first statement after which none died, which is noted and returned; "" when it lives.
func (w *world) cycleUntilNew(after map[string]bool) (died string) {
	ctx, kill := context.WithCancel(w.t.Context())
	defer kill()
	r, ran := w.runner(), map[string]int{}
	r.afterEach = func(statement string) error {
		ran[statement]++
		at := fmt.Sprint(statement, " ", ran[statement])
		if after[at] {
			return nil
		}
		after[at], died = true, at
		kill()
		return errors.New("killed")
	}
	if _, err := r.Cycle(ctx); (err == nil) != (died == "") {
		w.t.Fatalf("killed after %q, the cycle says %v", died, err)
	}
	return died
}

// TestRebuild: computing everything again changes nothing, and brings back what was lost from the rollups.
func TestRebuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(t)
	d := randomData(rand.New(rand.NewPCG(3, 3)), 200, 100)
	w.load(1, "events", d.events)
	w.load(1, "exposures", d.exposures)
	r := w.runner()
	w.cycle(r)
	want := w.published()
	runs := w.table("SELECT uniqExact(run) FROM unit_days")
	w.exec("TRUNCATE TABLE unit_days", nil)
	w.exec("TRUNCATE TABLE metric_days", nil)
	w.exec("TRUNCATE TABLE moments", nil)
	from, to := mustDay(t, "2023-12-01"), mustDay(t, "2024-02-01")
	if err := r.Rebuild(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	w.same(want, w.published())
	if got := w.table("SELECT uniqExact(run) FROM unit_days"); got[0] != runs[0] {
		t.Errorf("%s runs have rows, %s had before", got[0], runs[0])
	}
}

func mustDay(t testing.TB, text string) Day {
	t.Helper()
	d, err := ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTwoRunners: two at once, on the same loads, leave what one leaves.
func TestTwoRunners(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	alone, shared := newWorld(t), newWorld(t)
	alone.define(t)
	alone.experiments = alone.experiments[:1]
	shared.experiments, shared.metrics = alone.experiments, alone.metrics
	one := alone.runner()
	runners := []*Runner{
		New(shared.db, shared.defs, Options{Threads: 1}),
		New(shared.db, shared.defs, Options{Threads: 2}),
	}
	runners[1].eventsAtOnce = 1 // in statements about a week
	for _, p := range scatter(r, randomData(r, 150, 80), 3) {
		alone.load(p.spool, p.table, p.rows)
		shared.load(p.spool, p.table, p.rows)
		alone.cycle(one)
		ended := make(chan error, 2)
		for _, runner := range runners {
			go func() {
				_, err := runner.Cycle(t.Context())
				ended <- err
			}()
		}
		for range runners {
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		}
	}
	alone.cycle(one)
	shared.cycle(runners[0])
	want, got := alone.published(), shared.published()
	shared.same(want, got)
}

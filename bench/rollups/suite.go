// Package rollups measures the rollups: against one statement written by hand, with one metric and with several, after a
// little news, and what reading them saves.
package rollups

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Suite is the rollups.
var Suite = bench.Suite{Name: "rollup", Open: open}

func open(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	events := bench.Pick[uint64](env.Scale, 200_000, 2_000_000, 10_000_000)
	d, err := newData(ctx, env, events)
	if err != nil {
		return nil, err
	}
	if err := d.db.Exec(ctx, "CREATE TABLE by_hand AS unit_days", nil); err != nil {
		return nil, err
	}
	series, err := d.series(ctx, filepath.Join(env.Dir, "rollup-keys.json"))
	if err != nil {
		return nil, err
	}
	cases := []bench.Case{
		d.oneExperiment(), d.several("unit_days", 1), d.several("metric_days", 0), series, d.growth(env),
		d.refresh("refresh after 1 % new events", 2), d.beside(), // these add events
	}
	if env.Scale != bench.Small {
		cases = append(cases, d.refresh(fmt.Sprint("refresh of ", experiments, " experiments"), experiments))
	}
	for i := range cases {
		cases[i].Cold = env.Scale == bench.Large // minutes a round: the first one is as good as any
	}
	return cases, nil
}

// again computes everything again with a runner, and counts the statements named.
func (d *data) again(r *rollup.Runner, statements ...string) func(context.Context) (bench.Sample, error) {
	return func(ctx context.Context) (bench.Sample, error) {
		clear(d.took)
		if err := r.Rebuild(ctx, firstDay, firstDay+days); err != nil {
			return bench.Sample{}, err
		}
		s := bench.Sample{Ops: float64(d.loaded)}
		for _, name := range statements {
			s.Wall += d.took[name]
		}
		return s, nil
	}
}

// oneExperiment is all 20 metrics of an experiment against the statement that one would write by hand, with the same rows.
func (d *data) oneExperiment() bench.Case {
	r := d.runner(1, len(d.metrics))
	rebuild := d.again(r, "unit_days", "publish_units")
	const sums = `SELECT concat(toString(count()), ' rows, ', toString(round(sum(numerator), 6)), ', ', toString(round(sum(denominator), 6)), ', ', toString(sum(since))) FROM `
	checked := func(ctx context.Context, s bench.Sample, table string) (bench.Sample, error) {
		err := d.db.Row(ctx, sums+table, nil).Scan(&s.Check)
		return s, err
	}
	return bench.Case{
		Name: "20 metrics of an experiment", Unit: "event", By: bench.Wall, Contestants: []bench.Contestant{
			{Name: "rollup", Role: bench.Ours, Run: func(ctx context.Context) (bench.Sample, error) {
				s, err := rebuild(ctx)
				if err != nil {
					return s, err
				}
				return checked(ctx, s, `unit_days WHERE (scope, day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day)`)
			}},
			{Name: "by hand", Role: bench.Peer, Run: func(ctx context.Context) (bench.Sample, error) {
				if err := d.db.Exec(ctx, "TRUNCATE TABLE by_hand", nil); err != nil {
					return bench.Sample{}, err
				}
				started := time.Now()
				err := d.db.Exec(ctx, statement("by_hand"), store.Params{"experiment": "experiment 0@1"}, store.WithSettings(map[string]any{"max_threads": d.threads}))
				s := bench.Sample{Ops: float64(d.loaded), Wall: time.Since(started)}
				if err != nil {
					return s, err
				}
				return checked(ctx, s, "by_hand")
			}},
		},
	}
}

// several is four metrics against one over the same rows: how many, who, how much, and the mean of one event. With an experiment the statement
// is the one that keeps what its units did, without one that of the totals.
func (d *data) several(statement string, experiments int) bench.Case {
	four := []schema.Metric{d.metrics[0], d.metrics[6], d.metrics[10], {Name: "m20", Type: schema.Mean, Version: 1, MetricEvents: d.metrics[10].MetricEvents}}
	return bench.Case{Name: "4 metrics against 1: " + statement, Unit: "event", By: bench.Wall, Contestants: []bench.Contestant{
		{Name: "4 metrics", Role: bench.Ours, Run: d.again(d.runnerOf(experiments, four), statement)},
		{Name: "1 metric", Role: bench.Ceiling, Run: d.again(d.runnerOf(experiments, four[:1]), statement)},
	}}
}

// beside is loading events alone, and while everything is rolled up again.
func (d *data) beside() bench.Case {
	r := d.runner(1, len(d.metrics))
	news := d.events / 10
	load := func(ctx context.Context) (bench.Sample, error) {
		started := time.Now()
		err := d.load(ctx, news, firstDay+days-1, 1)
		return bench.Sample{Ops: float64(news), Wall: time.Since(started)}, err
	}
	return bench.Case{Name: "loading beside a rollup", Unit: "event", By: bench.Wall, Contestants: []bench.Contestant{
		{Name: "beside a rollup", Role: bench.Ours, Run: func(ctx context.Context) (bench.Sample, error) {
			rolling, stop := context.WithCancel(ctx)
			ended := make(chan error, 1)
			go func() { ended <- r.Rebuild(rolling, firstDay, firstDay+days) }()
			s, err := load(ctx)
			busy := len(ended) == 0
			stop()
			if <-ended; err == nil && !busy {
				err = errors.New("the rollup ended before the load did")
			}
			return s, err
		}},
		{Name: "alone", Role: bench.Ceiling, Run: load},
	}}
}

// growth is everything computed again for a tenth of the events and units, and for all.
func (d *data) growth(env *bench.Env) bench.Case {
	var tenth *data
	rebuild := func(of func() *data) func(context.Context) (bench.Sample, error) {
		return func(ctx context.Context) (bench.Sample, error) {
			d := of()
			again := d.again(d.runner(1, len(d.metrics)))
			peak := peakRSS()
			started := time.Now()
			_, err := again(ctx)
			return bench.Sample{Ops: 1, Wall: time.Since(started), Extra: map[string]float64{"events": float64(d.loaded), "peak MiB": peak()}}, err
		}
	}
	return bench.Case{
		Name: "10 times the events", Unit: "rollup", By: bench.Wall, Rounds: 2,
		Prepare: func(ctx context.Context) (err error) { tenth, err = newData(ctx, env, d.events/10); return err },
		Contestants: []bench.Contestant{
			{Name: "a tenth", Role: bench.Ours, Run: rebuild(func() *data { return tenth })},
			{Name: "all", Role: bench.Peer, Run: rebuild(func() *data { return d })},
		},
	}
}

// peakRSS looks at the resident memory of this process and the engine until it is asked for the most there was, in MiB.
func peakRSS() func() float64 {
	done, most := make(chan struct{}), make(chan int64)
	go func() {
		peak := int64(0)
		for {
			select {
			case <-done:
				most <- peak
				return
			case <-time.After(50 * time.Millisecond):
				peak = max(peak, bench.RSS())
			}
		}
	}()
	return func() float64 {
		close(done)
		return float64(<-most) / (1 << 20)
	}
}

// refresh is a cycle after 1 % new events, half of them today's and half up to three days late, against computing everything,
// and the same news spread over all days.
func (d *data) refresh(name string, experiments int) bench.Case {
	r := d.runner(experiments, len(d.metrics))
	cycle := func(ctx context.Context) (bench.Sample, error) {
		clear(d.took)
		_, err := r.Cycle(ctx)
		return bench.Sample{Ops: 1, Extra: d.share()}, err
	}
	news := d.events / 100
	return bench.Case{
		Name: name, Unit: "refresh", By: bench.Wall, Rounds: 2,
		Prepare: func(ctx context.Context) error { _, err := r.Cycle(ctx); return err },
		Contestants: []bench.Contestant{
			{Name: "today and 3 days late", Role: bench.Ours, Run: cycle, Before: func(ctx context.Context) error {
				if err := d.load(ctx, news/2, firstDay+days-1, 1); err != nil {
					return err
				}
				return d.load(ctx, news/2, firstDay+days-4, 3)
			}},
			{Name: "spread over all days", Role: bench.Ours, Run: cycle, Before: func(ctx context.Context) error { return d.load(ctx, news, firstDay, days) }},
			{Name: "everything", Role: bench.Peer, Run: func(ctx context.Context) (bench.Sample, error) {
				clear(d.took)
				err := r.Rebuild(ctx, firstDay, firstDay+days)
				return bench.Sample{Ops: 1, Extra: d.share()}, err
			}},
		},
	}
}

// share is how many milliseconds the statements that write rows took, by what they compute.
func (d *data) share() map[string]float64 {
	share := map[string]float64{}
	for name, took := range d.took {
		of := "other"
		switch name {
		case "unit_days", "metric_days", "user_days", "event_days", "active_days", "moments":
			of = name
		}
		share["ms "+of] += float64(took.Microseconds()) / 1000
	}
	return share
}

// series is a metric's 30 days, through the API, from the rollup and from raw events in one statement, and from nowhere: what any query costs.
func (d *data) series(ctx context.Context, keys string) (c bench.Case, err error) {
	const fromRollup = `SELECT day, value FROM metric_days WHERE metric = 'm00::event_count_custom@1' AND unit_type = 'userid'
		AND (day, run) IN (SELECT day, argMax(run, (started_at, run)) FROM windows WHERE scope = 'metric/m00::event_count_custom@1' GROUP BY day) ORDER BY day`
	const fromRaw = `SELECT day, toFloat64(count()) AS value FROM events WHERE name = 'event 0' AND environment = 'production'
		AND (spool_id, position) NOT IN (SELECT spool_id, position FROM duplicates) GROUP BY day ORDER BY day`
	const nothing = `SELECT toDate(number) AS day, toFloat64(number) AS value FROM numbers(30)`
	throughAPI, err := d.throughAPI(ctx, keys)
	if err != nil {
		return c, err
	}
	return bench.Case{Name: "30 days of a metric", Unit: "query", By: bench.Wall, Contestants: []bench.Contestant{
		{Name: "metrics/series", Role: bench.Ours, Run: often(throughAPI(false), true)},
		{Name: "metrics/series of a server just started", Role: bench.Peer, Run: often(throughAPI(true), true)},
		{Name: "metric_days in one statement", Role: bench.Ceiling, Run: often(d.asked(fromRollup), true)},
		{Name: "raw events", Role: bench.Peer, Run: often(d.asked(fromRaw), true)},
		{Name: "30 numbers", Role: bench.Ceiling, Run: often(d.asked(nothing), false)},
	}}, nil
}

// question is asked for days and their sum; it tells how many rows were read, if it knows.
type question func(ctx context.Context) (days int, total float64, read uint64, err error)

// often asks twenty times.
func often(ask question, checked bool) func(context.Context) (bench.Sample, error) {
	return func(ctx context.Context) (s bench.Sample, err error) {
		took := make([]time.Duration, 20)
		s.Ops, s.Extra = float64(len(took)), map[string]float64{}
		for i := range took {
			started := time.Now()
			days, total, read, err := ask(ctx)
			if err != nil {
				return s, err
			}
			took[i] = time.Since(started)
			if s.Extra["rows read"] = float64(read); checked {
				s.Check = fmt.Sprint(days, " days, ", total)
			}
		}
		slices.Sort(took)
		s.Extra["p50 ms"] = float64(took[len(took)/2].Microseconds()) / 1000
		return s, nil
	}
}

// asked is a statement.
func (d *data) asked(sql string) question {
	return func(ctx context.Context) (days int, total float64, read uint64, err error) {
		var stats store.Stats
		var rows []struct {
			Day   time.Time `ch:"day"`
			Value float64   `ch:"value"`
		}
		err = d.db.Select(ctx, &rows, sql, nil, store.WithStats(&stats))
		for _, r := range rows {
			total += r.Value
		}
		return len(rows), total, stats.RowsRead, err
	}
}

// throughAPI is metrics/series, over the days that have data; anew forgets before each question what earlier ones read.
func (d *data) throughAPI(ctx context.Context, keysFile string) (func(anew bool) question, error) {
	c := catalog.Open(d.db)
	keys := catalog.NewKeyring(c, keysFile)
	_, secret, err := keys.Make(ctx, "bench", schema.ConsoleKey, "bench")
	if err != nil {
		return nil, err
	}
	m := d.metrics[0]
	m.Version = 0 // saved, it has the first
	if err := c.SaveMetric(ctx, "bench", &m); err != nil {
		return nil, err
	}
	server := func() *query.API { return query.New(query.Options{DB: d.db, Catalog: c, Keys: keys}) }
	at := fmt.Sprintf("/console/v1/metrics/series?ids=%s&from=%s&to=%s", m.ID(), firstDay, firstDay+days-1)
	return func(anew bool) question {
		api := server()
		return func(context.Context) (n int, total float64, _ uint64, err error) {
			if anew {
				api = server()
			}
			body, err := bench.Ask(api.Handle, at, secret)
			if err != nil {
				return 0, 0, 0, err
			}
			var answer struct {
				Data []struct{ Points []struct{ Value *float64 } }
			}
			if err := json.Unmarshal(body, &answer); err != nil || len(answer.Data) != 1 {
				return 0, 0, 0, fmt.Errorf("%s answers %s (%w)", at, body, err)
			}
			for _, p := range answer.Data[0].Points {
				if p.Value != nil {
					n, total = n+1, total+*p.Value
				}
			}
			return n, total, 0, nil
		}
	}, nil
}

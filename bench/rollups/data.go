package rollups

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/*.sql
var files embed.FS

// statement returns the text of sql/NAME.sql.
var statement = store.Statements(files)

// firstDay is the metric day on which the data begins.
const (
	firstDay    = rollup.Day(19_800)
	days        = 30
	experiments = 10
)

// data is a database with events, and what is defined over them.
type data struct {
	db            *store.DB
	seed          uint64
	events, units uint64
	seq, loaded   uint64
	metrics       []schema.Metric
	experiments   []schema.Experiment
	threads       int                      // that a statement of ours and one by hand may use
	took          map[string]time.Duration // of statements, since it was emptied
}

// newData is a database of its own, filled with so many events and rolled up for one experiment.
func newData(ctx context.Context, env *bench.Env, events uint64) (*data, error) {
	d := &data{seed: env.Seed, events: events, units: events / 20, threads: bench.Pick(env.Scale, 1, 1, 2)}
	var err error
	if d.db, err = env.DB(ctx); err != nil {
		return nil, err
	}
	d.define()
	if err := d.fill(ctx); err != nil {
		return nil, err
	}
	_, err = d.runner(1, len(d.metrics)).Cycle(ctx)
	return d, err
}

// fill loads events in loads of half a million, then exposures of every unit to every experiment.
func (d *data) fill(ctx context.Context) error {
	d.took = make(map[string]time.Duration)
	for d.loaded < d.events {
		if err := d.load(ctx, min(500_000, d.events-d.loaded), firstDay, days); err != nil {
			return err
		}
	}
	d.seq++
	p := store.Params{
		"seq": d.seq, "first": uint64(1) << 40, "units": d.units, "from": uint16(firstDay), "experiments": experiments,
		"table": "exposures", "rows": uint32(d.units * experiments), "to": uint16(firstDay + 9),
	}
	return d.run(ctx, p, "exposures", "load")
}

// load adds events of some days.
func (d *data) load(ctx context.Context, n uint64, from rollup.Day, span int) error {
	d.seq++
	p := store.Params{
		"seq": d.seq, "seed": d.seed, "first": d.loaded, "count": n, "units": uint32(d.units), "from": uint16(from), "days": uint16(span),
		"to": uint16(from) + uint16(span) - 1, "table": "events", "rows": uint32(n),
	}
	d.loaded += n
	return d.run(ctx, p, "events", "load")
}

func (d *data) run(ctx context.Context, p store.Params, names ...string) error {
	for _, name := range names {
		if err := d.db.Exec(ctx, statement(name), p); err != nil {
			return fmt.Errorf("run %s.sql: %w", name, err)
		}
	}
	return nil
}

// define makes the 20 metrics, in the order of by_hand.sql, and experiments that look at all of them.
func (d *data) define() {
	add := func(t schema.MetricType, events ...schema.MetricEvent) {
		m := schema.Metric{Name: fmt.Sprintf("m%02d", len(d.metrics)), Type: t, MetricEvents: events, Version: 1}
		if err := m.Validate(); err != nil {
			panic("BUG: " + err.Error())
		}
		d.metrics = append(d.metrics, m)
	}
	event := func(i int) schema.MetricEvent { return schema.MetricEvent{Name: fmt.Sprintf("event %d", i)} }
	for i := range 6 {
		add(schema.EventCount, event(i))
	}
	for i := range 4 {
		add(schema.EventUser, event(i))
	}
	for i := range 5 {
		add(schema.Sum, event(i))
	}
	for i := range 3 {
		e := event(i + 1)
		e.MetadataKey = "cart.items"
		add(schema.Mean, e)
	}
	for i := range 2 {
		e := event(i)
		e.Type = "value"
		add(schema.Ratio, e, event(i+2))
	}
	for i := range experiments {
		name := fmt.Sprintf("experiment %d", i)
		x := schema.Experiment{
			ID: name, Name: name, Groups: []schema.ExperimentGroup{{ID: "control", Size: 50}, {ID: "test", Size: 50}},
			Status: schema.Active, Run: 1, StartTime: 1,
		}
		if err := x.Validate(); err != nil {
			panic("BUG: " + err.Error())
		}
		d.experiments = append(d.experiments, x)
	}
}

// runner rolls up some experiments with the first metrics.
func (d *data) runner(experiments, metrics int) *rollup.Runner {
	return d.runnerOf(experiments, d.metrics[:metrics])
}

func (d *data) runnerOf(experiments int, ms []schema.Metric) *rollup.Runner {
	xs := make([]schema.Experiment, experiments)
	for i := range xs {
		xs[i] = d.experiments[i]
		xs[i].PrimaryMetrics = nil
		for k := range ms {
			xs[i].PrimaryMetrics = append(xs[i].PrimaryMetrics, schema.ExperimentMetric{MetricRef: ms[k].Ref()})
		}
	}
	defs := func(context.Context) ([]schema.Experiment, []schema.Metric, error) { return xs, ms, nil }
	return rollup.New(d.db, defs, rollup.Options{
		Threads: d.threads, MemoryBytes: 2 << 30, Observe: func(name string, took time.Duration) { d.took[name] += took },
	})
}

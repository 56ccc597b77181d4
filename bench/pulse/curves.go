package pulse

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// MetricCount is how many metrics the experiment has; metric i sums the events named "e" and i.
const MetricCount = metricCount

// Curves is how what the rollups keep, and what an answer costs, grows with events for the same units, and with units for the same events.
func Curves(env *bench.Env) (cases []bench.Case) {
	const units = 10_000
	for _, events := range bench.Pick(env.Scale, []uint64{50_000, 150_000, 500_000}, []uint64{1e6, 3e6, 10e6}, []uint64{1e6, 10e6, 100e6}) {
		cases = append(cases, point(env, "events", events, units, events))
	}
	events := bench.Pick[uint64](env.Scale, 150_000, 3e6, 30e6)
	for _, units := range bench.Pick(env.Scale, []uint64{1000, 10_000, 50_000}, []uint64{10_000, 100_000, 1e6}, []uint64{100_000, 1e6, 10e6}) {
		cases = append(cases, point(env, "units", units, units, events))
	}
	return cases
}

// Scorecard is the suite's first case and the database that it asks, for peers that answer the same question of the same rows.
func Scorecard(ctx context.Context, env *bench.Env) (bench.Case, *store.DB, error) {
	w, err := openSuite(ctx, env)
	if err != nil {
		return bench.Case{}, nil, err
	}
	return w.scorecard(), w.db, nil
}

// point is an experiment of one size: filled and rolled up once, then asked for its scorecard, twenty times in one round.
func point(env *bench.Env, curve string, x, units, events uint64) bench.Case {
	w, api := &world{units: units, events: events}, (*query.API)(nil)
	var more map[string]float64
	return bench.Case{
		Name: fmt.Sprintf("%d events of %d units", events, units), Unit: "scorecard", By: bench.Wall, Rounds: 1, Cold: true, Curve: curve, XName: curve, X: float64(x),
		Prepare: func(ctx context.Context) (err error) {
			if w.db, err = env.DB(ctx); err != nil {
				return err
			}
			if err = w.open(ctx, filepath.Join(env.Dir, fmt.Sprintf("keys-%s-%d.json", curve, x))); err != nil {
				return err
			}
			api = query.New(query.Options{DB: w.db, Catalog: w.catalog, Keys: w.keys})
			more, err = w.sizes(ctx)
			return err
		},
		Contestants: []bench.Contestant{{Name: "PulseHouse, from the rollups", Role: bench.Ours, Run: func(context.Context) (bench.Sample, error) {
			s, err := w.ask(api)
			if err != nil {
				return s, err
			}
			for name, v := range more {
				s.Extra[name] = v
			}
			return s, nil
		}}},
		// The next point begins with an empty engine, as far as memory and merges go.
		Close: func() error { return w.db.Exec(context.Background(), "TRUNCATE TABLE events", nil) },
	}
}

// sizes is what the rows take.
func (w *world) sizes(ctx context.Context) (map[string]float64, error) {
	var raw float64
	err := w.db.Row(ctx, "SELECT toFloat64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('events', 'exposures')", nil).Scan(&raw)
	return map[string]float64{
		"raw MB": raw / 1e6, "rollup MB": w.rollupBytes / 1e6, "rollup CPU µs an event": w.rollupCPU.Seconds() * 1e6 / float64(w.events),
		"MiB resident, with the engine": float64(bench.RSS()) / (1 << 20),
	}, err
}

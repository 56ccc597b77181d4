// Package pulse measures results: a whole scorecard from what the rollups keep, one with a filter that no rollup has, and both
// beside the SQL that a warehouse tool or a person would run over the raw events on the same engine.
package pulse

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Suite is the scorecards.
var Suite = bench.Suite{Name: "pulse", Open: open}

func open(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	w, err := openSuite(ctx, env)
	if err != nil {
		return nil, err
	}
	return []bench.Case{w.scorecard(), w.filtered()}, nil
}

func openSuite(ctx context.Context, env *bench.Env) (*world, error) {
	db, err := env.DB(ctx)
	if err != nil {
		return nil, err
	}
	w := &world{db: db, units: bench.Pick[uint64](env.Scale, 10_000, 1_000_000, 10_000_000)}
	w.events = 10 * w.units
	return w, w.open(ctx, filepath.Join(env.Dir, "keys.json"))
}

// scorecard is all metrics with CUPED.
func (w *world) scorecard() bench.Case {
	api := query.New(query.Options{DB: w.db, Catalog: w.catalog, Keys: w.keys})
	return bench.Case{
		Name: fmt.Sprintf("scorecard of %d metrics with CUPED, %d units", metricCount, w.units), Unit: "scorecard", By: bench.Wall,
		Contestants: []bench.Contestant{
			{Name: "from the rollups, through the API", Role: bench.Ours, Run: func(context.Context) (bench.Sample, error) { return w.ask(api) }},
			{Name: "one query a metric over raw events (GrowthBook's manner)", Role: bench.Peer, Run: w.warehouse},
		},
	}
}

// ask asks the API twenty times and keeps how long each answer took.
func (w *world) ask(api *query.API) (bench.Sample, error) {
	const times = 20
	took, check := make([]float64, times), ""
	for i := range took {
		started := time.Now()
		body, err := bench.Ask(api.Handle, "/console/v1/experiments/bench/pulse_results?cuped=true", w.secret)
		took[i] = time.Since(started).Seconds() * 1000
		if err != nil {
			return bench.Sample{}, err
		}
		var answer struct {
			Data struct {
				PrimaryMetrics []struct {
					Status                  string
					TestTotal, ControlTotal float64
				}
			}
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return bench.Sample{}, err
		}
		sum := 0.0
		for _, m := range answer.Data.PrimaryMetrics {
			if m.Status != "ok" {
				return bench.Sample{}, fmt.Errorf("a metric is %s", m.Status)
			}
			sum += m.TestTotal + m.ControlTotal
		}
		check = fmt.Sprintf("%.8g", sum)
	}
	slices.Sort(took)
	return bench.Sample{Ops: times, Check: check, Extra: map[string]float64{
		"p50 ms": took[times/2], "p95 ms": took[times*95/100], "rollup s": w.rollupTook.Seconds(), "rollup bytes per unit": w.rollupBytes / float64(w.units),
	}}, nil
}

func (w *world) warehouse(ctx context.Context) (bench.Sample, error) {
	sum := 0.0
	for i := range metricCount {
		var rows []struct {
			Variation string  `ch:"variation"`
			Units     uint64  `ch:"units"`
			MeanY     float64 `ch:"mean_y"`
			VarY      float64 `ch:"var_y"`
			MeanX     float64 `ch:"mean_x"`
			VarX      float64 `ch:"var_x"`
			Cov       float64 `ch:"cov"`
		}
		if err := w.db.Select(ctx, &rows, statement("warehouse"), store.Params{"name": fmt.Sprintf("e%d", i)}); err != nil {
			return bench.Sample{}, err
		}
		for _, r := range rows {
			sum += r.MeanY * float64(r.Units)
		}
	}
	return bench.Sample{Ops: 1, Check: fmt.Sprintf("%.8g", sum)}, nil
}

// filtered is the same with a filter that no rollup has.
func (w *world) filtered() bench.Case {
	explorer := rollup.NewExplorer(w.db, func() *time.Location { return time.UTC })
	return bench.Case{
		Name: fmt.Sprintf("scorecard of %d metrics with one event filter, %d units", metricCount, w.units), Unit: "scorecard", By: bench.Wall,
		Contestants: []bench.Contestant{
			{Name: "ad hoc", Role: bench.Ours, Run: func(ctx context.Context) (bench.Sample, error) { return w.explore(ctx, explorer) }},
			{Name: "one hand-written SQL", Role: bench.Ceiling, Run: w.byHand},
		},
	}
}

func (w *world) explore(ctx context.Context, e *rollup.Explorer) (bench.Sample, error) {
	a, err := e.Explore(ctx, schema.Question{
		Experiment: &w.experiment, Metrics: w.metrics, View: schema.Cumulative,
		Filters: []schema.Criterion{{Type: "value", Condition: ">", Values: []string{"50"}}},
	})
	if err != nil {
		return bench.Sample{}, err
	}
	sum := 0.0
	for _, p := range a.Parts {
		sum += p.SumX
	}
	return bench.Sample{Ops: 1, Check: fmt.Sprintf("%.8g", sum)}, nil
}

func (w *world) byHand(ctx context.Context) (bench.Sample, error) {
	var rows []struct {
		Name      string  `ch:"name"`
		Variation string  `ch:"variation"`
		P         uint64  `ch:"p"`
		Total     float64 `ch:"total"`
		VarY      float64 `ch:"var_y"`
		VarX      float64 `ch:"var_x"`
		Cov       float64 `ch:"cov"`
	}
	if err := w.db.Select(ctx, &rows, statement("by_hand"), nil); err != nil {
		return bench.Sample{}, err
	}
	sum := 0.0
	for _, r := range rows {
		sum += r.Total
	}
	return bench.Sample{Ops: 1, Check: fmt.Sprintf("%.8g", sum)}, nil
}

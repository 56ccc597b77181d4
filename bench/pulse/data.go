package pulse

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/*.sql
var files embed.FS

// statement returns the text of sql/NAME.sql.
var statement = store.Statements(files)

const metricCount = 20

// world is an experiment with everything in it: raw rows, definitions, rollups.
type world struct {
	db          *store.DB
	catalog     *catalog.Catalog
	experiment  schema.Experiment
	metrics     []schema.Metric
	units       uint64
	events      uint64
	rollupTook  time.Duration
	rollupCPU   time.Duration
	secret      string
	keys        *catalog.Keyring
	rollupBytes float64
}

// open makes definitions, rows and rollups in w.db.
func (w *world) open(ctx context.Context, keys string) (err error) {
	w.catalog = catalog.Open(w.db)
	w.keys = catalog.NewKeyring(w.catalog, keys)
	if _, w.secret, err = w.keys.Make(ctx, "bench", schema.ConsoleKey, "bench"); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{w.keys.Reload, w.define, w.fill, w.rollUp} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fill makes raw rows of so many units in the engine, as loads.
func (w *world) fill(ctx context.Context) error {
	const rowsALoad = 2_000_000
	seq := uint64(0)
	load := func(table, file string, rows uint64) error {
		for from := uint64(0); from < rows; from += rowsALoad {
			seq++
			p := store.Params{"seq": seq, "from": from, "rows": min(rowsALoad, rows-from), "units": w.units, "table": table}
			if err := w.db.Exec(ctx, statement(file), p, store.WithSettings(map[string]any{"max_partitions_per_insert_block": 0})); err != nil {
				return fmt.Errorf("fill %s: %w", table, err)
			}
			if err := w.db.Exec(ctx, statement("fill_load"), p); err != nil {
				return fmt.Errorf("note a load: %w", err)
			}
		}
		return nil
	}
	if err := load("exposures", "fill_exposures", w.units); err != nil {
		return err
	}
	return load("events", "fill_events", w.events)
}

// define saves the experiment and its metrics.
func (w *world) define(ctx context.Context) error {
	w.experiment = schema.Experiment{ID: "bench", Groups: []schema.ExperimentGroup{{ID: "control", Name: "control", Size: 50}, {ID: "test", Name: "test", Size: 50}}}
	for i := range metricCount {
		m := schema.Metric{Name: fmt.Sprintf("m%02d", i), Type: schema.Sum, MetricEvents: []schema.MetricEvent{{Name: fmt.Sprintf("e%d", i)}}}
		if err := m.Validate(); err != nil {
			return err
		}
		if err := w.catalog.SaveMetric(ctx, "bench", &m); err != nil {
			return err
		}
		w.metrics = append(w.metrics, m)
		w.experiment.PrimaryMetrics = append(w.experiment.PrimaryMetrics, schema.ExperimentMetric{MetricRef: m.Ref()})
	}
	if err := w.experiment.Validate(); err != nil {
		return err
	}
	day := func(n int) schema.Millis {
		return schema.Millis(time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC).UnixMilli())
	}
	if err := w.experiment.Start(day(8), 0, day(22)); err != nil {
		return err
	}
	return w.catalog.SaveExperiment(ctx, "bench", &w.experiment)
}

// rollUp computes everything that is kept, once.
func (w *world) rollUp(ctx context.Context) error {
	started, cpu := time.Now(), bench.CPUTime()
	r := rollup.New(w.db, w.catalog.ForRollup, rollup.Options{Threads: 2})
	for {
		sum, err := r.Cycle(ctx)
		if err != nil {
			return err
		}
		if len(sum.Failed) > 0 {
			return fmt.Errorf("the rollup failed for %v", sum.Failed)
		}
		if sum.Loads == 0 {
			break
		}
	}
	w.rollupTook, w.rollupCPU = time.Since(started), bench.CPUTime()-cpu
	return w.db.Row(ctx, "SELECT toFloat64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('unit_days', 'moments', 'first_exposures')", nil).Scan(&w.rollupBytes)
}

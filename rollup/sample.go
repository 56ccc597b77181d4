package rollup

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Samples returns the newest events of the last 30 days that a metric takes, with what each adds.
func (r *Runner) Samples(ctx context.Context, m schema.Metric, limit int) ([]schema.MetricSample, error) {
	ts, values, err := newTerms([]*metric{{m, m.VersionID()}})
	if err != nil {
		return nil, err
	}
	p := with(values, eventParams([]*metric{{m, ""}}), store.Params{
		"limit": uint64(limit), "since": uint16(DayIn(r.o.Zone, schema.Millis(r.o.Now().UnixMilli())) - 30),
	})
	rows := []schema.MetricSample{}
	err = r.db.Select(ctx, &rows, fill(statement("samples"), "term", ts[0].tuple()), p, store.WithSettings(r.settings))
	if err != nil {
		return nil, fmt.Errorf("read samples of %q: %w", m.ID(), err)
	}
	return rows, nil
}

// Preview computes a metric's totals of some days as the rollup would, and writes nothing.
func (r *Runner) Preview(ctx context.Context, m schema.Metric, from, to Day) ([]schema.MetricDay, error) {
	b := &batch{[]scoped{{name: "preview", m: &metric{m, m.VersionID()}}}, from, to}
	name, days := r.totalOf(b)
	text, p, err := r.totalText(name, b, days)
	if err != nil {
		return nil, err
	}
	_, text, _ = strings.Cut(text, "\nSELECT ")
	const shown = `SELECT toString(c3) AS date, c2 AS unit_type, if(isFinite(c5), c5, NULL) AS value, c6 AS numerator, c7 AS denominator, c8 AS units, c9 AS input_rows
FROM (SELECT * FROM (SELECT `
	rows := []schema.MetricDay{}
	err = r.db.Select(ctx, &rows, shown+text+"\n)) AS totals (c1, c2, c3, c4, c5, c6, c7, c8, c9) ORDER BY date, unit_type", with(p, store.Params{"run": uint64(0)}), store.WithSettings(r.settings))
	if err != nil {
		return nil, fmt.Errorf("preview %q: %w", m.ID(), err)
	}
	return rows, nil
}

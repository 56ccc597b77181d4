package rollup

import (
	"context"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// settleMetrics computes the days of metrics that are dirty, those that span days apart from the others: they read more.
func (r *Runner) settleMetrics(ctx context.Context, find findDirty, scopes []scoped, completeTo int64, sum *Report) error {
	var within, across []scoped
	for _, s := range scopes {
		if s.m.spans() {
			across = append(across, s)
		} else {
			within = append(within, s)
		}
	}
	if err := r.settleDays(ctx, within, find, r.metricDays, completeTo, sum); err != nil {
		return err
	}
	return r.settleDays(ctx, across, find, r.metricDays, completeTo, sum)
}

// metricDays computes totals per metric, unit type and day, and their breakdowns, and publishes them.
func (r *Runner) metricDays(ctx context.Context, b *batch, completeTo int64, sum *Report) error {
	u, err := r.newRun(ctx)
	if err != nil {
		return err
	}
	name, days := r.totalOf(b)
	text, p, err := r.totalText(name, b, days)
	if err != nil {
		return err
	}
	p = with(p, store.Params{"run": u.number, "started": u.started, "complete_to": completeTo})
	if err := r.execText(ctx, name, text, p); err != nil {
		return err
	}
	for _, s := range b.scopes {
		for _, dimension := range s.m.Options.MetricDimensionColumns {
			if err := r.dimensionDays(ctx, u, &batch{[]scoped{s}, b.from, b.to}, dimension); err != nil {
				return err
			}
		}
	}
	return r.publish(ctx, "publish_metrics", u, b, p, sum)
}

// totalOf is the statement for a batch, whose metrics either all span days or all do not, and the days it reads.
func (r *Runner) totalOf(b *batch) (name string, days store.Params) {
	if b.scopes[0].m.spans() {
		return "metric_spans", r.spanParams(b)
	}
	return "metric_days", dayParams(r.o.Zone, b.from, b.to)
}

// spanParams reach as far as any of the metrics does.
func (r *Runner) spanParams(b *batch) store.Params {
	var back, ahead Day
	ends, lengths := []uint16{}, []uint16{}
	for _, m := range b.metrics() {
		before, after := m.reach()
		back, ahead = max(back, Day(before)), max(ahead, Day(after))
		end, length := m.retention()
		ends, lengths = append(ends, end), append(lengths, length)
	}
	first, last := b.from-min(b.from, back), b.to+min(ahead, forever-b.to)
	return with(dayParams(r.o.Zone, first, last), store.Params{
		"from": uint16(b.from), "to": uint16(b.to),
		"retention_ends": ends, "retention_lengths": lengths,
	})
}

// totalText fills a statement that makes totals of a batch; its run is for the caller to name.
func (r *Runner) totalText(name string, b *batch, days store.Params) (string, store.Params, error) {
	ms := b.metrics()
	ts, values, err := newTerms(ms)
	if err != nil {
		return "", nil, err
	}
	versions, percentiles := []string{}, []float64{}
	for _, m := range ms {
		versions, percentiles = append(versions, m.version), append(percentiles, m.percentile())
	}
	p := with(values, foldParams(ms), eventParams(ms), days, store.Params{
		"metrics": versions, "percentiles": percentiles, "quotients": b.places((*metric).HasDenominator),
	})
	sql, ts := columns(ts)
	happened := fillAll(counted(statement("happened")), map[string]string{"columns": sql, "happened": anyHappened(ts)})
	text := fill(statement(name), "happened", happened)
	if name == "metric_spans" {
		return fillAll(text, map[string]string{"spanned": spanned(ts), "completions": completionsOf(ms, "items", "e.4 = d")}), p, nil
	}
	if name == "metric_days" {
		ofUnits, ofAll := totalled(ms, ts)
		text = fillAll(text, map[string]string{"units": ofUnits, "totals": ofAll})
		if hasFold(ms, foldValues) {
			text = fill(text, "values", "total.6")
		}
		return text, p, nil
	}
	text = fill(text, "folded", folded(ms, ts, (*metric).foldValues, noValues))
	if hasFold(ms, foldValues) {
		text = fill(text, "values", "folded.5")
	}
	return text, p, nil
}

// dimensionDays breaks the totals of one metric down by one dimension, in the same run.
func (r *Runner) dimensionDays(ctx context.Context, u run, b *batch, dimension string) error {
	text, p, err := r.totalText("dimension_days", b, dayParams(r.o.Zone, b.from, b.to))
	if err != nil {
		return err
	}
	t := &terms{params: p}
	at := t.dimension(dimension)
	p = with(p, store.Params{"run": u.number, "dimension": dimension, "share": keptShare})
	return r.execText(ctx, "dimension_days", fill(text, "found", "coalesce("+at.text+", '')"), p)
}

// keptShare is the share of a day's events above which a value of a dimension has a row of its own.
const keptShare = 0.05

// dimension is where the values of a dimension are found: a property, "value", or "user.NAME".
func (t *terms) dimension(name string) column {
	if field, ok := strings.CutPrefix(name, "user."); ok {
		return t.userColumn("dim", field)
	}
	if name == "value" {
		return column{text: "toString(value)"}
	}
	return first(t.json("properties", "dim", name))
}

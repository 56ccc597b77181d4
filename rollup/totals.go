package rollup

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// settleMetrics computes the days of metrics that are dirty, those that span days apart from the others: they read more.
func (r *Runner) settleMetrics(ctx context.Context, scopes []scoped, completeTo int64, sum *Report) error {
	var within, across []scoped
	for _, s := range scopes {
		if s.m.spans() {
			across = append(across, s)
		} else {
			within = append(within, s)
		}
	}
	if err := r.settleDays(ctx, within, r.dirtyMetrics, r.metricDays, completeTo, sum); err != nil {
		return err
	}
	return r.settleDays(ctx, across, r.dirtyMetrics, r.metricSpans, completeTo, sum)
}

// metricDays computes totals per metric, unit type and day and publishes them.
func (r *Runner) metricDays(ctx context.Context, b *batch, completeTo int64, sum *Report) error {
	ms := b.metrics()
	return r.total(ctx, "metric_days", b, completeTo, sum, dayParams(r.o.Zone, b.from, b.to), map[string]string{
		"x": foldX(ms), "y": foldY(ms), "values": foldValuesOf(ms),
	})
}

// metricSpans does so for metrics that are made of several days.
func (r *Runner) metricSpans(ctx context.Context, b *batch, completeTo int64, sum *Report) error {
	var back, ahead Day
	ends, lengths := []uint16{}, []uint16{}
	for _, m := range b.metrics() {
		before, after := m.reach()
		back, ahead = max(back, Day(before)), max(ahead, Day(after))
		end, length := m.retention()
		ends, lengths = append(ends, end), append(lengths, length)
	}
	first, last := b.from-min(b.from, back), b.to+min(ahead, forever-b.to)
	around := dayParams(r.o.Zone, first, last)
	return r.total(ctx, "metric_spans", b, completeTo, sum, with(around, store.Params{
		"from": uint16(b.from), "to": uint16(b.to), "first": uint16(first), "last": uint16(last),
		"retention_ends": ends, "retention_lengths": lengths,
	}), map[string]string{"completions": completionsOf("items", "place", "e.4 = d")})
}

// total runs a statement that writes metric_days and publishes what it wrote.
func (r *Runner) total(ctx context.Context, name string, b *batch, completeTo int64, sum *Report, days store.Params, marks map[string]string) error {
	ms := b.metrics()
	fragment, values, err := newTerms(ms)
	if err != nil {
		return err
	}
	u, err := r.newRun(ctx)
	if err != nil {
		return err
	}
	versions, percentiles := []string{}, []float64{}
	for _, m := range ms {
		versions, percentiles = append(versions, m.version), append(percentiles, m.percentile())
	}
	p := with(values, foldParams(ms), eventParams(ms), days, store.Params{
		"metrics": versions, "run": u.number, "started": u.started, "complete_to": completeTo,
		"percentiles": percentiles, "quotients": b.places((*metric).isQuotient),
	})
	text := fillAll(fill(statement(name), "terms", fragment), marks)
	if err := r.execText(ctx, name, text, p); err != nil {
		return err
	}
	return r.publish(ctx, "publish_metrics", u, b, p, sum)
}

package rollup

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// TestExplore asks for what the oracle knows, from the days that are kept and, with a filter that all events pass, from the events
// themselves; then by day and by property, whose parts must add up.
func TestExplore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(t)
	d := randomData(rand.New(rand.NewPCG(13, 13)), 700, 150)
	w.load(1, "events", d.events)
	w.load(2, "exposures", d.exposures)
	w.cycle(w.runner())
	o, e := newOracle(w.zone, d), NewExplorer(w.db, func() *time.Location { return w.zone })
	always := []schema.Criterion{{Type: "metadata", Column: "nothing", Condition: "not_in", Values: []string{"x"}}}
	const until = "2024-01-05"
	last := int(mustDay(t, until))
	for i := range w.experiments {
		x := &w.experiments[i]
		for _, q := range []schema.Question{
			{Experiment: x, Metrics: w.metrics, View: schema.Cumulative, Until: until},
			{Experiment: x, Metrics: w.metrics, View: schema.Cumulative, Until: until, Filters: always},
		} {
			a := w.explore(e, q)
			for k := range w.metrics {
				for _, group := range []string{"control", "test"} {
					w.near(group+" of "+x.ID+"/"+w.metrics[k].ID(), o.moments(x, &w.metrics[k], group, last), whole(a, k+1, group, ""))
				}
			}
		}
		w.sumsAgree(e, schema.Question{Experiment: x, Metrics: w.metrics, View: schema.Cumulative, Until: until})
	}
}

func (w *world) explore(e *Explorer, q schema.Question) schema.Answer {
	w.t.Helper()
	a, err := e.Explore(w.t.Context(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// whole merges the part of a slice that did something with the units that did nothing, in the order of the oracle's moments.
func whole(a schema.Answer, place int, group, slice string) [14]float64 {
	n := 0.0
	for _, s := range a.Sizes {
		if s.Group == group && s.Slice == slice {
			n += float64(s.Units)
		}
	}
	for _, p := range a.Parts {
		if int(p.Place) == place && p.Group == group && p.Slice == slice {
			k := float64(p.Units)
			c := func(centred, a, b float64) float64 { return centred + a*b/k*(n-k)/n }
			return [14]float64{
				n, float64(p.Participants), p.SumX / n, p.SumY / n, c(p.XX, p.SumX, p.SumX), c(p.YY, p.SumY, p.SumY), c(p.XY, p.SumX, p.SumY), p.SumX,
				p.SumPX / n, p.SumPY / n, c(p.PXPX, p.SumPX, p.SumPX), c(p.XPX, p.SumX, p.SumPX), c(p.YPY, p.SumY, p.SumPY), float64(p.Before),
			}
		}
	}
	return [14]float64{n}
}

// sumsAgree: the days of a view, the values of a dimension, and the parts of a property add up to the whole, for metrics whose
// values add up.
func (w *world) sumsAgree(e *Explorer, q schema.Question) {
	w.t.Helper()
	total := func(a schema.Answer, place int, keep func(slice string) bool) (sum float64) {
		for _, p := range a.Parts {
			if int(p.Place) == place && keep(p.Slice) {
				sum += p.SumX
			}
		}
		return sum
	}
	all := func(string) bool { return true }
	want := w.explore(e, q)
	daily, since, byItems, byProperty := q, q, q, q
	daily.View, since.View = schema.Daily, schema.DaysSince
	byItems.Dimension, byProperty.Property = &schema.Criterion{Type: "metadata", Column: "cart.items"}, "plan"
	for name, cut := range map[string]struct {
		q    schema.Question
		keep func(string) bool
	}{
		"daily": {daily, all}, "days since": {since, func(s string) bool { return !strings.HasPrefix(s, "-") }},
		"by dimension": {byItems, all}, "by property": {byProperty, all},
	} {
		got := w.explore(e, cut.q)
		for i, m := range w.metrics {
			if m.Type != schema.EventCount && m.Type != schema.Sum && m.Type != schema.Mean {
				continue
			}
			if a, b := total(want, i+1, all), total(got, i+1, cut.keep); a != b {
				w.t.Errorf("%s of %s: %s adds up to %v, the whole is %v", m.ID(), q.Experiment.ID, name, b, a)
			}
		}
	}
}

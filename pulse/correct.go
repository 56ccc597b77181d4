package pulse

import (
	"math"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// member is a p-value of a family and, when it belongs to the report, the result it came from.
type member struct {
	p      float64
	result *Result
	redo   func(alpha float64) Result
}

// correct applies the corrections that look at p-values. Per metric a family is the metrics of the test group; per variant it is
// the test groups of a metric; with both it is everything. Benjamini-Hochberg gives intervals at the largest threshold that a
// p-value passes, as Statsig shows them; where none passes, at the threshold of the first. Holm gives adjusted p-values and
// the intervals that agree with them.
func (q Request) correct(d Data, sections []section) {
	kind := q.PerMetric
	if kind == "" || kind == stats.Bonferroni {
		kind = q.PerVariant
	}
	if kind == "" || kind == stats.Bonferroni {
		return
	}
	tests := []schema.ExperimentGroup{q.Test}
	if q.PerVariant == kind {
		tests = q.treatments()
	}
	var everything []member
	for i, s := range sections {
		if i > 0 && q.PrimaryOnly {
			break
		}
		for n := range s.results {
			family := q.family(d, &s.results[n], s.metrics[n], s.alpha, tests)
			if q.PerMetric == kind {
				everything = append(everything, family...)
			} else {
				adjust(kind, family, s.alpha)
			}
		}
	}
	if len(sections) > 0 {
		adjust(kind, everything, sections[0].alpha)
	}
}

// treatments are the groups that are not control.
func (q Request) treatments() []schema.ExperimentGroup {
	var all []schema.ExperimentGroup
	for _, g := range q.Experiment.Groups {
		if g.ID != q.Control.ID {
			all = append(all, g)
		}
	}
	return all
}

// family lists the p-values of a metric in each test group.
func (q Request) family(d Data, r *Result, m schema.ExperimentMetric, alpha float64, tests []schema.ExperimentGroup) []member {
	var all []member
	for _, g := range tests {
		other := q
		other.Test = g
		redo := func(alpha float64) Result { return other.compare(d, m, alpha) }
		switch {
		case g.ID == q.Test.ID && r.PValue != nil:
			all = append(all, member{*r.PValue, r, redo})
		case g.ID != q.Test.ID:
			if o := redo(alpha); o.PValue != nil {
				all = append(all, member{*o.PValue, nil, nil})
			}
		}
	}
	return all
}

func adjust(kind stats.Correction, family []member, alpha float64) {
	if len(family) == 0 {
		return
	}
	p := make([]float64, len(family))
	for i, m := range family {
		p[i] = m.p
	}
	if kind == stats.Holm {
		adjustHolm(family, p, alpha)
		return
	}
	adjusted, s := stats.Adjust(p, stats.BenjaminiHochberg)
	level := stats.BenjaminiHochbergAlpha(p, alpha)
	if s != stats.OK || level.Status != stats.OK {
		return
	}
	if !level.Any {
		level.Alpha = alpha / float64(len(p))
	}
	for i, m := range family {
		if m.result != nil {
			*m.result = m.redo(level.Alpha)
			m.result.AdjustedPValue = number(adjusted[i])
			m.result.Methods = append(m.result.Methods, string(stats.BenjaminiHochberg))
		}
	}
}

func adjustHolm(family []member, p []float64, alpha float64) {
	adjusted, s := stats.Adjust(p, stats.Holm)
	if s != stats.OK {
		return
	}
	for i, m := range family {
		r := m.result
		if r == nil {
			continue
		}
		r.AdjustedPValue = number(adjusted[i])
		r.Methods = append(r.Methods, string(stats.Holm))
		r.Verdict = verdict(*r.AbsoluteChange, adjusted[i], alpha, r.Directionality)
		r.ConfidenceInterval, r.ConfidenceIntervalDelta = backedOut(r.AbsoluteChange, adjusted[i], alpha)
		r.PercentConfidenceInterval, r.PercentConfidenceIntervalDelta = backedOut(r.PercentChange, adjusted[i], alpha)
	}
}

// backedOut is the interval that agrees with an adjusted p-value, nil where there is none.
func backedOut(estimate *float64, p, alpha float64) (*Bounds, *float64) {
	if estimate == nil {
		return nil, nil
	}
	ci, _, s := stats.AdjustedInterval(*estimate, p, alpha)
	if s != stats.OK {
		return nil, nil
	}
	return bounds(ci, 1), number(math.Abs(ci.High-ci.Low) / 2)
}

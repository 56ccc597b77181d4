package pulse

import (
	"math"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Differs says how far the effect in a slice of the units is from that in all other units, in the metric's unit.
type Differs struct {
	Effect             *float64 `json:"effect"`
	Rest               *float64 `json:"restEffect"`
	Difference         *float64 `json:"difference"`
	ConfidenceInterval *Bounds  `json:"confidenceInterval"`
	PValue             *float64 `json:"pValue"`
	// AdjustedPValue is Bonferroni's, over the slices; Flag is high below 0.01, some below 0.05, else none.
	AdjustedPValue *float64 `json:"adjustedPValue"`
	Flag           string   `json:"flag"`
}

// Heterogeneity is Cochran's test of whether the effects of all slices could be one and the same.
type Heterogeneity struct {
	Segments int      `json:"segments"` // that have an effect with a standard error
	Q        *float64 `json:"q"`
	DF       float64  `json:"df"`
	PValue   *float64 `json:"pValue"`
	ISquared *float64 `json:"iSquared"` // share of the variation beyond chance
}

// Interaction is how much a group of another experiment changes the effect of this one: the effect among its units less that among the
// other experiment's control units.
type Interaction struct {
	Control            string   `json:"otherControl"`
	Group              string   `json:"otherGroup"`
	Effect             *float64 `json:"effect"`
	ControlEffect      *float64 `json:"controlEffect"`
	Interaction        *float64 `json:"interaction"`
	ConfidenceInterval *Bounds  `json:"confidenceInterval"`
	PValue             *float64 `json:"pValue"`
}

// effect is test minus control in a slice.
func (q Request) effect(m schema.Metric, s SliceArms) stats.DiffResult {
	c := contrast{m: m, control: s.Arms[q.Control.ID], test: s.Arms[q.Test.ID], o: Options{Alpha: q.alpha()}}
	if c.control.N == 0 || c.test.N == 0 {
		return stats.DiffResult{Status: stats.InsufficientN}
	}
	c.plain()
	return c.diff
}

// between is how far one effect is from another, by the normal distribution: the variance of a difference of differences is the sum of
// all four arms' (docs/statistics.md, D21).
func (q Request) between(from, to stats.DiffResult) stats.DiffResult {
	if from.Status != stats.OK {
		return from
	}
	if to.Status != stats.OK {
		return to
	}
	return stats.Diff(stats.Estimate{Value: from.Diff, Variance: from.SE * from.SE}, stats.Estimate{Value: to.Diff, Variance: to.SE * to.SE},
		stats.Options{Alpha: q.alpha(), Dist: stats.Normal})
}

// Contrast fills in how slices of units differ from each other. Percentiles cannot be merged and are left out.
func (q Request) Contrast(m schema.Metric, r *Result, arms []SliceArms) {
	if m.Aggregation() == schema.Percentile {
		return
	}
	var effects, ses []float64
	for i, s := range arms {
		in := q.effect(m, s)
		if in.Status == stats.OK {
			effects, ses = append(effects, in.Diff), append(ses, in.SE)
		}
		if len(arms) > 1 && i < len(r.DimensionBreakdown) {
			r.DimensionBreakdown[i].Differs = q.differs(in, q.effect(m, q.rest(arms, i)), len(arms))
		}
	}
	if meta := stats.MetaAnalysis(effects, ses, q.alpha()); meta.Status == stats.OK {
		r.Heterogeneity = &Heterogeneity{len(effects), number(meta.Q), meta.DF, number(meta.QP), number(meta.I2)}
	}
}

// rest is all slices but one, together.
func (q Request) rest(arms []SliceArms, but int) SliceArms {
	rest := SliceArms{Arms: make(map[string]Arm)}
	for i, s := range arms {
		if i == but {
			continue
		}
		for _, id := range []string{q.Control.ID, q.Test.ID} {
			rest.Arms[id] = rest.Arms[id].Add(s.Arms[id])
		}
	}
	return rest
}

// differs is nil where one of the effects has no standard error.
func (q Request) differs(in, rest stats.DiffResult, slices int) *Differs {
	d := q.between(rest, in)
	if d.Status != stats.OK {
		return nil
	}
	adjusted := math.Min(1, d.Inference.P*float64(slices))
	r := &Differs{
		Effect: number(in.Diff), Rest: number(rest.Diff), Difference: number(d.Diff), ConfidenceInterval: bounds(d.Inference.CI, 1),
		PValue: number(d.Inference.P), AdjustedPValue: number(adjusted), Flag: "none",
	}
	switch {
	case adjusted < 0.01:
		r.Flag = "high"
	case adjusted < 0.05:
		r.Flag = "some"
	}
	return r
}

// Interact fills in what the groups of another experiment, by which units were cut, do to the effect.
func (q Request) Interact(m schema.Metric, r *Result, arms []SliceArms, other *schema.Experiment) {
	effects := make(map[string]stats.DiffResult)
	for _, s := range arms {
		effects[s.Value] = q.effect(m, s)
	}
	control := other.Control()
	for _, g := range other.Groups {
		if g.ID == control.ID {
			continue
		}
		i := Interaction{Control: control.ID, Group: g.ID}
		from, to := effects[control.ID], effects[g.ID]
		if d := q.between(from, to); d.Status == stats.OK {
			i.Effect, i.ControlEffect, i.Interaction = number(to.Diff), number(from.Diff), number(d.Diff)
			i.ConfidenceInterval, i.PValue = bounds(d.Inference.CI, 1), number(d.Inference.P)
		}
		r.Interactions = append(r.Interactions, i)
	}
}

package pulse

import (
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// topline is what the test group adds to the product's daily total as the test runs, and would at full launch. It is never
// adjusted by CUPED. Counts and sums have intervals; a ratio's impact goes through those on its two totals and has none.
func (r *Result) topline(c *contrast) {
	t := c.o.Topline
	if t.Days < 1 {
		return
	}
	if c.m.HasDenominator() {
		r.ratioTopline(c)
		return
	}
	if c.m.Type != schema.EventCount && c.m.Type != schema.Sum {
		return
	}
	in := stats.ToplineInput{
		Diff: c.raw.Diff, SE: c.raw.SE, NTest: c.test.N, Days: float64(t.Days), Allocation: t.allocation(), TestShare: t.TestShare,
	}
	if t.Known {
		in.Topline = t.Total
	}
	i := stats.Topline(in, stats.Options{Alpha: c.o.Alpha})
	if i.Status != stats.OK {
		return
	}
	half := (i.Inference.CI.High - i.Inference.CI.Low) / 2
	r.AbsoluteToplineImpact, r.AbsoluteToplineImpactDelta = number(i.PerDay), number(half)
	launches := i.LaunchFactor > 0
	if launches {
		r.ProjectedAbsoluteToplineImpact, r.ProjectedAbsoluteToplineImpactDelta = number(i.ProjectedPerDay), number(half*i.LaunchFactor)
	}
	if in.Topline == 0 {
		return
	}
	half *= i.RelativeSE / i.SE
	r.RelativeToplineImpact, r.RelativeToplineImpactDelta = number(100*i.Relative), number(100*half)
	if launches {
		r.ProjectedRelativeToplineImpact, r.ProjectedRelativeToplineImpactDelta = number(100*i.ProjectedRelative), number(100*half*i.LaunchFactor)
	}
}

// allocation is the share of units in the experiment, day by day.
func (t Topline) allocation() []float64 {
	if t.Allocation <= 0 || t.TestShare <= 0 {
		return nil
	}
	days := make([]float64, t.Days)
	for i := range days {
		days[i] = t.Allocation
	}
	return days
}

func (r *Result) ratioTopline(c *contrast) {
	t := c.o.Topline
	if !t.Known || t.Allocation <= 0 || t.TestShare <= 0 {
		return
	}
	i := stats.ToplineRatio(t.Total, t.TotalDen, c.test.Mean[stats.Num]-c.control.Mean[stats.Num], c.test.Mean[stats.Den]-c.control.Mean[stats.Den],
		c.test.N, float64(t.Days), 1/(t.Allocation*t.TestShare))
	if i.Status != stats.OK {
		return
	}
	r.AbsoluteToplineImpact, r.RelativeToplineImpact = number(i.Absolute), number(100*i.Relative)
	r.ProjectedAbsoluteToplineImpact, r.ProjectedRelativeToplineImpact = number(i.Projected), number(100*i.ProjectedRelative)
}

package pulse

import (
	"math"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Arm is one group's moments for one metric: numerator and denominator per unit, and both before exposure, in the order of
// [stats.RatioPairMoments].
type Arm struct {
	Group schema.ExperimentGroup
	stats.RatioPairMoments
	// Participants is how many of the units have a contribution, Before how many had one before their exposure.
	Participants, Before uint64
	TotalX, TotalY       float64
	// Quantile is that of a percentile metric, whose X counts a unit's values up to it and whose Y counts all.
	Quantile *stats.QuantileArm
}

// pair are numerator and denominator.
func (a Arm) pair() stats.PairMoments { return a.Pair(stats.Num, stats.Den) }

// withPast is the numerator beside itself before exposure, as CUPED wants it: X before, Y after.
func (a Arm) withPast() stats.PairMoments { return a.Pair(stats.PreNum, stats.Num) }

// Options are the wishes of who asks for one comparison.
type Options struct {
	// Alpha is the error rate of intervals and verdicts, after corrections, e.g. 0.05.
	Alpha       float64
	Alternative stats.Alternative
	// CUPED asks for the adjustment by the past where it helps; Window is how many days of it there are.
	CUPED  bool
	Window int
	// Sequential lets the verdict follow the interval that is valid however often one looks.
	Sequential bool
	// Prior is the belief about the relative change before the data, nil when no Bayesian results are wanted.
	Prior *stats.NormalPrior
	// Effect is the relative change that Wald's sequential test is after, as a share; 0 when that is not wanted.
	Effect float64
	Topline
}

// Topline is what the product as a whole did, for the impact on it.
type Topline struct {
	// Days is how many days of exposures the moments cover.
	Days int
	// Total and TotalDen are the metric's daily totals over all units; Known says that they are.
	Known           bool
	Total, TotalDen float64
	// Allocation is the share of units in the experiment, TestShare that of the test group in it.
	Allocation, TestShare float64
}

// Compare compares one metric of two groups: a difference in means (z; Welch when ν < 100) or, for metrics with a denominator,
// of ratios of sums by the delta method over all exposed units; the relative change by Fieller's interval; and beside the
// plain interval the asymptotic confidence sequence, which is valid however often one looks. Formulas and sources: package
// stats; which of them, and why: docs/statistics.md.
func Compare(m schema.Metric, control, test Arm, o Options) Result {
	r := Result{
		MetricID: m.ID(), MetricName: m.Name, MetricType: m.Type, Directionality: m.Directionality, Alpha: o.Alpha,
		TestParticipants: test.Participants, ControlParticipants: control.Participants, Methods: []string{},
		TestUnits: number(test.N), ControlUnits: number(control.N), TestTotal: number(test.TotalX), ControlTotal: number(control.TotalX),
	}
	switch {
	case test.N == 0 || control.N == 0:
		return r.without(NoExposures, "no unit has been exposed to one of the groups")
	case test.Participants == 0 && control.Participants == 0:
		return r.without(NoEvents, "none of the exposed units has had an event of this metric")
	}
	c := contrast{m: m, control: control, test: test, o: o}
	c.plain()
	if o.CUPED && m.Aggregation() != schema.Percentile {
		r.CUPED = c.cuped()
	}
	switch c.diff.Status {
	case stats.OK:
		r.Status = OK
		r.inferences(&c)
	case stats.InconsistentMoments, stats.OutOfRange, stats.InvalidArgument:
		return r.without(Failed, string(c.diff.Status))
	default:
		r = r.without(TooLittleData, "no standard error can be computed yet: "+string(c.diff.Status))
	}
	if c.diff.Status != stats.ZeroDenominator {
		r.means(&c)
	}
	r.SmallCounts = smallCounts(&c)
	if r.Status == OK {
		r.topline(&c)
	}
	return r
}

// contrast is a comparison under way.
type contrast struct {
	m             schema.Metric
	control, test Arm
	o             Options
	// diff is the absolute comparison, lift the relative one; raw is diff without adjustment.
	diff, raw stats.DiffResult
	lift      relative
	method    string
}

// relative is a lift with its interval, as shares.
type relative struct {
	value, se float64
	ok        bool
	interval  stats.Interval
	method    string
}

func (c *contrast) options() stats.Options {
	return stats.Options{Alpha: c.o.Alpha, Alternative: c.o.Alternative}
}

// fieller names the method of an unadjusted lift's interval.
const fieller = "fieller"

// plain compares without adjustment.
func (c *contrast) plain() {
	switch {
	case c.m.Aggregation() == schema.Percentile:
		c.diff, c.method = c.quantiles(), "quantile_outer_"
	case c.m.HasDenominator():
		c.diff, c.method = stats.RatioDiff(c.control.pair(), c.test.pair(), c.options()), "delta_method_"
	default:
		c.diff = stats.MeanDiff(c.control.pair().X(), c.test.pair().X(), c.options())
	}
	c.raw = c.diff
	if c.diff.Status != stats.OK {
		return
	}
	l := stats.RelativeLift(c.diff.Control, c.diff.Test, c.options())
	c.lift = relative{l.Lift, l.SE, l.Relative != nil, l.Fieller, fieller}
}

// cuped replaces the comparison by the adjusted one, if that may be and helps.
func (c *contrast) cuped() *CUPED {
	before := c.control.Before + c.test.Before
	said := &CUPED{UnitsBefore: before, WindowDays: c.o.Window}
	var r stats.CUPEDResult
	if c.m.HasDenominator() {
		r = stats.RatioCUPED(c.control.RatioPairMoments, c.test.RatioPairMoments, stats.ThetaTotal, c.options())
	} else {
		r = stats.CUPED(c.control.withPast(), c.test.withPast(), stats.ThetaTotal, c.options())
	}
	if r.Status == stats.OK {
		said.Theta, said.Correlation, said.VarianceReduction = number(r.Theta), number(r.Correlation), number(r.SE2Reduction)
	}
	if !r.Applies(float64(before)) {
		said.Reason = whyNot(r, float64(before))
		return said
	}
	said.Applied, c.diff, c.method = true, r.Adjusted, "cuped_"+c.method
	c.lift = relative{value: r.Lift.OverUnadjusted, se: r.Lift.SE, ok: r.Lift.Relative != nil, method: "delta_lift"}
	if r.Lift.Relative != nil {
		c.lift.interval = r.Lift.Relative.CI
	}
	return said
}

// whyNot is why the adjustment was left out: Statsig's conditions.
func whyNot(r stats.CUPEDResult, before float64) string {
	n := r.Control.N + r.Test.N
	switch {
	case r.Status != stats.OK:
		return "there is nothing before exposure to adjust by (" + string(r.Status) + ")"
	case n <= 100:
		return "fewer than 101 units"
	case before <= 0.05*n:
		return "no more than 5 % of the units did anything before their exposure"
	default:
		return "it would not lower the variance"
	}
}

// means fills what each group has for itself.
func (r *Result) means(c *contrast) {
	d := c.diff
	r.ControlMean, r.TestMean = number(d.Control.Value), number(d.Test.Value)
	r.AbsoluteChange = number(d.Diff)
	r.ControlStd, r.TestStd = standardError(d.Control), standardError(d.Test)
	switch {
	case c.lift.ok:
		r.PercentChange = number(100 * c.lift.value)
	case d.Control.Value != 0:
		r.PercentChange = number(100 * d.Diff / d.Control.Value)
	}
}

// standardError is nil where there were too few units for one. That of a percentile has no degrees of freedom.
func standardError(e stats.Estimate) *float64 {
	if e.DF == 0 && e.Variance == 0 {
		return nil
	}
	return root(e.Variance)
}

// inferences fills intervals and p-values.
func (r *Result) inferences(c *contrast) {
	i := c.diff.Inference
	r.Methods = append(r.Methods, c.method+distribution(i.Dist))
	r.PValue, r.Log10PValue = number(i.P), number(i.Log10P)
	r.ConfidenceInterval = bounds(i.CI, 1)
	r.ConfidenceIntervalDelta = halfWidth(i.CI, c.diff.Diff, 1)
	if r.PercentConfidenceInterval = bounds(c.lift.interval, 100); r.PercentConfidenceInterval != nil {
		r.Methods = append(r.Methods, c.lift.method)
	}
	r.PercentConfidenceIntervalDelta = halfWidth(c.lift.interval, c.lift.value, 100)
	r.sequential(c)
	r.power(c)
	r.bayes(c)
	r.sprt(c)
	p := i.P
	if c.o.Sequential && r.SequentialPValue != nil {
		p = *r.SequentialPValue
	}
	r.Verdict = verdict(c.diff.Diff, p, c.o.Alpha, r.Directionality)
}

func distribution(d stats.Dist) string {
	if d == stats.StudentT {
		return "welch_t"
	}
	return "z"
}

// halfWidth is half of a bounded interval, or how far the one bound is from the estimate.
func halfWidth(i stats.Interval, estimate, scale float64) *float64 {
	switch i.Kind {
	case stats.Bounded:
		return number(scale * (i.High - i.Low) / 2)
	case stats.AtLeast:
		return number(scale * (estimate - i.Low))
	case stats.AtMost:
		return number(scale * (i.High - estimate))
	default:
		return nil
	}
}

// sequential fills the anytime-valid interval, tuned to be narrowest at 5 000 units.
func (r *Result) sequential(c *contrast) {
	n, so := c.control.N+c.test.N, stats.SequentialOptions{Alpha: c.o.Alpha, Alternative: c.o.Alternative}
	s := stats.SequentialDiff(c.diff, n, so)
	if s.Status != stats.OK {
		return
	}
	r.Methods = append(r.Methods, "asymptotic_confidence_sequence")
	r.SequentialTestingConfidenceIntervalDelta, r.SequentialPValue = number(s.HalfWidth), number(s.P)
	r.SequentialConfidenceInterval = bounds(s.CI, 1)
	if c.lift.ok {
		set := c.sequentialLift(n, so)
		r.PercentSequentialConfidenceIntervalDelta = halfWidth(set, c.lift.value, 100)
		r.PercentSequentialConfidenceInterval = bounds(set, 100)
	}
}

// sequentialLift is the anytime-valid interval of the lift, by the method of the plain one.
func (c *contrast) sequentialLift(n float64, o stats.SequentialOptions) stats.Interval {
	if c.lift.method == fieller {
		set, _ := stats.SequentialLift(c.diff.Control, c.diff.Test, n, o)
		return set
	}
	return stats.SequentialCS(c.lift.value, c.lift.se, n, o).CI
}

// power is the change, in percent of control, that a test of this size finds with a power of 80 %.
func (r *Result) power(c *contrast) {
	mean := math.Abs(c.diff.Control.Value)
	if mean == 0 {
		return
	}
	mde, s := stats.MDE(c.diff.SE*c.diff.SE/2, 1, 1, stats.Design{Alpha: c.o.Alpha, Alternative: c.o.Alternative})
	if s == stats.OK {
		r.ReversePower = number(100 * mde / mean)
	}
}

// bayes fills the belief about the relative change.
func (r *Result) bayes(c *contrast) {
	if c.o.Prior == nil || !c.lift.ok {
		return
	}
	p := stats.Bayes(c.lift.value, c.lift.se, *c.o.Prior, c.o.Alpha, r.Directionality == "decrease")
	if p.Status != stats.OK {
		return
	}
	r.Methods = append(r.Methods, "normal_posterior")
	r.Bayes = &Bayes{
		PriorMean: 100 * c.o.Prior.Mean, PriorStd: 100 * math.Sqrt(c.o.Prior.Variance),
		PosteriorMean: number(100 * p.Mean), PosteriorStd: number(100 * p.SD), CredibleInterval: bounds(p.CI, 100),
		ChanceToBeat: number(p.ChanceToWin), ExpectedLoss: number(100 * p.RiskOfTest),
	}
}

// verdict is the result in a word: better and worse by the metric's directionality.
func verdict(diff, p, alpha float64, directionality string) string {
	switch {
	case p > alpha:
		return "inconclusive"
	case diff > 0 == (directionality != "decrease"):
		return "better"
	default:
		return "worse"
	}
}

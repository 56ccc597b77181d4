package stats

import "math"

// LiftResult is the relative effect test/control − 1, a pure number (0.05 is +5 %), in four forms: the delta method,
// Fieller's exact set, the log ratio, and the fallback that takes the control mean as known. The p-value of the absolute
// difference is beside that of the relative one, because they are different tests (Statsig prints the first, GrowthBook
// the second).
type LiftResult struct {
	Status      Status
	Lift        float64    // (test − control)/control
	LiftAbsBase float64    // (test − control)/|control|: an increase is positive for negative means too (GrowthBook)
	SE          float64    // delta-method standard error of Lift
	Relative    *Inference // of the lift by the delta method; nil unless Status is OK
	Absolute    *Inference // of the difference in the metric's unit, see DiffResult; nil when undefined
	G           float64    // Fieller's g = q²·k_c/c²; the set is unbounded from 1 on
	Fieller     Interval   // of the lift
	Log         *LogRatio  // nil when the means differ in sign
	FixedBase   Interval   // interval of the difference over |control|, control taken as known (Statsig's fallback)
}

// LogRatio is the lift on the logarithmic scale.
type LogRatio struct {
	Value float64  // ln(test/control)
	SE    float64  // delta method
	CI    Interval // back on the lift scale: exp(Value ± q·SE) − 1
}

// RelativeLift relates two independent estimates (means, ratios, adjusted means) by test/control − 1. Quantiles are
// those of the absolute test: z, or t with Welch's degrees of freedom, see [Dist].
//
// Delta method: SE² = k_t/c² + k_c·t²/c⁴ (Deng et al. 2018). Fieller 1954: the set of all L with
// (Δ − L·c)² ≤ q²(k_t + (1+L)²k_c), exact when the means are normal; bounded when g < 1, otherwise the complement of an
// interval or the whole line (one-sided alternatives keep one end of a bounded set, unbounded sets are given whole). Log
// ratio: delta method for ln(t/c). All lifts are pure numbers. Errors: ZeroControlMean
// (the absolute test stands), ZeroVariance, OutOfRange, InvalidArgument.
func RelativeLift(control, test Estimate, o Options) LiftResult {
	d := Diff(control, test, o)
	r := LiftResult{Status: d.Status, Absolute: d.Inference}
	if control.Value == 0 {
		r.Status = ZeroControlMean
		return r
	}
	lift, se := d.Diff/control.Value, math.Sqrt(relativeVariance(control, test))
	if !finite(lift, se) || d.Status == OutOfRange {
		r.Status = OutOfRange
		return r
	}
	r.Lift, r.LiftAbsBase, r.SE = lift, d.Diff/math.Abs(control.Value), se
	if d.Inference == nil {
		return r
	}
	r.Relative, r.Status = infer(r.Lift, se, d.Inference.DF, o)
	q := math.Abs(d.Inference.critical(o.tail()))
	r.G, r.Fieller = fieller(r.Lift, control, test, q)
	r.Fieller = r.Fieller.oneSided(o.Alternative)
	r.Log = logRatio(control, test, r.Lift, q, o.Alternative)
	r.FixedBase = around(r.Lift, q*(d.SE/math.Abs(control.Value)), o.Alternative)
	return r
}

// fieller solves (1−g)L² − 2(lift+g)L + … ≤ 0, everything divided by c² so that it has no scale.
func fieller(lift float64, c, t Estimate, q float64) (float64, Interval) {
	kc, kt := c.Variance/c.Value/c.Value, t.Variance/c.Value/c.Value
	g := q * q * kc
	disc := kt + kc*(1+lift)*(1+lift) - q*q*kc*kt
	if !finite(g, disc) {
		return 0, Interval{}
	}
	if disc < 0 {
		return g, Interval{Kind: AllReals}
	}
	a, b, root := 1-g, lift+g, q*math.Sqrt(disc)
	switch {
	case a > 0:
		return g, ordered((b-root)/a, (b+root)/a)
	case a < 0:
		i := ordered((b-root)/a, (b+root)/a)
		if i.Kind == Bounded {
			i.Kind = Complement
		}
		return g, i
	}
	return g, fiellerLine(lift, q*q*(kc+kt), b)
}

// fiellerLine is the set at g = 1, where the quadratic is a line: lift² − Q ≤ 2bL.
func fiellerLine(lift, q2v, b float64) Interval {
	end := (lift*lift - q2v) / (2 * b)
	switch {
	case b == 0:
		return Interval{Kind: AllReals}
	case b > 0:
		return Interval{Kind: AtLeast, Low: end}.checked()
	}
	return Interval{Kind: AtMost, High: end}.checked()
}

// oneSided keeps the bound that the alternative looks at, when the set is bounded.
func (i Interval) oneSided(alt Alternative) Interval {
	if i.Kind != Bounded || alt == TwoSided {
		return i
	}
	if alt == Greater {
		return Interval{Kind: AtLeast, Low: i.Low}
	}
	return Interval{Kind: AtMost, High: i.High}
}

// logRatio is nil when the ratio is not positive or overflows.
func logRatio(c, t Estimate, lift, q float64, alt Alternative) *LogRatio {
	se := math.Sqrt(t.Variance/t.Value/t.Value + c.Variance/c.Value/c.Value)
	if !(lift > -1) || !finite(se) {
		return nil
	}
	v := math.Log1p(lift)
	return &LogRatio{Value: v, SE: se, CI: around(v, q*se, alt).mapped(math.Expm1)}
}

// MeanLift is [RelativeLift] of two arms' means. Errors as [MeanDiff] and [RelativeLift].
func MeanLift(control, test Moments, o Options) LiftResult {
	if s := worst(control.Check(), test.Check()); s != OK {
		return LiftResult{Status: s}
	}
	return RelativeLift(control.Estimate(), test.Estimate(), o)
}

// RatioLift is [RelativeLift] of two arms' ratios. Errors as [RatioDiff] and [RelativeLift].
func RatioLift(control, test PairMoments, o Options) LiftResult {
	c, sc := control.Ratio()
	t, st := test.Ratio()
	if s := worst(sc, st); s != OK {
		return LiftResult{Status: s}
	}
	return RelativeLift(c, t, o)
}

// LiftVariance gives the sampling variances of the difference and of the relative lift of two arms with the given
// population variances, means and sizes (delta method, Deng et al. 2018). Errors: InsufficientN, ZeroControlMean.
func LiftVariance(varC, meanC, nC, varT, meanT, nT float64) (absolute, relative float64, s Status) {
	if !(nC > 0) || !(nT > 0) {
		return 0, 0, InsufficientN
	}
	c, t := Estimate{Value: meanC, Variance: varC / nC}, Estimate{Value: meanT, Variance: varT / nT}
	absolute = c.Variance + t.Variance
	if meanC == 0 {
		return absolute, 0, ZeroControlMean
	}
	relative = relativeVariance(c, t)
	if !finite(absolute, relative) {
		return 0, 0, OutOfRange
	}
	return absolute, relative, OK
}

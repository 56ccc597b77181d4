package stats

import "math"

// Theta names the covariance that CUPED's coefficient is computed from.
type Theta string

// The thetas. They differ little and all are unbiased; which one a vendor uses decides the last digits.
const (
	ThetaTotal      Theta = ""           // moments of both arms merged (GrowthBook means, PostHog, tea-tasting)
	ThetaWithin     Theta = "within"     // pooled within the arms, the slope of an analysis of covariance
	ThetaUnweighted Theta = "unweighted" // sum of the arms' covariances over the sum of their variances (GrowthBook ratios)
)

// CUPEDResult is a difference adjusted by a covariate from before exposure. Differences are in the metric's unit.
type CUPEDResult struct {
	Status       Status  // OK, or FallbackZeroCovariate, or an error
	Theta        float64 // metric units per covariate unit
	Correlation  float64 // of y and x over both arms
	Control      Moments // of the adjusted values, centred at the pooled covariate mean
	Test         Moments
	Adjusted     DiffResult
	Unadjusted   DiffResult
	SE2Reduction float64 // 1 − SE²_adjusted/SE²_unadjusted: the share of units saved
	Lift         CUPEDLift
}

// CUPEDLift is the adjusted difference as a share of the control mean, a pure number.
type CUPEDLift struct {
	Status             Status
	OverUnadjusted     float64    // divided by the mean that was observed (GrowthBook, PostHog)
	SE                 float64    // full delta method
	Relative           *Inference // of OverUnadjusted with SE
	SEGrowthBook       float64    // GrowthBook's code for means (not ratios) drops θ(x̄_t−x̄_c) from the gradient
	RelativeGrowthBook *Inference
	OverAdjusted       float64 // divided by the adjusted mean
	SENaive            float64 // delta method as if the adjusted means were independent
}

// CUPED adjusts the outcome Y of each unit by its value X before exposure: Deng, Xu, Kohavi & Walker 2013,
// Y − θ(X − x̄) with θ = cov(Y,X)/var(X), which keeps the expected difference and shrinks its variance by the squared
// correlation. The adjusted variance of an arm is v_y + θ²v_x − 2θcov; the test is Welch's on the adjusted values. With a
// constant covariate θ is 0 and the status FallbackZeroCovariate. Errors: as [MeanDiff].
func CUPED(control, test PairMoments, kind Theta, o Options) CUPEDResult {
	pooled, s := pool(control, test)
	if s != OK {
		return undefinedCUPED(control.Y(), test.Y(), s)
	}
	theta, s := thetaOf(control, test, kind)
	r := cupedAt(control, test, theta, pooled.MeanX, o)
	r.Status = worst(r.Status, s)
	r.Correlation = correlation(pooled)
	return r
}

// CUPEDAt is [CUPED] with a θ that was computed elsewhere, for instance on an earlier experiment.
func CUPEDAt(control, test PairMoments, theta float64, o Options) CUPEDResult {
	pooled, s := pool(control, test)
	if !finite(theta) {
		s = worst(s, InvalidArgument)
	}
	if s != OK {
		return undefinedCUPED(control.Y(), test.Y(), s)
	}
	r := cupedAt(control, test, theta, pooled.MeanX, o)
	r.Correlation = correlation(pooled)
	return r
}

// pool merges the arms when both can be used.
func pool(control, test PairMoments) (PairMoments, Status) {
	p := control.Merge(test)
	s := worst(control.Check(), test.Check())
	if s == OK && !finite(p.MeanX, p.MeanY, p.M2X, p.M2Y, p.CXY) {
		s = OutOfRange
	}
	return p, s
}

// Applies is Statsig's rule for showing the adjusted result (docs, stats-methods/cuped): more than 100 units, more than 5 %
// of them with data from before exposure, and a variance that falls.
func (r CUPEDResult) Applies(withPreData float64) bool {
	n := r.Control.N + r.Test.N
	return r.Status == OK && n > 100 && withPreData > 0.05*n && r.SE2Reduction > 0
}

// undefinedCUPED keeps the means that exist.
func undefinedCUPED(control, test Moments, s Status) CUPEDResult {
	d := undefinedDiff(control, test, s)
	return CUPEDResult{Status: s, Adjusted: d, Unadjusted: d}
}

// Adjust are the moments of y − θ(x − centre): Deng et al. 2013.
func (p PairMoments) Adjust(theta, centre float64) Moments {
	m := p.linear(-theta, 1)
	m.Mean = p.MeanY - theta*(p.MeanX-centre)
	return m
}

// thetaOf computes θ.
func thetaOf(control, test PairMoments, kind Theta) (float64, Status) {
	var cov, v float64
	switch kind {
	case ThetaTotal:
		p := control.Merge(test)
		cov, v = p.CXY, p.M2X
	case ThetaWithin:
		cov, v = control.CXY+test.CXY, control.M2X+test.M2X
	case ThetaUnweighted:
		cov, v = control.Cov()+test.Cov(), control.X().Var()+test.X().Var()
	default:
		return 0, InvalidArgument
	}
	if v == 0 || control.X().constant() && test.X().constant() && control.MeanX == test.MeanX {
		return 0, FallbackZeroCovariate
	}
	if theta := cov / v; finite(theta) {
		return theta, OK
	}
	return 0, OutOfRange
}

// cupedAt does the adjustment and the tests.
func cupedAt(control, test PairMoments, theta, centre float64, o Options) CUPEDResult {
	r := CUPEDResult{Theta: theta}
	r.Control, r.Test = control.Adjust(theta, centre), test.Adjust(theta, centre)
	r.Adjusted = MeanDiff(r.Control, r.Test, o)
	r.Unadjusted = MeanDiff(control.Y(), test.Y(), o)
	if r.Status = worst(r.Unadjusted.Status, r.Adjusted.Status); r.Unadjusted.Status != OK || r.Status == OutOfRange {
		return CUPEDResult{Status: r.Status, Adjusted: r.Adjusted, Unadjusted: r.Unadjusted}
	}
	q := r.Adjusted.SE / r.Unadjusted.SE
	r.SE2Reduction = 1 - q*q
	r.Lift = cupedLift(control, test, r, o)
	return r
}

// cupedLift relates the adjusted difference D to the control mean c: L = D/c with gradient −(D+c)/c² for ȳ_c and θ/c for
// x̄_c (delta method, Deng et al. 2013 appendix B).
func cupedLift(control, test PairMoments, r CUPEDResult, o Options) CUPEDLift {
	c, d := control.MeanY, r.Adjusted.Diff
	if c == 0 || r.Control.Mean == 0 {
		return CUPEDLift{Status: ZeroControlMean}
	}
	vt := r.Adjusted.Test.Variance / (c * c)
	l := CUPEDLift{Status: OK, OverUnadjusted: d / c, OverAdjusted: d / r.Control.Mean}
	l.SE = math.Sqrt(vt + control.gradientVar(r.Theta/c, -(d+c)/(c*c)))
	l.SEGrowthBook = math.Sqrt(vt + control.gradientVar(r.Theta/c, -test.MeanY/(c*c)))
	l.SENaive = math.Sqrt(relativeVariance(r.Adjusted.Control, r.Adjusted.Test))
	if !finite(l.OverUnadjusted, l.OverAdjusted, l.SE, l.SEGrowthBook, l.SENaive) {
		return CUPEDLift{Status: OutOfRange}
	}
	if r.Adjusted.Inference == nil {
		return l
	}
	df := r.Adjusted.Inference.DF
	l.Relative, l.Status = infer(l.OverUnadjusted, l.SE, df, o)
	l.RelativeGrowthBook, _ = infer(l.OverUnadjusted, l.SEGrowthBook, df, o)
	return l
}

// gradientVar is the variance of a·x̄ + b·ȳ.
func (p PairMoments) gradientVar(a, b float64) float64 { return p.linear(a, b).Var() / p.N }

// correlation is Pearson's r, 0 when a side is constant.
func correlation(p PairMoments) float64 {
	if p.M2X == 0 || p.M2Y == 0 {
		return 0
	}
	return math.Max(-1, math.Min(1, p.CXY/math.Sqrt(p.M2X)/math.Sqrt(p.M2Y)))
}

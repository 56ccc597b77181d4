package stats

import "math"

// SequentialOptions configure a confidence sequence. The zero value is 5 %, two-sided, tuned for 5000 units.
type SequentialOptions struct {
	Alpha       float64     // error rate over all looks together, default 0.05
	Alternative Alternative // default two-sided
	Tuning      float64     // units (both arms) at which the sequence is narrowest, default 5000 (GrowthBook); Eppo 10000
}

// DefaultTuning is GrowthBook's N*.
const DefaultTuning = 5000

// options is the alpha and side for the shared helpers.
func (o SequentialOptions) options() Options {
	return Options{Alpha: o.Alpha, Alternative: o.Alternative}
}

// tuning applies the default.
func (o SequentialOptions) tuning() float64 {
	if o.Tuning == 0 {
		return DefaultTuning
	}
	return o.Tuning
}

// SequentialResult is an anytime-valid interval: it covers the truth at all looks at once.
type SequentialResult struct {
	Status     Status
	Rho        float64 // Waudby-Smith's ρ; 1/ρ² is Howard's
	Multiplier float64 // half-width in standard errors, to be compared with 1.96
	HalfWidth  float64 // in the unit of the estimate
	CI         Interval
	P          float64 // anytime-valid p-value at this look
	Log10P     float64
}

// SequentialCS is the asymptotic confidence sequence of Waudby-Smith et al. 2021 (arXiv 2103.06476; one-sided eq. 134), as
// GrowthBook uses it (docs, statistics/sequential) and, after ρ² → 1/ρ², Eppo (the normal mixture of Howard et al. 2021,
// arXiv 1810.08240):
//
//	half-width = SE·√n·√(2(nρ²+1)/(n²ρ²)·ln(√(nρ²+1)/α)),  ρ² = (−2 ln α + ln(1 − 2 ln α))/N*
//
// estimate and se may come from any test here (difference, ratio, lift, CUPED); n is the number of units of both arms. The
// p-value inverts the mixture: p = √(nρ²+1)·exp(−ρ²z²n/(2(nρ²+1))) at fixed ρ, at most 1. Errors: InvalidArgument,
// InsufficientN, ZeroVariance, OutOfRange.
func SequentialCS(estimate, se, n float64, o SequentialOptions) SequentialResult {
	a, ok := o.options().alpha()
	if !ok || o.tuning() <= 0 || !finite(estimate, se, n, o.tuning()) || se < 0 || (o.Alternative != TwoSided && a >= 0.5) {
		return SequentialResult{Status: InvalidArgument}
	}
	if n < 1 {
		return SequentialResult{Status: InsufficientN}
	}
	if se == 0 {
		return SequentialResult{Status: ZeroVariance}
	}
	rho2 := mixtureRho2(a, o)
	k := n*rho2 + 1
	r := SequentialResult{Status: OK, Rho: math.Sqrt(rho2)}
	r.Multiplier = math.Sqrt(2 * k / (n * rho2) * mixtureLog(k, a, o.Alternative))
	r.HalfWidth = se * r.Multiplier
	r.CI = around(estimate, r.HalfWidth, o.Alternative)
	l := mixtureLogP(estimate/se, n*rho2, o.Alternative)
	r.P, r.Log10P = math.Exp(l), l/math.Ln10
	if !finite(r.HalfWidth, r.Log10P) || r.CI.Kind == Undefined {
		return SequentialResult{Status: OutOfRange}
	}
	return r
}

// SequentialDiff is [SequentialCS] beside the plain interval of a difference: n is the units of both arms.
func SequentialDiff(d DiffResult, n float64, o SequentialOptions) SequentialResult {
	if d.Status != OK {
		return SequentialResult{Status: d.Status}
	}
	return SequentialCS(d.Diff, d.SE, n, o)
}

// SequentialLift is the set of relative lifts test/control − 1 that the sequence of [SequentialDiff] does not reject: Fieller's
// (1954), see [RelativeLift], with the sequence's multiplier for the quantile. It holds 0 exactly when the interval of the difference
// does, so that one verdict fits both. The lifts are pure numbers. Errors: as [SequentialCS], ZeroControlMean.
func SequentialLift(control, test Estimate, n float64, o SequentialOptions) (Interval, Status) {
	if control.Value == 0 {
		return Interval{}, ZeroControlMean
	}
	diff := test.Value - control.Value
	s := SequentialCS(diff, math.Sqrt(control.Variance+test.Variance), n, o)
	if s.Status != OK {
		return Interval{}, s.Status
	}
	_, set := fieller(diff/control.Value, control, test, s.Multiplier)
	return set.oneSided(o.Alternative), OK
}

// mixtureRho2 is ρ² at the tuning point; one-sided takes 2α.
func mixtureRho2(a float64, o SequentialOptions) float64 {
	if o.Alternative != TwoSided {
		a *= 2
	}
	return (-2*math.Log(a) + math.Log1p(-2*math.Log(a))) / o.tuning()
}

// mixtureLog is the logarithm under the root.
func mixtureLog(k, a float64, alt Alternative) float64 {
	if alt == TwoSided {
		return 0.5*math.Log(k) - math.Log(a)
	}
	return math.Log1p(math.Sqrt(k) / (2 * a))
}

// mixtureLogP solves half-width = |estimate| for ln α at fixed ρ. For one side it is 0 when the estimate points the
// other way.
func mixtureLogP(z, nrho2 float64, alt Alternative) float64 {
	k := nrho2 + 1
	e := z * (z / (2 * k)) * nrho2
	switch {
	case alt == TwoSided:
		return math.Min(0, 0.5*math.Log(k)-e)
	case (z > 0) != (alt == Greater):
		return 0
	}
	return math.Min(0, 0.5*math.Log(k)-math.Ln2-e-math.Log(-math.Expm1(-e)))
}

// MSPRTResult is Statsig's sequential test of a difference, in the metric's unit.
type MSPRTResult struct {
	Status    Status
	Diff      float64
	SE        float64
	Statistic float64 // Diff/SE
	Tau       float64 // variance of the mixing distribution
	ZStar     float64 // critical value instead of 1.96
	Sigma     float64 // ZStar over the fixed-horizon critical value
	P         float64 // normal tail of Statistic/Sigma
	Log10P    float64
	CI        Interval
}

// MSPRT is the mixture sequential probability ratio test of Zhao et al. 2019 (arXiv 1905.10493) with Statsig's τ
// (docs, advanced-setup/sequential-testing): V = s²_c/n_c + s²_t/n_t, τ = z²(s²_c+s²_t)/(n_c+n_t),
//
//	Z* = √((V+τ)/τ·(−2 ln(α/2) − ln(V/(V+τ)))),  CI = Δ ± Z*√V,  p from N(0, (Z*/z)²)
//
// with α for α/2 when one-sided. With equal arms Z* is 3.58 at any n: see [SequentialCS] for a sequence that narrows at a
// chosen size. Errors as [MeanDiff].
func MSPRT(control, test Moments, o Options) MSPRTResult {
	d := MeanDiff(control, test, o)
	if d.Status != OK {
		return MSPRTResult{Status: d.Status, Diff: d.Diff, SE: d.SE}
	}
	z, v := normUpper(o.tail()), d.Control.Variance+d.Test.Variance
	r := MSPRTResult{Status: OK, Diff: d.Diff, SE: d.SE, Statistic: d.Inference.Statistic}
	r.Tau = z * z * (control.Var() + test.Var()) / (control.N + test.N)
	r.ZStar = math.Sqrt((v + r.Tau) / r.Tau * (-2*math.Log(o.tail()) - math.Log(v/(v+r.Tau))))
	r.Sigma = r.ZStar / z
	i := Inference{Dist: Normal, Statistic: r.Statistic / r.Sigma}
	l := i.logP(o.Alternative)
	r.P, r.Log10P = math.Exp(l), l/math.Ln10
	r.CI = around(d.Diff, r.ZStar*d.SE, o.Alternative)
	if !finite(r.Tau, r.ZStar, r.Sigma, l) || r.CI.Kind == Undefined {
		return MSPRTResult{Status: OutOfRange}
	}
	return r
}

// MixtureBound is the uniform boundary of a sub-Gaussian process S with intrinsic time V.
type MixtureBound struct {
	Status Status
	Rho    float64
	Bound  float64 // S stays below (two-sided: |S|) at all times with probability 1 − alpha
}

// NormalMixture is the boundary of Howard et al. 2021 (arXiv 1810.08240, normal mixture) at intrinsic time v,
// tuned to be tightest at vOpt for alphaOpt: ρ = vOpt/(2 ln(1/α)+ln(1+2 ln(1/α))), with 2α in place of α for one side.
// Units are those of S. Errors: InvalidArgument.
func NormalMixture(v, vOpt, alpha, alphaOpt float64, alt Alternative) MixtureBound {
	rho, ok := mixtureRho(vOpt, alphaOpt, alt)
	if !ok || !(alpha > 0 && alpha < 1) || !(v >= 0) || !finite(v) {
		return MixtureBound{Status: InvalidArgument}
	}
	b := MixtureBound{Status: OK, Rho: rho}
	two := math.Sqrt((v + rho) * (math.Log1p(v/rho) - 2*math.Log(alpha)))
	if alt == TwoSided {
		b.Bound = two
		return b
	}
	want := -math.Log(alpha)
	b.Bound = bisect(func(s float64) float64 { return logMixture(s, v, rho, Greater) - want }, 0, two+math.Sqrt(v+rho))
	return b
}

// mixtureRho is Howard's ρ.
func mixtureRho(vOpt, alpha float64, alt Alternative) (float64, bool) {
	if alt != TwoSided {
		alpha *= 2
	}
	l := -2 * math.Log(alpha)
	rho := vOpt / (l + math.Log1p(l))
	return rho, alpha > 0 && alpha < 1 && vOpt > 0 && finite(rho)
}

// NormalMixtureLog is the logarithm of the mixture supermartingale at S = s and intrinsic time v (Howard et al. 2021):
// ½ln(ρ/(v+ρ)) + s²/(2(v+ρ)), one-sided + ln 2Φ(±s/√(v+ρ)). The boundary is where it reaches ln(1/alpha), so exp(−it) is an
// anytime-valid p-value. Errors: InvalidArgument, OutOfRange.
func NormalMixtureLog(s, v, rho float64, alt Alternative) (float64, Status) {
	if !(v >= 0) || !(rho > 0) || !finite(s, v, rho) {
		return 0, InvalidArgument
	}
	l := logMixture(s, v, rho, alt)
	if !finite(l) {
		return 0, OutOfRange
	}
	return l, OK
}

func logMixture(s, v, rho float64, alt Alternative) float64 {
	k := v + rho
	l := 0.5*math.Log(rho/k) + s*(s/(2*k))
	switch alt {
	case Greater:
		l += math.Ln2 + normLogSF(-s/math.Sqrt(k))
	case Less:
		l += math.Ln2 + normLogSF(s/math.Sqrt(k))
	}
	return l
}

// Look is one interim analysis: a difference and the variance of that difference.
type Look struct{ Diff, Variance float64 }

// AlwaysValidResult is a sequence of always-valid p-values, one entry per look.
type AlwaysValidResult struct {
	Status    Status
	LogRatios []float64 // ln of the mixture likelihood ratio
	P         []float64 // never increases
	Log10P    []float64
}

// AlwaysValidP is the always-valid p-value of Johari, Pekelis & Walsh 2015 (arXiv 1512.04922): at each look the
// likelihood ratio Λ = √(V/(V+τ²))·exp(τ²Δ²/(2V(V+τ²))) of a N(0, τ²) mixture, and p = min of 1/Λ so far, at most 1.
// tau2 is in squared metric units. Errors: InvalidArgument, ZeroVariance (a look without variance), OutOfRange.
func AlwaysValidP(looks []Look, tau2 float64) AlwaysValidResult {
	if !(tau2 > 0) || !finite(tau2) {
		return AlwaysValidResult{Status: InvalidArgument}
	}
	r, last := AlwaysValidResult{Status: OK}, 0.0
	for _, l := range looks {
		if !(l.Variance > 0) {
			return AlwaysValidResult{Status: ZeroVariance}
		}
		k := l.Variance + tau2
		lr := 0.5*math.Log(l.Variance/k) + tau2/k*l.Diff*(l.Diff/(2*l.Variance))
		if !finite(lr) {
			return AlwaysValidResult{Status: OutOfRange}
		}
		last = math.Min(last, -lr)
		r.LogRatios = append(r.LogRatios, lr)
		r.P, r.Log10P = append(r.P, math.Exp(last)), append(r.Log10P, last/math.Ln10)
	}
	return r
}

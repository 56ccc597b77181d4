package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Design is the error rates of a planned test. The zero value is 5 % two-sided with 80 % power.
type Design struct {
	Alpha       float64     // default 0.05
	Power       float64     // default 0.8
	Alternative Alternative // default two-sided
	Tuning      float64     // above 0: the confidence sequence of [SequentialCS] with this N* instead of a fixed horizon
}

// defaults fills the zero fields.
func (d Design) defaults() Design {
	if d.Alpha == 0 {
		d.Alpha = 0.05
	}
	if d.Power == 0 {
		d.Power = 0.8
	}
	return d
}

// valid reports whether the rates make sense.
func (d Design) valid() bool {
	return d.Alpha > 0 && d.Alpha < 1 && d.Power > 0 && d.Power < 1 && d.Tuning >= 0 && d.Power > d.tail()
}

// tail is the probability beyond one critical value.
func (d Design) tail() float64 {
	if d.Alternative == TwoSided {
		return d.Alpha / 2
	}
	return d.Alpha
}

// reach is z_{1−α/2} + z_{power}: the effect in standard errors that has the power.
func (d Design) reach() float64 { return normUpper(d.tail()) + normUpper(1-d.Power) }

// inflation is by how much the confidence sequence at n units is wider than the fixed interval, 1 without Tuning.
func (d Design) inflation(n float64) float64 {
	if d.Tuning == 0 {
		return 1
	}
	r := SequentialCS(0, 1, n, SequentialOptions{Alpha: d.Alpha, Alternative: d.Alternative, Tuning: d.Tuning})
	return r.Multiplier / normUpper(d.tail())
}

// Power is the probability that a z test with this standard error rejects when the effect is true; two-sided counts both
// tails (Cohen 1988). effect and se share a unit. Errors: InvalidArgument, ZeroVariance.
func Power(effect, se float64, d Design) (float64, Status) {
	d = d.defaults()
	if !d.valid() || !finite(effect, se) || se < 0 {
		return 0, InvalidArgument
	}
	if se == 0 {
		return 0, ZeroVariance
	}
	return rejects(effect/se, normUpper(d.tail()), d.Alternative), OK
}

// rejects is the probability that N(z, 1) is beyond the critical value q.
func rejects(z, q float64, alt Alternative) float64 {
	switch alt {
	case Greater:
		return normCDF(z - q)
	case Less:
		return normCDF(-z - q)
	}
	return normCDF(z-q) + normCDF(-z-q)
}

// standardError of a difference of means of two arms with a common variance: √(var(1/n_c+1/n_t)).
func standardError(variance, nC, nT float64) float64 { return math.Sqrt(variance * (1/nC + 1/nT)) }

// MDE is the smallest absolute effect that has the power: (z_{1−α/2}+z_{power})·SE (Statsig docs, power-analysis; Eppo),
// in the metric's unit; divided by the control mean it is the relative one. Errors: InvalidArgument, InsufficientN.
func MDE(variance, nC, nT float64, d Design) (float64, Status) {
	d = d.defaults()
	if !d.valid() || !(variance >= 0) || !finite(variance) {
		return 0, InvalidArgument
	}
	if !(nC > 0) || !(nT > 0) {
		return 0, InsufficientN
	}
	return d.reach() * standardError(variance, nC, nT) * d.inflation(nC+nT), OK
}

// Size is a number of units in each arm; it is not rounded.
type Size struct {
	Control float64
	Test    float64
}

// Total is both arms.
func (s Size) Total() float64 { return s.Control + s.Test }

// SampleSize is the number of units for an absolute effect with the given ratio of test to control units:
// n_c = (z_{1−α/2}+z_{power})²·var·(1+1/ratio)/effect² (Cohen 1988; [MDE] solved for n). Errors: InvalidArgument,
// NoSolution for an effect of zero.
func SampleSize(variance, effect, ratio float64, d Design) (Size, Status) {
	d = d.defaults()
	if !d.valid() || !(variance >= 0) || !(ratio > 0) || !finite(variance, ratio, effect) || d.Tuning > 0 {
		return Size{}, InvalidArgument
	}
	r := d.reach() / effect
	n := variance * (1 + 1/ratio) * r * r
	if !finite(n, n*ratio) {
		return Size{}, NoSolution
	}
	return Size{Control: n, Test: n * ratio}, OK
}

// SampleSizeRule16 is van Belle's rule (2002): 16·var/effect² units per arm for 5 % two-sided and 80 % power (PostHog).
// Errors: NoSolution.
func SampleSizeRule16(variance, effect float64) (float64, Status) {
	n := 16 * variance / effect / effect
	if !finite(n) {
		return 0, NoSolution
	}
	return n, OK
}

// ProportionSize is the units per arm to tell two rates apart.
type ProportionSize struct {
	Unpooled float64 // variance at the alternative only
	Pooled   float64 // null variance pooled, as R's power.prop.test
}

// SampleSizeProportions solves [PowerProportions] for n (Fleiss, Levin & Paik 2003, ch. 4). Errors: InvalidArgument,
// NoSolution for equal rates.
func SampleSizeProportions(pC, pT float64, d Design) (ProportionSize, Status) {
	d = d.defaults()
	if !d.valid() || !probabilities([]float64{pC, pT}) {
		return ProportionSize{}, InvalidArgument
	}
	za, zb := normUpper(d.tail()), normUpper(1-d.Power)
	null, alt := proportionSpread(pC, pT)
	r := ProportionSize{
		Unpooled: math.Pow((za+zb)*alt/(pT-pC), 2),
		Pooled:   math.Pow((za*null+zb*alt)/(pT-pC), 2),
	}
	if !finite(r.Unpooled, r.Pooled) {
		return ProportionSize{}, NoSolution
	}
	return r, OK
}

// proportionSpread is the standard deviation of a difference of two single units, under the null and the alternative.
func proportionSpread(pC, pT float64) (null, alt float64) {
	m := (pC + pT) / 2
	return math.Sqrt(2 * m * (1 - m)), math.Sqrt(pC*(1-pC) + pT*(1-pT))
}

// PowerProportions is the power of the pooled z test of two rates with n units in each arm, the far tail left out (R's
// power.prop.test, strict=FALSE). Errors: InvalidArgument, ZeroVariance.
func PowerProportions(pC, pT, n float64, d Design) (float64, Status) {
	d = d.defaults()
	if !d.valid() || !probabilities([]float64{pC, pT}) || !(n > 0) {
		return 0, InvalidArgument
	}
	null, alt := proportionSpread(pC, pT)
	if alt == 0 {
		return 0, ZeroVariance
	}
	return normCDF((math.Sqrt(n)*math.Abs(pT-pC) - normUpper(d.tail())*null) / alt), OK
}

// PowerT is the power of Student's pooled t test for a standardised effect (Cohen's d, in standard deviations), by the
// noncentral t with n_c+n_t−2 degrees of freedom (Cohen 1988; Lenth 1989). Errors: InvalidArgument, InsufficientN.
func PowerT(effect, nC, nT float64, d Design) (float64, Status) {
	d = d.defaults()
	if !d.valid() || !finite(effect, nC, nT) {
		return 0, InvalidArgument
	}
	if !(nC > 0) || !(nT > 0) || nC+nT <= 2 {
		return 0, InsufficientN
	}
	df := nC + nT - 2
	q := tUpper(d.tail(), df)
	ncp := effect / math.Sqrt(1/nC+1/nT)
	t := distuv.NoncentralT{Nu: df, Mu: ncp}
	up, down := 1-t.CDF(q), t.CDF(-q)
	if !finite(up, down) { // AS 243 gives up far out, where the normal is as good
		up, down = normCDF(ncp-q), normCDF(-ncp-q)
	}
	switch d.Alternative {
	case Greater:
		return up, OK
	case Less:
		return down, OK
	}
	return up + down, OK
}

// IntervalWidth is the expected width 2·z·SE of the interval of a difference, in the metric's unit; one-sided designs take
// the one-sided quantile. Errors: InvalidArgument, InsufficientN.
func IntervalWidth(variance, nC, nT float64, d Design) (float64, Status) {
	d = d.defaults()
	if !d.valid() || !(variance >= 0) {
		return 0, InvalidArgument
	}
	if !(nC > 0) || !(nT > 0) {
		return 0, InsufficientN
	}
	return 2 * normUpper(d.tail()) * standardError(variance, nC, nT) * d.inflation(nC+nT), OK
}

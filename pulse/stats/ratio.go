package stats

import "math"

// RatioDiff compares the ratios of sums Σx/Σy of two arms (revenue per order, conversions per session of a user), and
// equally means over clusters whose size is y. The variance is that of the linearised value (x − R·y)/ȳ, that is
// (1/n)[v_x/ȳ² + v_y·x̄²/ȳ⁴ − 2·cov·x̄/ȳ³]: Deng, Knoblich & Lu 2018 (arXiv 1803.06336). Welch's degrees of
// freedom take n−1 per arm. Diff is in numerator units per denominator unit. Errors: as [MeanDiff], and
// ZeroDenominator when an arm's denominators sum to zero.
func RatioDiff(control, test PairMoments, o Options) DiffResult {
	c, sc := control.Ratio()
	t, st := test.Ratio()
	if s := worst(sc, st); s != OK {
		r := DiffResult{Status: s, Control: c, Test: t}
		if s == InsufficientN && finite(t.Value-c.Value) {
			r.Diff = t.Value - c.Value
		}
		return r
	}
	return Diff(c, t, o)
}

// Ratio is Σx/Σy with its delta-method variance (Deng et al. 2018). Errors as [RatioDiff].
func (p PairMoments) Ratio() (Estimate, Status) {
	s := p.Check()
	if s == InconsistentMoments {
		return Estimate{}, s
	}
	if p.N > 0 && p.MeanY == 0 {
		return Estimate{}, ZeroDenominator
	}
	if p.N < 2 {
		return Estimate{Value: ratioOr0(p.MeanX, p.MeanY)}, s
	}
	e := Estimate{Value: p.MeanX / p.MeanY, Variance: p.linearised().Var() / p.N, DF: p.N - 1}
	if !finite(e.Value, e.Variance) {
		return Estimate{}, OutOfRange
	}
	return e, s
}

// linearised are the moments of (x − R·y)/ȳ + R, whose mean is R and whose variance over n is that of the ratio. It
// needs a mean of y other than zero.
func (p PairMoments) linearised() Moments {
	r := p.MeanX / p.MeanY
	m := p.linear(1/p.MeanY, -r/p.MeanY)
	m.Mean = r
	return m
}

// ratioOr0 is a/b where that is a number.
func ratioOr0(a, b float64) float64 {
	if q := a / b; finite(q) {
		return q
	}
	return 0
}

// relativeVariance is the delta-method variance of t/c for independent estimates: k_t/c² + k_c·t²/c⁴.
func relativeVariance(c, t Estimate) float64 {
	r := t.Value / c.Value
	return t.Variance/(c.Value*c.Value) + c.Variance/(c.Value*c.Value)*r*r
}

// se is the standard error of an estimate.
func (e Estimate) se() float64 { return math.Sqrt(e.Variance) }

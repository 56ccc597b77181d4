package stats

import "math"

// Estimate is a number with its sampling variance: the mean of an arm, a ratio, an adjusted mean.
type Estimate struct {
	Value    float64
	Variance float64 // of the estimate (var/n for a mean), in squared units of Value
	DF       float64 // degrees of freedom of Variance; 0 when it is known
}

// Inference is a test and its interval. P and CI belong to the alternative that was asked for.
type Inference struct {
	Dist      Dist    // Normal or StudentT
	Statistic float64 // estimate / SE
	DF        float64 // Welch's degrees of freedom; 0 when the variance is known
	P         float64
	Log10P    float64 // decimal logarithm of P; does not underflow
	CI        Interval
}

// Significant reports whether P is at most alpha.
func (i *Inference) Significant(alpha float64) bool { return i != nil && i.P <= alpha }

// DiffResult is test − control with its uncertainty, in the metric's unit.
type DiffResult struct {
	Status    Status
	Control   Estimate   // meaningless (zero) when the control arm is empty
	Test      Estimate   // likewise
	Diff      float64    // meaningful unless an arm is empty or has no denominator
	SE        float64    // standard error of Diff, 0 under ZeroVariance
	Inference *Inference // nil unless Status is OK
}

// Estimate is the mean of the arm. A spread that is nothing but rounding counts as none.
func (m Moments) Estimate() Estimate {
	if m.N < 2 {
		return Estimate{Value: m.Mean}
	}
	if m.constant() {
		return Estimate{Value: m.Mean, DF: m.N - 1}
	}
	return Estimate{Value: m.Mean, Variance: m.Var() / m.N, DF: m.N - 1}
}

// Diff compares two independent estimates: Welch 1947, T = Δ/√(k_c+k_t), Satterthwaite 1946 for the degrees of freedom.
// Estimates with DF 0 have known variances and give a z test. Errors: ZeroVariance, OutOfRange, InvalidArgument.
func Diff(control, test Estimate, o Options) DiffResult {
	r := DiffResult{Status: OK, Control: control, Test: test, Diff: test.Value - control.Value}
	v := control.Variance + test.Variance
	r.SE = math.Sqrt(v)
	if !finite(r.Diff, r.SE) {
		return DiffResult{Status: OutOfRange, Control: control, Test: test}
	}
	r.Inference, r.Status = infer(r.Diff, r.SE, welchDF(control, test), o)
	return r
}

// welchDF is Satterthwaite's approximation in a form that neither overflows nor underflows.
func welchDF(c, t Estimate) float64 {
	v := c.Variance + t.Variance
	if v == 0 {
		return 0
	}
	share := func(e Estimate) float64 {
		if e.Variance == 0 || e.DF == 0 {
			return 0
		}
		return e.Variance / v * (e.Variance / v) / e.DF
	}
	s := share(c) + share(t)
	if s == 0 {
		return 0
	}
	return 1 / s
}

// infer tests estimate = 0 given its standard error.
func infer(estimate, se, df float64, o Options) (*Inference, Status) {
	if _, ok := o.alpha(); !ok {
		return nil, InvalidArgument
	}
	if se == 0 {
		return nil, ZeroVariance
	}
	i := &Inference{Dist: o.dist(df), Statistic: estimate / se, DF: df}
	if !finite(i.Statistic, df) {
		return nil, OutOfRange
	}
	l := i.logP(o.Alternative)
	i.P, i.Log10P = math.Exp(l), l/math.Ln10
	i.CI = around(estimate, i.critical(o.tail())*se, o.Alternative)
	if !finite(i.P, i.Log10P) || i.CI.Kind == Undefined {
		return nil, OutOfRange
	}
	return i, OK
}

// logP is ln p of the statistic for an alternative.
func (i *Inference) logP(alt Alternative) float64 {
	switch alt {
	case Greater:
		return i.logSF(i.Statistic)
	case Less:
		return i.logSF(-i.Statistic)
	}
	return math.Min(0, i.logSF(math.Abs(i.Statistic))+math.Ln2)
}

// logSF is the log upper tail of the reference distribution.
func (i *Inference) logSF(x float64) float64 {
	if i.Dist == StudentT {
		return tLogSF(x, i.DF)
	}
	return normLogSF(x)
}

// critical is the upper quantile of the reference distribution.
func (i *Inference) critical(tail float64) float64 {
	if i.Dist == StudentT {
		return tUpper(tail, i.DF)
	}
	return normUpper(tail)
}

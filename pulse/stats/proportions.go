package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Proportion is a count of successes among n units.
type Proportion struct {
	N         float64
	Successes float64
}

// Check says whether the counts are possible; no units are InsufficientN.
func (p Proportion) Check() Status {
	if !finite(p.N, p.Successes) || p.Successes < 0 || p.Successes > p.N {
		return InconsistentMoments
	}
	if p.N == 0 {
		return InsufficientN
	}
	return OK
}

// rate is successes/n.
func (p Proportion) rate() float64 { return p.Successes / p.N }

// Moments are those of the zero-one values; their variance has the divisor n−1.
func (p Proportion) Moments() Moments { return Binary(p.N, p.Successes) }

// Estimate is the rate with the Bernoulli variance p(1−p)/n (divisor n); the zero Estimate when [Proportion.Check] fails.
func (p Proportion) Estimate() Estimate {
	if p.Check() != OK {
		return Estimate{}
	}
	return Estimate{Value: p.rate(), Variance: p.rate() / p.N * ((p.N - p.Successes) / p.N)}
}

// ProportionResult is a difference of two rates, as fractions.
type ProportionResult struct {
	Status   Status
	Wald     DiffResult // unpooled Bernoulli variances
	Pooled   *Inference // pooled under the null: its square is Pearson's chi-squared; CI is undefined
	Newcombe Interval   // hybrid score interval
}

// ProportionDiff compares two rates: the unpooled z (Wald), the pooled z (Pearson 1900) and the hybrid score interval of
// Newcombe 1998 (method 10), which stays within [−1, 1] and holds its level for small counts. The same test on 0/1 values
// with divisor n−1 is [MeanDiff] on [Proportion.Moments]. Errors: InconsistentMoments, InsufficientN, ZeroVariance (all
// or none succeeded in both arms), InvalidArgument.
func ProportionDiff(control, test Proportion, o Options) ProportionResult {
	if s := worst(control.Check(), test.Check()); s != OK {
		return ProportionResult{Status: s}
	}
	o.Dist = Normal
	r := ProportionResult{Wald: Diff(control.Estimate(), test.Estimate(), o)}
	n, k := control.N+test.N, control.Successes+test.Successes
	pooled := math.Sqrt(k / n * ((n - k) / n) * (1/control.N + 1/test.N))
	r.Pooled, r.Status = infer(r.Wald.Diff, pooled, 0, o)
	if r.Pooled != nil {
		r.Pooled.CI = Interval{}
	}
	r.Newcombe = newcombe(control, test, o)
	if r.Wald.Status == OutOfRange || r.Wald.Status == InvalidArgument {
		r.Status = r.Wald.Status
	}
	return r
}

// newcombe combines the two Wilson intervals (Newcombe 1998, method 10).
func newcombe(control, test Proportion, o Options) Interval {
	if _, ok := o.alpha(); !ok {
		return Interval{}
	}
	z := normUpper(o.tail())
	c, t := control.wilson(z), test.wilson(z)
	pc, pt := control.rate(), test.rate()
	i := Interval{
		Kind: Bounded,
		Low:  pt - pc - math.Hypot(pt-t.Low, c.High-pc),
		High: pt - pc + math.Hypot(t.High-pt, pc-c.Low),
	}
	return i.oneSided(o.Alternative)
}

// Wilson is the score interval of one rate (Wilson 1927). Errors: as [Proportion.Check], InvalidArgument.
func (p Proportion) Wilson(alpha float64) (Interval, Status) {
	if s := p.Check(); s != OK {
		return Interval{}, s
	}
	if !(alpha > 0 && alpha < 1) {
		return Interval{}, InvalidArgument
	}
	return p.wilson(normUpper(alpha / 2)), OK
}

func (p Proportion) wilson(z float64) Interval {
	n, k, z2 := p.N, p.Successes, z*z
	root := z * math.Sqrt(z2/4+k*((n-k)/n))
	i := ordered((k+z2/2-root)/(n+z2), (k+z2/2+root)/(n+z2))
	i.Low, i.High = math.Max(0, i.Low), math.Min(1, i.High)
	if k == 0 {
		i.Low = 0
	}
	if k == n {
		i.High = 1
	}
	return i
}

// ClopperPearson is the exact interval of one rate (Clopper & Pearson 1934), from beta quantiles. Errors as [Wilson].
func (p Proportion) ClopperPearson(alpha float64) (Interval, Status) {
	if s := p.Check(); s != OK {
		return Interval{}, s
	}
	if !(alpha > 0 && alpha < 1) {
		return Interval{}, InvalidArgument
	}
	i, k := Interval{Kind: Bounded, High: 1}, p.Successes
	if k > 0 {
		i.Low = mathext.InvRegIncBeta(k, p.N-k+1, alpha/2)
	}
	if k < p.N {
		i.High = 1 - mathext.InvRegIncBeta(p.N-k, k+1, alpha/2)
	}
	return i, OK
}

// AgrestiCaffo is the interval of a difference after adding one success and one failure to each arm (Agresti & Caffo
// 2000). Diff is that of the raw rates. Errors as [ProportionDiff].
func AgrestiCaffo(control, test Proportion, alpha float64) (diff float64, ci Interval, s Status) {
	if s := worst(control.Check(), test.Check()); s != OK {
		return 0, Interval{}, s
	}
	add := func(p Proportion) Estimate { return Proportion{N: p.N + 2, Successes: p.Successes + 1}.Estimate() }
	r := Diff(add(control), add(test), Options{Alpha: alpha})
	if r.Status != OK {
		return 0, Interval{}, r.Status
	}
	return test.rate() - control.rate(), r.Inference.CI, OK
}

// OneProportionResult is a rate tested against a fixed one.
type OneProportionResult struct {
	Status Status
	Diff   float64
	Wald   *Inference // variance at the estimate; nil when all or none succeeded
	Score  *Inference // variance at the null (Wilson 1927); CI is Wilson's, shifted by the null
}

// OneProportion tests a rate against a fixed one strictly between 0 and 1. Errors: as [Proportion.Check], InvalidArgument.
func OneProportion(p Proportion, null float64, o Options) OneProportionResult {
	if s := p.Check(); s != OK {
		return OneProportionResult{Status: s}
	}
	if !(null > 0 && null < 1) {
		return OneProportionResult{Status: InvalidArgument}
	}
	o.Dist = Normal
	r := OneProportionResult{Diff: p.rate() - null}
	r.Wald, _ = infer(r.Diff, p.Estimate().se(), 0, o)
	r.Score, r.Status = infer(r.Diff, math.Sqrt(null*(1-null)/p.N), 0, o)
	if r.Score != nil {
		w := p.wilson(normUpper(o.tail()))
		r.Score.CI = Interval{Kind: Bounded, Low: w.Low - null, High: w.High - null}.oneSided(o.Alternative)
	}
	return r
}

package stats

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
)

// Posterior is a normal belief about an effect after the data, in the unit of the effect.
type Posterior struct {
	Status         Status
	Mean           float64
	SD             float64
	CI             Interval // equal-tailed, at 1 − alpha
	ChanceToWin    float64  // P(effect > 0), or P(effect < 0) when less is better
	ChanceToLose   float64
	Log10Win       float64 // decimal logarithms; do not underflow
	Log10Lose      float64
	Log10Odds      float64 // of winning
	RiskOfTest     float64 // expected loss of choosing the test arm: E[max(−effect, 0)]
	RiskOfControl  float64 // expected loss of choosing control: E[max(effect, 0)]
	PriorMean      float64 // the prior in the unit of the effect
	PriorVariance  float64
	LessIsBetter   bool
	CredibleLevel  float64 // 1 − alpha
	EstimateWeight float64 // share of the estimate in the posterior mean, 1 with a flat prior
}

// Bayes is the normal-normal posterior of an effect with estimate and standard error: precision 1/τ²+1/s², mean their
// weighted average (Gelman et al. 2013, §2.5; GrowthBook, Statsig, Eppo and PostHog). Chances and risks follow
// [Risk]. Errors: ZeroVariance, InvalidArgument, OutOfRange.
func Bayes(estimate, se float64, prior NormalPrior, alpha float64, lessIsBetter bool) Posterior {
	a, ok := Options{Alpha: alpha}.alpha()
	if !ok || !finite(estimate, se, prior.Mean, prior.Variance) || se < 0 || prior.Variance < 0 {
		return Posterior{Status: InvalidArgument}
	}
	if se == 0 {
		return Posterior{Status: ZeroVariance}
	}
	p := Posterior{Status: OK, PriorMean: prior.Mean, PriorVariance: prior.Variance, LessIsBetter: lessIsBetter}
	p.Mean, p.SD, p.EstimateWeight, p.CredibleLevel = estimate, se, 1, 1-a
	if prior.Variance > 0 {
		w := 1 / (1 + se/prior.Variance*se)
		p.EstimateWeight = w
		p.Mean, p.SD = w*estimate+(1-w)*prior.Mean, se*math.Sqrt(w)
	}
	p.CI = around(p.Mean, normUpper(a/2)*p.SD, TwoSided)
	return p.judged()
}

// judged adds chances and risks.
func (p Posterior) judged() Posterior {
	m := p.Mean
	if p.LessIsBetter {
		m = -m
	}
	r := m / p.SD
	win, lose := normLogSF(-r), normLogSF(r)
	p.ChanceToWin, p.ChanceToLose = math.Exp(win), math.Exp(lose)
	p.Log10Win, p.Log10Lose, p.Log10Odds = win/math.Ln10, lose/math.Ln10, (win-lose)/math.Ln10
	p.RiskOfControl, p.RiskOfTest, _ = Risk(m, p.SD)
	if p.CI.Kind == Undefined || !finite(p.Mean, p.SD, win, lose, p.RiskOfControl, p.RiskOfTest) {
		return Posterior{Status: OutOfRange}
	}
	return p
}

// BayesAbsolute is [Bayes] for an absolute effect under a prior on the relative one, rescaled by the control mean: mean ×
// |mean_c|, variance × mean_c² (GrowthBook docs, statistics/details). Errors: as [Bayes], ZeroControlMean.
func BayesAbsolute(estimate, se, controlMean float64, relative NormalPrior, alpha float64, lessIsBetter bool) Posterior {
	if controlMean == 0 {
		return Posterior{Status: ZeroControlMean}
	}
	prior := NormalPrior{Mean: relative.Mean * math.Abs(controlMean), Variance: relative.Variance * controlMean * controlMean}
	return Bayes(estimate, se, prior, alpha, lessIsBetter)
}

// Risk gives the expected losses of choosing control, E[max(δ,0)], and of choosing test, E[max(−δ,0)], for δ ~ N(mean,
// sd²): sd·φ(r) + mean·Φ(r) with r = mean/sd (GrowthBook docs, statistics/details), the smaller of the two through Mills'
// ratio, so that it does not cancel. In the unit of the effect; sd 0 is certainty. Errors: InvalidArgument.
func Risk(mean, sd float64) (ofControl, ofTest float64, s Status) {
	if !(sd >= 0) || !finite(mean, sd) {
		return 0, 0, InvalidArgument
	}
	small := 0.0
	if sd > 0 {
		small = lossTail(math.Min(math.Abs(mean)/sd, 1e10)) * sd
	}
	if mean > 0 {
		return small + mean, small, OK
	}
	return small, small - mean, OK
}

// lossTail is φ(r) − r·P(Z>r) = φ(r)(1 − r·mills(r)) for r ≥ 0; for large r by the asymptotic series of Mills' ratio (DLMF
// 7.12.1), φ(r)(1/r² − 3/r⁴ + 15/r⁶ − …).
func lossTail(r float64) float64 {
	if r < 12 {
		return normPDF(r) * (1 - r*mills(r))
	}
	u := 1 / (r * r)
	return normPDF(r) * u * (1 - 3*u*(1-5*u*(1-7*u*(1-9*u*(1-11*u*(1-13*u))))))
}

// BetaResult compares two rates under independent beta priors.
type BetaResult struct {
	Status        Status
	ChanceToWin   float64 // P(p_t > p_c)
	RiskOfTest    float64 // E[max(p_c − p_t, 0)]
	RiskOfControl float64 // E[max(p_t − p_c, 0)]
	MeanControl   float64 // posterior means
	MeanTest      float64
}

// BetaBinomial is the exact comparison of two rates with the same Beta(a, b) prior, by Gauss-Legendre quadrature of the
// beta posteriors (Gelman et al. 2013, §2.4). Rates are fractions; counts beyond about 1e6 lose
// digits. Errors: as [Proportion.Check], InvalidArgument.
func BetaBinomial(control, test Proportion, a, b float64) BetaResult {
	if s := worst(control.Check(), test.Check()); s != OK {
		return BetaResult{Status: s}
	}
	if !(a > 0) || !(b > 0) || !finite(a, b) {
		return BetaResult{Status: InvalidArgument}
	}
	c, t := control.posterior(a, b), test.posterior(a, b)
	r := BetaResult{Status: OK, MeanControl: c.mean(), MeanTest: t.mean()}
	r.ChanceToWin = beats(c, t)
	// E[max(p_t−p_c, 0)] = E[p_t; p_t > p_c] − E[p_c; p_t > p_c], and p times a beta density is a beta density.
	r.RiskOfControl = math.Max(0, t.mean()*beats(c, t.up())-c.mean()*beats(c.up(), t))
	r.RiskOfTest = math.Max(0, r.RiskOfControl-(t.mean()-c.mean()))
	return r
}

// betaDist is Beta(a, b).
type betaDist struct{ a, b float64 }

func (p Proportion) posterior(a, b float64) betaDist {
	return betaDist{p.Successes + a, p.N - p.Successes + b}
}
func (d betaDist) mean() float64         { return d.a / (d.a + d.b) }
func (d betaDist) up() betaDist          { return betaDist{d.a + 1, d.b} }
func (d betaDist) cdf(x float64) float64 { return mathext.RegIncBeta(d.a, d.b, x) }

// beats is P(T > C) = ∫ F_c(F_t⁻¹(u)) du, taken over the logit of p so that no end is singular.
func beats(c, t betaDist) float64 {
	f := func(s float64) float64 {
		x := 1 / (1 + math.Exp(-s))
		l := -t.a*math.Log1p(math.Exp(-s)) - t.b*math.Log1p(math.Exp(s)) - mathext.Lbeta(t.a, t.b)
		return math.Exp(l) * c.cdf(x)
	}
	mid := math.Log(t.a / t.b)
	sd := math.Sqrt(1/t.a + 1/t.b)
	sum := 0.0
	for i := -20.0; i < 20; i++ {
		sum += quad.Fixed(f, mid+i*2*sd, mid+(i+1)*2*sd, 24, quad.Legendre{}, 0)
	}
	return math.Min(1, sum)
}

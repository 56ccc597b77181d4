package stats

import "math"

// SRMLevel is how loudly a sample ratio mismatch is to be reported.
type SRMLevel string

// The levels of Statsig's two-part rule.
const (
	SRMFine   SRMLevel = "ok"
	SRMYellow SRMLevel = "yellow" // p < 0.01 but not red
	SRMRed    SRMLevel = "red"    // p < 0.001 and some share is off by at least 0.1 percentage points
)

// SRMResult is a test of the observed split against the configured one.
type SRMResult struct {
	Status    Status
	Chi2      float64
	DF        float64 // arms with positive weight − 1
	P         float64
	Log10P    float64   // does not underflow
	Expected  []float64 // units expected in each arm, 0 for an arm without weight
	Deviation float64   // largest |observed share − expected share| (0.001 is 0.1 percentage points)
	Stray     float64   // units seen in arms without weight; left out of the test
	Level     SRMLevel
}

// SRM is Pearson's chi-squared test (1900) of unit counts against weights of any scale. Arms with weight zero are left
// out, df = positive arms − 1. The level follows Statsig's rule (docs, srm-checks): yellow below p 0.01, red below 0.001,
// but never red while every share is within 0.1 percentage points. Errors: InvalidArgument (lengths differ, a negative
// count or weight), InsufficientArms (fewer than two weights above zero), InsufficientN (no units).
func SRM(counts, weights []float64) SRMResult {
	n, w, arms, s := positiveArms(counts, weights)
	r := SRMResult{Status: s, Level: SRMFine}
	for i := range counts {
		if s == OK || s == InsufficientN {
			r.Stray += strayIn(counts[i], weights[i])
		}
	}
	if s != OK {
		return r
	}
	r.DF, r.Expected = float64(arms-1), make([]float64, len(counts))
	for i, c := range counts {
		if weights[i] == 0 {
			continue
		}
		e := n * (weights[i] / w)
		r.Expected[i] = e
		r.Chi2 += (c - e) / e * (c - e)
		r.Deviation = math.Max(r.Deviation, math.Abs(c-e)/n)
	}
	return r.judged()
}

// positiveArms sums the arms that have weight.
func positiveArms(counts, weights []float64) (n, w float64, arms int, s Status) {
	if len(counts) != len(weights) {
		return 0, 0, 0, InvalidArgument
	}
	for i, c := range counts {
		if !finite(c, weights[i]) || c < 0 || weights[i] < 0 {
			return 0, 0, 0, InvalidArgument
		}
		if weights[i] > 0 {
			n, w, arms = n+c, w+weights[i], arms+1
		}
	}
	switch {
	case arms < 2:
		return n, w, arms, InsufficientArms
	case n == 0:
		return n, w, arms, InsufficientN
	}
	return n, w, arms, OK
}

// strayIn is the count of an arm without weight.
func strayIn(count, weight float64) float64 {
	if weight == 0 {
		return count
	}
	return 0
}

// judged adds p and the level.
func (r SRMResult) judged() SRMResult {
	l := chi2LogSF(r.Chi2, r.DF)
	if !finite(r.Chi2, l) {
		return SRMResult{Status: OutOfRange, Level: SRMFine}
	}
	r.P, r.Log10P = math.Exp(l), l/math.Ln10
	switch {
	case r.P < 0.001 && r.Deviation >= 0.001:
		r.Level = SRMRed
	case r.P < 0.01:
		r.Level = SRMYellow
	}
	return r
}

// SRMBinomialResult is the split of two arms tested by the binomial distribution.
type SRMBinomialResult struct {
	Status           Status
	PExact           float64 // two-sided, by the method of small p-values
	PNormal          float64 // score test
	PNormalContinued float64 // score test with continuity correction
}

// SRMBinomial tests the split of two arms exactly, for counts too small for chi-squared (Clopper & Pearson 1934;
// two-sided as R's binom.test), with the score test (z² is Pearson's chi-squared) and its continuity correction (Yates
// 1934) for comparison. Errors as [SRM], OutOfRange beyond 1e10 units.
func SRMBinomial(first, second, weightFirst, weightSecond float64) SRMBinomialResult {
	counts, weights := []float64{first, second}, []float64{weightFirst, weightSecond}
	n, w, _, s := positiveArms(counts, weights)
	if s != OK {
		return SRMBinomialResult{Status: s}
	}
	if n > maxExact {
		return SRMBinomialResult{Status: OutOfRange}
	}
	p := weightFirst / w
	sd, off := math.Sqrt(n*p*(1-p)), math.Abs(first-n*p)
	return SRMBinomialResult{
		Status:           OK,
		PExact:           binomial(n, p).twoSided(math.Round(first)),
		PNormal:          math.Min(1, 2*normSF(off/sd)),
		PNormalContinued: math.Min(1, 2*normSF(math.Max(0, off-0.5)/sd)),
	}
}

// SRMSequentialResult is the running Bayes factor of the sequential SRM test, one entry per look.
type SRMSequentialResult struct {
	Status         Status
	LogMarginal1   []float64 // ln probability of the assignments under the Dirichlet prior
	LogMarginal0   []float64 // … under the configured weights
	LogBayesFactor []float64 // LogMarginal1 − LogMarginal0
	P              []float64 // anytime-valid: the smallest 1/BF so far, at most 1
	Posterior      []float64 // probability of a mismatch at prior odds 1
}

// SRMSequential is the sequential Dirichlet-multinomial test of Lindon & Malek 2020 (arXiv 2011.03567; Optimizely
// ssrm, GrowthBook): the p-value may be read after every look, and the false alarm rate stays below alpha however often.
// cumulative holds the counts so far at each look; weights the configured split; prior the Dirichlet parameters (see
// [SRMPrior]). Errors: InvalidArgument, InsufficientArms.
func SRMSequential(cumulative [][]float64, weights, prior []float64) SRMSequentialResult {
	r := SRMSequentialResult{Status: srmPriorStatus(weights, prior)}
	w := total(weights)
	p := 1.0
	for _, counts := range cumulative {
		if r.Status == OK && !validCounts(counts, weights) {
			r.Status = InvalidArgument
		}
		if r.Status != OK {
			return SRMSequentialResult{Status: r.Status}
		}
		m1, m0 := logDirichletMultinomial(counts, prior), logMultinomial(counts, weights, w)
		p = math.Min(p, math.Exp(m0-m1))
		r.LogMarginal1 = append(r.LogMarginal1, m1)
		r.LogMarginal0 = append(r.LogMarginal0, m0)
		r.LogBayesFactor = append(r.LogBayesFactor, m1-m0)
		r.P = append(r.P, p)
		r.Posterior = append(r.Posterior, 1/(1+math.Exp(m0-m1)))
	}
	return r
}

// SRMPrior is the Dirichlet prior centred on the configured weights, or nil when they have no sum; concentration 10 000 is
// Optimizely's default.
func SRMPrior(weights []float64, concentration float64) []float64 {
	prior, w := make([]float64, len(weights)), total(weights)
	if !(w > 0) || !finite(w, concentration) {
		return nil
	}
	for i := range weights {
		prior[i] = concentration * weights[i] / w
	}
	return prior
}

// SRMPosterior is the probability of a mismatch: odds = prior odds · Bayes factor (Kass & Raftery 1995). Errors:
// InvalidArgument.
func SRMPosterior(logMarginal1, logMarginal0, priorOdds float64) (float64, Status) {
	if !finite(logMarginal1, logMarginal0, priorOdds) || !(priorOdds > 0) {
		return 0, InvalidArgument
	}
	return 1 / (1 + math.Exp(logMarginal0-logMarginal1)/priorOdds), OK
}

// srmPriorStatus checks weights and prior; every arm needs both.
func srmPriorStatus(weights, prior []float64) Status {
	if len(weights) < 2 {
		return InsufficientArms
	}
	if len(weights) != len(prior) {
		return InvalidArgument
	}
	for i := range weights {
		if !finite(weights[i], prior[i]) || weights[i] <= 0 || prior[i] <= 0 {
			return InvalidArgument
		}
	}
	return OK
}

// validCounts reports whether counts are non-negative and one per weight.
func validCounts(counts, weights []float64) bool {
	for _, c := range counts {
		if !finite(c) || c < 0 {
			return false
		}
	}
	return len(counts) == len(weights)
}

// logDirichletMultinomial is ln ∏Γ(α+c)/Γ(α) · Γ(Σα)/Γ(Σα+n), the probability of one sequence with these counts.
func logDirichletMultinomial(counts, prior []float64) float64 {
	a, n := total(prior), total(counts)
	l := lgamma(a) - lgamma(a+n)
	for i, c := range counts {
		l += lgamma(prior[i]+c) - lgamma(prior[i])
	}
	return l
}

// logMultinomial is ln ∏w^c, the probability of one sequence with these counts.
func logMultinomial(counts, weights []float64, w float64) float64 {
	l := 0.0
	for i, c := range counts {
		l += c * math.Log(weights[i]/w)
	}
	return l
}

// total sums a slice.
func total(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}

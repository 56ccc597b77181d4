package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Calibration: seeded simulations of what each test promises. Bounds are Monte-Carlo errors, not tuned numbers: a rate over n
// runs has the standard error √(p(1−p)/n), and four of them are allowed.

const calibrationRuns = 4000

// within fails unless a rate over all runs is what was promised, give or take four standard errors and a slack that is
// the method's own approximation error.
func within(t *testing.T, what string, hits, promised, slack float64) {
	t.Helper()
	rate := hits / calibrationRuns
	if most := 4*math.Sqrt(promised*(1-promised)/calibrationRuns) + slack; math.Abs(rate-promised) > most {
		t.Errorf("%s: %.4f, want %.4f ± %.4f", what, rate, promised, most)
	}
}

// atMost fails when a rate is above what was promised by more than four standard errors.
func atMost(t *testing.T, what string, hits, promised float64) {
	t.Helper()
	rate := hits / calibrationRuns
	if most := promised + 4*math.Sqrt(promised*(1-promised)/calibrationRuns); rate > most {
		t.Errorf("%s: %.4f, want at most %.4f", what, rate, most)
	}
}

func calibrationSource(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0xca11b7a7e)) }

// TestPValuesAreUniform: when nothing differs, p is uniform: the share of p ≤ α is α, and the whole distribution is within the
// Kolmogorov distance that one sample in a thousand exceeds, 1.95/√n (Smirnov 1948).
func TestPValuesAreUniform(t *testing.T) {
	f := func(name string, p func(r *rand.Rand) float64) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, all := calibrationSource(1), make([]float64, calibrationRuns)
			for i := range all {
				all[i] = p(r)
			}
			slices.Sort(all)
			distance := 0.0
			for i, p := range all {
				distance = max(distance, math.Abs(p-float64(i)/calibrationRuns), math.Abs(p-float64(i+1)/calibrationRuns))
			}
			if limit := 1.95 / math.Sqrt(calibrationRuns); distance > limit {
				t.Errorf("Kolmogorov distance %.4f, want at most %.4f", distance, limit)
			}
			for _, alpha := range []float64{0.01, 0.05, 0.1, 0.2} {
				rejected, _ := slices.BinarySearch(all, math.Nextafter(alpha, 1))
				within(t, "share of p ≤ α", float64(rejected), alpha, 0)
			}
		})
	}
	f("Welch, 12 and 30 units", func(r *rand.Rand) float64 {
		return MeanDiff(Of(normals(r, 12, 3)), Of(normals(r, 30, 1)), Options{}).Inference.P
	})
	f("z, 400 units", func(r *rand.Rand) float64 {
		return MeanDiff(Of(normals(r, 400, 3)), Of(normals(r, 400, 1)), Options{Dist: Normal}).Inference.P
	})
	f("one-sided", func(r *rand.Rand) float64 {
		return MeanDiff(Of(normals(r, 200, 1)), Of(normals(r, 200, 1)), Options{Alternative: Greater}).Inference.P
	})
	f("one sample", func(r *rand.Rand) float64 { return OneSample(Of(normals(r, 15, 2)), 0, Options{}).Inference.P })
	f("pooled variance", func(r *rand.Rand) float64 {
		return PooledDiff(Of(normals(r, 8, 1)), Of(normals(r, 20, 1)), Options{}).Inference.P
	})
	f("ratio by the delta method", func(r *rand.Rand) float64 {
		return RatioDiff(sessions(r, 500), sessions(r, 500), Options{}).Inference.P
	})
	f("relative lift by the delta method", func(r *rand.Rand) float64 {
		return MeanLift(Of(shifted(r, 1000)), Of(shifted(r, 1000)), Options{}).Relative.P
	})
	f("CUPED", func(r *rand.Rand) float64 {
		return CUPED(history(r, 300, 0.7), history(r, 300, 0.7), ThetaTotal, Options{}).Adjusted.Inference.P
	})
	f("post-stratification", func(r *rand.Rand) float64 {
		return PostStratify(mixed(r, 400), Options{}).Inference.P
	})
	f("median of clustered values", func(r *rand.Rand) float64 {
		return QuantileDiff(clusteredMedian(r, 1500), clusteredMedian(r, 1500), Options{}).Inference.P
	})
	f("chi-squared of assignment", func(r *rand.Rand) float64 {
		return SRM(assign(r, 20_000), []float64{0.5, 0.3, 0.2}).P
	})
	f("flat prior, both tails", func(r *rand.Rand) float64 {
		d := MeanDiff(Of(normals(r, 300, 1)), Of(normals(r, 300, 1)), Options{Dist: Normal})
		win := Bayes(d.Diff, d.SE, NormalPrior{}, 0.05, false).ChanceToWin
		return 2 * min(win, 1-win)
	})
}

// TestDiscreteTestsAreConservative: exact tests of counts reject at most as often as they say.
func TestDiscreteTestsAreConservative(t *testing.T) {
	r := calibrationSource(2)
	var fisher, binomial, tost float64
	for range calibrationRuns {
		a, b := Proportion{N: 30, Successes: binomialDraw(r, 30, 0.1)}, Proportion{N: 45, Successes: binomialDraw(r, 45, 0.1)}
		fisher += count(Table2x2(a, b).Fisher.TwoSided <= 0.05)
		binomial += count(BinomialExact(a, 0.1).TwoSided <= 0.05)
		// Two arms whose means differ by exactly the margin are not equivalent.
		tost += count(Equivalence(Of(normals(r, 100, 1)), Of(moved(normals(r, 100, 1), 0.5)), 0.5, Options{}).Equivalent)
	}
	atMost(t, "Fisher", fisher, 0.05)
	atMost(t, "binomial", binomial, 0.05)
	atMost(t, "equivalence at the margin", tost, 0.05)
}

// TestDailyPeeks: a sequential test that is looked at on each of 28 days rejects at most as often as it says over the whole
// experiment; one with a plan of looks spends just what it was given; looking at a plain interval does not keep its word.
func TestDailyPeeks(t *testing.T) {
	const days, perDay = 28, 40
	fractions := make([]float64, days)
	for i := range fractions {
		fractions[i] = float64(i+1) / days
	}
	planned := AlphaSpending(GroupDesign{Fractions: fractions}, OBrienFleming)
	weights := []float64{0.5, 0.5}
	r := calibrationSource(3)
	var plain, sequence, oneSided, msprt, always, spent, srm float64
	for range calibrationRuns {
		var c, x Moments
		var hit struct{ plain, sequence, oneSided, msprt, spent bool }
		looks, cumulative := make([]Look, 0, days), make([][]float64, 0, days)
		for day := range days {
			c, x = c.Merge(Of(normals(r, perDay, 1))), x.Merge(Of(normals(r, perDay, 1)))
			d, n := MeanDiff(c, x, Options{Dist: Normal}), c.N+x.N
			hit.plain = hit.plain || d.Inference.P <= 0.05
			hit.sequence = hit.sequence || !SequentialDiff(d, n, SequentialOptions{Tuning: 500}).CI.Contains(0)
			hit.oneSided = hit.oneSided || !SequentialDiff(d, n, SequentialOptions{Tuning: 500, Alternative: Greater}).CI.Contains(0)
			hit.msprt = hit.msprt || !MSPRT(c, x, Options{}).CI.Contains(0)
			hit.spent = hit.spent || math.Abs(d.Inference.Statistic) >= planned.Z[day]
			looks = append(looks, Look{Diff: d.Diff, Variance: d.SE * d.SE})
			heads := binomialDraw(r, 2*perDay, 0.5)
			total := []float64{heads, 2*perDay - heads}
			if day > 0 {
				total[0], total[1] = total[0]+cumulative[day-1][0], total[1]+cumulative[day-1][1]
			}
			cumulative = append(cumulative, total)
		}
		plain, sequence, oneSided = plain+count(hit.plain), sequence+count(hit.sequence), oneSided+count(hit.oneSided)
		msprt, spent = msprt+count(hit.msprt), spent+count(hit.spent)
		always += count(slices.Min(AlwaysValidP(looks, 0.01).P) <= 0.05)
		srm += count(slices.Min(SRMSequential(cumulative, weights, SRMPrior(weights, 100)).P) <= 0.05)
	}
	atMost(t, "confidence sequence", sequence, 0.05)
	atMost(t, "one-sided confidence sequence", oneSided, 0.05)
	atMost(t, "Statsig's mSPRT", msprt, 0.05)
	atMost(t, "always-valid p", always, 0.05)
	atMost(t, "sequential SRM", srm, 0.05)
	within(t, "alpha spending", spent, 0.05, 0.004) // variances are estimated, from 80 units at the first look
	if plain/calibrationRuns < 0.2 {
		t.Errorf("peeking at plain intervals rejects %.3f: the simulation has no power to see peeking", plain/calibrationRuns)
	}
}

// TestCoverage: intervals cover the truth as often as they say, on data that is not normal. Slack is for the small sample: the
// skewness of revenue is far from gone with 400 units of which a tenth buys.
func TestCoverage(t *testing.T) {
	const lift = 0.3
	r := calibrationSource(4)
	var revenue, ratio, fieller, delta, logRatio, rare, newcombe, adjusted float64
	for range calibrationRuns {
		c, x := Of(purchases(r, 2000, 1)), Of(purchases(r, 2000, 1+lift))
		revenue += count(MeanDiff(c, x, Options{}).Inference.CI.Contains(purchaseMean * lift))
		l := MeanLift(Of(shifted(r, 300)), Of(scaled(shifted(r, 300), 1+lift)), Options{})
		fieller += count(l.Fieller.Contains(lift))
		delta += count(l.Relative.CI.Contains(lift))
		logRatio += count(l.Log.CI.Contains(lift))
		ratio += count(RatioDiff(sessions(r, 400), sessions(r, 400), Options{}).Inference.CI.Contains(0))
		a, b := Proportion{N: 250, Successes: binomialDraw(r, 250, 0.02)}, Proportion{N: 250, Successes: binomialDraw(r, 250, 0.05)}
		newcombe += count(ProportionDiff(a, b, Options{}).Newcombe.Contains(0.03))
		w, _ := a.Wilson(0.05)
		rare += count(w.Contains(0.02))
		adjusted += count(CUPED(history(r, 150, 0.8), history(r, 150, 0.8), ThetaTotal, Options{}).Adjusted.Inference.CI.Contains(0))
	}
	within(t, "difference of skewed revenue", revenue, 0.95, 0.012)
	within(t, "Fieller", fieller, 0.95, 0.005)
	within(t, "relative lift, delta method", delta, 0.95, 0.005)
	within(t, "log ratio", logRatio, 0.95, 0.005)
	within(t, "ratio", ratio, 0.95, 0.005)
	within(t, "CUPED", adjusted, 0.95, 0.005)
	// Score intervals of counts jump with the count: Newcombe 1998 gives 0.945-0.97 for such rates.
	within(t, "Wilson at 2 %", rare, 0.95, 0.03)
	within(t, "Newcombe at 2 % and 5 %", newcombe, 0.95, 0.015)
}

// TestSequenceCovers: the sequence covers a true effect on all days at once.
func TestSequenceCovers(t *testing.T) {
	const effect = 0.1
	r := calibrationSource(5)
	missed := 0.0
	for range calibrationRuns {
		var c, x Moments
		covered := true
		for range 20 {
			c, x = c.Merge(Of(skewed(r, 60))), x.Merge(Of(moved(skewed(r, 60), effect)))
			covered = covered && SequentialDiff(MeanDiff(c, x, Options{}), c.N+x.N, SequentialOptions{Tuning: 1200}).CI.Contains(effect)
		}
		missed += count(!covered)
	}
	atMost(t, "days on which the effect is outside", missed, 0.05)
}

// TestCUPEDCut: the variance that CUPED takes away is the squared correlation (Deng et al. 2013, §3).
func TestCUPEDCut(t *testing.T) {
	r := calibrationSource(6)
	for _, rho := range []float64{0.2, 0.5, 0.8, 0.95} {
		const n = 40_000
		cut := CUPED(history(r, n, rho), history(r, n, rho), ThetaTotal, Options{}).SE2Reduction
		// The sampling error of a squared correlation is about 2ρ(1−ρ²)/√n (Kendall & Stuart).
		if most := 4 * 2 * rho * (1 - rho*rho) / math.Sqrt(2*n); math.Abs(cut-rho*rho) > most {
			t.Errorf("correlation %v: variance falls by %.4f, want %.4f ± %.4f", rho, cut, rho*rho, most)
		}
	}
}

// TestSPRTRates: Wald's test keeps both of its error rates when it is looked at in steps.
func TestSPRTRates(t *testing.T) {
	r := calibrationSource(7)
	plan := SPRTPlan{Alpha: 0.05, Beta: 0.2, Effect: 0.25}
	decide := func(effect float64) Decision {
		var c, x Moments
		for range 200 {
			c, x = c.Merge(Of(normals(r, 10, 1))), x.Merge(Of(moved(normals(r, 10, 1), effect)))
			if s := SPRT(c, x, plan); s.Decision != GoOn {
				return s.Decision
			}
		}
		return GoOn
	}
	falseAlarms, missed := 0.0, 0.0
	for range calibrationRuns {
		falseAlarms += count(decide(0) == AcceptAlternative)
		missed += count(decide(plan.Effect) == AcceptNull)
	}
	// |z| stands for a side: Statsig's form has both, so its false alarms are those of two one-sided tests at α each.
	atMost(t, "false alarms", falseAlarms, 2*plan.Alpha)
	atMost(t, "missed", missed, plan.Beta)
}

// The populations. Each call draws one arm.

func normals(r *rand.Rand, n int, sd float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = sd * r.NormFloat64()
	}
	return x
}

// skewed draws exponential values.
func skewed(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.ExpFloat64()
	}
	return x
}

// count is 1 for true.
func count(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// shifted are exponential values with mean 2 and standard deviation 1: a control mean that is far from 0.
func shifted(r *rand.Rand, n int) []float64 { return moved(skewed(r, n), 1) }

func moved(x []float64, by float64) []float64 {
	for i := range x {
		x[i] += by
	}
	return x
}

func scaled(x []float64, by float64) []float64 {
	for i := range x {
		x[i] *= by
	}
	return x
}

// purchaseMean is the mean of purchases: a tenth of the units buy, for a log-normal amount with σ = 1.
var purchaseMean = 0.1 * math.Exp(0.5)

func purchases(r *rand.Rand, n int, factor float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		if r.Float64() < 0.1 {
			x[i] = factor * math.Exp(r.NormFloat64())
		}
	}
	return x
}

// sessions are units with 1, 2, … sessions, and conversions that depend on the unit: a ratio whose parts are correlated.
func sessions(r *rand.Rand, n int) PairMoments {
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		y[i] = 1 + math.Floor(2*r.ExpFloat64())
		x[i] = binomialDraw(r, int(y[i]), 0.2+0.4*r.Float64())
	}
	return OfPairs(x, y)
}

// history are units with a value before (X) and one during the experiment (Y) of correlation rho.
func history(r *rand.Rand, n int, rho float64) PairMoments {
	before, during := make([]float64, n), make([]float64, n)
	for i := range before {
		before[i] = r.NormFloat64()
		during[i] = rho*before[i] + math.Sqrt(1-rho*rho)*r.NormFloat64()
	}
	return OfPairs(before, during)
}

// mixed are two kinds of unit with different means, in shares that vary by chance.
func mixed(r *rand.Rand, n int) []Stratum[Moments] {
	arm := func() (few, many Moments) {
		k := int(binomialDraw(r, n, 0.3))
		return Of(moved(normals(r, k, 1), 3)), Of(normals(r, n-k, 1))
	}
	c1, c2 := arm()
	t1, t2 := arm()
	return []Stratum[Moments]{{Control: c1, Test: t1}, {Control: c2, Test: t2}}
}

// clusteredMedian is the median over all values of units that have several, with the design effect of that.
func clusteredMedian(r *rand.Rand, units int) Estimate {
	var values []float64
	per := make([][]float64, units)
	for i := range per {
		own := r.NormFloat64()
		per[i] = moved(normals(r, 1+r.IntN(4), 1), own)
		values = append(values, per[i]...)
	}
	slices.Sort(values)
	n := float64(len(values))
	ranks, _ := QuantileRanks(n, 0.5, 0.05)
	at := func(rank float64) float64 { return values[int(rank)-1] }
	below, sizes := make([]float64, units), make([]float64, units)
	for i, own := range per {
		sizes[i] = float64(len(own))
		for _, v := range own {
			below[i] += count(v <= at(ranks.Hat))
		}
	}
	e, _ := QuantileArm{N: n, Hat: at(ranks.Hat), Lower: at(ranks.Lower), Upper: at(ranks.Upper)}.
		Estimate(0.05, DesignEffect(OfPairs(below, sizes), 0.5).Effect)
	return e
}

func assign(r *rand.Rand, n int) []float64 {
	counts := make([]float64, 3)
	for range n {
		switch u := r.Float64(); {
		case u < 0.5:
			counts[0]++
		case u < 0.8:
			counts[1]++
		default:
			counts[2]++
		}
	}
	return counts
}

func binomialDraw(r *rand.Rand, n int, p float64) float64 {
	hits := 0.0
	for range n {
		hits += count(r.Float64() < p)
	}
	return hits
}

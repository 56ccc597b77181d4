package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// near fails unless got is want to so many relative digits.
func near(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)+1e-300) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

// TestStatsigWorkedNumbers is the table of facts/statsig.md §5.3, computed from Statsig's documented formulas.
func TestStatsigWorkedNumbers(t *testing.T) {
	c, x := Moments{N: 10000, Mean: 1, M2: 4 * 9999}, Moments{N: 10000, Mean: 1.05, M2: 4 * 9999}
	d := MeanDiff(c, x, Options{})
	if d.Inference.Dist != Normal {
		t.Errorf("ν = %v should be tested by z", d.Inference.DF)
	}
	near(t, "z", d.Inference.Statistic, 1.767767, 1e-6)
	near(t, "p", d.Inference.P, .0770999, 1e-6)
	near(t, "ν", d.Inference.DF, 19998, 1e-9)
	near(t, "CI low", d.Inference.CI.Low, -.005436, 1e-4)
	near(t, "CI high", d.Inference.CI.High, .105436, 1e-5)
	l := MeanLift(c, x, Options{})
	near(t, "delta low", l.Relative.CI.Low, -.006839, 1e-4)
	near(t, "delta high", l.Relative.CI.High, .106839, 1e-5)
	near(t, "absolute p", l.Absolute.P, d.Inference.P, 0)
	near(t, "Fieller low", l.Fieller.Low, -.005292, 1e-3)
	near(t, "Fieller high", l.Fieller.High, .108525, 1e-4)
	m := MSPRT(c, x, Options{})
	near(t, "Z*", m.ZStar, 3.584515, 1e-6)
	near(t, "seq low", m.CI.Low, -.051385, 1e-4)
	near(t, "p*", m.P, .333749, 1e-5)
}

func TestAutoDistribution(t *testing.T) {
	f := func(n float64, want Dist) {
		t.Helper()
		m := Moments{N: n, Mean: 1, M2: n - 1}
		if got := MeanDiff(m, m, Options{}).Inference.Dist; got != want {
			t.Errorf("n = %v per arm: %s, want %s", n, got, want)
		}
	}
	f(50, StudentT) // ν = 98
	f(51, Normal)   // ν = 100
}

func TestOneSidedIntervals(t *testing.T) {
	c, x := Moments{N: 1000, Mean: 1, M2: 999}, Moments{N: 1000, Mean: 1.1, M2: 999}
	f := func(alt Alternative, want IntervalKind) {
		t.Helper()
		d := MeanDiff(c, x, Options{Alternative: alt})
		if d.Inference.CI.Kind != want {
			t.Errorf("%s: %s, want %s", alt, d.Inference.CI.Kind, want)
		}
		// The bound excludes zero exactly when the p-value is below alpha.
		if d.Inference.CI.Contains(0) == (d.Inference.P < 0.05) {
			t.Errorf("%s: interval %v, p %v", alt, d.Inference.CI, d.Inference.P)
		}
	}
	f(Greater, AtLeast)
	f(Less, AtMost)
	f(TwoSided, Bounded)
}

// TestMerge: however the units are split, the merged moments are those of the whole.
func TestMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	var all []float64
	var parts Moments
	var pairsX, pairsY []float64
	var pairs PairMoments
	for k := range 40 {
		var x, y []float64
		for range k % 7 {
			x = append(x, 1e6+r.NormFloat64())
			y = append(y, x[len(x)-1]*2+r.NormFloat64())
		}
		all, pairsX, pairsY = append(all, x...), append(pairsX, x...), append(pairsY, y...)
		parts, pairs = parts.Merge(Of(x)), OfPairs(x, y).Merge(pairs)
	}
	whole, both := Of(all), OfPairs(pairsX, pairsY)
	near(t, "mean", parts.Mean, whole.Mean, 1e-15)
	near(t, "M2", parts.M2, whole.M2, 1e-9)
	near(t, "CXY", pairs.CXY, both.CXY, 1e-9)
	near(t, "M2Y", pairs.M2Y, both.M2Y, 1e-9)
}

// TestCancellation: n = 1e9, mean 1e6, variance 1. Exact sums keep it, rounded ones must say that they do not.
func TestCancellation(t *testing.T) {
	m, s := FromExactSums(1e9, "1000000000000000", "1000000000000999999999")
	if s != OK {
		t.Fatal(s)
	}
	near(t, "variance", m.Var(), 1, 1e-12)
	if _, s := FromSums(1e9, 1e15, 1000000000000999999999); s != PrecisionLoss {
		t.Errorf("rounded sums: %s, want %s", s, PrecisionLoss)
	}
	if _, s := FromSums(10, 10, 5); s != InconsistentMoments {
		t.Errorf("impossible sums: %s, want %s", s, InconsistentMoments)
	}
}

// TestConstantArms: a spread that is nothing but rounding is no variance.
func TestConstantArms(t *testing.T) {
	var x []float64
	for range 1000 {
		x = append(x, 0.1)
	}
	m, s := FromSums(1000, total(x), 1000*0.1*0.1)
	if s != OK && s != PrecisionLoss {
		t.Error(s)
	}
	if d := MeanDiff(Of(x), Of(x[:500]), Options{}); d.Status != ZeroVariance || d.Inference != nil {
		t.Errorf("%+v", d)
	}
	_ = m
}

// TestSRMLevels is Statsig's two-part rule.
func TestSRMLevels(t *testing.T) {
	f := func(a, b float64, want SRMLevel) {
		t.Helper()
		if r := SRM([]float64{a, b}, []float64{1, 1}); r.Level != want {
			t.Errorf("%v : %v is %s (p %v, off by %v), want %s", a, b, r.Level, r.P, r.Deviation, want)
		}
	}
	f(5021, 4979, SRMFine)
	f(10000, 10400, SRMYellow)           // p 0.005
	f(10000, 10500, SRMRed)              // p 0.0005, 1.2 points off
	f(10_000_000, 10_020_000, SRMYellow) // p 8e-6, but only 0.05 points off
}

// TestTails compares far tails with values from mpmath as given in the vectors' neighbourhood and with closed forms.
func TestTails(t *testing.T) {
	near(t, "normal 40", normLogSF(40), -804.608442013754, 1e-13) // ln of mpmath's 3.655893540915e-350
	near(t, "t with 1 df", tLogSF(1e6, 1), math.Log(math.Atan2(1, 1e6)/math.Pi), 1e-13)
	near(t, "t with 2 df", tLogSF(3, 2), math.Log(0.5-3/(2*math.Sqrt(11))), 1e-12)
	for _, df := range []float64{1, 2.5, 39, 41, 1e4, 1e9} {
		for _, tail := range []float64{0.4, 0.025, 1e-6, 1e-50} {
			near(t, "quantile round trip", math.Exp(tLogSF(tUpper(tail, df), df)), tail, 1e-9)
		}
	}
	for _, x := range []float64{0.3, 2, 8, 10, 100} { // across the seam between the two expansions
		near(t, "t with 40 df", tSF(x, 40), distuv.StudentsT{Sigma: 1, Nu: 40}.Survival(x), 1e-11)
	}
	near(t, "t is normal at the limit", tSF(1.96, 1e12), normSF(1.96), 1e-10)
	near(t, "chi-squared with 2 df", chi2LogSF(5000, 2), -2500, 1e-13)
}

// TestPeeking: the false positive rates of facts/stats.md §2.8 for many equally spaced looks.
func TestPeeking(t *testing.T) {
	f := func(looks int, z, want, abs float64) {
		t.Helper()
		if got, s := PeekingInflation(looks, z); s != OK || math.Abs(got-want) > abs {
			t.Errorf("%d looks at %v: %v (%s), want %v", looks, z, got, s, want)
		}
	}
	f(14, 1.96, 0.22, 0.005)
	f(28, 1.96, 0.27, 0.005)
	f(60, 1.96, 0.33, 0.005)
	f(14, 3.584, 0.0025, 0.00005)
	f(28, 3.584, 0.0035, 0.00005)
	f(60, 3.584, 0.0047, 0.00005)
}

// TestSequenceMultipliers are the multipliers of facts/stats.md §2.8 for N* = 5000.
func TestSequenceMultipliers(t *testing.T) {
	f := func(n, want float64) {
		t.Helper()
		if got := SequentialCS(0, 1, n, SequentialOptions{}).Multiplier; math.Abs(got-want) > 0.006 {
			t.Errorf("n = %v: %v, want %v", n, got, want)
		}
	}
	f(5000, 3.035)
	f(1000, 3.36)
	f(1_000_000, 3.66)
}

// TestSequentialLift: the relative set and the interval of the difference tell the same about 0, on either side of it and for
// negative means.
func TestSequentialLift(t *testing.T) {
	r, inside := rand.New(rand.NewPCG(8, 8)), 0
	for range 2000 {
		c := Estimate{Value: 4*r.Float64() - 2, Variance: 0.05 * r.Float64()}
		x := Estimate{Value: c.Value + r.NormFloat64(), Variance: 0.05 * r.Float64()}
		for _, o := range []SequentialOptions{{}, {Alternative: Greater}} {
			d := SequentialDiff(Diff(c, x, Options{}), 3000, o)
			set, s := SequentialLift(c, x, 3000, o)
			if s != OK || d.Status != OK {
				t.Fatalf("%v, %v: %s, %s", c, x, s, d.Status)
			}
			if o.Alternative == TwoSided && set.Contains(0) != d.CI.Contains(0) {
				t.Errorf("%v, %v: the lift's set %v and the difference's %v disagree about 0", c, x, set, d.CI)
			}
			inside += int(count(set.Contains(0)))
		}
	}
	if inside < 400 || inside > 3600 {
		t.Errorf("0 is inside %d times of 4000: the cases show nothing", inside)
	}
}

// TestCUPEDApplies is Statsig's rule.
func TestCUPEDApplies(t *testing.T) {
	f := func(n, cov, withPre float64, want bool) {
		t.Helper()
		arm := PairMoments{N: n, MeanX: 1, MeanY: 1, M2X: n, M2Y: n, CXY: cov * n}
		if r := CUPED(arm, arm, ThetaTotal, Options{}); r.Applies(withPre) != want {
			t.Errorf("n %v, correlation %v, %v with data: %+v", n, cov, withPre, r)
		}
	}
	f(51, 0.5, 20, true)
	f(50, 0.5, 20, false) // 100 units are not more than 100
	f(51, 0.5, 5, false)  // 5 of 102 are not more than 5 %
	f(51, 0, 50, false)   // nothing gained
}

// TestExactAgainstClosedForms: a fair coin and a lady tasting tea (Fisher 1935).
func TestExactAgainstClosedForms(t *testing.T) {
	b := BinomialExact(Proportion{N: 10, Successes: 9}, 0.5)
	near(t, "9 of 10 heads or more", b.Greater, 11.0/1024, 1e-12)
	near(t, "two-sided", b.TwoSided, 22.0/1024, 1e-12)
	l := Table2x2(Proportion{N: 4, Successes: 1}, Proportion{N: 4, Successes: 3})
	near(t, "tea, three of four", l.Fisher.Greater, 17.0/70, 1e-12)
	near(t, "tea, two-sided", l.Fisher.TwoSided, 34.0/70, 1e-12)
	big := BinomialExact(Proportion{N: 2e9, Successes: 1e9}, 0.5) // must not take for ever
	near(t, "a billion heads", big.TwoSided, 1, 1e-12)
}

func BenchmarkMeanDiffZ(b *testing.B) { benchmarkMeanDiff(b, 1e6) }
func BenchmarkMeanDiffT(b *testing.B) { benchmarkMeanDiff(b, 20) }

func benchmarkMeanDiff(b *testing.B, n float64) {
	c, x := Moments{N: n, Mean: 1, M2: n}, Moments{N: n, Mean: 1.001, M2: n}
	for b.Loop() {
		MeanDiff(c, x, Options{})
	}
}

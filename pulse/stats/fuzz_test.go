package stats

import (
	"math"
	"reflect"
	"testing"
)

// FuzzMeanDiff: whatever finite moments come in, no NaN or infinity comes out, and an undefined result has no test.
func FuzzMeanDiff(f *testing.F) {
	f.Add(10.0, 1.0, 5.0, 12.0, 1.5, 7.0, 0.05)
	f.Add(0.0, 0.0, 0.0, 2.0, 1e308, 1e308, 0.05)
	f.Add(2.0, -1e308, 1e-320, 2.0, 1e308, 5e-324, 1e-300)
	f.Add(1e9, 1e6, 1e9, 1e9, 1e6+1e-9, 0.0, 0.999)
	f.Add(3.0, 1e-200, 1e-300, 1e300, 1e200, 1e300, 0.5)
	f.Fuzz(func(t *testing.T, nc, mc, vc, nt, mt, vt, alpha float64) {
		c, x := Moments{N: nc, Mean: mc, M2: vc}, Moments{N: nt, Mean: mt, M2: vt}
		if !finite(nc, mc, vc, nt, mt, vt, alpha) {
			return
		}
		for _, dist := range []Dist{Auto, Normal, StudentT} {
			for _, alt := range []Alternative{TwoSided, Greater, Less} {
				o := Options{Alpha: alpha, Dist: dist, Alternative: alt}
				d := MeanDiff(c, x, o)
				allFinite(t, reflect.ValueOf(d))
				if (d.Status == OK) != (d.Inference != nil) {
					t.Errorf("status %s, inference %v", d.Status, d.Inference)
				}
				allFinite(t, reflect.ValueOf(MeanLift(c, x, o)))
				allFinite(t, reflect.ValueOf(MSPRT(c, x, o)))
				allFinite(t, reflect.ValueOf(SequentialDiff(d, nc+nt, SequentialOptions{Alpha: alpha, Alternative: alt})))
			}
		}
	})
}

// FuzzRatioDiff is the same for ratios.
func FuzzRatioDiff(f *testing.F) {
	f.Add(10.0, 1.0, 2.0, 5.0, 4.0, 1.0, 1.5, 7.0)
	f.Add(2.0, 1e300, 1e-300, 1e300, 1e-300, 0.5, 1e-8, 1.0)
	f.Add(2.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
	f.Fuzz(func(t *testing.T, n, mx, my, vx, vy, cxy, shift, scale float64) {
		if !finite(n, mx, my, vx, vy, cxy, shift, scale) {
			return
		}
		c := PairMoments{N: n, MeanX: mx, MeanY: my, M2X: vx, M2Y: vy, CXY: cxy}
		x := PairMoments{N: n, MeanX: mx + shift, MeanY: my * scale, M2X: vx, M2Y: vy, CXY: cxy}
		allFinite(t, reflect.ValueOf(RatioDiff(c, x, Options{})))
		allFinite(t, reflect.ValueOf(RatioLift(c, x, Options{Alternative: Less})))
	})
}

// allFinite walks a result and fails on any NaN or infinity.
func allFinite(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Float64:
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			t.Errorf("%v in a result", v.Float())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			allFinite(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if before := t.Failed(); !before {
				allFinite(t, v.Field(i))
				if t.Failed() {
					t.Errorf("field %s of %+v", v.Type().Field(i).Name, v)
				}
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			allFinite(t, v.Index(i))
		}
	}
}

// FuzzEverything feeds any numbers to the rest of the package.
func FuzzEverything(f *testing.F) {
	f.Add(100.0, 12.0, 1.0, 2.0, 120.0, 19.0, 1.5, 0.05)
	f.Add(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
	f.Add(2.0, 2.0, -1e300, 1e-300, 3.0, 0.0, 1e300, 0.999999)
	f.Add(1e300, 1e299, 0.5, 1.0, 1e300, 3e299, 1.0, 0.05)
	f.Add(1e9, 1e8, 1e6, 1.0, 1e9, 1.0001e8, 1e6, 1e-12)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, alpha float64) {
		o := Options{Alpha: alpha}
		see := func(v any) { t.Helper(); allFinite(t, reflect.ValueOf(v)) }
		p, q := Proportion{N: a, Successes: b}, Proportion{N: e, Successes: g}
		see(ProportionDiff(p, q, o))
		see(OneProportion(p, c, o))
		see(SRM([]float64{a, b, e}, []float64{c, d, g}))
		see(SRMSequential([][]float64{{a, b}, {e, g}}, []float64{c, d}, []float64{1, h}))
		see(Bayes(a, b, NormalPrior{Mean: c, Variance: d}, alpha, false))
		see(MSPRT(Moments{a, b, c}, Moments{d, e, g}, o))
		see(SequentialCS(a, b, c, SequentialOptions{Alpha: alpha, Tuning: d, Alternative: Greater}))
		see(AlwaysValidP([]Look{{a, b}, {c, d}}, e))
		see(NonInferiority(Moments{a, b, c}, Moments{d, e, g}, h, true, o))
		see(Equivalence(Moments{a, b, c}, Moments{d, e, g}, h, o))
		see(PooledDiff(Moments{a, b, c}, Moments{d, e, g}, o))
		see(SPRT(Moments{a, b, c}, Moments{d, e, g}, SPRTPlan{Alpha: alpha, Effect: h}))
		x, y := PairMoments{a, b, c, d, e, g}, PairMoments{a, c, b, d, e, h}
		see(CUPED(x, y, ThetaTotal, o))
		see(CUPED(x, y, ThetaWithin, o))
		see(PostStratify([]Stratum[Moments]{{x.X(), y.X()}, {x.Y(), y.Y()}}, o))
		see(PostStratifyRatio([]Stratum[PairMoments]{{x, y}, {y, x}}, o))
		see(PostStratifyCUPED([]Stratum[PairMoments]{{x, y}, {y, x}}, o))
		see(Segments([]Stratum[Moments]{{x.X(), y.X()}, {x.Y(), y.Y()}}, 2, o))
		see(Interaction(x.X(), y.X(), x.Y(), y.Y(), o))
		see(MetaAnalysis([]float64{a, b, c}, []float64{d, e, g}, alpha))
		see(JamesStein([]float64{a, b, c}, []float64{d, e, g}))
		see(Topline(ToplineInput{a, b, c, d, e, []float64{g}, h}, o))
		see(ToplineRatio(a, b, c, d, e, g, h))
		see(GlobalLift(a, b, c, d, e))
		see(MidExperimentPower(a, b, c, Design{Alpha: alpha, Tuning: d}))
		see(DesignEffect(x, alpha))
		see(AlphaSpending(GroupDesign{Alpha: alpha, Fractions: []float64{a, b}}, HwangShihDeCani(c)))
		see(ExitProbabilities(GroupDesign{Fractions: []float64{0.5, 1}}, []float64{a, b}, c))
		see(Stagewise([]float64{0.5, 1}, []float64{a, b}, c, alpha))
		see(NormalMixture(a, b, alpha, c, Less))
		see(BetaBinomial(p, q, c, d))
		see(Table2x2(p, q))
		see(BinomialExact(p, c))
		see(CUPEDMulti(multi(x), multi(y), o))
		see(ANCOVA(multi(x), multi(y), o))
		fuzzNumbers(t, a, b, c, d, e, g, h, alpha)
	})
}

// multi makes one covariate of a pair.
func multi(p PairMoments) CovariateMoments {
	return CovariateMoments{
		N: p.N, MeanY: p.MeanY, M2Y: p.M2Y, MeanX: []float64{p.MeanX}, CXY: []float64{p.CXY}, CXX: [][]float64{{p.M2X}},
	}
}

// fuzzNumbers are the functions that return a number and a status.
func fuzzNumbers(t *testing.T, a, b, c, d, e, g, h, alpha float64) {
	number := func(v float64, s Status) {
		t.Helper()
		if !finite(v) {
			t.Errorf("%v with status %s", v, s)
		}
	}
	design := Design{Alpha: alpha, Power: h}
	number(Power(a, b, design))
	number(MDE(a, b, c, design))
	number(PowerProportions(a, b, c, design))
	number(PowerRelative(Population{a, b}, c, d, design))
	number(MDERelative(Population{a, b}, c, design))
	number(PowerBayes(Population{a, b}, c, d, NormalPrior{e, g}, design))
	number(IntervalWidth(a, b, c, design))
	number(FalsePositiveRisk(alpha, a, b, true))
	number(ConditionalPower(a, b, c, d))
	number(Quantile([]float64{a, b, c, d}, alpha, Inclusive))
	size, s := SampleSize(a, b, c, design)
	number(size.Total(), s)
	est, unit, s := GridArm{QuantileArm{a, b, c, d}, e}.Estimate(alpha)
	number(est.Value+est.Variance, s)
	number(unit, s)
	rate, s := SampleSizeProportions(a, b, design)
	number(rate.Pooled+rate.Unpooled, s)
	ci, sd, s := AdjustedInterval(a, b, alpha)
	number(ci.Low+ci.High+sd, s)
	adjusted, s := Adjust([]float64{a, b, alpha}, HolmSidak)
	number(total(adjusted), s)
}

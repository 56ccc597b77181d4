package stats

import "math"

// Stratum holds the two arms of one stratum: units alike in something known before exposure.
type Stratum[M any] struct {
	Control M
	Test    M
}

// StratifiedResult is a difference with the mix of strata held equal in both arms, in the metric's unit.
type StratifiedResult struct {
	Status      Status
	Strata      int        // after those with too little data were merged into the largest
	ControlMean float64    // of the control arm under the common mix (a ratio for ratio metrics)
	Diff        float64    // test − control under the common mix
	SEFixed     float64    // the mix taken as fixed
	SE          float64    // with the sampling variance of the mix (GrowthBook); at least SEFixed
	Fixed       *Inference // of Diff with SEFixed, z
	Inference   *Inference // of Diff with SE, z
	Lift        float64    // Diff/ControlMean
	LiftSE      float64    // delta method, with the variance of the mix
	LiftStatus  Status
	Relative    *Inference
	Unadjusted  DiffResult // the arms as they are
}

// PostStratify compares means stratum by stratum: Σ w_s(m_ts − m_cs) with w_s the share of units in the stratum, variance
// Σ w_s²(k_cs + k_ts) (Miratrix, Sekhon & Yu 2013; Xie & Aurisset 2016), plus (Σ w_s δ_s² − Δ²)/n for the mix
// (GrowthBook docs, statistics/post-stratification). Strata where an arm has fewer than two units are merged into the
// largest. Errors: as [MeanDiff].
func PostStratify(strata []Stratum[Moments], o Options) StratifiedResult {
	strata, s := pooled(strata, func(x Stratum[Moments]) (float64, bool) {
		return x.Control.N + x.Test.N, x.Control.N >= 2 && x.Test.N >= 2
	})
	var cells []cell
	var control, test Moments
	for _, x := range strata {
		s = worst(s, checkUnless(x.Control.Check(), s), checkUnless(x.Test.Check(), s))
		control, test = control.Merge(x.Control), test.Merge(x.Test)
		cells = append(cells, meanCell(x.Control, x.Test))
	}
	if s != OK {
		return StratifiedResult{Status: s}
	}
	return combine(cells, meanContrast, o, MeanDiff(control, test, o))
}

// PostStratifyRatio is the same for a ratio metric: the numerator's and the denominator's means are stratified, then
// divided (GrowthBook docs, statistics/post-stratification, algorithm 3). Errors: as [RatioDiff].
func PostStratifyRatio(strata []Stratum[PairMoments], o Options) StratifiedResult {
	strata, s := pooled(strata, func(x Stratum[PairMoments]) (float64, bool) {
		return x.Control.N + x.Test.N, x.Control.N >= 2 && x.Test.N >= 2
	})
	var cells []cell
	var control, test PairMoments
	for _, x := range strata {
		s = worst(s, checkUnless(x.Control.Check(), s), checkUnless(x.Test.Check(), s))
		control, test = control.Merge(x.Control), test.Merge(x.Test)
		cells = append(cells, ratioCell(x.Control, x.Test))
	}
	if s != OK {
		return StratifiedResult{Status: s}
	}
	return combine(cells, ratioContrast, o, RatioDiff(control, test, o))
}

// checkUnless keeps the first error.
func checkUnless(s, earlier Status) Status {
	if earlier != OK {
		return earlier
	}
	return s
}

// merger is a kind of moments that can be added up.
type merger[M any] interface{ Merge(M) M }

// pooled merges the strata that cannot stand alone into the largest that can.
func pooled[M merger[M]](strata []Stratum[M], judge func(Stratum[M]) (size float64, stands bool)) ([]Stratum[M], Status) {
	if len(strata) == 0 {
		return nil, InsufficientN
	}
	largest, most := 0, -1.0
	for i, x := range strata {
		if n, _ := judge(x); n > most {
			largest, most = i, n
		}
	}
	kept := []Stratum[M]{strata[largest]}
	for i, x := range strata {
		if i == largest {
			continue
		}
		if _, ok := judge(x); ok {
			kept = append(kept, x)
			continue
		}
		kept[0].Control, kept[0].Test = kept[0].Control.Merge(x.Control), kept[0].Test.Merge(x.Test)
	}
	return kept, OK
}

// cell is what one stratum says about the parameters (control, effect) of one outcome, or of two, numerator first.
type cell struct {
	n    float64
	mean []float64
	cov  [][]float64 // sampling covariance of mean
}

// meanCell has no covariates.
func meanCell(c, t Moments) cell {
	kc, kt := c.Var()/c.N, t.Var()/t.N
	return cell{n: c.N + t.N, mean: []float64{c.Mean, t.Mean - c.Mean}, cov: [][]float64{{kc, -kc}, {-kc, kc + kt}}}
}

// ratioCell has two outcomes: X is the numerator, Y the denominator.
func ratioCell(c, t PairMoments) cell {
	x := cell{n: c.N + t.N, mean: []float64{c.MeanX, t.MeanX - c.MeanX, c.MeanY, t.MeanY - c.MeanY}}
	kc := [2][2]float64{{c.X().Var() / c.N, c.Cov() / c.N}, {c.Cov() / c.N, c.Y().Var() / c.N}}
	kt := [2][2]float64{{t.X().Var() / t.N, t.Cov() / t.N}, {t.Cov() / t.N, t.Y().Var() / t.N}}
	for i := range 4 {
		row := make([]float64, 4)
		for j := range row {
			k := kc[i/2][j/2]
			switch i%2 + j%2 {
			case 1:
				k = -k
			case 2:
				k += kt[i/2][j/2]
			}
			row[j] = k
		}
		x.cov = append(x.cov, row)
	}
	return x
}

// contrast is a control value and an effect as functions of the parameters, and the gradients of the effect and the lift.
type contrast func(p []float64) (control, effect float64, grad, liftGrad []float64)

// meanContrast: the effect is the second parameter.
func meanContrast(p []float64) (float64, float64, []float64, []float64) {
	c, d := p[0], p[1]
	return c, d, []float64{0, 1}, []float64{-d / c / c, 1 / c}
}

// ratioContrast: T_n/T_d − C_n/C_d with T = C + effect.
func ratioContrast(p []float64) (float64, float64, []float64, []float64) {
	cn, cd, tn, td := p[0], p[2], p[0]+p[1], p[2]+p[3]
	rc, rt := cn/cd, tn/td
	grad := []float64{1/td - 1/cd, 1 / td, rc/cd - rt/td, -rt / td}
	l := rt / rc
	lift := []float64{l * (1/tn - 1/cn), l / tn, l * (1/cd - 1/td), -l / td}
	return rc, rt - rc, grad, lift
}

// combine weighs the cells.
func combine(cells []cell, f contrast, o Options, unadjusted DiffResult) StratifiedResult {
	k := len(cells[0].mean)
	n, mean := 0.0, make([]float64, k)
	for _, c := range cells {
		n += c.n
	}
	for _, c := range cells {
		for i, m := range c.mean {
			mean[i] += c.n / n * m
		}
	}
	control, effect, grad, liftGrad := f(mean)
	if !finite(control, effect) {
		return StratifiedResult{Status: ZeroDenominator, Unadjusted: unadjusted}
	}
	r := StratifiedResult{Strata: len(cells), ControlMean: control, Diff: effect, Unadjusted: unadjusted}
	within, mix := spread(cells, n, mean, grad)
	r.SEFixed, r.SE = math.Sqrt(within), math.Sqrt(within+mix)
	if !finite(r.SEFixed, r.SE) {
		return StratifiedResult{Status: OutOfRange, Unadjusted: unadjusted}
	}
	o.Dist = Normal
	r.Fixed, _ = infer(effect, r.SEFixed, 0, o)
	if r.Inference, r.Status = infer(effect, r.SE, 0, o); r.Status != OK {
		return r
	}
	r.LiftStatus = ZeroControlMean
	if within, mix = spread(cells, n, mean, liftGrad); finite(within, mix, effect/control) {
		r.Lift, r.LiftSE = effect/control, math.Sqrt(within+mix)
		r.Relative, r.LiftStatus = infer(r.Lift, r.LiftSE, 0, o)
	}
	return r
}

// spread is the variance of a linear function of the weighted mean: within the strata, and by the multinomial mix.
func spread(cells []cell, n float64, mean, grad []float64) (within, mix float64) {
	centre := inner(grad, mean)
	for _, c := range cells {
		w := c.n / n
		for i, g := range grad {
			within += w * w * g * inner(c.cov[i], grad)
		}
		d := inner(grad, c.mean) - centre
		mix += w * d * d / n
	}
	return math.Max(0, within), mix
}

// inner is the inner product.
func inner(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

package stats

import "math"

// MarginResult is a test of the difference against a margin, in the metric's unit.
type MarginResult struct {
	Status    Status
	Margin    float64    // in the metric's unit
	Diff      float64    // test − control
	SE        float64    // of Diff
	Inference *Inference // of Diff − Margin: Statistic and P; CI is the one-sided bound of Diff
	Passed    bool       // P ≤ alpha: the test arm is not worse by more than the margin
}

// NonInferiority tests that the test arm is not worse than control by more than a margin given as a share of the control
// mean: H0 Δ ≤ −|m|·|mean_c| when more is better, Δ ≥ |m|·|mean_c| when less is (margin taken as fixed; Schuirmann 1987,
// one of his two tests; Spotify's and Eppo's guardrails). The interval is the one-sided bound on Δ. Errors: as
// [MeanDiff], ZeroControlMean when a share of nothing is asked for.
func NonInferiority(control, test Moments, marginShare float64, lessIsBetter bool, o Options) MarginResult {
	d := MeanDiff(control, test, o)
	r := MarginResult{Status: d.Status, Diff: d.Diff, SE: d.SE}
	if d.Status != OK {
		return r
	}
	if control.Mean == 0 {
		r.Status = ZeroControlMean
		return r
	}
	o.Alternative, r.Margin = Greater, -math.Abs(marginShare*control.Mean)
	if lessIsBetter {
		o.Alternative, r.Margin = Less, -r.Margin
	}
	r.Inference, r.Status = infer(d.Diff-r.Margin, d.SE, d.Inference.DF, o)
	if r.Status != OK {
		return r
	}
	a, _ := o.alpha()
	r.Passed = r.Inference.P <= a
	r.Inference.CI = around(d.Diff, r.Inference.critical(o.tail())*d.SE, o.Alternative)
	if r.Inference.CI.Kind == Undefined {
		return MarginResult{Status: OutOfRange}
	}
	return r
}

// EquivalenceResult is the outcome of two one-sided tests.
type EquivalenceResult struct {
	Status     Status
	Diff       float64
	SE         float64
	DF         float64
	PLower     float64  // H0: Δ ≤ −margin
	PUpper     float64  // H0: Δ ≥ +margin
	P          float64  // the larger of the two
	CI         Interval // at confidence 1 − 2·alpha; inside ±margin exactly when P ≤ alpha
	Equivalent bool
}

// Equivalence is Schuirmann's (1987) pair of one-sided tests that |Δ| is below an absolute margin in the metric's unit.
// Errors: as [MeanDiff], InvalidArgument for a margin that is not positive.
func Equivalence(control, test Moments, margin float64, o Options) EquivalenceResult {
	if !(margin > 0) || !finite(margin) {
		return EquivalenceResult{Status: InvalidArgument}
	}
	d := MeanDiff(control, test, o)
	if d.Status != OK {
		return EquivalenceResult{Status: d.Status, Diff: d.Diff, SE: d.SE}
	}
	i := *d.Inference
	i.Statistic = (d.Diff + margin) / d.SE
	r := EquivalenceResult{Status: OK, Diff: d.Diff, SE: d.SE, DF: i.DF, PLower: math.Exp(i.logP(Greater))}
	i.Statistic = (d.Diff - margin) / d.SE
	r.PUpper = math.Exp(i.logP(Less))
	r.P = math.Max(r.PLower, r.PUpper)
	a, _ := o.alpha()
	r.Equivalent = r.P <= a
	r.CI = around(d.Diff, i.critical(a)*d.SE, TwoSided)
	if !finite(r.P) || r.CI.Kind == Undefined {
		return EquivalenceResult{Status: OutOfRange}
	}
	return r
}

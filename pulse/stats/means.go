package stats

// MeanDiff compares the means of two arms: Δ = mean_t − mean_c with SE √(s²_c/n_c + s²_t/n_t), tested with Welch's t
// (1947) or the unpooled z, see [Dist]. One arm may have zero variance (the degrees of freedom are then those of the
// other). Diff and SE are in the metric's unit. Errors: InconsistentMoments, InsufficientN (an arm with fewer than two
// units), ZeroVariance, OutOfRange, InvalidArgument.
func MeanDiff(control, test Moments, o Options) DiffResult {
	if s := worst(control.Check(), test.Check()); s != OK {
		return undefinedDiff(control, test, s)
	}
	return Diff(control.Estimate(), test.Estimate(), o)
}

// undefinedDiff keeps the means that exist.
func undefinedDiff(control, test Moments, s Status) DiffResult {
	if s == InconsistentMoments {
		return DiffResult{Status: s}
	}
	r := DiffResult{Status: s, Control: Estimate{Value: control.Mean}, Test: Estimate{Value: test.Mean}}
	if d := test.Mean - control.Mean; control.N > 0 && test.N > 0 && finite(d) {
		r.Diff = d
	}
	return r
}

// PooledDiff is Student's t test with a common variance (Student 1908; Fisher 1925):
// s² = (M2_c+M2_t)/(n_c+n_t−2), SE = s√(1/n_c+1/n_t). Units and errors as [MeanDiff].
func PooledDiff(control, test Moments, o Options) DiffResult {
	if s := worst(control.Check(), test.Check()); s != OK {
		return undefinedDiff(control, test, s)
	}
	df := control.N + test.N - 2
	v := (control.M2 + test.M2) / df
	c := Estimate{Value: control.Mean, Variance: v / control.N}
	t := Estimate{Value: test.Mean, Variance: v / test.N}
	r := Diff(c, t, o)
	if r.Status == OK {
		r.Inference, r.Status = infer(r.Diff, r.SE, df, o)
	}
	return r
}

// OneSample tests the mean of one arm against a fixed value: (mean − baseline)/√(s²/n), Student 1908, with z or t as
// [Dist] says. Diff is mean − baseline in the metric's unit. Errors as [MeanDiff].
func OneSample(arm Moments, baseline float64, o Options) DiffResult {
	if s := arm.Check(); s != OK {
		return undefinedDiff(Moments{N: 1, Mean: baseline}, arm, s)
	}
	return Diff(Estimate{Value: baseline}, arm.Estimate(), o)
}

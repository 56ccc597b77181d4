package stats

import "math"

// solver computes the fields of one method.
type solver func(c vector) record

// solvers maps every method of SCHEMA.md to our functions. Each family adds its own in a vectors_*_test.go file.
var solvers = join(meanSolvers, ratioSolvers, sequentialSolvers, srmSolvers, eventSolvers, impactSolvers, groupSolvers, bayesSolvers, proportionSolvers, powerSolvers, cupedSolvers)

func join(ms ...map[string]solver) map[string]solver {
	all := map[string]solver{}
	for _, m := range ms {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

var meanSolvers = map[string]solver{
	"mean_diff":     solveMeanDiff,
	"student_t":     solveStudentT,
	"relative_lift": solveRelativeLift,
	"lift_variance": solveLiftVariance,
}

// meanArm reads {n,sum,sum_sq}, or {n,mean,m2} where sums cannot carry the variance, or {n,mean,var}.
func meanArm(r record) (Moments, Status) {
	switch {
	case r.has("sum_exact"):
		return FromExactSums(r.num("n"), r.text("sum_exact"), r.text("sum_sq_exact"))
	case r.has("m2"):
		m := Moments{N: r.num("n"), Mean: r.num("mean"), M2: r.num("m2")}
		return m, m.Check()
	case r.has("var"):
		m := Moments{N: r.num("n"), Mean: r.num("mean"), M2: r.num("var") * (r.num("n") - 1)}
		return m, m.Check()
	}
	return FromSums(r.num("n"), r.num("sum"), r.num("sum_sq"))
}

func solveMeanDiff(c vector) record {
	rc, rt := c.arms()
	mc, sc := meanArm(rc)
	mt, st := meanArm(rt)
	if s := worst(sc, st); s == InconsistentMoments || s == PrecisionLoss {
		return record{"status": string(s)}
	}
	out := diffFields(func(o Options) DiffResult { return MeanDiff(mc, mt, o) }, c.alpha())
	if mc.N > 0 {
		out["mean_c"] = mc.Mean
	}
	if mt.N > 0 {
		out["mean_t"] = mt.Mean
	}
	out["var_c"], out["var_t"] = mc.Var(), mt.Var()
	return merge(out, liftFields(func(o Options) LiftResult { return MeanLift(mc, mt, o) }, c.alpha()), "")
}

// diffFields are the fields of a difference under both distributions and all alternatives.
func diffFields(f func(Options) DiffResult, alpha float64) record {
	d := f(Options{Alpha: alpha, Dist: Normal})
	out := record{"status": string(d.Status)}
	switch d.Status {
	case OK, ZeroVariance:
		out["diff"], out["se"] = d.Diff, d.SE
	case InsufficientN:
		out["diff"] = d.Diff
	}
	for _, alt := range []Alternative{TwoSided, Greater, Less} {
		for _, dist := range []Dist{Normal, StudentT} {
			d := f(Options{Alpha: alpha, Dist: dist, Alternative: alt})
			merge(out, inferenceFields(d.Inference, alt, dist), "")
		}
	}
	return out
}

// inferenceFields are p_z, p_t_greater, ci_z_lower_bound, … of one inference.
func inferenceFields(i *Inference, alt Alternative, dist Dist) record {
	if i == nil {
		return nil
	}
	out := record{"stat": i.Statistic}
	if i.DF != 0 {
		out["df"] = i.DF
	}
	suffix := "_" + string(dist)
	switch alt {
	case TwoSided:
		out["p"+suffix], out["log10_p"+suffix], out["ci"+suffix] = i.P, i.Log10P, pair(i.CI)
	case Greater:
		out["p"+suffix+"_greater"], out["ci"+suffix+"_lower_bound"] = i.P, i.CI.Low
	case Less:
		out["p"+suffix+"_less"], out["ci"+suffix+"_upper_bound"] = i.P, i.CI.High
	}
	return out
}

// liftFields are the lift's fields; without "status", which belongs to the difference.
func liftFields(f func(Options) LiftResult, alpha float64) record {
	l := f(Options{Alpha: alpha, Dist: Normal})
	out := record{}
	if l.Status != OK {
		out["lift_status"] = string(l.Status)
	}
	if l.Status == OK || l.Status == ZeroVariance && l.Absolute != nil {
		out["lift"], out["lift_abs_base"], out["lift_se"] = l.Lift, l.LiftAbsBase, l.SE
		merge(out, fiellerFields(l), "")
		out["lift_ci_abs_over_base"] = pair(l.FixedBase)
	}
	if l.Log != nil {
		out["log_ratio"], out["log_ratio_se"], out["lift_ci_log"] = l.Log.Value, l.Log.SE, pair(l.Log.CI)
	}
	for _, alt := range []Alternative{TwoSided, Greater, Less} {
		for _, dist := range []Dist{Normal, StudentT} {
			l := f(Options{Alpha: alpha, Dist: dist, Alternative: alt})
			fields := inferenceFields(l.Relative, alt, dist)
			delete(fields, "stat")
			delete(fields, "df")
			merge(out, fields, "lift_")
		}
	}
	return out
}

// only drops every field of a result that is not defined.
func only(s Status, fields record) record {
	if s != OK {
		return record{"status": string(s)}
	}
	fields["status"] = string(s)
	return fields
}

// pOf, statOf, dfOf and ciOf read a test that may be undefined.
func pOf(i *Inference) any {
	if i == nil {
		return nil
	}
	return i.P
}

func statOf(i *Inference) any {
	if i == nil {
		return nil
	}
	return i.Statistic
}

func dfOf(i *Inference) any {
	if i == nil {
		return nil
	}
	return i.DF
}

func ciOf(i *Inference) any {
	if i == nil {
		return nil
	}
	return pair(i.CI)
}

func fiellerFields(l LiftResult) record {
	out := record{"g": l.G, "fieller_kind": string(l.Fieller.Kind)}
	switch l.Fieller.Kind {
	case Bounded:
		out["fieller_ci"] = pair(l.Fieller)
	case Complement:
		out["fieller_excluded"] = []float64{l.Fieller.Low, l.Fieller.High}
	}
	return out
}

func solveStudentT(c vector) record {
	rc, rt := c.arms()
	mc, _ := meanArm(rc)
	mt, _ := meanArm(rt)
	return diffFields(func(o Options) DiffResult { return PooledDiff(mc, mt, o) }, c.alpha())
}

func solveRelativeLift(c vector) record {
	rc, rt := c.arms()
	control := Estimate{Value: rc.num("mean"), Variance: rc.num("var_of_mean")}
	test := Estimate{Value: rt.num("mean"), Variance: rt.num("var_of_mean")}
	return liftFields(func(o Options) LiftResult { return RelativeLift(control, test, o) }, c.alpha())
}

func solveLiftVariance(c vector) record {
	i := c.Input
	a, r, s := LiftVariance(i.num("var_c"), i.num("mean_c"), i.num("n_c"), i.num("var_t"), i.num("mean_t"), i.num("n_t"))
	return record{"var_absolute": a, "var_relative": r, "status": string(s)}
}

// ratio

var ratioSolvers = map[string]solver{"ratio_diff": solveRatioDiff}

// ratioArm reads {n,m_*,d_*,md_sum}.
func ratioArm(r record) (PairMoments, Status) {
	return PairFromSums(r.num("n"), r.num("m_sum"), r.num("m_sum_sq"), r.num("d_sum"), r.num("d_sum_sq"), r.num("md_sum"))
}

func solveRatioDiff(c vector) record {
	rc, rt := c.arms()
	pc, sc := ratioArm(rc)
	pt, st := ratioArm(rt)
	if s := worst(sc, st); s == InconsistentMoments || s == PrecisionLoss {
		return record{"status": string(s)}
	}
	out := diffFields(func(o Options) DiffResult { return RatioDiff(pc, pt, o) }, c.alpha())
	merge(out, liftFields(func(o Options) LiftResult { return RatioLift(pc, pt, o) }, c.alpha()), "")
	merge(out, ratioArmFields(pc, "_c"), "")
	return merge(out, ratioArmFields(pt, "_t"), "")
}

func ratioArmFields(p PairMoments, suffix string) record {
	e, s := p.Ratio()
	if s != OK {
		return nil
	}
	return record{
		"mean" + suffix: e.Value, "ratio" + suffix: e.Value, "var_of_ratio" + suffix: e.Variance,
		"var" + suffix: p.linearised().Var(), "cov_md" + suffix: p.Cov(),
	}
}

// exp and sqrt are short.
func exp(x float64) float64 { return math.Exp(x) }

func sqrt(x float64) float64 { return math.Sqrt(x) }

// finiteOrNil is undefined when a number overflowed.
func finiteOrNil(x float64) any {
	if !finite(x) {
		return nil
	}
	return x
}

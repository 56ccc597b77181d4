package stats

var cupedSolvers = map[string]solver{
	"cuped_mean":       solveCUPED,
	"cuped_adjust_arm": solveCUPEDArm,
	"cuped_ratio":      solveCUPEDRatio,
	"cuped_multi":      solveCUPEDMulti,
}

// cupedArm reads {n,y_*,x_*,xy_sum}: X is the value before exposure.
func cupedArm(r record) (PairMoments, Status) {
	return PairFromSums(r.num("n"), r.num("x_sum"), r.num("x_sum_sq"), r.num("y_sum"), r.num("y_sum_sq"), r.num("xy_sum"))
}

func solveCUPED(c vector) record {
	rc, rt := c.arms()
	pc, sc := cupedArm(rc)
	pt, st := cupedArm(rt)
	if s := worst(sc, st); s == InconsistentMoments || s == PrecisionLoss {
		return record{"status": string(s)}
	}
	return cupedFields(pc, pt, c.alpha())
}

func cupedFields(pc, pt PairMoments, alpha float64) record {
	r := CUPED(pc, pt, ThetaTotal, Options{Alpha: alpha, Dist: StudentT})
	out := diffFields(func(o Options) DiffResult { return CUPED(pc, pt, ThetaTotal, o).Adjusted }, alpha)
	if r.Status != OK {
		out["cuped_status"] = string(r.Status)
	}
	merge(out, cupedArmFields(pc, r, r.Control), "")
	for k, v := range cupedArmFields(pt, r, r.Test) {
		out[k[:len(k)-1]+"t"] = v
	}
	w := CUPED(pc, pt, ThetaWithin, Options{Alpha: alpha})
	out["theta_total"], out["theta_within"], out["corr_total"] = r.Theta, w.Theta, r.Correlation
	out["unadj_diff"], out["unadj_se"], out["se2_reduction"] = r.Unadjusted.Diff, r.Unadjusted.SE, r.SE2Reduction
	if r.Lift.Status == ZeroControlMean {
		out["lift_status"] = string(r.Lift.Status)
	}
	if l := r.Lift; l.Status == OK {
		out["lift_over_unadjusted_control"], out["lift_se_full_delta"] = l.OverUnadjusted, l.SE
		out["lift_se_gbstats"], out["lift_p_t_gbstats"] = l.SEGrowthBook, pOf(l.RelativeGrowthBook)
		out["lift_over_adjusted_control"], out["lift_se_naive_delta"] = l.OverAdjusted, l.SENaive
	}
	return out
}

// cupedArmFields are the fields of one arm with suffix _c.
func cupedArmFields(p PairMoments, r CUPEDResult, adjusted Moments) record {
	return record{
		"mean_y_c": p.MeanY, "mean_x_c": p.MeanX, "var_y_c": p.Y().Var(), "var_x_c": p.X().Var(), "cov_xy_c": p.Cov(),
		"adj_mean_c": adjusted.Mean, "adj_var_c": adjusted.Var(), "adj_sd_c": sqrt(adjusted.Var()),
		"adj_mean_uncentered_c": p.Adjust(r.Theta, 0).Mean, "variance_reduction_c": reduction(adjusted.Var(), p.Y().Var()),
	}
}

// reduction is undefined without variance.
func reduction(adjusted, raw float64) any {
	if raw == 0 {
		return nil
	}
	return 1 - adjusted/raw
}

func solveCUPEDArm(c vector) record {
	p, s := cupedArm(c.Input.sub("arm"))
	m := p.Adjust(c.Params.num("theta"), 0)
	return only(s, record{"adj_mean_uncentered": m.Mean, "adj_var": m.Var()})
}

// ratioPairArm reads the sums of squares and products of the four values.
func ratioPairArm(r record) RatioPairMoments {
	names := [4]string{"m", "d", "mx", "dx"}
	var sums [4]float64
	var products [4][4]float64
	for i, a := range names {
		sums[i], products[i][i] = r.num(a+"_sum"), r.num(a+"_sum_sq")
		for j, b := range names[:i] {
			products[i][j] = r.num(b + "_" + a + "_sum")
		}
	}
	q, _ := RatioPairFromSums(r.num("n"), sums, products)
	return q
}

func solveCUPEDRatio(c vector) record {
	rc, rt := c.arms()
	qc, qt := ratioPairArm(rc), ratioPairArm(rt)
	o := Options{Alpha: c.alpha(), Dist: StudentT}
	total, gb := RatioCUPED(qc, qt, ThetaTotal, o), RatioCUPED(qc, qt, ThetaUnweighted, o)
	if s := worst(qc.Check(), qt.Check()); s != OK {
		return record{"status": string(s)}
	}
	lc, lt := qc.linearised(), qt.linearised()
	out := record{
		"status": string(total.Status), "ratio_c": lc.MeanY, "ratio_t": lt.MeanY, "pre_ratio_c": lc.MeanX, "pre_ratio_t": lt.MeanX,
		"var_post_c": lc.Y().Var(), "var_post_t": lt.Y().Var(), "var_pre_c": lc.X().Var(), "var_pre_t": lt.X().Var(),
		"cov_post_pre_c": lc.Cov(), "cov_post_pre_t": lt.Cov(), "theta_total": total.Theta, "theta_gbstats": gb.Theta,
		"unadj_diff": total.Unadjusted.Diff, "unadj_se": total.Unadjusted.SE, "se2_reduction_total": total.SE2Reduction,
		"gbstats_lift": gb.Lift.OverUnadjusted, "gbstats_lift_se": gb.Lift.SE,
		"gbstats_lift_p_t": pOf(gb.Lift.Relative), "gbstats_lift_ci_t": ciOf(gb.Lift.Relative),
	}
	alpha := c.alpha()
	out["total"] = cupedRatioFields(func(o Options) CUPEDResult { return RatioCUPED(qc, qt, ThetaTotal, o) }, alpha)
	out["gbstats"] = cupedRatioFields(func(o Options) CUPEDResult { return RatioCUPED(qc, qt, ThetaUnweighted, o) }, alpha)
	for k, v := range out["total"].(record) {
		if len(k) > 4 && k[:4] == "adj_" {
			out[k] = v
		} else {
			out["adj_"+k] = v
		}
	}
	if c.Params.has("theta") {
		f := RatioCUPEDAt(qc, qt, c.Params.num("theta"), o)
		out["fixed_theta_lift"], out["fixed_theta_lift_se"] = f.Lift.OverUnadjusted, f.Lift.SE
	}
	return out
}

func cupedRatioFields(f func(Options) CUPEDResult, alpha float64) record {
	out := diffFields(func(o Options) DiffResult { return f(o).Adjusted }, alpha)
	r := f(Options{Alpha: alpha})
	out["adj_ratio_c"], out["adj_ratio_t"] = r.Control.Mean, r.Test.Mean
	out["lift_over_unadjusted_control"], out["lift_over_adjusted_control"] = r.Lift.OverUnadjusted, r.Lift.OverAdjusted
	return out
}

// covariateArm reads {n,y_*,x_sum[],xx_sum[][],xy_sum[]}.
func covariateArm(r record) CovariateMoments {
	n, xs := r.num("n"), r.nums("x_sum")
	y, _ := FromSums(n, r.num("y_sum"), r.num("y_sum_sq"))
	m := CovariateMoments{N: n, MeanY: y.Mean, M2Y: y.M2}
	for i, row := range r.rows("xx_sum") {
		m.MeanX = append(m.MeanX, xs[i]/n)
		m.CXY = append(m.CXY, centred(n, r.nums("xy_sum")[i], xs[i], r.num("y_sum")))
		for j := range row {
			row[j] = centred(n, row[j], xs[i], xs[j])
		}
		m.CXX = append(m.CXX, row)
	}
	return m
}

func solveCUPEDMulti(c vector) record {
	rc, rt := c.arms()
	mc, mt := covariateArm(rc), covariateArm(rt)
	r := CUPEDMulti(mc, mt, Options{Alpha: c.alpha(), Dist: StudentT})
	out := diffFields(func(o Options) DiffResult { return CUPEDMulti(mc, mt, o).Adjusted }, c.alpha())
	a := ANCOVA(mc, mt, Options{Alpha: c.alpha()})
	return merge(out, record{
		"theta_total": r.Theta, "adj_mean_c": r.Control.Mean, "adj_mean_t": r.Test.Mean, "adj_var_c": r.Control.Var(),
		"adj_var_t": r.Test.Var(), "unadj_diff": r.Unadjusted.Diff, "unadj_se": r.Unadjusted.SE,
		"ancova_diff": a.Diff, "ancova_se_ols": a.SE, "lin_diff": Lin(mc, mt, Options{Alpha: c.alpha()}).Adjusted.Diff,
	}, "")
}

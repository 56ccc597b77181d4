package stats

var impactSolvers = map[string]solver{
	"post_stratification":             solveStrata,
	"post_stratification_cuped":       solveStrataCUPED,
	"post_stratification_ratio":       solveStrataRatio,
	"post_stratification_cuped_ratio": solveStrataCUPEDRatio,
	"winsorize":                       solveWinsorize,
	"topline_count":                   solveTopline,
	"topline_ratio":                   solveToplineRatio,
	"scaled_impact":                   solveScaledImpact,
	"global_lift":                     solveGlobalLift,
	"aggregated_impact":               solveAggregated,
	"false_positive_risk":             solveFPR,
	"hte_segments":                    solveSegments,
	"experiment_interaction":          solveInteraction,
	"assignment_independence":         solveIndependence,
	"meta_analysis":                   solveMeta,
	"shrink_james_stein":              solveJamesStein,
	"bandit_floor":                    solveBandit,
}

// strata reads both arms of every stratum.
func strata[M any](c vector, key string, arm func(record) M) []Stratum[M] {
	var out []Stratum[M]
	for _, s := range c.Input.subs(key) {
		out = append(out, Stratum[M]{Control: arm(s.sub("control")), Test: arm(s.sub("treatment"))})
	}
	return out
}

func meanOf(r record) Moments      { m, _ := meanArm(r); return m }
func ratioOf(r record) PairMoments { p, _ := ratioArm(r); return p }
func cupedOf(r record) PairMoments { p, _ := cupedArm(r); return p }

func strataFields(r StratifiedResult) record {
	out := record{
		"status": string(r.Status), "diff": r.Diff, "control_mean_ps": r.ControlMean, "se_fixed_weights": r.SEFixed,
		"se_multinomial": r.SE, "lift": r.Lift, "se_rel_multinomial": r.LiftSE,
		"unadj_diff": r.Unadjusted.Diff, "unadj_se": r.Unadjusted.SE,
	}
	if r.Status == OK {
		out["p_z_fixed"], out["p_z_multinomial"] = pOf(r.Fixed), pOf(r.Inference)
	}
	return out
}

func solveStrata(c vector) record {
	return strataFields(PostStratify(strata(c, "strata", meanOf), Options{}))
}

func solveStrataCUPED(c vector) record {
	return strataFields(PostStratifyCUPED(strata(c, "strata", cupedOf), Options{}))
}

func solveStrataRatio(c vector) record {
	return strataFields(PostStratifyRatio(strata(c, "strata", ratioOf), Options{}))
}

func solveStrataCUPEDRatio(c vector) record {
	return strataFields(PostStratifyRatioCUPED(strata(c, "strata", ratioPairArm), Options{}))
}

func solveWinsorize(c vector) record {
	rc, rt := c.arms()
	out := record{}
	if c.Params.has("absolute_cap") {
		out["absolute"] = winsorFields(rc, rt, CapAt(c.Params.num("absolute_cap")))
		return out
	}
	all := append(rc.nums("raw"), rt.nums("raw")...)
	for name, rule := range map[string]QuantileRule{"nearest_rank": InvertedCDF, "linear_r7": Inclusive} {
		caps, _ := WinsorCaps(all, CapRule{
			Upper: c.Params.num("upper_pct"), Lower: c.Params.num("lower_pct"),
			ExcludeZeros: c.Params.flag("exclude_zeros"), Rule: rule,
		})
		out[name] = winsorFields(rc, rt, caps)
	}
	return out
}

func winsorFields(rc, rt record, caps Caps) record {
	xc, nc := caps.Apply(rc.nums("raw"))
	xt, nt := caps.Apply(rt.nums("raw"))
	d := MeanDiff(Of(xc), Of(xt), Options{Dist: StudentT})
	out := record{
		"capped_sum_c": total(xc), "capped_sum_sq_c": dot(xc, xc), "capped_sum_t": total(xt), "capped_sum_sq_t": dot(xt, xt),
		"n_units_changed": float64(nc + nt), "diff": d.Diff, "se": d.SE, "p_t": pOf(d.Inference),
		"mean_c": d.Control.Value, "mean_t": d.Test.Value,
	}
	if caps.Kind == AtMost || caps.Kind == Bounded {
		out["upper"] = caps.High
	}
	if caps.Kind == AtLeast || caps.Kind == Bounded {
		out["lower"] = caps.Low
	}
	return out
}

func solveTopline(c vector) record {
	i := c.Input
	in := ToplineInput{
		Diff: i.num("diff_per_unit"), NTest: i.num("n_t"), Days: i.num("days"), Topline: i.num("topline_per_day"),
		Allocation: i.nums("layer_allocation_by_day"), TestShare: i.num("treatment_share"),
	}
	if i.has("arms") {
		rc, rt := c.arms()
		d := MeanDiff(meanOf(rc), meanOf(rt), Options{})
		in.Diff, in.SE, in.NTest = d.Diff, d.SE, rt.num("n")
	}
	r := Topline(in, Options{Alpha: c.alpha()})
	out := record{
		"status": string(r.Status), "impact_abs_per_day": r.PerDay, "impact_abs_se": r.SE, "impact_rel": r.Relative,
		"impact_rel_se_fixed_topline": r.RelativeSE, "impact_rel_se_statsig_doc": r.RelativeSEAsPrinted,
		"launch_factor": r.LaunchFactor, "projected_abs_per_day": r.ProjectedPerDay, "projected_abs_ci": pair(r.Projected),
		"projected_rel": r.ProjectedRelative,
	}
	if r.Inference != nil {
		out["impact_abs_ci"] = ciOf(r.Inference)
	}
	return out
}

func solveToplineRatio(c vector) record {
	i := c.Input
	r := ToplineRatio(i.num("topline_num_per_day"), i.num("topline_den_per_day"), i.num("mean_num_t")-i.num("mean_num_c"),
		i.num("mean_den_t")-i.num("mean_den_c"), i.num("n_t"), i.num("days"), i.num("launch_factor"))
	return only(r.Status, record{
		"impact_num_per_day": r.Numerator, "impact_den_per_day": r.Denominator, "baseline": r.Baseline,
		"impact_abs": r.Absolute, "impact_rel": r.Relative, "projected_abs": r.Projected, "projected_rel": r.ProjectedRelative,
	})
}

func solveScaledImpact(c vector) record {
	rc, rt := c.arms()
	d := MeanDiff(meanOf(rc), meanOf(rt), Options{})
	v, se, s := ScaledImpact(d, rt.num("n"), c.Input.num("treatment_traffic_share"), c.Input.num("days"))
	return only(s, record{"impact_per_day": v, "se": se})
}

func solveGlobalLift(c vector) record {
	i := c.Input
	r := GlobalLift(i.num("total_c"), i.num("total_t"), i.num("treatment_share"), i.num("traffic_exposure"), i.num("global_total"))
	return only(r.Status, record{
		"full_rollout_t": r.RolloutTest, "full_rollout_c": r.RolloutBase,
		"global_control_total": r.GlobalControl, "global_lift": r.Lift, "coverage": r.Coverage,
	})
}

func solveAggregated(c vector) record {
	var risks, impacts []float64
	for _, e := range c.Input.subs("experiments") {
		f, _ := FalsePositiveRisk(e.num("alpha"), e.num("power"), e.num("success_rate"), false)
		risks, impacts = append(risks, f), append(impacts, e.num("projected_impact"))
	}
	sum, s := AggregatedImpact(impacts, risks)
	return only(s, record{"fpr": risks, "aggregated_impact": sum})
}

func solveFPR(c vector) record {
	i := c.Input
	f, s := FalsePositiveRisk(i.num("alpha"), i.num("power"), i.num("success_rate"), false)
	one, _ := FalsePositiveRisk(i.num("alpha"), i.num("power"), i.num("success_rate"), true)
	return only(s, record{"fpr": f, "fpr_one_direction": one})
}

func solveSegments(c vector) record {
	r := Segments(strata(c, "segments", meanOf), c.Params.num("comparisons"), Options{})
	var rows []record
	for i, s := range r.Segments {
		rows = append(rows, record{
			"name": c.Input.subs("segments")[i].text("name"), "effect": s.Effect, "effect_se": s.EffectSE, "rest_effect": s.Rest,
			"difference": s.Difference, "se": s.SE, "p_z": pOf(s.Inference), "statsig_t": statOf(s.Welch), "statsig_df": dfOf(s.Welch),
			"statsig_p": pOf(s.Welch), "statsig_flag": s.Flag,
		})
	}
	return only(r.Status, record{
		"segments": rows, "cochran_q": r.Meta.Q, "cochran_df": r.Meta.DF, "cochran_p": r.Meta.QP,
		"i2": r.Meta.I2, "fixed_effect": r.Meta.Fixed, "fixed_effect_se": r.Meta.FixedSE,
	})
}

func solveInteraction(c vector) record {
	cells := c.Input.sub("cells")
	at := func(key string) Moments { return meanOf(cells.sub(key)) }
	r := Interaction(at("controlA_controlB"), at("testA_controlB"), at("controlA_testB"), at("testA_testB"), Options{Alpha: c.alpha()})
	return only(r.Status, record{
		"interaction": r.Interaction, "se": r.SE, "stat": statOf(r.Inference),
		"p_z": pOf(r.Inference), "ci_z": ciOf(r.Inference), "interaction_relative": r.Relative,
	})
}

func solveIndependence(c vector) record {
	r := Independence(c.Input.rows("table"))
	return only(r.Status, record{"chi2": r.Chi2, "df": r.DF, "p": r.P})
}

func solveMeta(c vector) record {
	r := MetaAnalysis(c.Input.nums("effects"), c.Input.nums("ses"), c.alpha())
	return only(r.Status, record{
		"fixed_effect": r.Fixed, "fixed_se": r.FixedSE, "fixed_ci": ciOf(r.FixedZ),
		"fixed_p": pOf(r.FixedZ), "q": r.Q, "q_p": r.QP, "i2": r.I2, "tau2_dl": r.Tau2, "random_effect": r.Random,
		"random_se": r.RandomSE, "random_ci": ciOf(r.RandomZ), "random_p": pOf(r.RandomZ),
	})
}

func solveJamesStein(c vector) record {
	r := JamesStein(c.Input.nums("effects"), c.Input.nums("ses"))
	return only(r.Status, record{"sum_z_sq": r.SumZ2, "shrink_factor": r.Factor, "shrunk": r.Effects})
}

func solveBandit(c vector) record {
	w, s := BanditFloor(c.Input.nums("weights"), c.Input.num("floor"))
	return only(s, record{"weights": w})
}

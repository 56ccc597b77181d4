package stats

var proportionSolvers = map[string]solver{
	"mean_diff_known_variance":      solveKnownVariance,
	"one_sample":                    solveOneSample,
	"non_inferiority":               solveNonInferiority,
	"tost":                          solveTOST,
	"proportion_diff":               solveProportionDiff,
	"proportion_ci":                 solveProportionCI,
	"proportion_one_sample":         solveProportionOneSample,
	"proportion_exact":              solveProportionExact,
	"binomial_exact":                solveBinomialExact,
	"proportions_chi2":              solveProportionsChi2,
	"proportion_diff_agresti_caffo": solveAgrestiCaffo,
	"multiple_testing":              solveMultiple,
	"alpha_allocation":              solveAllocation,
	"adjusted_ci":                   solveAdjustedCI,
}

func solveKnownVariance(c vector) record {
	rc, rt := c.arms()
	known := func(r record) Estimate {
		return Estimate{Value: r.num("mean"), Variance: r.num("var") / r.num("n")}
	}
	return diffFields(func(o Options) DiffResult { return Diff(known(rc), known(rt), o) }, c.alpha())
}

func solveOneSample(c vector) record {
	arm, null := c.Input.sub("arm"), c.Input.num("baseline")
	if arm.has("successes") {
		p := Proportion{N: arm.num("n"), Successes: arm.num("successes")}
		r := OneProportion(p, null, Options{Alpha: c.alpha()})
		return only(r.Status, record{
			"mean": p.rate(), "diff": r.Diff, "stat_score": statOf(r.Score),
			"p_score": pOf(r.Score), "stat_wald": statOf(r.Wald), "p_wald": pOf(r.Wald),
		})
	}
	m, _ := meanArm(arm)
	out := diffFields(func(o Options) DiffResult { return OneSample(m, null, o) }, c.alpha())
	out["mean"] = m.Mean
	return out
}

func solveNonInferiority(c vector) record {
	rc, rt := c.arms()
	mc, _ := meanArm(rc)
	mt, _ := meanArm(rt)
	o := Options{Alpha: c.alpha(), Dist: StudentT}
	if c.Params.text("dist") == "z" {
		o.Dist = Normal
	}
	r := NonInferiority(mc, mt, c.Params.num("margin_rel"), c.Params.text("direction") == "decrease_is_good", o)
	if r.Inference == nil {
		return record{"status": string(r.Status)}
	}
	bound := r.Inference.CI.Low
	if r.Inference.CI.Kind == AtMost {
		bound = r.Inference.CI.High
	}
	return only(r.Status, record{
		"margin_abs": r.Margin, "stat": statOf(r.Inference), "df": dfOf(r.Inference),
		"p": pOf(r.Inference), "ci_bound": bound, "non_inferior": r.Passed,
	})
}

func solveTOST(c vector) record {
	rc, rt := c.arms()
	mc, _ := meanArm(rc)
	mt, _ := meanArm(rt)
	r := Equivalence(mc, mt, c.Params.num("margin_abs"), Options{Alpha: c.alpha(), Dist: StudentT})
	return only(r.Status, record{
		"diff": r.Diff, "se": r.SE, "df": r.DF, "ci_90": pair(r.CI),
		"p": r.P, "p_lower": r.PLower, "p_upper": r.PUpper,
	})
}

func proportion(r record) Proportion { return Proportion{N: r.num("n"), Successes: r.num("successes")} }

func solveProportionDiff(c vector) record {
	rc, rt := c.arms()
	pc, pt := proportion(rc), proportion(rt)
	o := Options{Alpha: c.alpha(), Dist: StudentT}
	r := ProportionDiff(pc, pt, o)
	if s := worst(pc.Check(), pt.Check()); s != OK {
		return record{"status": string(s)}
	}
	wc, _ := pc.Wilson(c.alpha())
	wt, _ := pt.Wilson(c.alpha())
	out := record{
		"status": string(r.Status), "mean_c": pc.rate(), "mean_t": pt.rate(), "diff": r.Wald.Diff, "se_bernoulli": r.Wald.SE,
		"ci_newcombe": pair(r.Newcombe), "wilson_c": pair(wc), "wilson_t": pair(wt),
		"z_pooled": statOf(r.Pooled), "p_pooled": pOf(r.Pooled), "z_unpooled": statOf(r.Wald.Inference),
		"p_unpooled": pOf(r.Wald.Inference), "ci_wald": ciOf(r.Wald.Inference),
	}
	w := MeanDiff(pc.Moments(), pt.Moments(), o)
	out["se_sample"], out["df_welch_sample"], out["p_welch_sample"] = w.SE, dfOf(w.Inference), pOf(w.Inference)
	l := RelativeLift(pc.Estimate(), pt.Estimate(), o)
	if l.Status != OK {
		out["lift_status"] = string(l.Status)
		return out
	}
	out["lift"], out["lift_se_bernoulli"], out["lift_ci_z_bernoulli"] = l.Lift, l.SE, ciOf(l.Relative)
	return out
}

func solveProportionCI(c vector) record {
	p := proportion(c.Input)
	w, s := p.Wilson(c.alpha())
	cp, _ := p.ClopperPearson(c.alpha())
	return only(s, record{"wilson": pair(w), "clopper_pearson": pair(cp)})
}

func solveProportionOneSample(c vector) record {
	r := OneProportion(proportion(c.Input), c.Input.num("baseline"), Options{})
	return only(r.Status, record{"z": statOf(r.Wald), "p": pOf(r.Wald)})
}

func solveProportionExact(c vector) record {
	rc, rt := c.arms()
	r := Table2x2(proportion(rc), proportion(rt))
	return only(r.Status, record{
		"fisher_two_sided": r.Fisher.TwoSided, "fisher_less": r.Fisher.Less,
		"fisher_greater": r.Fisher.Greater, "chi2_yates": r.PYates, "g_test": r.PG, "g_test_yates": r.PGYates,
	})
}

func solveBinomialExact(c vector) record {
	r := BinomialExact(proportion(c.Input), c.Input.num("null"))
	return only(r.Status, record{"p_two_sided": r.TwoSided, "p_greater": r.Greater, "p_less": r.Less})
}

func solveProportionsChi2(c vector) record {
	var arms []Proportion
	for i, k := range c.Input.nums("successes") {
		arms = append(arms, Proportion{N: c.Input.nums("n")[i], Successes: k})
	}
	r := ProportionsChi2(arms)
	return only(r.Status, record{"chi2": r.Chi2, "df": r.DF, "p": r.P})
}

func solveAgrestiCaffo(c vector) record {
	rc, rt := c.arms()
	d, ci, s := AgrestiCaffo(proportion(rc), proportion(rt), c.alpha())
	return only(s, record{"diff": d, "ci": pair(ci)})
}

// multiplicity

func solveMultiple(c vector) record {
	p := c.Input.nums("p_values")
	names := map[string]Correction{
		"bonferroni": Bonferroni, "sidak": Sidak, "holm": Holm, "holm_sidak": HolmSidak, "hochberg": Hochberg,
		"bh": BenjaminiHochberg, "by": BenjaminiYekutieli,
	}
	out := record{"p_values": p}
	for name, correction := range names {
		out[name], _ = Adjust(p, correction)
	}
	r := BenjaminiHochbergAlpha(p, c.alpha())
	out["status"], out["bh_rejected"] = string(r.Status), r.Rejected
	if r.Any {
		out["bh_alpha_adjusted"] = r.Alpha
	}
	return out
}

func solveAllocation(c vector) record {
	i := func(key string) int { return int(c.Input.num(key)) }
	p, q, s := AllocateAlpha(c.alpha(), c.Params.num("primary_share"), i("n_primary"), i("n_secondary"), i("n_treatments"))
	return only(s, record{"alpha_primary": p, "alpha_secondary": q})
}

func solveAdjustedCI(c vector) record {
	ci, sd, s := AdjustedInterval(c.Input.num("lift"), c.Input.num("p_adjusted"), c.alpha())
	return only(s, record{"ci": pair(ci), "sd": sd})
}

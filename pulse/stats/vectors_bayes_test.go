package stats

var bayesSolvers = map[string]solver{
	"bayes_normal":          solveBayes,
	"bayes_normal_absolute": solveBayesAbsolute,
	"bayes_normal_inverse":  solveBayesInverse,
	"bayes_risk":            solveRisk,
	"bayes_beta_binomial":   solveBetaBinomial,
	"quantile_definitions":  solveQuantileRules,
	"quantile_diff":         solveQuantileDiff,
	"quantile_clustered":    solveQuantileClustered,
	"quantile_nstar":        solveQuantileGrid,
}

func posteriorFields(p Posterior) record {
	return only(p.Status, record{
		"post_mean": p.Mean, "post_sd": p.SD, "ci": pair(p.CI), "chance_to_win": p.ChanceToWin,
		"chance_to_lose": p.ChanceToLose, "risk_of_choosing_control": p.RiskOfControl, "risk_of_choosing_treatment": p.RiskOfTest,
		"posterior_odds_log10": p.Log10Odds, "log10_chance_to_lose": p.Log10Lose, "log10_chance_to_win": p.Log10Win,
		"prior_mean_abs": p.PriorMean, "prior_var_abs": p.PriorVariance, "post_ci": pair(p.CI),
	})
}

func solveBayes(c vector) record {
	return posteriorFields(Bayes(c.Input.num("estimate"), c.Input.num("se"), c.prior(), c.alpha(), false))
}

func solveBayesAbsolute(c vector) record {
	prior := normalPrior(c.Input.sub("prior_relative"))
	i := c.Input
	return posteriorFields(BayesAbsolute(i.num("estimate"), i.num("se"), i.num("mean_c"), prior, c.alpha(), false))
}

func solveBayesInverse(c vector) record {
	less := c.Params.flag("lower_is_better")
	return posteriorFields(Bayes(c.Input.num("estimate"), c.Input.num("se"), NormalPrior{}, 0.05, less))
}

func solveRisk(c vector) record {
	rc, rt, s := Risk(c.Input.num("post_mean"), c.Input.num("post_sd"))
	return only(s, record{"risk_of_choosing_control": rc, "risk_of_choosing_treatment": rt})
}

func solveBetaBinomial(c vector) record {
	rc, rt := c.arms()
	r := BetaBinomial(proportion(rc), proportion(rt), c.Params.num("prior_a"), c.Params.num("prior_b"))
	return only(r.Status, record{
		"chance_to_win": r.ChanceToWin, "expected_loss_treatment": r.RiskOfTest,
		"expected_loss_control": r.RiskOfControl, "post_mean_c": r.MeanControl, "post_mean_t": r.MeanTest,
	})
}

// quantiles

func solveQuantileRules(c vector) record {
	out := record{}
	for _, rule := range []QuantileRule{InvertedCDF, ClickHouseExact, Inclusive, Exclusive} {
		out[string(rule)], _ = Quantile(c.Input.nums("raw"), c.Params.num("level"), rule)
	}
	return out
}

// quantileArm fetches the three values as SQL would.
func quantileArm(values []float64, level, alpha float64) (QuantileArm, Ranks) {
	r, _ := QuantileRanks(float64(len(values)), level, alpha)
	at := func(rank float64) float64 {
		v, _ := Quantile(values, rank/float64(len(values)), InvertedCDF)
		return v
	}
	return QuantileArm{N: float64(len(values)), Hat: at(r.Hat), Lower: at(r.Lower), Upper: at(r.Upper)}, r
}

// quantileFields are the difference's fields; atoms are zero variance.
func quantileFields(ec, et Estimate, alpha float64) record {
	out := diffFields(func(o Options) DiffResult { return QuantileDiff(ec, et, o) }, alpha)
	l := RelativeLift(ec, et, Options{Alpha: alpha, Dist: Normal})
	if l.Status == OK {
		out["lift"], out["lift_se"], out["lift_ci_z"] = l.Lift, l.SE, ciOf(l.Relative)
	}
	return out
}

func solveQuantileDiff(c vector) record {
	rc, rt := c.arms()
	level, alpha := c.Params.num("level"), c.alpha()
	qc, ranksC := quantileArm(rc.nums("raw"), level, alpha)
	qt, ranksT := quantileArm(rt.nums("raw"), level, alpha)
	ec, _ := qc.Estimate(alpha, 1)
	et, _ := qt.Estimate(alpha, 1)
	out := quantileFields(ec, et, alpha)
	merge(out, quantileArmFields(qc, ranksC, alpha, "_c"), "")
	return merge(out, quantileArmFields(qt, ranksT, alpha, "_t"), "")
}

func quantileArmFields(q QuantileArm, r Ranks, alpha float64, suffix string) record {
	return record{
		"rank_hat" + suffix: r.Hat, "rank_lower" + suffix: r.Lower, "rank_upper" + suffix: r.Upper,
		"ranks_inside" + suffix: r.Inside, "q_hat" + suffix: q.Hat, "q_lower" + suffix: q.Lower, "q_upper" + suffix: q.Upper,
		"var_q" + suffix: q.outerVariance(alpha), "var_q_iid" + suffix: q.outerVariance(alpha),
	}
}

func solveQuantileClustered(c vector) record {
	rc, rt := c.arms()
	fc, ec := clusteredArm(c, rc, "_c")
	ft, et := clusteredArm(c, rt, "_t")
	out := merge(quantileFields(ec, et, c.alpha()), fc, "")
	return merge(out, ft, "")
}

func clusteredArm(c vector, arm record, suffix string) (record, Estimate) {
	var values, ind, cnt []float64
	for _, cluster := range arm.rows("clusters") {
		values = append(values, cluster...)
		cnt = append(cnt, float64(len(cluster)))
	}
	q, ranks := quantileArm(values, c.Params.num("level"), c.alpha())
	for _, cluster := range arm.rows("clusters") {
		below := 0.0
		for _, y := range cluster {
			if y <= q.Hat {
				below++
			}
		}
		ind = append(ind, below)
	}
	d := DesignEffect(OfPairs(ind, cnt), c.Params.num("level"))
	e, _ := q.Estimate(c.alpha(), d.Effect)
	out := quantileArmFields(q, ranks, c.alpha(), suffix)
	return merge(out, record{
		"var_indicator_iid" + suffix: d.VarianceIID, "var_indicator_cluster" + suffix: d.VarianceCluster,
		"design_effect" + suffix: d.Effect, "var_q" + suffix: e.Variance,
		"sums" + suffix: record{
			"n_values": float64(len(values)), "n_clusters": float64(len(cnt)), "ind_sum": total(ind), "cnt_sum": total(cnt),
			"ind_sum_sq": dot(ind, ind), "cnt_sum_sq": dot(cnt, cnt), "ind_cnt_sum": dot(ind, cnt),
		},
	}, ""), e
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func solveQuantileGrid(c vector) record {
	rc, rt := c.arms()
	level := c.Params.num("level")
	ec, uc, sc := gridArm(rc).Estimate(level)
	et, ut, st := gridArm(rt).Estimate(level)
	fields := record{
		"unit_variance_c": uc, "unit_variance_t": ut, "enough_n_c": sc != InsufficientN, "enough_n_t": st != InsufficientN,
	}
	if s := worst(sc, st); s != OK {
		fields["status"] = string(s)
		return fields
	}
	out := merge(quantileFields(ec, et, c.alpha()), fields, "")
	if !c.Params.has("scale") {
		return out
	}
	l := RelativeLift(ec, et, Options{Dist: Normal})
	p := Bayes(l.Lift, l.SE, c.prior(), c.alpha(), false)
	if c.Params.text("scale") == "absolute" {
		d := QuantileDiff(ec, et, Options{})
		p = BayesAbsolute(d.Diff, d.SE, ec.Value, c.prior(), c.alpha(), false)
	}
	return merge(out, posteriorFields(p), "")
}

func gridArm(r record) GridArm {
	q := QuantileArm{N: r.num("n"), Hat: r.num("q_hat"), Lower: r.num("q_lower"), Upper: r.num("q_upper")}
	return GridArm{QuantileArm: q, NStar: r.num("n_star")}
}

package stats

import "math"

var sequentialSolvers = map[string]solver{
	"sequential_statsig_msprt":           solveMSPRT,
	"sequential_asymptotic_cs":           solveAsymptoticCS,
	"sequential_asymptotic_cs_one_sided": solveAsymptoticCSOneSided,
	"sequential_normal_mixture":          solveNormalMixtureCS,
	"normal_mixture_two_sided":           func(c vector) record { return solveMixture(c, TwoSided) },
	"normal_mixture_one_sided":           func(c vector) record { return solveMixture(c, Greater) },
	"always_valid_p":                     solveAlwaysValid,
}

func solveMSPRT(c vector) record {
	rc, rt := c.arms()
	mc, _ := meanArm(rc)
	mt, _ := meanArm(rt)
	r := MSPRT(mc, mt, Options{Alpha: c.alpha(), Alternative: alternative(c.Params.text("alternative"))})
	if r.Status != OK {
		return record{"status": string(r.Status)}
	}
	out := record{
		"status": string(r.Status), "var_of_diff": r.SE * r.SE, "tau": r.Tau, "z_star": r.ZStar, "stat": r.Statistic,
		"sigma": r.Sigma, "diff": r.Diff, "ci": pair(r.CI), "p": r.P,
	}
	switch r.CI.Kind {
	case AtLeast:
		out["ci_lower_bound"] = r.CI.Low
	case AtMost:
		out["ci_upper_bound"] = r.CI.High
	}
	return out
}

func sequentialCS(c vector, o SequentialOptions) SequentialResult {
	return SequentialCS(c.Input.num("estimate"), c.Input.num("se"), c.Input.num("n_total"), o)
}

func solveAsymptoticCS(c vector) record {
	r := sequentialCS(c, SequentialOptions{Alpha: c.alpha(), Tuning: c.Params.num("tuning")})
	return only(r.Status, record{"rho": r.Rho, "halfwidth": r.HalfWidth, "ci": pair(r.CI), "p": r.P})
}

func solveAsymptoticCSOneSided(c vector) record {
	o := SequentialOptions{Alpha: c.alpha(), Tuning: c.Params.num("tuning"), Alternative: Greater}
	r := sequentialCS(c, o)
	o.Alternative = Less
	u := sequentialCS(c, o)
	return only(r.Status, record{
		"rho": r.Rho, "halfwidth": r.HalfWidth,
		"ci_lower_bound": r.CI.Low, "ci_upper_bound": u.CI.High,
	})
}

func solveNormalMixtureCS(c vector) record {
	r := sequentialCS(c, SequentialOptions{Alpha: 1 - c.Params.num("conf"), Tuning: c.Params.num("tuning")})
	return only(r.Status, record{"rho": 1 / (r.Rho * r.Rho), "multiplier": r.Multiplier, "ci": pair(r.CI)})
}

func solveMixture(c vector, alt Alternative) record {
	v := c.Input.num("v")
	b := NormalMixture(v, c.Input.num("v_opt"), c.alpha(), c.Params.num("alpha_opt"), alt)
	at, _ := NormalMixtureLog(c.Input.num("s"), v, b.Rho, alt)
	return only(b.Status, record{
		"rho": b.Rho, "bound": b.Bound,
		"log_mixture_at_s": at,
	})
}

func solveAlwaysValid(c vector) record {
	var looks []Look
	for _, l := range c.Input.subs("looks") {
		v := (c.Input.num("sigma2_c") + c.Input.num("sigma2_t")) / l.num("n_per_arm")
		looks = append(looks, Look{Diff: l.num("diff"), Variance: v})
	}
	r := AlwaysValidP(looks, c.Params.num("tau2"))
	ratios := make([]float64, len(r.LogRatios))
	for i, l := range r.LogRatios {
		ratios[i] = math.Exp(l)
	}
	return only(r.Status, record{"likelihood_ratio": ratios, "p": r.P})
}

var srmSolvers = map[string]solver{
	"srm_chi2":       solveSRM,
	"srm_binomial":   solveSRMBinomial,
	"srm_sequential": solveSRMSequential,
	"srm_posterior":  solveSRMPosterior,
}

func solveSRM(c vector) record {
	r := SRM(c.Input.nums("observed"), c.Input.nums("weights"))
	out := record{"status": string(r.Status)}
	if r.Status == OK {
		merge(out, record{"chi2": r.Chi2, "df": r.DF, "p": r.P, "log10_p": r.Log10P}, "")
	}
	return out
}

func solveSRMBinomial(c vector) record {
	o, w := c.Input.nums("observed"), c.Input.nums("weights")
	r := SRMBinomial(o[0], o[1], w[0], w[1])
	return only(r.Status, record{"p_binom": r.PExact, "p_norm": r.PNormal, "p_norm_continuity": r.PNormalContinued})
}

// solveSRMSequential adds the rows up: a row is the increment of one look.
func solveSRMSequential(c vector) record {
	weights, prior := c.Input.nums("weights"), c.Params.nums("dirichlet_alpha")
	if prior == nil {
		prior = SRMPrior(weights, c.Params.num("concentration"))
	}
	var looks [][]float64
	sum := make([]float64, len(weights))
	for _, row := range c.Input.rows("rows") {
		for i := range row {
			sum[i] += row[i]
		}
		looks = append(looks, append([]float64(nil), sum...))
	}
	r := SRMSequential(looks, weights, prior)
	last := len(r.P) - 1
	if last < 0 {
		return record{"status": string(r.Status)}
	}
	return only(r.Status, record{
		"log_marginal_m1": r.LogMarginal1, "log_marginal_m0": r.LogMarginal0,
		"log_bayes_factor": r.LogBayesFactor, "p": r.P, "p_final": r.P[last],
		"bayes_factor_final": math.Exp(r.LogBayesFactor[last]), "posterior_probability_final": r.Posterior[last],
	})
}

func solveSRMPosterior(c vector) record {
	m1, m0 := c.Input.num("log_marginal_m1"), c.Input.num("log_marginal_m0")
	p, s := SRMPosterior(m1, m0, c.Input.num("prior_odds"))
	return only(s, record{"log_bayes_factor": m1 - m0, "posterior_probability": p})
}

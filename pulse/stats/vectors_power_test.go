package stats

import "math"

var powerSolvers = map[string]solver{
	"power_z":                 solvePowerZ,
	"power_z_abs":             solvePowerZAbs,
	"power_t":                 solvePowerT,
	"power_relative":          solvePowerRelative,
	"power_by_week":           solvePowerByWeek,
	"power_proportions":       solvePowerProportions,
	"sample_size_z":           solveSampleSizeZ,
	"sample_size_proportions": solveSampleSizeProportions,
	"sample_size_rule16":      solveRule16,
	"ci_width_z":              solveWidth,
	"mde_relative_delta":      solveMDERelative,
	"mde_bayes":               solveMDEBayes,
	"midexperiment_power":     solveMidExperiment,
}

// design reads alpha, power, sides, alternative and tuning.
func (c vector) design() Design {
	d := Design{Alpha: c.alpha(), Power: c.Params.num("power"), Tuning: c.Input.num("tuning")}
	d.Alternative = alternative(c.Input.text("alternative"))
	if c.Input.num("sides") == 1 {
		d.Alternative = Greater
	}
	return d
}

func (c vector) population() Population {
	return Population{Mean: c.Input.num("mean"), Variance: c.Input.num("var")}
}

func (c vector) prior() NormalPrior { return normalPrior(c.Input.sub("prior")) }

func normalPrior(r record) NormalPrior {
	return NormalPrior{Mean: r.num("mean"), Variance: r.num("variance")}
}

func solvePowerZ(c vector) record {
	v, nc, nt := c.Input.num("var"), c.Input.num("n_c"), c.Input.num("n_t")
	d := c.design()
	mde, s := MDE(v, nc, nt, d)
	se := standardError(v, nc, nt)
	full, _ := Power(mde, se, d)
	half, _ := Power(mde/2, se, d)
	d.Alternative = Greater
	one, _ := MDE(v, nc, nt, d)
	return only(s, record{
		"mde_abs": mde, "mde_rel": mde / c.Input.num("mean"), "mde_abs_one_sided": one,
		"power_at_mde": full, "power_at_half_mde": half,
	})
}

func solvePowerZAbs(c vector) record {
	se := standardError(c.Input.num("var"), c.Input.num("n_c"), c.Input.num("n_t"))
	p, s := Power(c.Input.num("effect_abs"), se, c.design())
	return only(s, record{"power": p})
}

func solvePowerT(c vector) record {
	n, d := c.Input.num("n_c"), c.design()
	nt := n * c.Input.num("ratio_t_over_c")
	p, s := PowerT(c.Input.num("effect_size_d"), n, nt, d)
	d.Alternative = Greater
	g, _ := PowerT(c.Input.num("effect_size_d"), n, nt, d)
	return only(s, record{"power": p, "power_greater": g})
}

func solvePowerRelative(c vector) record {
	n, e, p, d := c.Input.num("n_per_arm"), c.Input.num("rel_effect"), c.population(), c.design()
	se, _ := RelativeSE(p, n, e)
	seq, s := PowerRelative(p, n, e, d)
	seSeq := se * d.defaults().inflation(2*n)
	bayes, _ := PowerBayes(p, n, e, c.prior(), d)
	d.Tuning = 0
	fixed, _ := PowerRelative(p, n, e, d)
	return only(s, record{"se": se, "power_fixed": fixed, "power_sequential": seq, "se_sequential": seSeq, "power_bayes": bayes})
}

func solvePowerByWeek(c vector) record {
	perWeek := c.Input.num("users_per_week") / c.Input.num("variations")
	var power, mde []float64
	bayes := c.Input.has("prior")
	for week := 1.0; week <= c.Input.num("weeks"); week++ {
		var p, m float64
		if bayes {
			p, _ = PowerBayes(c.population(), perWeek*week, c.Input.num("rel_effect"), c.prior(), c.design())
		} else {
			p, _ = PowerRelative(c.population(), perWeek*week, c.Input.num("rel_effect"), c.design())
			m, _ = MDERelative(c.population(), perWeek*week, c.design())
		}
		power, mde = append(power, p), append(mde, m)
	}
	if bayes {
		return record{"power": power}
	}
	return record{"power": power, "mde_rel": mde}
}

func solvePowerProportions(c vector) record {
	p, s := PowerProportions(c.Input.num("p_c"), c.Input.num("p_t"), c.Input.num("n_per_arm"), c.design())
	return only(s, record{"power": p})
}

// solveSampleSizeZ rounds each arm up where the peer (Spotify) does.
func solveSampleSizeZ(c vector) record {
	ratio, round := c.Input.num("ratio_t_over_c"), false
	if c.Input.has("ratio_c_over_t") {
		ratio, round = 1/c.Input.num("ratio_c_over_t"), true
	}
	n, s := SampleSize(c.Input.num("var"), c.Input.num("mean")*c.Input.num("rel_effect"), ratio, c.design())
	out := record{
		"status": string(s), "n_c": n.Control, "n_t": n.Test, "n_total": n.Total(), "n_c_ceil": math.Ceil(n.Control),
	}
	if round {
		out["n_total"] = math.Ceil(n.Test) + math.Ceil(math.Ceil(n.Test)/ratio)
	}
	return out
}

func solveSampleSizeProportions(c vector) record {
	n, s := SampleSizeProportions(c.Input.num("p_c"), c.Input.num("p_t"), c.design())
	return only(s, record{"n_per_arm_unpooled": n.Unpooled, "n_per_arm_pooled_null": n.Pooled})
}

func solveRule16(c vector) record {
	v, e := c.Input.num("var"), c.Input.num("effect_abs")
	n, s := SampleSizeRule16(v, e)
	exact, _ := SampleSize(v, e, 1, c.design())
	return only(s, record{"n_per_variant": n, "n_exact_80": exact.Control})
}

func solveWidth(c vector) record {
	w, s := IntervalWidth(c.Input.num("var"), c.Input.num("n_c"), c.Input.num("n_t"), c.design())
	return only(s, record{"width": w})
}

func solveMDERelative(c vector) record {
	n, p, d := c.Input.num("n_per_arm"), c.population(), c.design()
	mde, s := MDERelative(p, n, d)
	se, _ := RelativeSE(p, n, mde)
	power, _ := PowerRelative(p, n, mde, d)
	return only(s, record{"mde_rel": mde, "se_at_mde": se, "power_at_mde": power})
}

func solveMDEBayes(c vector) record {
	n := c.Input.num("n_per_arm")
	mde, s := MDEBayes(c.population(), n, c.prior(), c.design())
	power, _ := PowerBayes(c.population(), n, mde, c.prior(), c.design())
	return only(s, record{"mde_rel": mde, "power_at_mde": power})
}

func solveMidExperiment(c vector) record {
	rc, rt := c.arms()
	mc, _ := meanArm(rc)
	mt, _ := meanArm(rt)
	l := MeanLift(mc, mt, Options{})
	d := c.design()
	d.Power = c.Input.num("target_power")
	r := MidExperimentPower(l.SE*l.SE, mc.N+mt.N, c.Input.num("target_mde"), d)
	return only(r.Status, record{"scaling_factor": r.Scaling, "power_at_scaling": r.Power, "sigma2_delta": l.SE * l.SE})
}

package stats

var groupSolvers = map[string]solver{
	"group_sequential":              solveGroup,
	"group_sequential_classical":    solveClassical,
	"group_sequential_power":        solveGroupPower,
	"group_sequential_last_bound":   solveLastBound,
	"group_sequential_ci":           solveStagewise,
	"group_sequential_wang_tsiatis": solveWangTsiatis,
	"group_sequential_inflation":    solveInflation,
	"peeking_inflation":             solvePeeking,
	"conditional_power":             solveConditional,
	"sprt_statsig":                  solveSPRT,
}

// group reads the design.
func (c vector) group() GroupDesign {
	return GroupDesign{
		Alpha: c.alpha(), OneSided: c.Params.num("sides") == 1, Fractions: c.Input.nums("information_fractions"),
	}
}

func solveGroup(c vector) record {
	spend := map[string]Spending{
		"obf": OBrienFleming, "pocock": Pocock, "power": PowerFamily(c.Params.num("parameter")),
		"hsd": HwangShihDeCani(c.Params.num("parameter")),
	}[c.Params.text("spending")]
	d := c.group()
	if counts := c.Input.nums("counts_total"); counts != nil {
		for i, n := range counts {
			d.Fractions[i], _ = InformationFraction(n, c.Input.num("planned_total"), counts[len(counts)-1])
		}
	}
	b := AlphaSpending(d, spend)
	return only(b.Status, record{"z_bounds": b.Z, "cumulative_alpha": b.CumulativeAlpha, "nominal_p": b.NominalP})
}

func solveClassical(c vector) record {
	looks, one := int(c.Input.num("looks")), c.Params.num("sides") == 1
	p := ClassicalBounds(looks, 0.5, c.alpha(), one)
	o := ClassicalBounds(looks, 0, c.alpha(), one)
	if o.Status != OK {
		return record{"status": string(o.Status)}
	}
	return only(o.Status, record{"pocock_constant": p.Z[looks-1], "obf_constant_final": o.Z[looks-1], "obf_bounds": o.Z})
}

func solveGroupPower(c vector) record {
	e := ExitProbabilities(c.group(), c.Input.nums("z_bounds"), c.Input.num("drift"))
	return only(e.Status, record{"power": e.Power, "upper_exit": e.Upper, "lower_exit": e.Lower})
}

func solveLastBound(c vector) record {
	z, s := LastBound(c.group(), c.Input.nums("early_bounds"))
	return only(s, record{"final_bound": z})
}

func solveStagewise(c vector) record {
	i := c.Input
	r := Stagewise(i.nums("information_fractions"), i.nums("z_bounds"), i.num("z_final"), c.Params.num("conf"))
	return only(r.Status, record{"ci_drift": pair(r.CI), "median_unbiased_drift": r.MedianUnbiased})
}

// classicalFields are the last bound and the inflation of a Wang-Tsiatis design.
func classicalFields(c vector, delta float64) record {
	looks, one := int(c.Input.num("looks")), c.Params.num("sides") == 1
	b := ClassicalBounds(looks, delta, c.alpha(), one)
	if b.Status != OK {
		return record{"status": string(b.Status)}
	}
	d := GroupDesign{Alpha: c.alpha(), OneSided: one, Fractions: equalLooks(looks)}
	f, s := Inflation(d, b.Z, c.Params.num("power"))
	return only(s, record{"final_bound": b.Z[looks-1], "inflation": f})
}

func solveWangTsiatis(c vector) record { return classicalFields(c, c.Input.num("delta")) }

func solveInflation(c vector) record {
	return classicalFields(c, map[string]float64{"obf": 0, "pocock": 0.5}[c.Input.text("family")])
}

func solvePeeking(c vector) record {
	p, s := PeekingInflation(int(c.Input.num("looks")), c.Input.num("z"))
	return only(s, record{"two_sided_fpr": p, "upper_crossing": p / 2})
}

// solveConditional has positive z where the treatment rate is the lower one.
func solveConditional(c vector) record {
	i := c.Input
	drift, _ := ProportionDrift(i.num("p_t"), i.num("p_c"), i.num("n_final")/2)
	t, _ := InformationFraction(i.num("n_interim"), i.num("n_final"), 0)
	p, s := ConditionalPower(i.num("z_interim"), t, i.num("z_critical"), drift)
	return only(s, record{"conditional_power": p, "drift": drift, "information_fraction": t})
}

func solveSPRT(c vector) record {
	rc, rt := c.arms()
	mc, _ := meanArm(rc)
	mt, _ := meanArm(rt)
	i := c.Input
	effect, _ := CohensD(i.num("mde_pct")/100, i.num("baseline_mean"), i.num("baseline_sd"))
	plan := SPRTPlan{
		Alpha: c.alpha(), Beta: c.Params.num("beta"), Ratio: i.num("expected_ratio_control_to_treatment"), Effect: effect,
	}
	r := SPRT(mc, mt, plan)
	return only(r.Status, record{
		"cohens_d": plan.Effect, "theta": r.Theta, "stat": r.Statistic, "llr": r.LogRatio,
		"lr": finiteOrNil(exp(r.LogRatio)), "upper_log": r.Upper, "lower_log": r.Lower, "decision": string(r.Decision),
		"n_treatment_decision": r.Size.Test, "n_total_decision": r.Size.Total(),
	})
}

package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/rollup"
)

// oracleEffect is test minus control with its variance.
type oracleEffect struct{ diff, variance float64 }

// effect is that of some of the units.
func (d *oracleData) effect(x oracleExperiment, m oracleMetric, of func(unit string) bool) oracleEffect {
	units, _ := d.units(x)
	arms := d.arms(x, m, slices.DeleteFunc(units, func(u oracleUnit) bool { return !of(u.id) }))
	c := oracleComparison{m: m}
	control, test := c.estimate(arms["control"]), c.estimate(arms["test"])
	return oracleEffect{test.value - control.value, control.variance + test.variance}
}

// less is how far an effect is from another: the difference, its p-value by the normal distribution, half its interval.
func (e oracleEffect) less(o oracleEffect) (diff, p, half float64) {
	se := math.Sqrt(e.variance + o.variance)
	return e.diff - o.diff, math.Erfc(math.Abs(e.diff-o.diff) / se / math.Sqrt2), oracleZ * se
}

// parts compares differences between parts of the units: by what they are, and by another experiment's groups.
func (w *oracleWorld) parts() {
	x := oracleExperiments[0]
	byPlan := w.ask(x.id, "control=control&test=test&property=plan")
	beside := w.ask(x.id, "control=control&test=test&interactsWith="+oracleOther)
	for _, m := range oracleMetrics {
		if m.id != "spend::sum" && m.id != "per view::ratio" && m.id != "daily::event_user" {
			continue
		}
		plans := resultOf(byPlan, m.id)
		q, weights, weighted := 0.0, 0.0, 0.0
		var effects []oracleEffect
		for i, found := range plans["dimensionBreakdown"].([]any) {
			plan, what := found.(object)["value"].(string), fmt.Sprintf("%s by plan, place %d", m.id, i)
			in := w.data.effect(x, m, func(unit string) bool { return w.data.plans[unit] == plan })
			rest := w.data.effect(x, m, func(unit string) bool { return w.data.plans[unit] != plan })
			diff, p, half := in.less(rest)
			w.near(what, in.diff, dig(found, "absoluteChange"))
			w.near(what, rest.diff, dig(found, "differs.restEffect"))
			w.near(what, diff, dig(found, "differs.difference"))
			w.near(what, p, dig(found, "differs.pValue"))
			w.near(what, min(1, 3*p), dig(found, "differs.adjustedPValue"))
			w.near(what, diff+half, dig(found, "differs.confidenceInterval.upper"))
			effects = append(effects, in)
			weights, weighted = weights+1/in.variance, weighted+in.diff/in.variance
		}
		for _, e := range effects {
			q += (e.diff - weighted/weights) * (e.diff - weighted/weights) / e.variance
		}
		w.near(m.id+" by plan, Cochran's Q", q, dig(plans, "heterogeneity.q"))
		w.near(m.id+" by plan, p of Q", math.Exp(-q/2), dig(plans, "heterogeneity.pValue")) // of three plans: two degrees of freedom
		off := w.data.effect(x, m, func(unit string) bool { return w.data.others[unit] == "off" })
		on := w.data.effect(x, m, func(unit string) bool { return w.data.others[unit] == "on" })
		diff, p, half := on.less(off)
		i := dig(resultOf(beside, m.id), "interactions.0")
		for path, want := range map[string]float64{"interaction": diff, "pValue": p, "confidenceInterval.lower": diff - half, "effect": on.diff, "controlEffect": off.diff} {
			w.near(m.id+" beside another experiment, "+path, want, dig(i, path))
		}
	}
}

func resultOf(report object, id string) object {
	for _, r := range report["primaryMetrics"].([]any) {
		if r.(object)["metricID"] == id {
			return r.(object)
		}
	}
	return nil
}

// statements runs the SQL that the report says makes its numbers, as it is, and finds a total of the report in it.
func (w *oracleWorld) statements() {
	x := oracleExperiments[0]
	r := w.ask(x.id, "control=control&test=test&sql=true")
	texts := strings.Split(strings.TrimSuffix(r["sql"].(string), ";\n"), ";\n\n")
	if len(texts) != 5 { // units; metrics by event and by day, of each those whose values are adjusted apart
		w.t.Fatalf("%d statements", len(texts))
	}
	var units, spend float64
	w.check(w.db.Row(w.t.Context(), "SELECT toFloat64(sum(units)) FROM ("+texts[0]+") WHERE group_id = 'test'", nil).Scan(&units))
	var place int
	for line := range strings.Lines(texts[1]) {
		if strings.HasSuffix(line, ": \"spend::sum\"\n") {
			fmt.Sscanf(line, "-- place %d:", &place)
		}
	}
	sum := fmt.Sprintf("SELECT sum(sum_x) FROM (%s) WHERE group_id = 'test' AND place = %d", texts[1], place)
	w.check(w.db.Row(w.t.Context(), sum, nil).Scan(&spend))
	w.near("units by the report's SQL", units, dig(resultOf(r, "spend::sum"), "testUnits"))
	w.near("spend by the report's SQL", spend, dig(resultOf(r, "spend::sum"), "testTotal"))
}

// failing lets the rollup fail at metrics that it has computed before, for want of memory: their numbers stay, with the reason and as of
// when they are, and no verdict; and they are well again once it works.
func (w *oracleWorld) failing() {
	x := oracleOther + "@1"
	room := &rollupRoom{}
	w.api.Rollups = room
	cycle := func(memory int64) error {
		w.check(w.db.Exec(w.t.Context(), "INSERT INTO dirty_days (scope, day) SELECT {scope:String}, toDate('2024-03-10')", map[string]any{"scope": x}))
		run := rollup.New(w.db, w.defs.ForRollup, rollup.Options{Zone: w.zone, Threads: 2, MemoryBytes: memory})
		room.runner.Store(run)
		_, err := run.Cycle(w.t.Context())
		return err
	}
	before, failed := w.ask(oracleOther, ""), map[string]string{}
	for memory := int64(1 << 20); len(failed) == 0 && memory < 64<<20; memory *= 2 { // as little as lets the cycle come that far
		_ = cycle(memory)
		for _, f := range room.Failures() {
			if metric, ok := strings.CutPrefix(f.Scope, x+"/"); ok {
				failed[metric[:strings.LastIndex(metric, "@")]] = f.Error
			}
		}
	}
	if len(failed) == 0 {
		w.t.Fatal("no metric failed for want of memory")
	}
	after := w.ask(oracleOther, "")
	for id, reason := range failed {
		was, is := resultOf(before, id), resultOf(after, id)
		detail, _ := is["detail"].(string)
		if is["status"] != "failed" || is["verdict"] != nil || !strings.Contains(detail, reason) || !strings.Contains(detail, "the numbers are those of") {
			w.t.Errorf("%s with too little memory: %v, verdict %v, %v", id, is["status"], is["verdict"], detail)
		}
		if is["asOf"] != was["asOf"] || is["testMean"] != was["testMean"] {
			w.t.Errorf("the last good numbers of %s: %v as of %v, they were %v as of %v", id, is["testMean"], is["asOf"], was["testMean"], was["asOf"])
		}
	}
	w.check(cycle(0))
	again := w.ask(oracleOther, "")
	for id := range failed {
		was, is := resultOf(before, id), resultOf(again, id)
		if is["status"] != "ok" || is["asOf"].(float64) <= was["asOf"].(float64) {
			w.t.Errorf("%s after it works again: %v %v as of %v, before as of %v", id, is["status"], is["detail"], is["asOf"], was["asOf"])
		}
		w.near(id+" after it works again", was["testMean"].(float64), is["testMean"])
	}
}

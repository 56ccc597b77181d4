package rollup

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// verifyExposures compares an experiment's first exposures with what its raw exposures say.
func (r *Runner) verifyExposures(ctx context.Context, x *experiment, v *Verification) (map[string]*subject, error) {
	all, err := r.subjects(ctx, x)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Unit   string `ch:"unit"`
		Group  string `ch:"group_name"`
		Millis int64  `ch:"ms"`
	}
	if err := r.all(ctx, "verify_first", &rows, store.Params{"experiment": x.version}); err != nil {
		return nil, err
	}
	kept := make(map[string]map[string]int64)
	for _, row := range rows {
		if kept[row.Unit] == nil {
			kept[row.Unit] = make(map[string]int64)
		}
		kept[row.Unit][row.Group] = row.Millis
	}
	differ := func(unit, group string, is, raw int64) {
		d := Difference{Table: "first_exposures", Experiment: x.version, UnitType: x.IDType.Key(), Unit: unit, Field: group, Rollup: float64(is), Raw: float64(raw)}
		if v.Compared++; is != raw {
			d.Date = DayIn(r.o.Zone, schema.Millis(max(is, raw))).String()
			v.differ(d)
		}
	}
	for unit, s := range all {
		for group, at := range s.seen {
			differ(unit, group, kept[unit][group], at)
			delete(kept[unit], group)
		}
	}
	for unit, groups := range kept {
		for group, at := range groups {
			differ(unit, group, at, 0)
		}
	}
	return all, nil
}

// verifyUnits compares what units did for one metric of an experiment on some days, and the moments as of those days, with raw events.
func (r *Runner) verifyUnits(ctx context.Context, s scoped, all map[string]*subject, days []uint16, stale Day, v *Verification) error {
	from, to := Day(days[0]), Day(days[len(days)-1])
	kept, err := r.keptUnits(ctx, s, from, to)
	if err != nil {
		return err
	}
	asOf := make([][]unitValue, len(days))
	seen := make(map[string]bool)
	err = r.eachUnit(ctx, s, all, to, func(unit string, of *subject, terms []plainTerm) {
		seen[unit] = true
		did := plainUnitDays(s.x, s.m, of, terms)
		for _, d := range did {
			at := unitAt{unit, d.day}
			if slices.Contains(days, d.day) {
				v.compareUnit(s, at, kept[at], keptUnit{Since: d.since, X: d.x, Y: d.y})
			}
			delete(kept, at)
		}
		for i, day := range days {
			if of.counts && of.first <= Day(day) {
				asOf[i] = append(asOf[i], plainValue(s.x, s.m, of, did, Day(day)))
			}
		}
	})
	if err != nil {
		return err
	}
	for at, k := range kept {
		if slices.Contains(days, at.day) {
			v.compareUnit(s, at, k, keptUnit{})
		}
	}
	for unit, of := range all { // those that did nothing
		for i, day := range days {
			if of.counts && of.first <= Day(day) && !seen[unit] {
				asOf[i] = append(asOf[i], unitValue{group: of.group})
			}
		}
	}
	return r.verifyMoments(ctx, s, days, asOf, stale, v)
}

// unitAt is a unit on a day.
type unitAt struct {
	unit string
	day  uint16
}

// keptUnit is a row of verify_units.sql.
type keptUnit struct {
	Unit  string  `ch:"unit"`
	Day   uint16  `ch:"at"`
	Since int32   `ch:"since_first"`
	X     float64 `ch:"numerator"`
	Y     float64 `ch:"denominator"`
}

func (r *Runner) keptUnits(ctx context.Context, s scoped, from, to Day) (map[unitAt]keptUnit, error) {
	var rows []keptUnit
	if err := r.all(ctx, "verify_units", &rows, store.Params{"scope": s.name, "from": uint16(from), "to": uint16(to)}); err != nil {
		return nil, err
	}
	kept := make(map[unitAt]keptUnit, len(rows))
	for _, row := range rows {
		at := unitAt{row.Unit, row.Day}
		if twice, ok := kept[at]; ok { // a second row of the run is counted as readers would
			row.X, row.Y = row.X+twice.X, row.Y+twice.Y
		}
		kept[at] = row
	}
	return kept, nil
}

func (v *Verification) compareUnit(s scoped, at unitAt, kept, raw keptUnit) {
	v.Compared++
	d := Difference{Table: "unit_days", Experiment: s.x.version, Metric: s.m.ID(), Date: Day(at.day).String(), UnitType: s.x.IDType.Key(), Unit: at.unit}
	for _, f := range []struct {
		name      string
		kept, raw float64
	}{{"since", float64(kept.Since), float64(raw.Since)}, {"numerator", kept.X, raw.X}, {"denominator", kept.Y, raw.Y}} {
		if !near(f.kept, f.raw) {
			d.Field, d.Rollup, d.Raw = f.name, f.kept, f.raw
			v.differ(d)
		}
	}
}

// eachUnit tells of every exposed unit that has events, with what they add to a metric, in order of time.
func (r *Runner) eachUnit(ctx context.Context, s scoped, all map[string]*subject, to Day, tell func(unit string, of *subject, terms []plainTerm)) error {
	first := forever
	for _, of := range all {
		if of.group != "" {
			first = min(first, of.first)
		}
	}
	if first == forever {
		return nil
	}
	first -= min(first, Day(s.x.Window(&s.m.Metric)))
	if first > to {
		return nil
	}
	text := fill(statement("verify_raw"), "unit", s.x.unit)
	p := with(dayParams(r.o.Zone, first, min(to, s.x.endDay)), store.Params{"unit_type": s.x.IDType.Key()})
	unit, terms := "", []plainTerm(nil)
	flush := func() {
		if of := all[unit]; of != nil && of.group != "" && len(terms) > 0 {
			slices.SortStableFunc(terms, byTime)
			tell(unit, of, terms)
		}
		terms = nil
	}
	err := r.rawEvents(ctx, s.m, text, p, func(e *rawEvent) error {
		if e.Unit != unit {
			flush()
			unit = e.Unit
		}
		of := all[unit]
		if unit == "" || of == nil || e.Millis >= int64(s.x.End()) {
			return nil
		}
		if t, ok := e.term(&s.m.Metric, &of.at); ok {
			terms = append(terms, t)
		}
		return nil
	})
	flush()
	return err
}

func (r *Runner) verifyMoments(ctx context.Context, s scoped, days []uint16, asOf [][]unitValue, stale Day, v *Verification) error {
	due := make(map[uint16]bool)
	late, _, err := r.momentsDue(ctx, []scoped{s})
	if err != nil {
		return err
	}
	for _, d := range late {
		due[d.Day] = true
	}
	var rows []struct {
		Day   uint16    `ch:"at"`
		Group string    `ch:"group_name"`
		Kept  []float64 `ch:"kept"`
	}
	p := store.Params{"scope": s.name, "from": days[0], "to": days[len(days)-1]}
	if err := r.all(ctx, "verify_moments", &rows, p); err != nil {
		return err
	}
	kept := make(map[uint16]map[string][]float64)
	for _, row := range rows {
		if kept[row.Day] == nil {
			kept[row.Day] = make(map[string][]float64)
		}
		kept[row.Day][row.Group] = row.Kept
	}
	for i, day := range days {
		if kept[day] == nil || due[day] || stale <= Day(day) {
			continue // before the experiment, or to be taken again
		}
		for _, group := range s.x.ids {
			v.compareMoments(s, day, group, kept[day][group], asOf[i])
		}
	}
	return nil
}

func (v *Verification) compareMoments(s scoped, day uint16, group string, kept []float64, values []unitValue) {
	v.Compared++
	raw, scale := plainMoments(s.m, values, group)
	if kept == nil {
		kept = make([]float64, len(raw))
	}
	for k, field := range momentFields {
		if !near(kept[k], raw[k]) && math.Abs(kept[k]-raw[k]) > 1e-11*scale[k] {
			v.differ(Difference{
				Table: "moments", Experiment: s.x.version, Metric: s.m.ID(), Date: Day(day).String(), UnitType: s.x.IDType.Key(), Unit: group,
				Field: field, Rollup: printable(kept[k]), Raw: printable(raw[k]),
			})
		}
	}
}

// verifyExperiment compares first exposures, what units did, and moments, of all metrics of an experiment.
func (r *Runner) verifyExperiment(ctx context.Context, p *plan, x *experiment, from, to Day) (Verification, error) {
	v := Verification{Differences: []Difference{}}
	if x.SecondaryIDType != "" {
		v.NotCompared = append(v.NotCompared, fmt.Sprintf("experiment %s: its units are found by another ID", x.version))
		return v, nil
	}
	all, err := r.verifyExposures(ctx, x, &v)
	if err != nil {
		return v, err
	}
	if r.horizon > 0 && r.beganBefore(all, x) {
		v.NotCompared = append(v.NotCompared, fmt.Sprintf("experiment %s: it began when raw events are dropped by now", x.version))
		return v, nil
	}
	scopes, names := []scoped{}, []string{}
	for _, m := range x.metrics {
		s := scoped{x.scope(m.version), x, m}
		scopes, names = append(scopes, s), append(names, s.name)
	}
	found, err := r.verifyScopes(ctx, p, names, from, to, func(i int, days []uint16, stale Day, v *Verification) error {
		return r.verifyUnits(ctx, scopes[i], all, days, stale, v)
	})
	v.add(found)
	return v, err
}

// beganBefore says that units did something on days of which raw events may be gone.
func (r *Runner) beganBefore(all map[string]*subject, x *experiment) bool {
	for _, s := range all {
		if s.group != "" && s.first < r.horizon+Day(x.longestPast(x.metrics)) {
			return true
		}
	}
	return false
}

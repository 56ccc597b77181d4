package rollup

import (
	"context"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// verifyDimension compares a metric's breakdown by one dimension on some days with raw events.
func (r *Runner) verifyDimension(ctx context.Context, m *metric, dimension string, days []uint16, v *Verification) error {
	from, to := Day(days[0]), Day(days[len(days)-1])
	raw, err := r.plainDimension(ctx, m, dimension, from, to)
	if err != nil {
		return err
	}
	var rows []beside
	p := store.Params{"metric": m.version, "dimension": dimension, "from": uint16(from), "to": uint16(to)}
	if err := r.all(ctx, "verify_dimensions", &rows, p); err != nil {
		return err
	}
	for at, t := range raw {
		i := slices.IndexFunc(rows, func(b beside) bool { return b.Day == at.day && b.UnitType == at.unitType && b.What == at.value })
		if i < 0 {
			i, rows = len(rows), append(rows, beside{What: at.value, UnitType: at.unitType, Day: at.day})
		}
		rows[i].Raw = []float64{t.value(m), t.x, t.y, float64(t.units), float64(t.rows)}
	}
	for _, row := range rows {
		if slices.Contains(days, row.Day) {
			row.What = m.ID() + " " + dimension + "=" + row.What
			v.compareBeside("dimension_days", []string{"value", "numerator", "denominator", "units", "inputRows"}, row)
		}
	}
	return nil
}

// sliceAt is one value of a dimension on a day, for a unit type.
type sliceAt struct {
	dayUnits
	value string
}

// plainDimension adds up what each unit made of each value of a dimension: of values with at most a twentieth of a day's events together.
func (r *Runner) plainDimension(ctx context.Context, m *metric, dimension string, from, to Day) (map[sliceAt]total, error) {
	type valueOn struct {
		day   uint16
		value string
	}
	counts, ofDay := make(map[valueOn]int), make(map[uint16]int)
	terms := make(map[sliceAt]map[string][]plainTerm)
	err := r.rawEvents(ctx, m, statement("verify_raw"), dayParams(r.o.Zone, from, to), func(e *rawEvent) error {
		t, ok := e.term(&m.Metric, nil)
		if !ok {
			return nil
		}
		found := e.dimension(dimension)
		counts[valueOn{e.Day, found}]++
		ofDay[e.Day]++
		for unitType, unit := range e.units() {
			at := sliceAt{dayUnits{e.Day, unitType}, found}
			if terms[at] == nil {
				terms[at] = make(map[string][]plainTerm)
			}
			terms[at][unit] = append(terms[at][unit], t)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	named := make(map[sliceAt]map[string][]plainTerm)
	for at, units := range terms {
		if float64(counts[valueOn{at.day, at.value}]) <= keptShare*float64(ofDay[at.day]) {
			at.value = "Other"
		}
		if named[at] == nil {
			named[at] = make(map[string][]plainTerm)
		}
		for unit, of := range units {
			named[at][unit] = append(named[at][unit], of...)
		}
	}
	totals := make(map[sliceAt]total)
	for at, units := range named {
		var t total
		for _, of := range units {
			slices.SortStableFunc(of, byTime)
			x, y := plainFold(m, of)
			t.take(m, x, y, of)
		}
		totals[at] = t
	}
	return totals, nil
}

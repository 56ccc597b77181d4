package rollup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// The kinds of a unit's value: how it is made of the unit's days.
//
//	sum            Σx, Σy
//	daily          Σx over the number of days since exposure
//	once, window   1 when there was a day
//	min max        the smallest, largest x; y 1 when there is one
//	first latest   the x of the earliest, latest day; y as above
//	distinct       number of different keys of the items
//	values         all values of the items (percentiles)
//	retention      start days whose return days are over and had a return, start days whose return days are over
//	funnel         Σx, Σy; of a funnel over users whether there was one
//	steps          completions and starts over the items of all days
const (
	kindSum       = "sum"
	kindDaily     = "daily"
	kindOnce      = "once"
	kindWindow    = "window"
	kindMin       = "min"
	kindMax       = "max"
	kindFirst     = "first"
	kindLatest    = "latest"
	kindDistinct  = "distinct"
	kindValues    = "values"
	kindRetention = "retention"
	kindUsers     = "users"
	kindSteps     = "steps"
)

func (m *metric) kind() string {
	switch m.Aggregation() {
	case schema.EventUser:
		return participation(m.RollupTimeWindow)
	case schema.Min:
		return kindMin
	case schema.Max:
		return kindMax
	case schema.FirstValue:
		return kindFirst
	case schema.LatestValue:
		return kindLatest
	case schema.CountDistinct:
		return kindDistinct
	case schema.Percentile:
		return kindValues
	case schema.Retention:
		return kindRetention
	case schema.Funnel:
		return m.funnelKind()
	default:
		return kindSum
	}
}

func participation(r schema.Rollup) string {
	switch r {
	case schema.OneTime:
		return kindOnce
	case schema.Window:
		return kindWindow
	default:
		return kindDaily
	}
}

func (m *metric) funnelKind() string {
	switch {
	case m.spans():
		return kindSteps
	case m.FunnelCountDistinct == "events":
		return kindSum
	default:
		return kindUsers
	}
}

// when says which of a unit's days make its value: those for which a condition over at and since holds. Each says that there is a row an
// event and not one a day.
type when struct {
	holds string
	each  bool
}

// kindSQL is what a kind makes of days: x and y, with words to be replaced.
type kindSQL struct{ kind, x, y string }

// kindsSQL are aggregates over the days for which COND holds.
var kindsSQL = []kindSQL{
	{kindMin, "minIf(numerator, COND)", "toFloat64(countIf(COND) > 0)"},
	{kindMax, "maxIf(numerator, COND)", "toFloat64(countIf(COND) > 0)"},
	{kindFirst, "argMinIf(numerator, at, COND)", "toFloat64(countIf(COND) > 0)"},
	{kindLatest, "argMaxIf(numerator, at, COND)", "toFloat64(countIf(COND) > 0)"},
	{kindDistinct, "toFloat64(length(groupUniqArrayArrayIf(items.2, COND)))", "0."},
	{kindUsers, "maxIf(numerator, COND)", "maxIf(denominator, COND)"},
}

func anyOf(ms []*metric, kind string) bool {
	return slices.ContainsFunc(ms, func(m *metric) bool { return m.kind() == kind })
}

// valueOf is SQL for x and y of a unit. Only what the metrics need is in it: aggregates cost even where they are not taken.
func valueOf(ms []*metric, w when) (x, y string) {
	var xs, ys []string
	for _, k := range kindsSQL {
		if !anyOf(ms, k.kind) {
			continue
		}
		is := "{kinds:Array(String)}[place] = '" + k.kind + "'"
		xs, ys = append(xs, is, w.fill(k.x)), append(ys, is, w.fill(k.y))
	}
	if w.each && anyOf(ms, kindDaily) { // its x is the number of days
		is := "{kinds:Array(String)}[place] = '" + kindDaily + "'"
		xs, ys = append(xs, is, w.fill("toFloat64(uniqExactIf(at, COND AND "+is+"))")), append(ys, is, "0.")
	}
	x = oneOfCases(xs, w.fill("sumIf(numerator, COND)"))
	if !slices.ContainsFunc(ms, (*metric).HasDenominator) {
		return x, "0."
	}
	return x, oneOfCases(ys, w.fill("sumIf(denominator, COND)"))
}

func (w when) fill(sql string) string { return strings.ReplaceAll(sql, "COND", w.holds) }

func oneOfCases(cases []string, otherwise string) string {
	if len(cases) == 0 {
		return otherwise
	}
	return "multiIf(" + strings.Join(cases, ", ") + ", " + otherwise + ")"
}

// valueOfKinds is SQL for what x and px are, of what was made of the days: a share of so many days, whether there was one, or that itself. Only the
// kinds that are asked for are in it.
func valueOfKinds(ms []*metric, days, early string) (x, px string) {
	var xs, pxs []string
	take := func(is, x, px string) { xs, pxs = append(xs, is, x), append(pxs, is, px) }
	if anyOf(ms, kindDaily) {
		take("{ways:Array(UInt8)}[place] = 1", "made.1 / "+days, "made.3 / "+early)
	}
	if anyOf(ms, kindOnce) || anyOf(ms, kindWindow) {
		take("{ways:Array(UInt8)}[place] = 2", "toFloat64(active)", "toFloat64(early)")
	}
	return oneOfCases(xs, "made.1"), oneOfCases(pxs, "made.3")
}

// way tells metrics apart whose value is not just what was made of the days.
func (m *metric) way() uint8 {
	switch m.kind() {
	case kindDaily:
		return 1
	case kindOnce, kindWindow:
		return 2
	default:
		return 0
	}
}

// valuesOf is SQL for all values of a unit, for percentiles.
func valuesOf(ms []*metric, w when) string {
	if !anyOf(ms, kindValues) {
		return "CAST([], 'Array(Float64)')"
	}
	return w.fill("groupArrayArrayIf(items.3, COND AND {kinds:Array(String)}[place] = '" + kindValues + "')")
}

// valueParams are the parameters of the fragments above and of adjusted.sql: one entry a metric, by place.
func valueParams(ms []*metric) store.Params {
	kinds, ways, from, to := []string{}, []uint8{}, []int32{}, []int32{}
	ends, lengths := []int32{}, []int32{}
	levels, lows, highs := []float64{}, []float64{}, []float64{}
	for _, m := range ms {
		first, last := m.daysSince()
		end, length := m.retention()
		kinds, ways, from, to = append(kinds, m.kind()), append(ways, m.way()), append(from, first), append(to, last)
		ends, lengths = append(ends, int32(end)), append(lengths, int32(length))
		levels = append(levels, m.percentile()/100)
		lows, highs = append(lows, m.Options.WinsorizationLow), append(highs, m.Options.WinsorizationHigh)
	}
	return with(funnelParams(ms), store.Params{
		"kinds": kinds, "ways": ways, "window_from": from, "window_to": to, "ends": ends, "lengths": lengths, "levels": levels, "lows": lows, "highs": highs,
	})
}

// adjust fills in how values become moments: the parts, after winsorization and percentiles where a metric asks for them.
func adjust(text string, ms []*metric) string {
	parts := statement("parts")
	if slices.ContainsFunc(ms, (*metric).isAdjusted) {
		parts = fill(parts, "adjusted", statement("adjusted"))
	}
	if anyOf(ms, kindValues) || strings.Contains(parts, "quantiles") {
		text = fill(text, "quantiles", statement("quantiles"))
	}
	return fill(text, "parts", parts)
}

// isAdjusted says that units' values are changed before moments are taken of them.
func (m *metric) isAdjusted() bool {
	return m.kind() == kindValues || m.Options.WinsorizationLow > 0 || m.Options.WinsorizationHigh > 0
}

// earlyValue is what a unit did before its exposure, as columns px0, py0, early_days.
func earlyValue(ms []*metric, each bool) string {
	x, y := valueOf(ms, when{"since < 0", each})
	return fmt.Sprintf("%s AS px0, %s AS py0, countIf(since < 0) AS early_days", x, y)
}

package rollup

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// fold is what a unit makes of its terms of one day: a number x beside y, which is always their sum, and, where two numbers do
// not carry what later days need, items.
//
//	fold      x                              y    items (time ms, key, value)
//	sum       Σx, at most the cap            Σy
//	once      1                              0
//	flags     1 if there was an x            1 if there was a y
//	min max   the smallest, largest x        1
//	first     the x of the earliest time     1    (of equal times the smallest x)
//	latest    the x of the latest time       1    (of equal times the largest x)
//	distinct  number of different keys       0    (0, key, 0), each once
//	values    Σx                             0    (0, 0, x), all of them
//	steps     completions of the funnel      starts of the funnel   (time, key, 0), all of them
type fold string

const (
	foldSum      fold = "sum"
	foldOnce     fold = "once"
	foldFlags    fold = "flags"
	foldMin      fold = "min"
	foldMax      fold = "max"
	foldFirst    fold = "first"
	foldLatest   fold = "latest"
	foldDistinct fold = "distinct"
	foldValues   fold = "values"
	foldSteps    fold = "steps"
)

func (m *metric) fold() fold {
	switch m.Aggregation() {
	case schema.EventUser:
		return foldOnce
	case schema.Retention:
		return foldFlags
	case schema.Min:
		return foldMin
	case schema.Max:
		return foldMax
	case schema.FirstValue:
		return foldFirst
	case schema.LatestValue:
		return foldLatest
	case schema.CountDistinct:
		return foldDistinct
	case schema.Percentile:
		return foldValues
	case schema.Funnel:
		return foldSteps
	default:
		return foldSum
	}
}

// columns is what an event adds to each metric, as columns x1, y1, k1, x2 … of those that are there, and the terms by these names. What several metrics
// take alike is one column.
func columns(ts []term) (sql string, named []term) {
	var all []string
	known := map[string]string{"": ""}
	for i, t := range ts {
		for _, c := range []struct {
			sql  *string
			name string
		}{{&t.x, "x"}, {&t.y, "y"}, {&t.key, "k"}} {
			name, ok := known[*c.sql]
			if !ok {
				name = fmt.Sprintf("%s%d", c.name, i+1)
				known[*c.sql] = name
				all = append(all, *c.sql+" AS "+name)
			}
			*c.sql = name
		}
		named = append(named, t)
	}
	return strings.Join(all, ",\n               "), named
}

// at fills in the columns of a term, x#, y# and k#, and the 1-based place of its metric, #.
func (t term) at(place int, sql string) string {
	return strings.NewReplacer("x#", t.x, "y#", t.y, "k#", t.key, "#", strconv.Itoa(place)).Replace(sql)
}

// happened asks over these columns whether the event happened to a metric.
func (t term) happened() string {
	if t.y == "" {
		return t.at(0, "isNotNull(x#)")
	}
	return t.at(0, "(isNotNull(x#) OR isNotNull(y#))")
}

// anyHappened asks it for any of the metrics.
func anyHappened(ts []term) string {
	var all []string
	for _, t := range ts {
		if h := t.happened(); !slices.Contains(all, h) {
			all = append(all, h)
		}
	}
	return strings.Join(all, " OR ")
}

// foldParams are the parameters of the fragments below: one entry a metric, by place.
func foldParams(metrics []*metric) store.Params {
	caps := []float64{}
	for _, m := range metrics {
		caps = append(caps, m.Options.Cap)
	}
	return with(funnelParams(metrics), store.Params{"caps": caps})
}

// folded is the aggregate of a unit-day's columns that is a list of what the unit made of each metric: (place, x, y, rows), and items
// or values where more says so, of any of the metrics. Each metric has aggregates of its own: a row a metric and event, to be grouped
// by metric, costs three times as much (20 metrics).
func folded(metrics []*metric, ts []term, more func(m *metric, t term, place int) string, empty string) string {
	extra, any := make([]string, len(metrics)), false
	for i, m := range metrics {
		extra[i] = more(m, ts[i], i+1)
		any = any || extra[i] != ""
	}
	all := make([]string, len(metrics))
	for i, m := range metrics {
		x, y := m.foldXY(ts[i], i+1)
		list := []string{fmt.Sprintf("toUInt16(%d)", i+1), x, y, ts[i].rows()}
		if any {
			list = append(list, cmp.Or(extra[i], empty))
		}
		all[i] = "(" + strings.Join(list, ", ") + ")"
	}
	return strings.Join(all, ",\n               ")
}

// totalled is the aggregates of a unit-day's columns, a1, b1, n1, v1, a2 …, and over all units' those of each metric's total: (place, x, y, units,
// rows), and all values where a percentile is among the metrics. Becoming rows, a row a metric, is left to the totals, which are few.
func totalled(metrics []*metric, ts []term) (ofUnits, ofAll string) {
	valued := hasFold(metrics, foldValues)
	var columns, totals []string
	for i, m := range metrics {
		on := func(sql string) string { return ts[i].at(i+1, sql) }
		const units = "countIf(n# > 0)"
		x, y := m.foldXY(ts[i], i+1)
		columns = append(columns, on(ts[i].rows()+" AS n#"))
		list := []string{"toUInt16(#)"}
		for _, of := range []struct{ sql, name string }{{x, "a#"}, {y, "b#"}} {
			switch of.sql {
			case "0.":
				list = append(list, "0.")
			case "1.":
				list = append(list, "toFloat64("+units+")")
			default:
				columns, list = append(columns, on(of.sql+" AS "+of.name)), append(list, "sum("+of.name+")")
			}
		}
		list = append(list, units, "sum(n#)")
		if values := m.foldValues(ts[i], i+1); values != "" {
			columns, list = append(columns, on(values+" AS v#")), append(list, "arraySort(groupArrayArray(v#))")
		} else if valued {
			list = append(list, noValues)
		}
		totals = append(totals, on("("+strings.Join(list, ", ")+")"))
	}
	const separator = ",\n               "
	return strings.Join(columns, separator), strings.Join(totals, separator)
}

// rows is the aggregate that counts the events which happened to a metric.
func (t term) rows() string {
	if t.y == "" {
		return t.at(0, "count(x#)")
	}
	return "countIf" + t.happened()
}

// foldXY is the aggregates that are a unit-day's x and y.
func (m *metric) foldXY(t term, place int) (x, y string) {
	on := func(sql string) string { return t.at(place, sql) }
	switch m.fold() {
	case foldOnce:
		return "1.", "0."
	case foldFlags:
		return on("toFloat64(count(x#) > 0)"), on("toFloat64(count(y#) > 0)")
	case foldMin:
		return on("ifNull(min(x#), 0)"), "1."
	case foldMax:
		return on("ifNull(max(x#), 0)"), "1."
	case foldFirst:
		return on("ifNull(argMin(x#, (time, x#)), 0)"), "1."
	case foldLatest:
		return on("ifNull(argMax(x#, (time, x#)), 0)"), "1."
	case foldDistinct:
		return on("toFloat64(length(groupUniqArrayIf(k#, isNotNull(x#))))"), "0."
	case foldSteps:
		return on("toFloat64(((" + dayItems + " AS items#, " + m.completions("items#", place) + " AS made#).2).1)"), on("toFloat64(made#.2)")
	default:
		return on(m.foldSum(t)), on(t.sumOfY())
	}
}

func (m *metric) foldSum(t term) string {
	x := "sum(ifNull(x#, 0))"
	if t.ones {
		x = "toFloat64(count(x#))"
	}
	if m.Options.Cap != 0 {
		x = "least(" + x + ", {caps:Array(Float64)}[#])"
	}
	return x
}

func (t term) sumOfY() string {
	switch {
	case t.paired:
		return "toFloat64(count(x#))"
	case t.onesY:
		return "toFloat64(count(y#))"
	case t.y != "":
		return "sum(ifNull(y#, 0))"
	default:
		return "0."
	}
}

// dayItems is the aggregate of a unit-day's steps: (time in ms, bits of steps, 0) in order of time, of equal times the
// earlier step first.
const dayItems = "arraySort(groupArrayIf((toUInt64(toUnixTimestamp64Milli(time)), k#, 0.), isNotNull(x#)))"

const noItems = "CAST([], 'Array(Tuple(UInt64, UInt64, Float64))')"

// foldItems is the aggregate that is a metric's items, "" of most.
func (m *metric) foldItems(t term, place int) string {
	switch m.fold() {
	case foldDistinct:
		return t.at(place, "arrayMap(key -> (toUInt64(0), key, 0.), groupUniqArrayIf(k#, isNotNull(x#)))")
	case foldValues:
		return t.at(place, "groupArrayIf((toUInt64(0), toUInt64(0), assumeNotNull(x#)), isNotNull(x#))")
	case foldSteps:
		return t.at(place, "items#") // as x has it
	default:
		return ""
	}
}

const noValues = "CAST([], 'Array(Float64)')"

// foldValues is the values of a percentile alone.
func (m *metric) foldValues(t term, place int) string {
	if m.fold() != foldValues {
		return ""
	}
	return t.at(place, "groupArray(x#)")
}

// spanned is the aggregate of a unit's columns that is a list of what happened to each metric, on all days: (place, items), items being
// (time in ms, key, 1 where it counts for y and 2 where for x, day) in order.
func spanned(ts []term) string {
	all := make([]string, len(ts))
	for i, t := range ts {
		y, key := "0", noKey
		if t.y != "" {
			y = "isNotNull(y#)"
		}
		if t.key != "" {
			key = "k#"
		}
		all[i] = t.at(i+1, "(toUInt16(#), arraySort(groupArrayIf((toUInt64(toUnixTimestamp64Milli(time)), "+key+", toUInt8("+y+" + 2 * isNotNull(x#)), toUInt16(metric_day)), "+t.happened()+")))")
	}
	return strings.Join(all, ",\n               ")
}

// hasFold says that some of the metrics have one of the folds.
func hasFold(metrics []*metric, folds ...fold) bool {
	return slices.ContainsFunc(metrics, func(m *metric) bool { return slices.Contains(folds, m.fold()) })
}

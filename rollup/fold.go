package rollup

import (
	"math"
	"slices"
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

// foldParams are the parameters of the fragments below: one entry a metric, by place.
func foldParams(metrics []*metric) store.Params {
	folds, caps := []string{}, []float64{}
	for _, m := range metrics {
		folds = append(folds, string(m.fold()))
		top := m.Options.Cap
		if top == 0 {
			top = math.MaxFloat64
		}
		caps = append(caps, top)
	}
	return with(funnelParams(metrics), store.Params{"folds": folds, "caps": caps})
}

// foldX is the aggregate of a unit-day's terms that is its x, over the columns time and term. Only the folds that are asked for
// are in it: aggregates cost even where they are not taken.
func foldX(metrics []*metric) string {
	const capped = "least(sum(ifNull(term.2, 0)), {caps:Array(Float64)}[term.1])"
	cases := []struct {
		f   fold
		sql string
	}{
		{foldOnce, "1."},
		{foldFlags, "toFloat64(count(term.2) > 0)"},
		{foldMin, "ifNull(min(term.2), 0)"},
		{foldMax, "ifNull(max(term.2), 0)"},
		{foldFirst, "ifNull(argMin(term.2, (time, term.2)), 0)"},
		{foldLatest, "ifNull(argMax(term.2, (time, term.2)), 0)"},
		{foldDistinct, "toFloat64(length(groupUniqArrayIf(term.4, " + folds(foldDistinct) + ")))"},
		{foldSteps, "toFloat64(" + completions(dayItems) + ".1)"},
	}
	return choose(metrics, capped, cases)
}

// foldY is the aggregate that is its y.
func foldY(metrics []*metric) string {
	cases := []struct {
		f   fold
		sql string
	}{
		{foldFlags, "toFloat64(count(term.3) > 0)"},
		{foldMin, "1."},
		{foldMax, "1."},
		{foldFirst, "1."},
		{foldLatest, "1."},
		{foldSteps, "toFloat64(" + completions(dayItems) + ".2)"},
	}
	return choose(metrics, "sum(ifNull(term.3, 0))", cases)
}

// foldItems is the aggregate that is its items.
func foldItems(metrics []*metric) string {
	cases := []struct {
		f   fold
		sql string
	}{
		{foldDistinct, "arrayMap(key -> (toUInt64(0), key, 0.), groupUniqArrayIf(term.4, " + folds(foldDistinct) + "))"},
		{foldValues, "groupArrayIf((toUInt64(0), toUInt64(0), ifNull(term.2, 0)), " + folds(foldValues) + ")"},
		{foldSteps, dayItems},
	}
	return choose(metrics, "CAST([], 'Array(Tuple(UInt64, UInt64, Float64))')", cases)
}

// folds asks whether a term's metric has a fold.
func folds(f fold) string { return "{folds:Array(String)}[term.1] = '" + string(f) + "'" }

func choose(metrics []*metric, otherwise string, cases []struct {
	f   fold
	sql string
},
) string {
	var list []string
	for _, c := range cases {
		if slices.ContainsFunc(metrics, func(m *metric) bool { return m.fold() == c.f }) {
			list = append(list, folds(c.f)+", "+c.sql)
		}
	}
	if len(list) == 0 {
		return otherwise
	}
	return "multiIf(" + strings.Join(list, ", ") + ", " + otherwise + ")"
}

// foldValuesOf is the values of percentiles alone.
func foldValuesOf(metrics []*metric) string {
	cases := []struct {
		f   fold
		sql string
	}{{foldValues, "groupArrayIf(ifNull(term.2, 0), " + folds(foldValues) + ")"}}
	return choose(metrics, "CAST([], 'Array(Float64)')", cases)
}

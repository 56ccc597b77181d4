package rollup

import (
	"fmt"
	"strings"
)

// laterSQL are the kinds that no sum over days gives: they look at all of a unit's days together, as of a day. A unit's trails are kept
// instead (the days on which a retention started, those on which it had a return, the items of a funnel's steps with their day), and
// what they come to is worked out once, when the days are added up. SINCE is "now" or "past"; the words in capitals are replaced.
var laterSQL = []kindSQL{
	{
		kindRetention,
		"toFloat64(arrayCount(s -> s + END <= ASOF AND arrayExists(r -> r > s + END - LENGTH AND r <= s + END, SINCE_backs), SINCE_starts))",
		"toFloat64(arrayCount(s -> s + END <= ASOF, SINCE_starts))",
	},
	{kindSteps, "toFloat64(SINCE_done.1)", "toFloat64(SINCE_done.2)"},
}

// walkSQL are the items of a unit's funnel up to a day, in order of time.
const walkSQL = "arraySort(arrayFlatten(arrayMap(day -> day.2, arrayFilter(day -> day.1 <= ASOF, SINCE_trail))))"

// always is a day as of which everything is over, such as the time before an exposure.
const always = "2147483647"

// later fills in trails and what is made of them, if any metric needs them. Past says that the time before exposure is asked for too.
func later(text string, ms []*metric, now when, asOf string, past bool) string {
	if !anyOf(ms, kindRetention) && !anyOf(ms, kindSteps) {
		return text
	}
	trails := trailsOf(ms, "now", now.holds)
	x, y, done := madeLater(ms, "now", asOf)
	px, py := "px0", "py0"
	if past {
		trails += trailsOf(ms, "past", "since < 0")
		earlyX, earlyY, earlyDone := madeLater(ms, "past", always)
		px, py, done = earlyX, earlyY, done+earlyDone
	}
	return fillAll(text, map[string]string{"trails": trails, "made": fmt.Sprintf("%s(%s, %s, %s, %s)", done, x, y, px, py)})
}

// trailsOf are more columns of a unit's days.
func trailsOf(ms []*metric, since, holds string) (columns string) {
	kind := func(k string) string { return "{kinds:Array(String)}[place] = '" + k + "'" }
	if anyOf(ms, kindRetention) {
		columns += fmt.Sprintf(",\n               groupArrayIf(toInt32(at), %[2]s AND denominator > 0 AND %[3]s) AS %[1]s_starts, groupArrayIf(toInt32(at), %[2]s AND numerator > 0 AND %[3]s) AS %[1]s_backs",
			since, holds, kind(kindRetention))
	}
	if anyOf(ms, kindSteps) {
		columns += fmt.Sprintf(",\n               groupArrayIf((toInt32(at), items), %s AND %s) AS %s_trail", holds, kind(kindSteps), since)
	}
	return columns
}

// madeLater is SQL for x and y, and before it the columns that those are made of.
func madeLater(ms []*metric, since, asOf string) (x, y, done string) {
	replace := strings.NewReplacer("END", "{ends:Array(Int32)}[place]", "LENGTH", "{lengths:Array(Int32)}[place]", "ASOF", asOf, "SINCE", since)
	var xs, ys []string
	for _, k := range laterSQL {
		if anyOf(ms, k.kind) {
			is := "{kinds:Array(String)}[place] = '" + k.kind + "'"
			xs, ys = append(xs, is, replace.Replace(k.x)), append(ys, is, replace.Replace(k.y))
		}
	}
	if anyOf(ms, kindSteps) {
		done = fmt.Sprintf("%s AS %s_walk, %s AS %s_done, ", replace.Replace(walkSQL), since, completionsOf(ms, since+"_walk", "1"), since)
	}
	names := map[string][2]string{"now": {"x0", "y0"}, "past": {"px0", "py0"}}[since]
	return oneOfCases(xs, names[0]), oneOfCases(ys, names[1]), done
}

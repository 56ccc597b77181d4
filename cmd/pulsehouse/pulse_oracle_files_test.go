package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/valyala/fasthttp"
)

// keptDay is a line of the unit-day file: what a unit did on a day for a metric.
type keptDay struct {
	since, x, y float64
	day         int
	items       [][3]float64 // time in ms, the place of its key among all, value
}

// keptSpan is the days of a unit since its exposure, or those before it.
type keptSpan struct {
	days []keptDay
	oracleSpan
}

// keptKinds say how a unit's value is made of its lines, where it is not the sums of both numbers.
var keptKinds = map[string]func(m oracleMetric, s keptSpan) (x, y float64){
	"daily::event_user":       keptShare,
	"daily_active_user::user": keptShare,
	"long past::event_user":   keptShare,
	"ever::event_user":        keptOnce,
	"soon::event_user":        keptOnce,
	"least::min":              keptBest(func(a, b keptDay) bool { return a.x < b.x }),
	"most::max":               keptBest(func(a, b keptDay) bool { return a.x > b.x }),
	"opening::first_value":    keptBest(func(a, b keptDay) bool { return a.day < b.day }),
	"closing::latest_value":   keptBest(func(a, b keptDay) bool { return a.day > b.day }),
	"skus::count_distinct":    keptDistinct,
	"back::retention":         keptReturns,
	"same day::funnel":        keptMost,
	"ordered day::funnel":     keptMost,
	"ordered::funnel":         keptSteps,
	"attempts::funnel":        keptSteps,
}

func keptShare(_ oracleMetric, s keptSpan) (x, y float64) {
	of := s.asOf - s.first + 1
	if s.early {
		of = s.past
	}
	return keptSum(s, func(d keptDay) float64 { return d.x }) / float64(of), 0
}

func keptSum(s keptSpan, of func(keptDay) float64) (total float64) {
	for _, d := range s.days {
		total += of(d)
	}
	return total
}

func keptOnce(_ oracleMetric, s keptSpan) (x, y float64) { return float64(min(len(s.days), 1)), 0 }

func keptBest(before func(a, b keptDay) bool) func(oracleMetric, keptSpan) (x, y float64) {
	return func(_ oracleMetric, s keptSpan) (x, y float64) {
		if len(s.days) == 0 {
			return 0, 0
		}
		best := s.days[0]
		for _, d := range s.days {
			if before(d, best) {
				best = d
			}
		}
		return best.x, 1
	}
}

func keptDistinct(_ oracleMetric, s keptSpan) (x, y float64) {
	keys := map[float64]bool{}
	for _, d := range s.days {
		for _, i := range d.items {
			keys[i[1]] = true
		}
	}
	return float64(len(keys)), 0
}

// keptReturns is for a return on one of two days, the later one three days after a start.
func keptReturns(_ oracleMetric, s keptSpan) (x, y float64) {
	for _, start := range s.days {
		if start.y == 0 || !s.early && start.day+3 > s.asOf {
			continue
		}
		y++
		if slices.ContainsFunc(s.days, func(d keptDay) bool { return d.x > 0 && (d.day == start.day+2 || d.day == start.day+3) }) {
			x++
		}
	}
	return x, y
}

func keptMost(_ oracleMetric, s keptSpan) (x, y float64) {
	for _, d := range s.days {
		x, y = max(x, d.x), max(y, d.y)
	}
	return x, y
}

// keptSteps makes events of the steps in the file and lets the oracle go through them.
func keptSteps(m oracleMetric, s keptSpan) (x, y float64) {
	for _, d := range s.days {
		for _, i := range d.items {
			for step, name := range []string{"view", "cart", "buy"} {
				if int(i[1])>>step&1 == 1 {
					s.events = append(s.events, oracleEvent{name: name, fullTime: int64(i[0]), day: d.day})
				}
			}
		}
	}
	x, y, _, _ = m.value(s.oracleSpan)
	return x, y
}

// kept is what a unit's lines come to.
func (m oracleMetric) kept(s keptSpan) (x, y float64, values []float64) {
	for _, d := range s.days {
		if m.percentile > 0 {
			for _, i := range d.items {
				values = append(values, i[2])
			}
		}
	}
	if m.id == "soon::event_user" && !s.early { // on the first or second day after exposure
		s.days = slices.DeleteFunc(slices.Clone(s.days), func(d keptDay) bool { return d.since < 1 || d.since > 2 })
	}
	if of := keptKinds[m.id]; of != nil {
		x, y = of(m, s)
		return x, y, values
	}
	return keptSum(s, func(d keptDay) float64 { return d.x }), keptSum(s, func(d keptDay) float64 { return d.y }), values
}

// files computes the report again from the exported files alone, in each format, with CUPED; the two experiments have all metrics.
func (w *oracleWorld) files() {
	for _, x := range oracleExperiments[:2] {
		got := w.ask(x.id, "control=control&test=test&cuped=true")
		for format, read := range fileReaders {
			exposed, days := read(w, w.file(x.id, "first_exposures", format)), read(w, w.file(x.id, "unit_days", format))
			want := w.recomputed(x, exposed, days)
			if n := w.same(x.id+" from the files as "+format, want, got); n < len(x.metrics())*8 {
				w.t.Errorf("only %d numbers of %s were compared with the files as %s", n, x.id, format)
			}
		}
	}
}

// recomputed is the report that the lines of two files make.
func (w *oracleWorld) recomputed(x oracleExperiment, exposed, lines []map[string]string) oracleReport {
	number := func(text string) float64 { return must(strconv.ParseFloat(text, 64)) }
	date := func(text string) int { return w.data.date(must(time.ParseInLocation(time.DateOnly, text, w.zone))) }
	days, keys := map[[2]string][]keptDay{}, map[string]float64{}
	for _, l := range lines {
		d := keptDay{since: number(l["days_since_exposure"]), x: number(l["numerator"]), y: number(l["denominator"]), day: date(l["pst_ds"])}
		var items [][3]json.Number
		w.check(json.Unmarshal([]byte(strings.ReplaceAll(l["items"], `"`, "")), &items))
		for _, i := range items {
			key := string(i[1])
			if l["metric_type"] == "count_distinct" { // a hash, of which a float has not all digits
				if _, known := keys[key]; !known {
					keys[key] = float64(len(keys))
				}
				key = fmt.Sprint(keys[key])
			}
			d.items = append(d.items, [3]float64{number(string(i[0])), number(key), number(string(i[2]))})
		}
		at := [2]string{l["metric_name"] + "::" + l["metric_type"], l["unit_id"]}
		days[at] = append(days[at], d)
	}
	r := oracleReport{metrics: map[string]map[string]float64{}}
	for _, m := range x.metrics() {
		arms := map[string]*oracleArm{}
		for _, g := range oracleGroups {
			arms[g.ID] = &oracleArm{}
		}
		for _, e := range exposed {
			if e["counted"] == "1" {
				first := date(e["first_exposure_pst_date"])
				span := oracleSpan{first: first, asOf: w.data.date(w.data.end), past: cmp.Or(m.past, 7)}
				arms[e["group_id"]].keep(m, span, days[[2]string{m.id, e["unit_id"]}])
			}
		}
		r.metrics[m.id] = m.compared(arms, true).say
	}
	return r
}

// keep adds a unit by its lines.
func (a *oracleArm) keep(m oracleMetric, span oracleSpan, days []keptDay) {
	after, before := keptSpan{oracleSpan: span}, keptSpan{oracleSpan: span}
	before.early = true
	for _, d := range days {
		if d.since < 0 {
			before.days = append(before.days, d)
		} else {
			after.days = append(after.days, d)
		}
	}
	x, y, values := m.kept(after)
	px, py, _ := m.kept(before)
	a.x, a.y, a.px, a.py, a.values = append(a.x, x), append(a.y, y), append(a.px, px), append(a.py, py), append(a.values, values)
	if m.id == "soon::event_user" {
		a.used += x
	} else {
		a.used += float64(min(len(after.days), 1))
	}
	a.before += float64(min(len(before.days), 1))
}

// file downloads an export.
func (w *oracleWorld) file(id, kind, format string) []byte {
	w.t.Helper()
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	ctx.Request.SetRequestURI("/console/v1/experiments/" + id + "/export?type=" + kind + "&format=" + format)
	ctx.Request.Header.Set("STATSIG-API-KEY", w.key)
	w.api.Handle(&ctx)
	var body bytes.Buffer
	w.check(ctx.Response.BodyWriteTo(&body))
	if ctx.Response.StatusCode() != 200 {
		w.t.Fatalf("export %s as %s: %d %s", kind, format, ctx.Response.StatusCode(), body.Bytes())
	}
	return body.Bytes()
}

// fileReaders read a file of a format into lines of text by column.
var fileReaders = map[string]func(w *oracleWorld, body []byte) []map[string]string{
	"csv": func(_ *oracleWorld, body []byte) (rows []map[string]string) {
		lines := must(csv.NewReader(bytes.NewReader(body)).ReadAll())
		for _, line := range lines[1:] {
			row := map[string]string{}
			for i, cell := range line {
				row[lines[0][i]] = cell
			}
			rows = append(rows, row)
		}
		return rows
	},
	"ndjson": func(_ *oracleWorld, body []byte) []map[string]string { return jsonLines(body) },
	"arrow": func(w *oracleWorld, body []byte) (rows []map[string]string) {
		r := must(ipc.NewReader(bytes.NewReader(body)))
		defer r.Release()
		for r.Next() {
			var list []json.RawMessage
			w.check(json.Unmarshal(must(r.Record().MarshalJSON()), &list))
			for _, line := range list {
				rows = append(rows, jsonLines(line)...)
			}
		}
		w.check(r.Err())
		return rows
	},
}

func jsonLines(body []byte) (rows []map[string]string) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	for d.More() {
		line, row := object{}, map[string]string{}
		if err := d.Decode(&line); err != nil {
			panic(err)
		}
		for column, v := range line {
			row[column] = fmt.Sprint(v)
		}
		rows = append(rows, row)
	}
	return rows
}

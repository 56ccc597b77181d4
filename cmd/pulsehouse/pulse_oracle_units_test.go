package main

import (
	"cmp"
	"math"
	"slices"
)

// oracleSpan is what a unit did in a time: after its exposure as of a day, or on the days before it.
type oracleSpan struct {
	events []oracleEvent // in order of time
	first  int           // the day of its exposure
	asOf   int
	early  bool
	past   int // how many days before its exposure there are
}

// oracleMetric is a definition as a user writes it, and the same again as plain Go: a unit's x (and y of quotients), or all its values
// (percentiles). Used says whether the unit counts as one that took part.
type oracleMetric struct {
	id, definition string
	quotient       bool
	percentile     float64
	// low and high are the quantiles of winsorization.
	low, high float64
	// past is how many days before its exposure predict, 0 for seven.
	past int
	// counts says that it has a topline.
	counts bool
	value  func(s oracleSpan) (x, y float64, values []float64, used bool)
}

var oracleMetrics = []oracleMetric{
	{id: "buys::event_count_custom", counts: true, definition: `{"name":"buys","type":"event_count_custom","metricEvents":[{"name":"buy"}]}`, value: adding(buys, oneEach)},
	{
		id: "some buys::event_count_custom", counts: true,
		definition: `{"name":"some buys","type":"event_count_custom","metricEvents":[{"name":"buy"}],"warehouseNative":{"cap":2}}`, value: cappedBuys,
	},
	{id: "view::event_count", value: adding(named("view"), oneEach)},
	{id: "daily::event_user", definition: `{"name":"daily","type":"event_user","metricEvents":[{"name":"cart"}]}`, value: sharedDays(named("cart"))},
	{id: "daily_active_user::user", value: sharedDays(func(oracleEvent) bool { return true })},
	{id: "ever::event_user", definition: `{"name":"ever","type":"event_user","rollupTimeWindow":"max","metricEvents":[{"name":"cart"}]}`, value: within(named("cart"), 0, 1e9)},
	{
		id: "soon::event_user", definition: `{"name":"soon","type":"event_user","rollupTimeWindow":"custom","customRollUpStart":1,"customRollUpEnd":2,"metricEvents":[{"name":"view"}]}`,
		value: within(named("view"), 1, 2),
	},
	{id: "spend::sum", counts: true, definition: `{"name":"spend","type":"sum","metricEvents":[{"name":"buy"}]}`, value: adding(valued(buys), value)},
	{
		id: "large spend::sum", counts: true, definition: `{"name":"large spend","type":"sum","metricEvents":[{"name":"buy","criteria":[{"type":"value","condition":">","values":["20"]}]}]}`,
		value: adding(func(e oracleEvent) bool { return buys(e) && e.value > 20 }, value),
	},
	{
		id: "tame spend::sum", counts: true, low: 0.05, high: 0.9, value: adding(valued(buys), value),
		definition: `{"name":"tame spend","type":"sum","metricEvents":[{"name":"buy"}],"warehouseNative":{"winsorizationLow":0.05,"winsorizationHigh":0.9}}`,
	},
	{
		id: "short past::sum", counts: true, past: 3, value: adding(valued(buys), value),
		definition: `{"name":"short past","type":"sum","metricEvents":[{"name":"buy"}],"warehouseNative":{"cupedAttributionWindow":3}}`,
	},
	{
		id: "long past::event_user", past: 9, value: sharedDays(named("view")),
		definition: `{"name":"long past","type":"event_user","metricEvents":[{"name":"view"}],"warehouseNative":{"cupedAttributionWindow":9}}`,
	},
	{
		id: "items::mean", quotient: true, definition: `{"name":"items","type":"mean","metricEvents":[{"name":"buy","type":"metadata","metadataKey":"items"}]}`,
		value: both(adding(hasItems, items), adding(hasItems, oneEach)),
	},
	{
		id: "per view::ratio", quotient: true, definition: `{"name":"per view","type":"ratio","metricEvents":[{"name":"buy","type":"value"},{"name":"view"}]}`,
		value: both(adding(valued(buys), value), adding(named("view"), oneEach)),
	},
	{id: "least::min", quotient: true, definition: `{"name":"least","type":"min","metricEvents":[{"name":"buy"}]}`, value: chosen(func(a, b oracleEvent) bool { return a.value < b.value })},
	{id: "most::max", quotient: true, definition: `{"name":"most","type":"max","metricEvents":[{"name":"buy"}]}`, value: chosen(func(a, b oracleEvent) bool { return a.value > b.value })},
	{
		id: "opening::first_value", quotient: true, definition: `{"name":"opening","type":"first_value","metricEvents":[{"name":"buy"}]}`,
		value: chosen(func(a, b oracleEvent) bool {
			return a.fullTime < b.fullTime || a.fullTime == b.fullTime && a.value < b.value
		}),
	},
	{
		id: "closing::latest_value", quotient: true, definition: `{"name":"closing","type":"latest_value","metricEvents":[{"name":"buy"}]}`,
		value: chosen(func(a, b oracleEvent) bool {
			return a.fullTime > b.fullTime || a.fullTime == b.fullTime && a.value > b.value
		}),
	},
	{id: "skus::count_distinct", definition: `{"name":"skus","type":"count_distinct","metricEvents":[{"name":"buy","metadataKey":"sku"}]}`, value: distinctSkus},
	{
		id: "basket::percentile", percentile: 0.75, definition: `{"name":"basket","type":"percentile","metricEvents":[{"name":"buy"}],"warehouseNative":{"percentile":75}}`,
		value: func(s oracleSpan) (x, y float64, values []float64, used bool) {
			for _, e := range s.events {
				if valued(buys)(e) {
					values = append(values, e.value)
				}
			}
			return 0, 0, values, len(values) > 0
		},
	},
	{
		id: "back::retention", quotient: true, value: returns(3, 2),
		definition: `{"name":"back","type":"retention","metricEvents":[{"name":"view"},{"name":"buy"}],"warehouseNative":{"retentionEnd":3,"retentionLength":2}}`,
	},
	{id: "same day::funnel", quotient: true, definition: `{"name":"same day","type":"funnel",` + oracleSteps + `}`, value: bestDay(false)},
	{
		id: "same day sets::funnel", quotient: true, definition: `{"name":"same day sets","type":"funnel","funnelCountDistinct":"events",` + oracleSteps + `}`,
		value: wholeSets,
	},
	{
		id: "ordered day::funnel", quotient: true, definition: `{"name":"ordered day","type":"funnel",` + oracleSteps + `,"warehouseNative":{"funnelStrictOrdering":true}}`,
		value: bestDay(true),
	},
	{
		id: "ordered::funnel", quotient: true, value: ordered(36 * 3600_000),
		definition: `{"name":"ordered","type":"funnel",` + oracleSteps + `,"warehouseNative":{"funnelStrictOrdering":true,"funnelCalculationWindow":1.5}}`,
	},
	{
		id: "attempts::funnel", quotient: true, value: attempts(48 * 3600_000),
		definition: `{"name":"attempts","type":"funnel","funnelCountDistinct":"events",` + oracleSteps + `,"warehouseNative":{"funnelStrictOrdering":true,"funnelCalculationWindow":2}}`,
	},
	{id: "carts::event_count_custom", counts: true, definition: `{"name":"carts","type":"event_count_custom","metricEvents":[{"name":"cart"}]}`, value: adding(named("cart"), oneEach)},
	{
		id: "all::composite_sum", value: adding(func(e oracleEvent) bool { return buys(e) || e.name == "cart" }, oneEach),
		definition: `{"name":"all","type":"composite_sum","metricComponentMetrics":[{"name":"buys","type":"event_count_custom"},{"name":"carts","type":"event_count_custom"}]}`,
	},
	{
		id: "wn::user_warehouse", quotient: true, definition: `{"name":"wn","type":"user_warehouse","metricEvents":[{"name":"buy"}],"warehouseNative":{"aggregation":"mean"}}`,
		value: both(adding(valued(buys), value), adding(valued(buys), oneEach)),
	},
}

const oracleSteps = `"funnelEventList":[{"name":"view"},{"name":"cart"},{"name":"buy"}]`

type (
	oracleValue  = func(s oracleSpan) (x, y float64, values []float64, used bool)
	oracleFilter = func(e oracleEvent) bool
)

func buys(e oracleEvent) bool        { return e.name == "buy" }
func oneEach(oracleEvent) float64    { return 1 }
func value(e oracleEvent) float64    { return e.value }
func items(e oracleEvent) float64    { return e.items }
func hasItems(e oracleEvent) bool    { return buys(e) && !math.IsNaN(e.items) }
func named(name string) oracleFilter { return func(e oracleEvent) bool { return e.name == name } }

func valued(is oracleFilter) oracleFilter {
	return func(e oracleEvent) bool { return is(e) && !math.IsNaN(e.value) }
}

func adding(is oracleFilter, what func(oracleEvent) float64) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		for _, e := range s.events {
			if is(e) {
				x, used = x+what(e), true
			}
		}
		return x, 0, nil, used
	}
}

func both(top, bottom oracleValue) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		x, _, _, has := top(s)
		y, _, _, also := bottom(s)
		return x, y, nil, has || also
	}
}

// days are those on which something of a kind happened, with how often.
func (s oracleSpan) days(is oracleFilter) map[int]float64 {
	days := map[int]float64{}
	for _, e := range s.events {
		if is(e) {
			days[e.day]++
		}
	}
	return days
}

func cappedBuys(s oracleSpan) (x, y float64, values []float64, used bool) {
	for _, n := range s.days(buys) {
		x, used = x+min(n, 2), true
	}
	return x, 0, nil, used
}

// sharedDays is the share of a unit's days, or of those before its exposure.
func sharedDays(is oracleFilter) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		of := float64(s.asOf - s.first + 1)
		if s.early {
			of = float64(s.past)
		}
		n := float64(len(s.days(is)))
		return n / of, 0, nil, n > 0
	}
}

// within is whether it happened on days since exposure; before it, whether it happened at all.
func within(is oracleFilter, from, to int) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		for day := range s.days(is) {
			if s.early || day-s.first >= from && day-s.first <= to {
				return 1, 0, nil, true
			}
		}
		return 0, 0, nil, false
	}
}

// chosen is the value of the one buy that comes before all others by some order.
func chosen(before func(a, b oracleEvent) bool) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		var best oracleEvent
		for _, e := range s.events {
			if valued(buys)(e) && (!used || before(e, best)) {
				best, used = e, true
			}
		}
		if !used {
			return 0, 0, nil, false
		}
		return best.value, 1, nil, true
	}
}

func distinctSkus(s oracleSpan) (x, y float64, values []float64, used bool) {
	seen := map[string]bool{}
	for _, e := range s.events {
		if buys(e) && e.sku != "" {
			seen[e.sku] = true
		}
	}
	return float64(len(seen)), 0, nil, len(seen) > 0
}

// returns counts the days with a view whose window is over (before exposure all are), and those after which a buy came on the length
// days that end some days later.
func returns(end, length int) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		starts, backs := s.days(named("view")), s.days(buys)
		for day := range starts {
			if !s.early && day+end > s.asOf {
				continue
			}
			y++
			for n := range length {
				if backs[day+end-n] > 0 {
					x++
					break
				}
			}
		}
		return x, y, nil, len(starts)+len(backs) > 0
	}
}

// oracleStep is which step of the funnels an event is, from 0; -1 for none.
func oracleStep(e oracleEvent) int { return slices.Index([]string{"view", "cart", "buy"}, e.name) }

// steps are the events that are steps, in order of time, of equal times the earlier step first.
func (s oracleSpan) steps() []oracleEvent {
	var all []oracleEvent
	for _, e := range s.events {
		if oracleStep(e) >= 0 {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b oracleEvent) int {
		return cmp.Or(cmp.Compare(a.fullTime, b.fullTime), cmp.Compare(oracleStep(a), oracleStep(b)))
	})
	return all
}

// completes says that the steps follow a start in their order within a window.
func completes(start oracleEvent, after []oracleEvent, window int64) bool {
	next := 1
	for _, e := range after {
		if next < 3 && oracleStep(e) == next && e.fullTime-start.fullTime <= window {
			next++
		}
	}
	return next == 3
}

// bestDay is whether the unit had all steps, and the first, on any one day.
func bestDay(inOrder bool) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		byDay := map[int][]oracleEvent{}
		for _, e := range s.steps() {
			byDay[e.day] = append(byDay[e.day], e)
		}
		for _, events := range byDay {
			var has [3]bool
			for i, e := range events {
				has[oracleStep(e)] = true
				if inOrder && oracleStep(e) == 0 && completes(e, events[i+1:], math.MaxInt64) {
					x = 1
				}
			}
			if has[0] {
				y = 1
			}
			if !inOrder && has[0] && has[1] && has[2] {
				x = 1
			}
		}
		return x, y, nil, len(byDay) > 0
	}
}

// wholeSets counts, day by day, how many sets of all steps there are, and how many first steps.
func wholeSets(s oracleSpan) (x, y float64, values []float64, used bool) {
	byDay := map[int]*[3]float64{}
	for _, e := range s.steps() {
		if byDay[e.day] == nil {
			byDay[e.day] = new([3]float64)
		}
		byDay[e.day][oracleStep(e)]++
	}
	for _, n := range byDay {
		x, y = x+min(n[0], n[1], n[2]), y+n[0]
	}
	return x, y, nil, len(byDay) > 0
}

// ordered is whether any start was followed by all steps within the window, on whatever days.
func ordered(window int64) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		all := s.steps()
		for i, e := range all {
			if oracleStep(e) == 0 {
				y = 1
				if completes(e, all[i+1:], window) {
					x = 1
				}
			}
		}
		return x, y, nil, len(all) > 0
	}
}

// attempts lets each event move the oldest attempt that waits for it within its window, or open one.
func attempts(window int64) oracleValue {
	return func(s oracleSpan) (x, y float64, values []float64, used bool) {
		type attempt struct {
			start int64
			next  int
		}
		var open []*attempt
		all := s.steps()
		for _, e := range all {
			i := slices.IndexFunc(open, func(a *attempt) bool { return a.next == oracleStep(e) && e.fullTime-a.start <= window })
			switch {
			case i >= 0:
				open[i].next++
			case oracleStep(e) == 0:
				open = append(open, &attempt{e.fullTime, 1})
			}
		}
		for _, a := range open {
			if a.next == 3 {
				x++
			}
		}
		return x, float64(len(open)), nil, len(all) > 0
	}
}

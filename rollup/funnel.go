package rollup

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// completionsOf is SQL for the tuple (completions, starts) of those metrics that are funnels over several days, over a unit's items in
// order. The metric is that of the column place, and opens asks which items e may start the funnel.
//
//	users, in order    1 if each step came after the one before, the last within the window of the first
//	events, in order   how many attempts did: the first step opens one, and every other step moves the oldest attempt that
//	                   waits for it within its window; an event is used once
//	users, any order   1 if every other step came within the window before or after some first step
//	events, any order  the number of whole sets, that is of the rarest step
//
// In order, the best start for each step is kept, the latest: if any start can complete, the latest one that got as far can.
func completionsOf(ms []*metric, items, opens string) string {
	var cases []string
	for mode, sql := range modesSQL {
		if slices.ContainsFunc(ms, func(m *metric) bool { return m.spans() && int(m.funnelMode()) == mode+1 }) {
			cases = append(cases, fmt.Sprintf("MODE = %d", mode+1), sql)
		}
	}
	return fillFunnel(oneOfCases(cases, "(toUInt64(0), toUInt64(0))"), items, "place", opens)
}

// completions is the same for one metric, whose mode is known: most of the text of a statement is funnels.
func (m *metric) completions(items string, place int) string {
	return fillFunnel(modesSQL[m.funnelMode()-1], items, strconv.Itoa(place), "1")
}

// modesSQL are the modes from 1 on, see funnelMode.
var modesSQL = []string{reached, tried, anyUsers, anyEvents}

func fillFunnel(text, items, place, opens string) string {
	return strings.NewReplacer(
		"MODE", "{funnel_modes:Array(UInt8)}["+place+"]", "STEPS", "{funnel_steps:Array(UInt8)}["+place+"]",
		"WINDOW", "{funnel_windows:Array(Int64)}["+place+"]", "OPENS", opens, "ITEMS", items,
	).Replace(text)
}

// SQL for each mode, with MODE, STEPS, WINDOW, OPENS and ITEMS to be replaced.
const (
	orderedUsers = `arrayFold((best, e) -> arrayMap((have, j) -> multiIf(
    bitAnd(bitShiftRight(e.2, j - 1), 1) = 0, have,
    j = 1, if(OPENS, greatest(have, toInt64(e.1)), have),
    best[j - 1] >= 0 AND toInt64(e.1) - best[j - 1] <= WINDOW, greatest(have, best[j - 1]), have), best, range(1, STEPS + 1)),
  ITEMS, arrayWithConstant(STEPS, toInt64(-1)))`
	orderedEvents = `arrayFold((attempts, e) -> if(
    arrayExists(a -> a.2 < STEPS AND bitAnd(bitShiftRight(e.2, a.2), 1) = 1 AND toInt64(e.1) - a.1 <= WINDOW, attempts),
    arrayMap((a, n) -> if(n = arrayFirstIndex(o -> o.2 < STEPS AND bitAnd(bitShiftRight(e.2, o.2), 1) = 1 AND toInt64(e.1) - o.1 <= WINDOW, attempts),
      (a.1, toUInt8(a.2 + 1)), a), attempts, arrayEnumerate(attempts)),
    if(bitAnd(e.2, 1) = 1 AND OPENS, arrayPushBack(attempts, (toInt64(e.1), toUInt8(1))), attempts)),
  ITEMS, CAST([], 'Array(Tuple(Int64, UInt8))'))`
	anyUsers = `(toUInt64(arrayExists(e -> bitAnd(e.2, 1) = 1 AND OPENS AND arrayAll(j -> arrayExists(
      o -> bitAnd(bitShiftRight(o.2, j), 1) = 1 AND abs(toInt64(o.1) - toInt64(e.1)) <= WINDOW, ITEMS), range(1, STEPS)), ITEMS)),
   toUInt64(arrayExists(e -> bitAnd(e.2, 1) = 1 AND OPENS, ITEMS)))`
	anyEvents = `(toUInt64(arrayMin(arrayMap(j -> arrayCount(e -> bitAnd(bitShiftRight(e.2, j), 1) = 1, ITEMS), range(STEPS)))),
   toUInt64(arrayCount(e -> bitAnd(e.2, 1) = 1, ITEMS)))`
	reached = `arrayMap(best -> (toUInt64(best[STEPS] >= 0), toUInt64(best[1] >= 0)), [` + orderedUsers + `])[1]`
	tried   = `arrayMap(attempts -> (toUInt64(arrayCount(a -> a.2 = STEPS, attempts)), toUInt64(length(attempts))), [` + orderedEvents + `])[1]`
)

// funnelMode is how a funnel is counted: 1 users in order, 2 events in order, 3 users and 4 events in any order; 0 is no funnel.
func (m *metric) funnelMode() uint8 {
	if m.Aggregation() != schema.Funnel {
		return 0
	}
	mode := uint8(3)
	if m.Options.FunnelStrictOrdering {
		mode = 1
	}
	if m.FunnelCountDistinct == "events" {
		mode++
	}
	return mode
}

// funnelParams are the parameters of completions: one entry a metric, by place; mode 0 is no funnel.
func funnelParams(metrics []*metric) store.Params {
	modes, steps, windows := []uint8{}, []uint8{}, []int64{}
	for _, m := range metrics {
		window := int64(math.MaxInt64 / 2)
		if w := m.Options.WindowMillis(); m.Aggregation() == schema.Funnel && w > 0 {
			window = w
		}
		modes, steps, windows = append(modes, m.funnelMode()), append(steps, uint8(len(m.MetricEvents))), append(windows, window)
	}
	return store.Params{"funnel_modes": modes, "funnel_steps": steps, "funnel_windows": windows}
}

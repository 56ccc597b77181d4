package rollup

import (
	"math"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// completionsOf is SQL for the tuple (completions, starts) of a funnel over a unit's items in order. Place is the metric's, and opens asks
// which items e may start the funnel.
//
//	users, in order    1 if each step came after the one before, the last within the window of the first
//	events, in order   how many attempts did: the first step opens one, and every other step moves the oldest attempt that
//	                   waits for it within its window; an event is used once
//	users, any order   1 if every other step came within the window before or after some first step
//	events, any order  the number of whole sets, that is of the rarest step
//
// In order, the best start for each step is kept, the latest: if any start can complete, the latest one that got as far can.
func completionsOf(items, place, opens string) string {
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
		reached = `(toUInt64((` + orderedUsers + `)[STEPS] >= 0), toUInt64((` + orderedUsers + `)[1] >= 0))`
		tried   = `(toUInt64(arrayCount(a -> a.2 = STEPS, ` + orderedEvents + `)), toUInt64(length(` + orderedEvents + `)))`
		chosen  = `multiIf(MODE = 0, (toUInt64(0), toUInt64(0)), MODE = 1, ` + reached + `, MODE = 2, ` + tried + `, MODE = 3, ` + anyUsers + `, ` + anyEvents + `)`
	)
	return strings.NewReplacer(
		"MODE", "{funnel_modes:Array(UInt8)}["+place+"]", "STEPS", "{funnel_steps:Array(UInt8)}["+place+"]",
		"WINDOW", "{funnel_windows:Array(Int64)}["+place+"]", "OPENS", opens, "ITEMS", items,
	).Replace(chosen)
}

// funnelParams are the parameters of completions: one entry a metric, by place; mode 0 is no funnel.
func funnelParams(metrics []*metric) store.Params {
	modes, steps, windows := []uint8{}, []uint8{}, []int64{}
	for _, m := range metrics {
		mode, window := uint8(0), int64(math.MaxInt64/2)
		if m.Aggregation() == schema.Funnel {
			mode = 3
			if m.Options.FunnelStrictOrdering {
				mode = 1
			}
			if m.FunnelCountDistinct == "events" {
				mode++
			}
			if w := m.Options.WindowMillis(); w > 0 {
				window = w
			}
		}
		modes, steps, windows = append(modes, mode), append(steps, uint8(len(m.MetricEvents))), append(windows, window)
	}
	return store.Params{"funnel_modes": modes, "funnel_steps": steps, "funnel_windows": windows}
}

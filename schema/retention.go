package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RetainedTable is a table whose rows may be dropped after a number of days.
type RetainedTable struct {
	Name string
	// Time is SQL for the instant or day that counts.
	Time string
	// Packed says that rows are compressed again after a day, tighter: a fifth fewer bytes of an event, for some 20 µs of processor once.
	Packed bool
}

// RetainedTables are those for which the setting retentionDays may say how long. What others are computed from is not among
// them: unit_days carry experiments, active_days tell who is new, event_ids recognise replays.
var RetainedTables = []RetainedTable{
	{"events", "toDateTime(received_time)", true},
	{"exposures", "toDateTime(received_time)", true},
	{"metric_days", "day", false},
	{"event_days", "day", false},
	{"dimension_days", "day", false},
}

// TTL is the rest of an ALTER TABLE that says what the engine does with rows when they are older: drop them after some days, 0 for never. Names
// and columns are ours, and a number of days is a number: the engine takes no parameters here. The day after which rows are packed is in
// hours, so that rollup/sql/ttl_known.sql tells the two apart.
func (t RetainedTable) TTL(days int) string {
	var all []string
	if t.Packed {
		all = append(all, t.Time+" + toIntervalHour(24) RECOMPRESS CODEC(ZSTD(12))")
	}
	if days > 0 {
		all = append(all, t.Time+" + toIntervalDay("+strconv.Itoa(days)+")")
	}
	if len(all) == 0 {
		return "REMOVE TTL"
	}
	return "MODIFY TTL " + strings.Join(all, ", ")
}

// checkRetention checks days by table; 0, or no entry, keeps rows for ever.
func checkRetention(days *map[string]int) error {
	names := []string{}
	for _, t := range RetainedTables {
		names = append(names, t.Name)
	}
	for table, n := range *days {
		if !slices.Contains(names, table) {
			return fmt.Errorf("%q is no table that forgets; there are %s", table, strings.Join(names, ", "))
		}
		if n != 0 && (n < 7 || n > 36500) {
			return fmt.Errorf("%s: %d is neither 0 (for ever) nor a number of days from 7 on: late events come for a week", table, n)
		}
	}
	return nil
}

package schema

import (
	"fmt"
	"slices"
	"strings"
)

// RetainedTable is a table whose rows may be dropped after a number of days.
type RetainedTable struct {
	Name string
	// Time is SQL for the instant or day that counts.
	Time string
}

// RetainedTables are those for which the setting retentionDays may say how long. What others are computed from is not among
// them: unit_days carry experiments, active_days tell who is new, event_ids recognise replays.
var RetainedTables = []RetainedTable{
	{"events", "toDateTime(received_time)"},
	{"exposures", "toDateTime(received_time)"},
	{"metric_days", "day"},
	{"event_days", "day"},
	{"dimension_days", "day"},
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

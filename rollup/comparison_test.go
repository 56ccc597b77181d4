package rollup

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// TestComparisons: the arms of a rule are those whom the gate said true and false by that rule, those of a holdout whom it held
// out and did not; units that somebody overrode do not count; the larger arm is thinned out to the smaller.
func TestComparisons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.metrics = []schema.Metric{readMetric(t, `{"name":"n","type":"event_count_custom","metricEvents":[{"name":"tick"}]}`)}
	refs := []schema.ExperimentMetric{{MetricRef: w.metrics[0].Ref()}}
	w.experiments = []schema.Experiment{
		schema.CompareRule("fast", "r1", schema.UserID, 50, 1, refs),
		schema.CompareHoldout("quarter", schema.UserID, 50, 1, refs),
		schema.CompareRule("rare", "r2", schema.UserID, 20, 1, refs),
	}
	gate := func(user, name, rule, value, reason string) row {
		return row{"message_id": user + name, "time": "2024-01-01 00:00:00.000", "kind": "gate", "user_id": user, "name": name, "rule": rule, "value": value, "reason": reason}
	}
	exposures := []row{
		gate("a", "fast", "r1", "true", "Network"), gate("b", "fast", "r1", "false", "Network"), gate("c", "fast", "other", "true", "Network"),
		gate("d", "fast", "r1", "true", "LocalOverride"),
		gate("a", "quarter", "default", "true", ""), gate("b", "quarter", "default", "false", ""), gate("c", "quarter", "default", "false", ""),
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 500 {
		exposures = append(exposures, gate(fmt.Sprintf("u%d-%d", i, r.Uint32()), "rare", "r2", fmt.Sprint(i%5 == 0), ""))
	}
	var events []row
	for i, user := range []string{"a", "a", "b", "c", "c", "c", "d"} {
		events = append(events, row{"message_id": fmt.Sprint(i), "time": "2024-01-01 10:00:00.000", "user_id": user, "name": "tick"})
	}
	w.load(1, "exposures", exposures)
	w.load(1, "events", events)
	w.cycle(w.runner())

	got := w.table(`SELECT scope, group_id, units, total_x FROM moments WHERE NOT startsWith(scope, '@rule/rare') ORDER BY ALL`)
	want := []string{
		"@holdout/quarter@1/n::event_count_custom@1 holdout 1 2", "@holdout/quarter@1/n::event_count_custom@1 not_in_holdout 2 4",
		"@rule/fast/r1@1/n::event_count_custom@1 fail 1 1", "@rule/fast/r1@1/n::event_count_custom@1 pass 1 2",
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("want %q\ngot  %q", want, got)
		}
	}
	// 100 units pass; of the 400 others a quarter is kept: 100 give or take 4 standard deviations of 8.7.
	rare := w.table(`SELECT group_id, units, units BETWEEN 65 AND 135 FROM moments WHERE startsWith(scope, '@rule/rare') ORDER BY ALL`)
	if len(rare) != 2 || rare[1] != "pass 100 1" || rare[0][len(rare[0])-1] != '1' {
		t.Errorf("the arms of the rare rule: %q", rare)
	}
}

package query

import (
	"reflect"
	"testing"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
)

func TestOverrideChanges(t *testing.T) {
	ids := func(group string, ids ...string) schema.IDOverride {
		return schema.IDOverride{GroupID: group, IDs: ids}
	}
	have := schema.Overrides{UserIDOverrides: []schema.IDOverride{ids("test", "a", "b"), ids("control", "c")}}
	f := func(what string, got schema.Overrides, want ...schema.IDOverride) {
		t.Helper()
		if !reflect.DeepEqual(got.UserIDOverrides, want) {
			t.Errorf("%s: %+v, want %+v", what, got.UserIDOverrides, want)
		}
	}
	moved := schema.Overrides{UserIDOverrides: []schema.IDOverride{ids("control", "a")}}
	f("an id that is moved leaves its old group", addOverrides(have, moved), ids("control", "a"), ids("test", "b"), ids("control", "c"))
	f("removed from whatever group", removeOverrides(have, moved), ids("test", "b"), ids("control", "c"))
	if got := removeOverrides(have, schema.Overrides{}); !got.IsZero() {
		t.Errorf("an empty body takes away all, not %+v", got)
	}
}

// TestSlices: units that did nothing are in their slice, as zeros; a unit is in a day since exposure only when that day has come.
func TestSlices(t *testing.T) {
	x := &schema.Experiment{ID: "x", Analysis: schema.Analysis{CUPEDWindow: 1}, Groups: []schema.ExperimentGroup{{ID: "c"}, {ID: "t"}}}
	answer := &schema.Answer{
		Last:  "2024-01-03",
		Sizes: []schema.SliceSize{{Group: "c", Day: 19723, Units: 3}, {Group: "c", Day: 19724, Units: 2}, {Group: "t", Day: 19724, Units: 4}}, // 1st, 2nd of January 2024
		Parts: []schema.SlicePart{{Place: 1, Slice: "1", Group: "c", Units: 2, Participants: 2, SumX: 10}},
	}
	f := func(view schema.View, want map[string][2]float64) {
		t.Helper()
		got := map[string][2]float64{}
		for _, s := range newSizes(&schema.Question{Experiment: x, View: view, Metrics: make([]schema.Metric, 1)}, answer).arms(1, "2024-01-03") {
			got[s.Value] = [2]float64{s.Arms["c"].N, s.Arms["t"].N}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", view, got, want)
		}
	}
	f(schema.DaysSince, map[string][2]float64{"-1": {5, 4}, "0": {5, 4}, "1": {5, 4}, "2": {3, 0}})
	f(schema.Daily, map[string][2]float64{"2024-01-01": {3, 0}, "2024-01-02": {5, 4}, "2024-01-03": {5, 4}})

	arm := pulse.FromPart(x.Groups[0], answer.Parts[0], 5)
	if arm.Mean[0] != 2 || arm.N != 5 || arm.TotalX != 10 {
		t.Errorf("the mean over all units is %v of %v", arm.Mean[0], arm.N)
	}
}

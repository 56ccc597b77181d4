package schema

import (
	"slices"
	"testing"
)

func setUp(t *testing.T) *Experiment {
	t.Helper()
	x := &Experiment{ID: "x1", Groups: []ExperimentGroup{{Name: "control", Size: 50}, {Name: "test", Size: 50}}, Duration: 7}
	if err := x.Validate(); err != nil {
		t.Fatal(err)
	}
	return x
}

// TestLife goes through an experiment's life; each step is refused where it makes no sense.
func TestLife(t *testing.T) {
	x := setUp(t)
	refused := func(what string, err error, code string) {
		t.Helper()
		if e, ok := AsError(err); !ok || e.Code != code {
			t.Errorf("%s: %v, want the refusal %s", what, err, code)
		}
	}
	is := func(status ExperimentStatus, run int) {
		t.Helper()
		if x.Status != status || x.Run != run {
			t.Errorf("status %s, run %d; want %s, %d", x.Status, x.Run, status, run)
		}
	}
	refused("finish before start", x.Finish(DecisionMade, 5, "test", ""), "experiment_not_running")
	refused("unarchive", x.Unarchive(), "experiment_not_archived")
	if err := x.Start(1000, 0, 0); err != nil {
		t.Fatal(err)
	}
	is(Active, 1)
	refused("start twice", x.Start(1001, 0, 0), "experiment_not_in_setup")
	if x.PlannedEnd() != 1000+7*24*3600*1000 {
		t.Errorf("planned to end at %d", x.PlannedEnd())
	}
	if err := x.Finish(DecisionMade, 2000, "test", "better"); err != nil {
		t.Fatal(err)
	}
	is(DecisionMade, 1)
	if x.EndTime != 2000 || x.DecisionTime != 2000 || x.LaunchedGroupID != "test" {
		t.Errorf("decided: %+v", x)
	}
	if err := x.Archive(3000, "old"); err != nil {
		t.Fatal(err)
	}
	is(Archived, 1)
	refused("archive twice", x.Archive(3001, ""), "experiment_archived")
	if err := x.Unarchive(); err != nil {
		t.Fatal(err)
	}
	is(DecisionMade, 1)
	x.Reset("salt")
	is(Setup, 1)
	if x.StartTime != 0 || x.EndTime != 0 || x.Salt != "salt" || x.LaunchedGroupID != "" {
		t.Errorf("after reset: %+v", x)
	}
	refused("end before start", x.Start(5000, 0, 4000), "invalid_field")
}

// TestArchiveRunning: an experiment that is archived while it runs ends, and does not run on when it comes back.
func TestArchiveRunning(t *testing.T) {
	x := setUp(t)
	if err := x.Start(1000, 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := x.Archive(2000, ""); err != nil {
		t.Fatal(err)
	}
	if err := x.Unarchive(); err != nil {
		t.Fatal(err)
	}
	if x.EndTime != 2000 || x.Running() {
		t.Errorf("status %s, end %d", x.Status, x.EndTime)
	}
}

func TestDisableGroups(t *testing.T) {
	x := setUp(t)
	if err := x.SetDisabled([]string{"test"}, true); err != nil || !x.Groups[1].Disabled {
		t.Errorf("%v, %+v", err, x.Groups)
	}
	for _, names := range [][]string{{"control"}, {"nobody"}, {}} {
		if x.SetDisabled(names, true) == nil {
			t.Errorf("disabling %q is not refused", names)
		}
	}
}

func TestOverridden(t *testing.T) {
	x := setUp(t)
	x.Overrides.UserIDOverrides = []IDOverride{
		{GroupID: "test", IDs: []string{"a", "b"}}, {GroupID: "test", IDs: []string{"device"}, UnitType: "stableID"}, {GroupID: "control", IDs: []string{"c"}, UnitType: "USERID"},
	}
	if got := x.Overridden(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("overridden are %q", got)
	}
	x.Overrides.UserIDOverrides[0].GroupID = "nobody"
	if x.Validate() == nil {
		t.Error("an override to a group that is not there is not refused")
	}
}

// TestThinning: only the larger arm of a rule is thinned out, to the size of the smaller.
func TestThinning(t *testing.T) {
	x := CompareRule("g", "r", UserID, 20, 1, nil)
	groups := x.CountedGroups()
	if groups[0].ID != Fail || groups[0].Size != 20 || groups[1].Size != 20 {
		t.Errorf("counted are %+v", groups)
	}
	plain := setUp(t)
	if got := plain.CountedGroups(); got[0].Size != 50 || got[1].Size != 50 {
		t.Errorf("an experiment's groups are thinned out: %+v", got)
	}
}

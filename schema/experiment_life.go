package schema

import (
	"slices"
	"time"
)

// Running says that units and events are still being counted.
func (x *Experiment) Running() bool { return x.Status == Active || x.Status == AssignmentStopped }

// Start begins the next run: results are kept from here on, or from an earlier instant for exposures that were logged before.
func (x *Experiment) Start(at, analysisStart, analysisEnd Millis) error {
	if x.Status != Setup {
		return Errorf(409, "experiment_not_in_setup", "experiment %q cannot be started: its status is %q; reset it first with PUT …/reset", x.ID, x.Status)
	}
	x.Status, x.StartTime, x.Run = Active, at, x.Run+1
	x.AnalysisStartTime, x.EndTime = analysisStart, analysisEnd
	if x.EndTime != 0 && x.EndTime <= x.ExposuresFrom() {
		return Invalid("analysisEndTime", "is not after the start")
	}
	return nil
}

// Finish ends a running experiment: exposures from now on do not count.
func (x *Experiment) Finish(status ExperimentStatus, at Millis, launched, reason string) error {
	if !x.Running() && x.Status != Stopped {
		return Errorf(409, "experiment_not_running", "experiment %q is not running: its status is %q", x.ID, x.Status)
	}
	x.Status, x.LaunchedGroupID, x.DecisionReason, x.DecisionTime = status, launched, reason, at
	if x.EndTime == 0 || x.EndTime > at {
		x.EndTime = at
	}
	return nil
}

// Reset puts it back to set-up: the next start begins with no results, and with another salt, so that units are drawn anew.
func (x *Experiment) Reset(salt string) {
	x.Status, x.StartTime, x.EndTime, x.AnalysisStartTime, x.DecisionTime = Setup, 0, 0, 0, 0
	x.LaunchedGroupID, x.DecisionReason, x.ArchivedFrom, x.Salt = "", "", "", salt
}

// Archive puts it away; results stay readable.
func (x *Experiment) Archive(at Millis, reason string) error {
	if x.Status == Archived {
		return Errorf(409, "experiment_archived", "experiment %q is archived already", x.ID)
	}
	if x.Running() && (x.EndTime == 0 || x.EndTime > at) {
		x.EndTime = at
	}
	x.ArchivedFrom, x.Status, x.ArchiveReason = x.Status, Archived, reason
	if x.ArchivedFrom == Active {
		x.ArchivedFrom = Abandoned // it does not run on by itself when it comes back
	}
	return nil
}

// Unarchive brings it back to the status it had.
func (x *Experiment) Unarchive() error {
	if x.Status != Archived {
		return Errorf(409, "experiment_not_archived", "experiment %q is not archived: its status is %q", x.ID, x.Status)
	}
	x.Status, x.ArchivedFrom, x.ArchiveReason = x.ArchivedFrom, "", ""
	if x.Status == "" {
		x.Status = Setup
	}
	return nil
}

// SetDisabled turns groups off or on, by name or id; a disabled group gets no new units.
func (x *Experiment) SetDisabled(names []string, disabled bool) error {
	if len(names) == 0 {
		return Invalid("group_names", "names no group")
	}
	for _, name := range names {
		i := slices.IndexFunc(x.Groups, func(g ExperimentGroup) bool { return g.ID == name || g.Name == name })
		if i < 0 {
			return Invalid("group_names", "%q is none of the experiment's groups", name)
		}
		if disabled && x.Groups[i].ID == x.ControlGroupID {
			return Invalid("group_names", "%q is the control group, which others are compared with", name)
		}
		x.Groups[i].Disabled = disabled
	}
	return nil
}

// PlannedEnd is when the planned duration is over, 0 without a plan or a start.
func (x *Experiment) PlannedEnd() Millis {
	if x.Duration == 0 || x.StartTime == 0 {
		return 0
	}
	return x.StartTime + Millis(time.Duration(x.Duration)*24*time.Hour/time.Millisecond)
}

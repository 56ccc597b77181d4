package schema

import (
	"fmt"
	"math"
	"regexp"
	"slices"
)

// ExperimentStatus is where an experiment is in its life.
type ExperimentStatus string

// The statuses of the Console API.
const (
	Setup        ExperimentStatus = "setup"
	Active       ExperimentStatus = "active"
	DecisionMade ExperimentStatus = "decision_made"
	Abandoned    ExperimentStatus = "abandoned"
	Archived     ExperimentStatus = "archived"
)

// Attribution is which of a unit's events count for it.
type Attribution string

// The attributions; the zero value is [FromInstant].
const (
	// FromInstant counts events from the instant of first exposure on.
	FromInstant Attribution = "instant"
	// FromDay counts events from the day of first exposure on, also those before the exposure on that day: Statsig Cloud's rule.
	FromDay Attribution = "day"
)

// Crossovers is what to do with units that saw more than one group.
type Crossovers string

// The choices; the zero value is [ExcludeCrossovers]. They are counted and reported either way.
const (
	ExcludeCrossovers Crossovers = "exclude"
	// KeepCrossovers leaves such a unit in the group of its first exposure.
	KeepCrossovers Crossovers = "keep"
)

// Experiment is a randomised comparison, in the shape of the Console API.
type Experiment struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	Description      string            `json:"description"`
	Hypothesis       string            `json:"hypothesis"`
	IDType           UnitType          `json:"idType"`
	Groups           []ExperimentGroup `json:"groups"`
	ControlGroupID   string            `json:"controlGroupID,omitempty"`
	Allocation       float64           `json:"allocation"`
	PrimaryMetrics   []MetricRef       `json:"primaryMetrics"`
	SecondaryMetrics []MetricRef       `json:"secondaryMetrics"`
	Tags             []string          `json:"tags"`
	Duration         int               `json:"duration,omitempty"`
	Status           ExperimentStatus  `json:"status"`
	// StartTime and EndTime bound the exposures that count: [start, end). AnalysisStartTime, where given at start, moves the
	// beginning back, for exposures logged before the experiment was known here.
	StartTime                 Millis      `json:"startTime,omitempty"`
	EndTime                   Millis      `json:"endTime,omitempty"`
	AnalysisStartTime         Millis      `json:"analysisStartTime,omitempty"`
	DefaultConfidenceInterval string      `json:"defaultConfidenceInterval"`
	Attribution               Attribution `json:"attribution"`
	Crossovers                Crossovers  `json:"crossoverUnits"`
	LaunchedGroupID           string      `json:"launchedGroupID,omitempty"`
	DecisionReason            string      `json:"decisionReason,omitempty"`
	Version                   int         `json:"version,omitempty"`
	// Run counts starts: a reset or restart makes the next one, with results of its own.
	Run              int    `json:"run,omitempty"`
	CreatedTime      Millis `json:"createdTime,omitempty"`
	LastModifiedTime Millis `json:"lastModifiedTime,omitempty"`
}

// ExperimentGroup is one arm. Size is its share of the experiment in percent.
type ExperimentGroup struct {
	ID              string         `json:"id"`
	Name            string         `json:"name"`
	Size            float64        `json:"size"`
	ParameterValues map[string]any `json:"parameterValues"`
	Description     string         `json:"description,omitempty"`
}

// VersionID keys every rollup of the experiment: each start is another experiment to them.
func (x *Experiment) VersionID() string { return fmt.Sprintf("%s@%d", x.ID, x.Run) }

// ExposuresFrom is the first instant whose exposures count.
func (x *Experiment) ExposuresFrom() Millis {
	if x.AnalysisStartTime != 0 {
		return x.AnalysisStartTime
	}
	return x.StartTime
}

// Metrics lists primary and secondary metrics, each once.
func (x *Experiment) Metrics() []MetricRef {
	var all []MetricRef
	for _, m := range slices.Concat(x.PrimaryMetrics, x.SecondaryMetrics) {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// Group finds a group by id, then by name.
func (x *Experiment) Group(ref string) (ExperimentGroup, bool) {
	for _, byID := range []bool{true, false} {
		for _, g := range x.Groups {
			if byID && g.ID == ref || !byID && g.Name == ref {
				return g, true
			}
		}
	}
	return ExperimentGroup{}, false
}

// Control is the group that others are compared with: the one named, else the first.
func (x *Experiment) Control() ExperimentGroup {
	if g, ok := x.Group(x.ControlGroupID); ok {
		return g
	}
	return x.Groups[0]
}

var experimentID = regexp.MustCompile(`^[^\s/@][^/@]{0,98}[^\s/@]$`)

// Validate fills defaults and refuses what cannot be run, naming the field.
func (x *Experiment) Validate() error {
	if x.ID == "" {
		x.ID = x.Name
	}
	if x.Name == "" {
		x.Name = x.ID
	}
	if !experimentID.MatchString(x.ID) {
		return Invalid("name", "%q must have 2 to 100 characters, none of them \"/\" or \"@\"", x.ID)
	}
	x.fillDefaults()
	return firstError(x.validateChoices(), x.validateGroups())
}

func (x *Experiment) fillDefaults() {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set((*string)(&x.IDType), string(UserID))
	set((*string)(&x.Status), string(Setup))
	set(&x.DefaultConfidenceInterval, "95")
	set((*string)(&x.Attribution), string(FromInstant))
	set((*string)(&x.Crossovers), string(ExcludeCrossovers))
	if x.Allocation == 0 {
		x.Allocation = 100
	}
	for i := range x.Groups {
		set(&x.Groups[i].ID, x.Groups[i].Name)
	}
	if len(x.Groups) > 0 {
		set(&x.ControlGroupID, x.Groups[0].ID)
	}
	x.Tags = append([]string{}, x.Tags...)
	x.PrimaryMetrics = append([]MetricRef{}, x.PrimaryMetrics...)
	x.SecondaryMetrics = append([]MetricRef{}, x.SecondaryMetrics...)
}

func (x *Experiment) validateChoices() error {
	if !slices.Contains([]string{"80", "90", "95", "98", "99"}, x.DefaultConfidenceInterval) {
		return Invalid("defaultConfidenceInterval", "%q is not one of 80, 90, 95, 98, 99", x.DefaultConfidenceInterval)
	}
	if x.Attribution != FromInstant && x.Attribution != FromDay {
		return Invalid("attribution", "%q is neither \"instant\" nor \"day\"", x.Attribution)
	}
	if x.Crossovers != ExcludeCrossovers && x.Crossovers != KeepCrossovers {
		return Invalid("crossoverUnits", "%q is neither \"exclude\" nor \"keep\"", x.Crossovers)
	}
	if x.Allocation < 0 || x.Allocation > 100 {
		return Invalid("allocation", "%v is not a percentage", x.Allocation)
	}
	return nil
}

func (x *Experiment) validateGroups() error {
	if len(x.Groups) < 2 {
		return Invalid("groups", "an experiment compares at least two groups, this one has %d", len(x.Groups))
	}
	total, ids := 0.0, map[string]bool{}
	for i, g := range x.Groups {
		at := fmt.Sprintf("groups[%d]", i)
		if g.Name == "" && g.ID == "" {
			return Invalid(at+".name", "must not be empty")
		}
		if !(g.Size > 0 && g.Size <= 100) {
			return Invalid(at+".size", "%v is not a percentage above 0", g.Size)
		}
		if ids[g.ID] {
			return Invalid(at+".id", "%q is the id of two groups", g.ID)
		}
		ids[g.ID], total = true, total+g.Size
	}
	if math.Abs(total-100) > 0.1 {
		return Invalid("groups", "sizes add up to %v %%, not 100 %%", total)
	}
	if _, ok := x.Group(x.ControlGroupID); !ok {
		return Invalid("controlGroupID", "%q is none of the groups", x.ControlGroupID)
	}
	return nil
}

// Finish ends a running experiment: exposures from now on do not count.
func (x *Experiment) Finish(status ExperimentStatus, at Millis, launched, reason string) error {
	if x.Status != Active {
		return Errorf(409, "experiment_not_running", "experiment %q is not running: its status is %q", x.ID, x.Status)
	}
	x.Status, x.LaunchedGroupID, x.DecisionReason = status, launched, reason
	if x.EndTime == 0 || x.EndTime > at {
		x.EndTime = at
	}
	return nil
}

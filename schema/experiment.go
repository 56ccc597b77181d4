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
	// Stopped takes neither units nor events any more; AssignmentStopped still takes the events of its units.
	Stopped           ExperimentStatus = "experiment_stopped"
	AssignmentStopped ExperimentStatus = "assignment_stopped"
)

// ExperimentStatuses are all of them.
var ExperimentStatuses = []ExperimentStatus{Setup, Active, DecisionMade, Abandoned, Archived, Stopped, AssignmentStopped}

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
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Hypothesis  string            `json:"hypothesis"`
	Links       []Link            `json:"links,omitempty"`
	Tags        []string          `json:"tags"`
	IDType      UnitType          `json:"idType"`
	Groups      []ExperimentGroup `json:"groups"`
	// ControlGroupID is the group others are compared with, by default the first.
	ControlGroupID string `json:"controlGroupID,omitempty"`
	// Allocation is the share of units that take part, in percent.
	Allocation float64 `json:"allocation"`
	// LayerID, TargetingGateID and HoldoutIDs say where and to whom it is shown; "" is no layer and everybody.
	LayerID         string `json:"layerID"`
	TargetingGateID string `json:"targetingGateID"`
	// InlineTargetingRules is a JSON text: the rules of a gate of the experiment's own, in place of a targeting gate.
	InlineTargetingRules string    `json:"inlineTargetingRulesJSON,omitempty"`
	HoldoutIDs           []string  `json:"holdoutIDs,omitempty"`
	Overrides            Overrides `json:"overrides,omitzero"`
	// Salt seeds the hash that assigns units; a reset makes a new one.
	Salt string `json:"salt,omitempty"`

	PrimaryMetrics   []ExperimentMetric `json:"primaryMetrics"`
	SecondaryMetrics []ExperimentMetric `json:"secondaryMetrics"`
	OtherMetrics     []ExperimentMetric `json:"otherMetrics,omitempty"`
	// Duration is planned days, TargetExposures planned units; results are due when one of them is reached.
	Duration        int `json:"duration,omitempty"`
	TargetExposures int `json:"targetExposures,omitempty"`
	Analysis

	Status ExperimentStatus `json:"status"`
	// StartTime and EndTime bound the exposures that count: [start, end). AnalysisStartTime, where given at start, moves the
	// beginning back, for exposures logged before the experiment was known here.
	StartTime         Millis `json:"startTime,omitempty"`
	EndTime           Millis `json:"endTime,omitempty"`
	AnalysisStartTime Millis `json:"analysisStartTime,omitempty"`
	DecisionTime      Millis `json:"decisionTime,omitempty"`
	LaunchedGroupID   string `json:"launchedGroupID,omitempty"`
	DecisionReason    string `json:"decisionReason"`
	ArchiveReason     string `json:"archiveReason,omitempty"`
	// ArchivedFrom is the status before it was archived.
	ArchivedFrom ExperimentStatus `json:"archivedFrom,omitempty"`
	Version      int              `json:"version,omitempty"`
	// Run counts starts: a reset or restart makes the next one, with results of its own.
	Run              int    `json:"run,omitempty"`
	CreatedTime      Millis `json:"createdTime"`
	LastModifiedTime Millis `json:"lastModifiedTime"`

	// Comparison says where exposures come from when it is not an experiment of that name.
	Comparison Comparison `json:"-"`
}

// Analysis is how results are computed; the zero value is the default of each.
type Analysis struct {
	DefaultConfidenceInterval string      `json:"defaultConfidenceInterval"`
	Attribution               Attribution `json:"attribution"`
	Crossovers                Crossovers  `json:"crossoverUnits"`
	// SecondaryIDType finds events by another ID that exposures and events carry beside the experiment's.
	SecondaryIDType UnitType    `json:"secondaryIDType,omitempty"`
	MappingMode     MappingMode `json:"identifierMappingMode,omitempty"`
	// CUPEDWindow is how many days before its exposure a unit's past is looked at, default 7.
	CUPEDWindow int `json:"cupedWindow,omitempty"`

	SequentialTesting             bool   `json:"sequentialTesting,omitempty"`
	BonferroniCorrection          bool   `json:"bonferroniCorrection"`
	BonferroniCorrectionPerMetric bool   `json:"bonferroniCorrectionPerMetric,omitempty"`
	BenjaminiHochbergPerVariant   bool   `json:"benjaminiHochbergPerVariant,omitempty"`
	BenjaminiHochbergPerMetric    bool   `json:"benjaminiHochbergPerMetric,omitempty"`
	BenjaminiPrimaryMetricsOnly   bool   `json:"benjaminiPrimaryMetricsOnly,omitempty"`
	AnalyticsType                 string `json:"analyticsType,omitempty"`
}

// MappingMode is what to do with secondary IDs that belong to several units, or the other way round.
type MappingMode string

// The modes of the Console API.
const (
	StrictOneToOne MappingMode = "strictOneToOne"      // such IDs and units are left out
	FirstTouch     MappingMode = "firstTouchOneToMany" // an ID belongs to the unit it was first seen with
	LastTouch      MappingMode = "lastTouchOneToMany"  // or last
)

// Link is something to read.
type Link struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
}

// ExperimentMetric is a metric with what is expected of it.
type ExperimentMetric struct {
	MetricRef
	Direction         string   `json:"direction,omitempty"`
	HypothesizedValue *float64 `json:"hypothesizedValue,omitempty"`
}

// ExperimentGroup is one arm. Size is its share of the experiment in percent. A disabled group gets no units.
type ExperimentGroup struct {
	ID              string         `json:"id"`
	Name            string         `json:"name"`
	Size            float64        `json:"size"`
	ParameterValues map[string]any `json:"parameterValues"`
	Description     string         `json:"description,omitempty"`
	Disabled        bool           `json:"disabled,omitempty"`
	ForeignGroupID  string         `json:"foreignGroupID,omitempty"`
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

// Window is how many days before its exposure a unit's past is looked at for a metric: the metric's own wish, else the experiment's.
func (x *Experiment) Window(m *Metric) int {
	if n := m.Options.CupedAttributionWindow; n > 0 {
		return n
	}
	return x.CUPEDWindow
}

// LongestPast is how far back a unit's past may be looked at at all, in days.
const LongestPast = 90

// Metrics lists primary, secondary and other metrics, each once.
func (x *Experiment) Metrics() []MetricRef {
	var all []MetricRef
	for _, m := range slices.Concat(x.PrimaryMetrics, x.SecondaryMetrics, x.OtherMetrics) {
		if !slices.Contains(all, m.MetricRef) {
			all = append(all, m.MetricRef)
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
	_, err := x.TargetingRules()
	return firstError(x.validateChoices(), x.validateGroups(), x.validateOverrides(), err)
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
	x.PrimaryMetrics = append([]ExperimentMetric{}, x.PrimaryMetrics...)
	x.SecondaryMetrics = append([]ExperimentMetric{}, x.SecondaryMetrics...)
	if x.CUPEDWindow == 0 {
		x.CUPEDWindow = 7
	}
	if x.SecondaryIDType != "" {
		set((*string)(&x.MappingMode), string(StrictOneToOne))
	}
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
	if x.Duration < 0 || x.TargetExposures < 0 {
		return Invalid("duration", "duration and targetExposures must not be negative")
	}
	if !slices.Contains([]string{"", "frequentist", "bayesian", "sprt"}, x.AnalyticsType) {
		return Invalid("analyticsType", "%q is not one of frequentist, bayesian, sprt", x.AnalyticsType)
	}
	return firstError(x.validateMapping(), x.validateMetrics())
}

func (x *Experiment) validateMapping() error {
	if x.CUPEDWindow < 1 || x.CUPEDWindow > LongestPast {
		return Invalid("cupedWindow", "%d is not between 1 and %d days", x.CUPEDWindow, LongestPast)
	}
	if x.SecondaryIDType == "" {
		return nil
	}
	if x.SecondaryIDType.Key() == x.IDType.Key() {
		return Invalid("secondaryIDType", "is the experiment's own ID type %q", x.IDType)
	}
	if !slices.Contains([]MappingMode{StrictOneToOne, FirstTouch, LastTouch}, x.MappingMode) {
		return Invalid("identifierMappingMode", "%q is not one of strictOneToOne, firstTouchOneToMany, lastTouchOneToMany", x.MappingMode)
	}
	return nil
}

func (x *Experiment) validateMetrics() error {
	for field, list := range map[string][]ExperimentMetric{"primaryMetrics": x.PrimaryMetrics, "secondaryMetrics": x.SecondaryMetrics, "otherMetrics": x.OtherMetrics} {
		for i, m := range list {
			if m.Direction != "" && m.Direction != "increase" && m.Direction != "decrease" {
				return Invalid(fmt.Sprintf("%s[%d].direction", field, i), "%q is neither \"increase\" nor \"decrease\"", m.Direction)
			}
		}
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

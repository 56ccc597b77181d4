package schema

import (
	"fmt"
	"slices"
)

// Comparison is where the exposures of a comparison come from: an experiment's own, those of a rule of a gate, or of a holdout.
type Comparison struct {
	Kind ComparisonKind
	// Name is the gate or holdout; Rule the rule's id.
	Name, Rule string
}

// ComparisonKind tells comparisons apart; the zero value is an experiment.
type ComparisonKind string

// The comparisons that are no experiment.
const (
	FromRule    ComparisonKind = "rule"
	FromHoldout ComparisonKind = "holdout"
)

// The groups of a rule of a gate, and of a holdout.
const (
	Pass            = "pass"
	Fail            = "fail"
	HeldOut         = "holdout"
	NotHeldOut      = "not_in_holdout"
	comparisonStart = "@" // no experiment has an id with one
)

// CompareRule is the comparison of the units that a gate's rule lets pass with those it lets fail, as an experiment. Share is
// the rule's pass percentage; the larger arm is thinned out by hash to the size of the smaller one.
func CompareRule(gate, rule string, unit UnitType, share float64, since Millis, metrics []ExperimentMetric) Experiment {
	return comparison(Comparison{FromRule, gate, rule}, fmt.Sprintf("%srule/%s/%s", comparisonStart, gate, rule), unit, since, metrics,
		ExperimentGroup{ID: Fail, Name: "Fail", Size: 100 - share}, ExperimentGroup{ID: Pass, Name: "Pass", Size: share})
}

// CompareHoldout is the comparison of the units that a holdout lets see features with those it holds out, as an experiment.
func CompareHoldout(holdout string, unit UnitType, share float64, since Millis, metrics []ExperimentMetric) Experiment {
	return comparison(Comparison{FromHoldout, holdout, ""}, fmt.Sprintf("%sholdout/%s", comparisonStart, holdout), unit, since, metrics,
		ExperimentGroup{ID: HeldOut, Name: "Held out", Size: share}, ExperimentGroup{ID: NotHeldOut, Name: "Not held out", Size: 100 - share})
}

// Compare is the comparison of the units that a rule lets pass with those it lets fail; false when there is nothing to compare.
// Exposures carry the rule's id, which changes with its percentage, so that no two splits are mixed.
func (g *Gate) Compare(r Rule) (Experiment, bool) {
	if !g.MeasureMetricLifts || len(g.MonitoringMetrics) == 0 || r.PassPercentage <= 0 || r.PassPercentage >= 100 {
		return Experiment{}, false
	}
	return CompareRule(g.ID, r.ID, g.IDType, r.PassPercentage, g.CreatedTime, g.MonitoringMetrics), true
}

// Compare is the comparison of the units held out with the others; false when there is nothing to compare.
func (h *Holdout) Compare() (Experiment, bool) {
	if len(h.MonitoringMetrics) == 0 || h.PassPercentage <= 0 || h.PassPercentage >= 100 {
		return Experiment{}, false
	}
	return CompareHoldout(h.ID, h.IDType, h.PassPercentage, h.CreatedTime, h.MonitoringMetrics), true
}

func comparison(s Comparison, id string, unit UnitType, since Millis, metrics []ExperimentMetric, control, test ExperimentGroup) Experiment {
	x := Experiment{
		ID: id, Name: id, Comparison: s, IDType: unit, Groups: []ExperimentGroup{control, test}, ControlGroupID: control.ID, Allocation: 100,
		PrimaryMetrics: metrics, Status: Active, StartTime: since, Run: 1, Version: 1,
	}
	x.fillDefaults()
	return x
}

// CountedGroups are the groups with the sizes that are expected of the units that count.
func (x *Experiment) CountedGroups() []ExperimentGroup {
	groups := slices.Clone(x.Groups)
	for i := range groups {
		groups[i].Size *= min(1, x.keptShare(groups[i]))
	}
	return groups
}

// keptShare is the share of a group's units that count: all of them, but of the larger arm of a rule or holdout as many as the
// smaller one has.
func (x *Experiment) keptShare(g ExperimentGroup) float64 {
	const all = 2 // hashes are below 1
	if x.Comparison.Kind == "" {
		return all
	}
	smallest := g.Size
	for _, other := range x.Groups {
		smallest = min(smallest, other.Size)
	}
	if smallest == g.Size {
		return all
	}
	return smallest / g.Size
}

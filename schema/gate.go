package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Gate is a feature gate, in the shape of the Console API.
type Gate struct {
	Head
	IsEnabled          bool               `json:"isEnabled"`
	Type               string             `json:"type"`
	Rules              []Rule             `json:"rules"`
	Overrides          []GateOverride     `json:"overrides,omitempty"`
	MeasureMetricLifts bool               `json:"measureMetricLifts"`
	MonitoringMetrics  []ExperimentMetric `json:"monitoringMetrics"`
}

// GateOverride lets units pass or fail by hand, before any rule. UnitID names their unit type, userID when it is empty; Environment ""
// is all of them.
type GateOverride struct {
	Environment string   `json:"environment,omitempty"`
	UnitID      UnitType `json:"unitID,omitempty"`
	PassingIDs  []string `json:"passingIDs"`
	FailingIDs  []string `json:"failingIDs"`
}

// Status tells in Statsig's words how far the gate is.
func (g *Gate) Status() string {
	everyone := func(r Rule) bool {
		public := func(c Condition) bool { return c.Type == "public" }
		return r.PassPercentage == 100 && len(r.Environments) == 0 && !slices.ContainsFunc(r.Conditions, func(c Condition) bool { return !public(c) })
	}
	switch {
	case g.IsArchived:
		return "Archived"
	case !g.IsEnabled:
		return "Disabled"
	case len(g.Rules) > 0 && everyone(g.Rules[0]):
		return "Launched"
	default:
		return "In Progress"
	}
}

// Launch lets everyone pass: it puts a rule before all others.
func (g *Gate) Launch() {
	g.IsEnabled = true
	if g.Status() != "Launched" {
		g.Rules = slices.Insert(g.Rules, 0, Rule{Name: "Launched", PassPercentage: 100, Conditions: []Condition{{Type: "public"}}})
	}
}

// Follow lets a changed gate go on from the version before it.
func (g *Gate) Follow(old *Gate) {
	g.KeepLife(&old.Head)
	followRules(g.Rules, old.Rules)
}

// Validate fills defaults and refuses what cannot be served, naming the field.
func (g *Gate) Validate() error {
	if g.Type == "" {
		g.Type = "TEMPORARY"
	}
	if !slices.Contains([]string{"TEMPORARY", "PERMANENT", "STALE", "TEMPLATE"}, g.Type) {
		return Invalid("type", "%q is neither \"TEMPORARY\" nor \"PERMANENT\"", g.Type)
	}
	g.Rules = append([]Rule{}, g.Rules...)
	g.MonitoringMetrics = append([]ExperimentMetric{}, g.MonitoringMetrics...)
	return firstError(g.validate(), validateRules(g.Rules))
}

// DynamicConfig gives values instead of yes and no.
type DynamicConfig struct {
	Head
	IsEnabled    bool            `json:"isEnabled"`
	Rules        []Rule          `json:"rules"`
	DefaultValue json.RawMessage `json:"defaultValue"`
	Schema       *string         `json:"schema,omitempty"`
}

// Follow lets a changed config go on from the version before it.
func (d *DynamicConfig) Follow(old *DynamicConfig) {
	d.KeepLife(&old.Head)
	followRules(d.Rules, old.Rules)
}

// Validate fills defaults and refuses what cannot be served, naming the field.
func (d *DynamicConfig) Validate() error {
	if len(d.DefaultValue) == 0 {
		d.DefaultValue = json.RawMessage("{}")
	}
	d.Rules = append([]Rule{}, d.Rules...)
	err := firstError(d.validate(), validateRules(d.Rules), wantObject("defaultValue", d.DefaultValue))
	for i := range d.Rules {
		err = firstError(err, d.Rules[i].validateValues(fmt.Sprintf("rules[%d]", i)))
	}
	return err
}

func (r *Rule) validateValues(at string) error {
	if len(r.Variants) == 0 {
		if len(r.ReturnValue) == 0 {
			r.ReturnValue = json.RawMessage("{}")
		}
		return wantObject(at+".returnValue", r.ReturnValue)
	}
	total := 0.0
	for i := range r.Variants {
		v, at := &r.Variants[i], fmt.Sprintf("%s.variants[%d]", at, i)
		if v.Name == "" {
			return Invalid(at+".name", "must not be empty")
		}
		if v.ID == "" {
			v.ID = NewID()
		}
		if len(v.ReturnValue) == 0 {
			v.ReturnValue = json.RawMessage("{}")
		}
		if err := wantObject(at+".returnValue", v.ReturnValue); err != nil {
			return err
		}
		total += v.PassPercentage
	}
	if math.Abs(total-100) > 0.1 {
		return Invalid(at+".variants", "percentages add up to %v %%, not 100 %%", total)
	}
	return nil
}

func wantObject(field string, text json.RawMessage) error {
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return Invalid(field, "%s is not a JSON object", text)
	}
	return nil
}

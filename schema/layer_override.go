package schema

import "fmt"

// LayerOverrides give units a group of one of the layer's experiments by hand, in the shape of the Console API.
type LayerOverrides struct {
	ConditionalOverrides []LayerConditional `json:"conditionalOverrides,omitempty"`
	IDOverrides          []LayerIDs         `json:"idOverrides,omitempty"`
}

// LayerConditional gives a group to the units that pass the gate, or are in the segment, of that name.
type LayerConditional struct {
	Type           string `json:"type"`
	Name           string `json:"name"`
	ExperimentName string `json:"experimentName"`
	GroupName      string `json:"groupName"`
}

// LayerIDs gives a group to some units. IDType is the layer's when it is empty.
type LayerIDs struct {
	GroupName      string   `json:"groupName"`
	IDs            []string `json:"ids"`
	IDType         UnitType `json:"idType,omitempty"`
	Environment    string   `json:"environment,omitempty"`
	ExperimentName string   `json:"experimentName"`
}

// IsZero says that there are none; then they are left out of JSON.
func (o LayerOverrides) IsZero() bool { return len(o.ConditionalOverrides)+len(o.IDOverrides) == 0 }

// Of are those of one of the layer's experiments, as if they were its own.
func (o LayerOverrides) Of(experiment string) (own Overrides) {
	for _, c := range o.ConditionalOverrides {
		if c.ExperimentName == experiment {
			own.Overrides = append(own.Overrides, ConditionalOverride{Type: c.Type, ID: c.Name, GroupID: c.GroupName})
		}
	}
	for _, c := range o.IDOverrides {
		if c.ExperimentName == experiment {
			own.UserIDOverrides = append(own.UserIDOverrides, IDOverride{GroupID: c.GroupName, IDs: c.IDs, Environment: c.Environment, UnitType: c.IDType})
		}
	}
	return own
}

// CheckOverrides wants the groups that overrides name to be those of the layer's experiments. Where IDs name no experiment, the only one
// that has such a group is meant.
func (l *Layer) CheckOverrides(experiments []Experiment) error {
	for i := range l.Overrides.ConditionalOverrides {
		o, at := &l.Overrides.ConditionalOverrides[i], fmt.Sprintf("conditionalOverrides[%d]", i)
		if err := checkConditional(at, o.Type, o.Name, "name"); err != nil {
			return err
		}
		if err := l.findGroup(at, &o.ExperimentName, o.GroupName, experiments); err != nil {
			return err
		}
	}
	for i := range l.Overrides.IDOverrides {
		o := &l.Overrides.IDOverrides[i]
		if o.IDType == "" {
			o.IDType = l.IDType
		}
		if err := l.findGroup(fmt.Sprintf("idOverrides[%d]", i), &o.ExperimentName, o.GroupName, experiments); err != nil {
			return err
		}
	}
	return nil
}

func (l *Layer) findGroup(at string, experiment *string, group string, experiments []Experiment) error {
	var having []string
	known := false
	for i := range experiments {
		x := &experiments[i]
		if x.LayerID != l.ID {
			continue
		}
		known = known || x.ID == *experiment
		if _, ok := x.Group(group); ok && (*experiment == "" || *experiment == x.ID) {
			having = append(having, x.ID)
		}
	}
	switch {
	case *experiment != "" && !known:
		return Invalid(at+".experimentName", "%q is no experiment of layer %q", *experiment, l.ID)
	case len(having) == 0:
		return Invalid(at+".groupName", "%q is no group of an experiment of layer %q", group, l.ID)
	case len(having) > 1:
		return Invalid(at+".experimentName", "several experiments have a group %q: name one of %q", group, having)
	}
	*experiment = having[0]
	return nil
}

// checkConditional wants an override for those who pass a gate or are in a segment to name one.
func checkConditional(at, kind, name, field string) error {
	if kind != "gate" && kind != "segment" {
		return Invalid(at+".type", "%q is neither \"gate\" nor \"segment\"", kind)
	}
	if name == "" {
		return Invalid(at+"."+field, "must name a %s", kind)
	}
	return nil
}

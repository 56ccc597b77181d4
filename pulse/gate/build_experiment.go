package gate

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// experiment builds an experiment's spec. Its rules, in order: overrides, holdouts; what its status says if it does not run; who is not
// allocated; who is not targeted; the groups.
func (b *builder) experiment(x *schema.Experiment) *Spec {
	head := schema.Head{ID: x.ID, IDType: x.IDType, Salt: saltOf(x), Version: x.Version}
	layer := b.layers[x.LayerID]
	defaults := b.layerDefaults(layer)
	s := newSpec(&head, dynamicConfig, experiment, defaults)
	running, shared := x.Running(), layer != nil
	s.IsActive, s.HasSharedParams, s.ExplicitParameters = &running, &shared, parametersOf(x)
	s.Enabled = true
	s.Rules = append(b.groupOverrides(x, defaults), b.holdoutRules(x.IDType, defaults, func(h *schema.Holdout) bool { return b.holdsOut(h, x) })...)
	if rule, ok := resting(x, defaults); ok {
		if rule.ID == launched {
			s.Rules = append(s.Rules, b.targeting(x, defaults)...)
		}
		s.Rules = append(s.Rules, rule)
		return s
	}
	s.Rules = append(append(s.Rules, unallocated(x, layer, defaults)), b.targeting(x, defaults)...)
	s.Rules = append(s.Rules, groupRules(x, defaults)...)
	return s
}

func (b *builder) holdsOut(h *schema.Holdout, x *schema.Experiment) bool {
	named := h.IsEnabled && !h.IsArchived && slices.Contains(x.HoldoutIDs, h.ID)
	return named || h.HoldsExperiment(x.ID) || x.LayerID != "" && h.HoldsLayer(x.LayerID)
}

// saltOf is the experiment's salt; those made before salts were kept have their id.
func saltOf(x *schema.Experiment) string {
	if x.Salt == "" {
		return x.ID
	}
	return x.Salt
}

// parametersOf lists what the groups change.
func parametersOf(x *schema.Experiment) []string {
	names := make(map[string]bool)
	for _, g := range x.Groups {
		for name := range g.ParameterValues {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// valueOf is what a group gets, over the layer's defaults.
func groupValue(g *schema.ExperimentGroup, defaults json.RawMessage) json.RawMessage {
	if len(g.ParameterValues) == 0 {
		return defaults
	}
	return merge(defaults, jsonOf(g.ParameterValues))
}

// groupOverrides give units a group by hand, the experiment's own before those of its layer. They are no members of the experiment.
func (b *builder) groupOverrides(x *schema.Experiment, defaults json.RawMessage) []Rule {
	rules := []Rule{}
	add := func(groupID, what string, environment string, c Condition) {
		g, ok := x.Group(groupID)
		if !ok {
			return
		}
		if environment != "" {
			what = environment + ":" + what
		}
		r := fixed(g.ID+":"+what, x.IDType, groupValue(&g, defaults), b.withEnvironments(oneOf(environment), c)...)
		r.GroupName = g.Name
		rules = append(rules, r)
	}
	all := x.Overrides
	if layer := b.layers[x.LayerID]; layer != nil {
		theirs := layer.Overrides.Of(x.ID)
		all.UserIDOverrides = slices.Concat(all.UserIDOverrides, theirs.UserIDOverrides)
		all.Overrides = slices.Concat(all.Overrides, theirs.Overrides)
	}
	for _, o := range all.UserIDOverrides {
		unit := o.UnitType
		if unit == "" {
			unit = x.IDType
		}
		add(o.GroupID, string(unit)+":id_override", o.Environment, unitIs(unit, append([]string{}, o.IDs...)))
	}
	for _, o := range all.Overrides {
		gate := o.ID
		if o.Type == "segment" {
			gate = segmentPrefix + gate
		}
		add(o.GroupID, o.Type+":"+o.ID+":id_override", o.Environment, asks("pass_gate", gate))
	}
	return rules
}

// launched is the id of the rule that gives everybody the group that was decided for.
const launched = "launchedGroup"

// resting is the rule of an experiment that does not run.
func resting(x *schema.Experiment, defaults json.RawMessage) (Rule, bool) {
	status := x.Status
	if status == schema.Archived {
		status = x.ArchivedFrom
	}
	switch {
	case x.Running():
		return Rule{}, false
	case status == schema.DecisionMade:
		if g, ok := x.Group(x.LaunchedGroupID); ok {
			r := fixed(launched, x.IDType, groupValue(&g, defaults), everyone())
			r.GroupName = g.Name
			return r, true
		}
		return fixed(launched, x.IDType, defaults, everyone()), true
	case status == schema.Setup || status == "":
		return fixed("prestart", x.IDType, defaults, everyone()), true
	default:
		return fixed("abandoned", x.IDType, defaults, everyone()), true
	}
}

// unallocated is the rule for those who are not part of it.
func unallocated(x *schema.Experiment, layer *schema.Layer, defaults json.RawMessage) Rule {
	var c Condition
	switch n := bucketsFor(x.Allocation); {
	case layer != nil:
		c = buckets("none", layer.Salt, x.IDType, append([]int{}, layer.BucketsOf(x.ID)...))
	case n >= schema.Buckets:
		c = buckets("any", saltOf(x)+".allocation", x.IDType, never)
	default:
		c = buckets("none", saltOf(x)+".allocation", x.IDType, upTo(n))
	}
	return fixed("layerAssignment", x.IDType, defaults, c)
}

// targeting is the rule for those who do not pass the targeting gate, or the experiment's own rules, if there are any.
func (b *builder) targeting(x *schema.Experiment, defaults json.RawMessage) []Rule {
	switch {
	case x.TargetingGateID != "":
		return []Rule{fixed("targetingGate", x.IDType, defaults, asks("fail_gate", x.TargetingGateID))}
	case x.InlineTargetingRules != "":
		return []Rule{fixed("inlineTargetingRules", x.IDType, defaults, asks("fail_gate", targetsOf(x)))}
	default:
		return nil
	}
}

// targetsOf names the gate that an experiment's own targeting rules make. It is a segment to SDKs, which tell nobody of those, and no
// segment can have such an id.
func targetsOf(x *schema.Experiment) string { return segmentPrefix + "targeting:" + x.ID }

// targets builds that gate.
func (b *builder) targets(x *schema.Experiment) *Spec {
	rules, err := x.TargetingRules()
	if err != nil {
		panic(err)
	}
	if rules == nil {
		return nil
	}
	s := newSpec(&schema.Head{ID: targetsOf(x), IDType: x.IDType, Salt: targetsOf(x), Version: x.Version}, featureGate, segmentKind, no)
	s.Enabled, s.Rules = true, b.targetingRules(rules, x.IDType, yes)
	return s
}

// groupRules split the rest by size.
func groupRules(x *schema.Experiment, defaults json.RawMessage) []Rule {
	var rules []Rule
	sum := 0.0
	for i := range x.Groups {
		g := &x.Groups[i]
		sum += g.Size
		below := bucketsFor(sum)
		if i == len(x.Groups)-1 {
			below = schema.Buckets
		}
		c := buckets("lt", saltOf(x), x.IDType, below)
		if g.Disabled {
			rules = append(rules, fixed(g.ID+":disabled", x.IDType, defaults, c))
			continue
		}
		r := newRule(g.ID, g.ID, g.Name, x.IDType, groupValue(g, defaults), c)
		r.IsExperimentGroup, r.IsControlGroup = true, g.ID == x.ControlGroupID
		rules = append(rules, r)
	}
	return rules
}

// layer builds a layer's spec: it hands a unit to the experiment whose buckets it is in.
func (b *builder) layer(l *schema.Layer) *Spec {
	if l.IsArchived {
		return nil
	}
	defaults := b.layerDefaults(l)
	s := newSpec(&l.Head, dynamicConfig, layerKind, defaults)
	s.Enabled = true
	var assignments []Rule
	for i := range b.Experiments {
		x := &b.Experiments[i]
		if x.LayerID != l.ID || !x.Running() {
			continue
		}
		for _, r := range b.groupOverrides(x, defaults) {
			r.ConfigDelegate, r.GroupName = x.ID, ""
			s.Rules = append(s.Rules, r)
		}
		r := fixed("experimentAssignment", l.IDType, defaults, buckets("any", l.Salt, l.IDType, append([]int{}, l.BucketsOf(x.ID)...)))
		r.ConfigDelegate = x.ID
		assignments = append(assignments, r)
	}
	s.Rules = append(s.Rules, b.holdoutRules(l.IDType, defaults, func(h *schema.Holdout) bool { return h.HoldsLayer(l.ID) })...)
	s.Rules = append(s.Rules, assignments...)
	return s
}

// layerDefaults are a layer's parameters, changed by the groups that were launched in it, in that order. Without a layer there are none.
func (b *builder) layerDefaults(l *schema.Layer) json.RawMessage {
	if l == nil {
		return json.RawMessage("{}")
	}
	values := make(map[string]json.RawMessage, len(l.Parameters))
	for _, p := range l.Parameters {
		values[p.Name] = p.DefaultValue
	}
	var launched []*schema.Experiment
	for i := range b.Experiments {
		if x := &b.Experiments[i]; x.LayerID == l.ID && x.Status == schema.DecisionMade {
			launched = append(launched, x)
		}
	}
	slices.SortFunc(launched, func(a, b *schema.Experiment) int {
		if a.DecisionTime != b.DecisionTime {
			return int(a.DecisionTime - b.DecisionTime)
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, x := range launched {
		if g, ok := x.Group(x.LaunchedGroupID); ok {
			for name, v := range g.ParameterValues {
				values[name] = jsonOf(v)
			}
		}
	}
	return jsonOf(values)
}

package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// definitions are all those that can refer to each other. What is archived refers to nothing.
type definitions struct {
	gates       []schema.Gate
	configs     []schema.DynamicConfig
	segments    []schema.Segment
	experiments []schema.Experiment
	layers      []schema.Layer
	holdouts    []schema.Holdout
}

// readDefinitions reads them at once. One that cannot be read refers to nothing.
func (a *API) readDefinitions(ctx context.Context) (d definitions, err error) {
	rows, err := a.Catalog.Changes(ctx, specKinds, time.Time{})
	for i := range rows {
		row := &rows[i]
		if row.Deleted {
			continue
		}
		switch row.Kind {
		case catalog.Gates.Name:
			d.gates = appendRead(d.gates, row)
		case catalog.Configs.Name:
			d.configs = appendRead(d.configs, row)
		case catalog.SegmentKind:
			d.segments = appendRead(d.segments, row)
		case catalog.ExperimentKind:
			d.experiments = appendRead(d.experiments, row)
		case catalog.Layers.Name:
			d.layers = appendRead(d.layers, row)
		case catalog.Holdouts.Name:
			d.holdouts = appendRead(d.holdouts, row)
		}
	}
	return d, err
}

func appendRead[T any](to []T, row *catalog.Newest) []T {
	var v T
	if row.Read(&v) != nil {
		return to
	}
	return append(to, v)
}

// reference is that one definition names another, in a field.
type reference struct{ from, field, kind, to string }

// references lists all there are.
func (d *definitions) references() (all []reference) {
	note := func(from, field, kind, to string) {
		if to != "" {
			all = append(all, reference{from, field, kind, to})
		}
	}
	rules := func(from, field string, list []schema.Rule) {
		for i := range list {
			for j := range list[i].Conditions {
				kind, id := list[i].Conditions[j].Asks()
				note(from, fmt.Sprintf("%s[%d].conditions[%d]", field, i, j), kind, id)
			}
		}
	}
	for i := range d.gates {
		if g := &d.gates[i]; !g.IsArchived {
			rules(fmt.Sprintf("gate %q", g.ID), "rules", g.Rules)
		}
	}
	for i := range d.configs {
		if g := &d.configs[i]; !g.IsArchived {
			rules(fmt.Sprintf("dynamic config %q", g.ID), "rules", g.Rules)
		}
	}
	for i := range d.segments {
		if g := &d.segments[i]; !g.IsArchived {
			rules(fmt.Sprintf("segment %q", g.ID), "rules", g.Rules)
		}
	}
	for i := range d.experiments {
		if x := &d.experiments[i]; x.Status != schema.Archived {
			ofExperiment(x, note, rules)
		}
	}
	for i := range d.layers {
		if l := &d.layers[i]; !l.IsArchived {
			ofLayer(l, note)
		}
	}
	for i := range d.holdouts {
		if h := &d.holdouts[i]; !h.IsArchived {
			ofHoldout(h, note)
		}
	}
	return all
}

func ofExperiment(x *schema.Experiment, note func(from, field, kind, to string), rules func(from, field string, list []schema.Rule)) {
	from := fmt.Sprintf("experiment %q", x.ID)
	note(from, "layerID", "layer", x.LayerID)
	note(from, "targetingGateID", "gate", x.TargetingGateID)
	for i, id := range x.HoldoutIDs {
		note(from, fmt.Sprintf("holdoutIDs[%d]", i), "holdout", id)
	}
	for i, o := range x.Overrides.Overrides {
		note(from, fmt.Sprintf("overrides[%d].id", i), o.Type, o.ID)
	}
	own, _ := x.TargetingRules() // those that cannot be read refer to nothing
	rules(from, "inlineTargetingRulesJSON", own)
}

func ofLayer(l *schema.Layer, note func(from, field, kind, to string)) {
	from := fmt.Sprintf("layer %q", l.ID)
	for i, o := range l.Overrides.ConditionalOverrides {
		at := fmt.Sprintf("conditionalOverrides[%d]", i)
		note(from, at, o.Type, o.Name)
		note(from, at, "experiment", o.ExperimentName)
	}
	for i, o := range l.Overrides.IDOverrides {
		note(from, fmt.Sprintf("idOverrides[%d]", i), "experiment", o.ExperimentName)
	}
}

func ofHoldout(h *schema.Holdout, note func(from, field, kind, to string)) {
	from := fmt.Sprintf("holdout %q", h.ID)
	note(from, "targetingGateID", "gate", h.TargetingGateID)
	for _, list := range h.Lists() {
		for i, id := range list.IDs {
			note(from, fmt.Sprintf("%s[%d]", list.Field, i), list.Kind, id)
		}
	}
}

// unreferenced refuses to take away what others refer to, naming them.
func (a *API) unreferenced(ctx context.Context, kind, id string) error {
	d, err := a.readDefinitions(ctx)
	if err != nil {
		return err
	}
	var users []string
	for _, r := range d.references() {
		if r.kind == kind && r.to == id && r.from != fmt.Sprintf("%s %q", kind, id) {
			users = append(users, fmt.Sprintf("%s (%s)", r.from, r.field))
		}
	}
	if len(users) == 0 {
		return nil
	}
	const shown = 10
	if more := len(users) - shown; more > 0 {
		users = append(slices.Clip(users[:shown]), fmt.Sprintf("%d more", more))
	}
	return schema.Errorf(409, kind+"_in_use", "%s %q is used by %s: change them first", kind, id, strings.Join(users, ", "))
}

// exists refuses a reference to what is not there, by the field that makes it.
func (d *definitions) exists(field, kind, id string) error {
	if id == "" || d.has(kind, id) {
		return nil
	}
	return schema.Invalid(field, "there is no %s %q; create it first", kind, id)
}

func (d *definitions) has(kind, id string) bool {
	switch kind {
	case "gate":
		return slices.ContainsFunc(d.gates, func(g schema.Gate) bool { return g.ID == id })
	case "segment":
		return slices.ContainsFunc(d.segments, func(g schema.Segment) bool { return g.ID == id })
	case "experiment":
		return slices.ContainsFunc(d.experiments, func(x schema.Experiment) bool { return x.ID == id })
	case "layer":
		return slices.ContainsFunc(d.layers, func(l schema.Layer) bool { return l.ID == id })
	case "holdout":
		return slices.ContainsFunc(d.holdouts, func(h schema.Holdout) bool { return h.ID == id })
	case "dynamic_config":
		return slices.ContainsFunc(d.configs, func(g schema.DynamicConfig) bool { return g.ID == id })
	default:
		return false
	}
}

// checkReferences wants what an experiment names to exist, and its layer to be for the same units.
func (a *API) checkReferences(ctx context.Context, x *schema.Experiment) error {
	if x.LayerID+x.TargetingGateID+x.InlineTargetingRules == "" && len(x.HoldoutIDs)+len(x.Overrides.Overrides)+len(x.Overrides.UserIDOverrides) == 0 {
		return nil
	}
	d, err := a.readDefinitions(ctx)
	if err != nil {
		return err
	}
	only := definitions{experiments: []schema.Experiment{*x}}
	for _, r := range only.references() {
		if err := d.exists(r.field, r.kind, r.to); err != nil {
			return err
		}
	}
	for i := range d.layers {
		if l := &d.layers[i]; l.ID == x.LayerID && l.IDType.Key() != x.IDType.Key() {
			return schema.Invalid("idType", "layer %q is for %s, the experiment for %s: units of a layer are drawn once for all its experiments", l.ID, l.IDType, x.IDType)
		}
	}
	return a.checkExperimentEnvironments(ctx, x)
}

package query

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

func (a *API) environmentRoutes() []route {
	return []route{
		{"GET", "environments", a.getEnvironments},
		{"POST", "environments", a.setEnvironments},
	}
}

// environments is the body of both.
type environments struct {
	Environments []schema.Environment `json:"environments"`
}

func (a *API) getEnvironments(c *call) (any, error) {
	list, err := a.environments(c)
	return environments{list}, err
}

func (a *API) environments(ctx context.Context) (list []schema.Environment, err error) {
	err = a.Catalog.ReadSetting(ctx, schema.EnvironmentSetting, &list)
	return list, err
}

// setEnvironments replaces all of them. One that rules name cannot go.
func (a *API) setEnvironments(c *call) (any, error) {
	var asked struct {
		Environments json.RawMessage `json:"environments"`
	}
	if err := c.body(&asked); err != nil {
		return nil, err
	}
	if len(asked.Environments) == 0 {
		return nil, schema.Invalid(schema.EnvironmentSetting, "a list is expected")
	}
	text, err := a.checkSetting(schema.EnvironmentSetting, asked.Environments)
	if err != nil {
		return nil, err
	}
	var fresh environments
	if err := json.Unmarshal([]byte(text), &fresh.Environments); err != nil {
		return nil, err
	}
	d, err := a.readDefinitions(c)
	if err != nil {
		return nil, err
	}
	names := schema.EnvironmentNames(fresh.Environments)
	for _, use := range d.environments() {
		if use.name != "" && !schema.HasEnvironment(names, use.name) { // "" is all of them
			return nil, schema.Errorf(409, "environment_in_use", "environment %q is used by %s: change that first", use.name, use.from)
		}
	}
	return fresh, a.saveSetting(c, c.author, schema.EnvironmentSetting, text)
}

// namedEnvironment is an environment that a definition names in a field.
type namedEnvironment struct{ from, field, name string }

// environments lists where definitions name environments.
func (d *definitions) environments() (all []namedEnvironment) {
	for i := range d.gates {
		from := fmt.Sprintf("gate %q", d.gates[i].ID)
		all = append(all, ruleEnvironments(from, "rules", d.gates[i].Rules)...)
		all = append(all, overrideEnvironments(from, d.gates[i].Overrides)...)
	}
	for i := range d.configs {
		all = append(all, ruleEnvironments(fmt.Sprintf("dynamic config %q", d.configs[i].ID), "rules", d.configs[i].Rules)...)
	}
	for i := range d.segments {
		all = append(all, ruleEnvironments(fmt.Sprintf("segment %q", d.segments[i].ID), "rules", d.segments[i].Rules)...)
	}
	for i := range d.holdouts {
		all = append(all, overrideEnvironments(fmt.Sprintf("holdout %q", d.holdouts[i].ID), d.holdouts[i].Overrides)...)
	}
	for i := range d.experiments {
		all = append(all, experimentEnvironments(&d.experiments[i])...)
	}
	for i := range d.layers {
		all = append(all, layerEnvironments(&d.layers[i])...)
	}
	return all
}

func ruleEnvironments(from, field string, rules []schema.Rule) (all []namedEnvironment) {
	for i := range rules {
		for j, name := range rules[i].Environments {
			all = append(all, namedEnvironment{from, fmt.Sprintf("%s[%d].environments[%d]", field, i, j), name})
		}
	}
	return all
}

func overrideEnvironments(from string, list []schema.GateOverride) (all []namedEnvironment) {
	for i, o := range list {
		all = append(all, namedEnvironment{from, fmt.Sprintf("environmentOverrides[%d].environment", i), o.Environment})
	}
	return all
}

func experimentEnvironments(x *schema.Experiment) (all []namedEnvironment) {
	from := fmt.Sprintf("experiment %q", x.ID)
	for i, o := range x.Overrides.Overrides {
		all = append(all, namedEnvironment{from, fmt.Sprintf("overrides[%d].environment", i), o.Environment})
	}
	for i, o := range x.Overrides.UserIDOverrides {
		all = append(all, namedEnvironment{from, fmt.Sprintf("userIDOverrides[%d].environment", i), o.Environment})
	}
	own, _ := x.TargetingRules() // those that cannot be read name nothing
	return append(all, ruleEnvironments(from, "inlineTargetingRulesJSON", own)...)
}

func layerEnvironments(l *schema.Layer) (all []namedEnvironment) {
	for i, o := range l.Overrides.IDOverrides {
		all = append(all, namedEnvironment{fmt.Sprintf("layer %q", l.ID), fmt.Sprintf("idOverrides[%d].environment", i), o.Environment})
	}
	return all
}

// checkEnvironments refuses environments that the project does not have, by the field that names them.
func (a *API) checkEnvironments(ctx context.Context, all []namedEnvironment) error {
	var names []string
	for _, use := range all {
		if use.name == "" {
			continue
		}
		if names == nil {
			list, err := a.environments(ctx)
			if err != nil {
				return err
			}
			names = schema.EnvironmentNames(list)
		}
		if !schema.HasEnvironment(names, use.name) {
			return schema.Invalid(use.field, "there is no environment %q; there are %s", use.name, strings.Join(names, ", "))
		}
	}
	return nil
}

func (a *API) checkRuleEnvironments(ctx context.Context, field string, rules []schema.Rule) error {
	return a.checkEnvironments(ctx, ruleEnvironments("", field, rules))
}

func (a *API) checkOverrideEnvironments(ctx context.Context, list []schema.GateOverride) error {
	return a.checkEnvironments(ctx, overrideEnvironments("", list))
}

func (a *API) checkExperimentEnvironments(ctx context.Context, x *schema.Experiment) error {
	return a.checkEnvironments(ctx, experimentEnvironments(x))
}

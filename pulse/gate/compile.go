package gate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/valyala/fastjson"
)

// Specs are specs made ready to evaluate. They are never changed, and may be used by many goroutines.
type Specs struct {
	// Time is when the specs were made, in Unix milliseconds.
	Time int64
	// Broken says of each spec that could not be read why. It evaluates as if it did not exist.
	Broken map[string]error

	app                    value
	gates, configs, layers map[string]*spec
	layerOf                map[string]string // of an experiment
}

// Empty says that there is nothing to evaluate.
func (s *Specs) Empty() bool {
	return len(s.gates)+len(s.configs)+len(s.layers)+len(s.Broken) == 0
}

type spec struct {
	name, idType, entity string
	enabled              bool
	rules                []rule
	defaultValue         json.RawMessage
	explicitParameters   []string
	isActive, isShared   bool
	version              int
}

type rule struct {
	id, groupName     string
	hashPrefix        string // spec.salt "." rule.salt "."
	pass              float64
	conditions        []condition
	returnValue       json.RawMessage
	unit              unitType
	delegateName      string
	delegate          *spec
	isExperimentGroup bool
}

// Parse reads a config spec file, v1 or v2, and compiles it. It fails only if the file as a whole is no JSON of that shape.
func Parse(text []byte) (*Specs, error) {
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("read config specs: %w", err)
	}
	s := &Specs{Time: f.Time, Broken: make(map[string]error), layerOf: make(map[string]string)}
	if f.AppID != "" {
		s.app = textValue(f.AppID)
	}
	maps.Copy(s.layerOf, f.ExperimentLayers)
	for layer, experiments := range f.Layers {
		for _, x := range experiments {
			s.layerOf[x] = layer
		}
	}
	s.gates = s.compileAll(&f, f.FeatureGates)
	s.configs = s.compileAll(&f, f.DynamicConfigs)
	s.layers = s.compileAll(&f, f.LayerConfigs)
	s.link()
	return s, nil
}

func (s *Specs) compileAll(f *File, texts specTexts) map[string]*spec {
	compiled := make(map[string]*spec, len(texts))
	for _, t := range texts {
		read, err := f.read(t)
		s.add(compiled, &read, err)
	}
	return compiled
}

func (s *Specs) add(to map[string]*spec, read *Spec, err error) {
	var c *spec
	if err == nil {
		c, err = compile(read)
	}
	if err != nil {
		name := read.Name
		if name == "" {
			name = fmt.Sprintf("without a name #%d", len(s.Broken)+1)
		}
		s.Broken[name] = err
		return
	}
	to[c.name] = c
}

func compile(s *Spec) (*spec, error) {
	c := &spec{
		name: s.Name, idType: s.IDType, entity: strings.ToLower(s.Entity), enabled: s.Enabled, defaultValue: s.DefaultValue,
		explicitParameters: s.ExplicitParameters, version: s.Version, rules: make([]rule, len(s.Rules)),
		isActive: s.IsActive != nil && *s.IsActive, isShared: s.HasSharedParams != nil && *s.HasSharedParams,
	}
	if strings.EqualFold(s.Type, dynamicConfig) && len(c.defaultValue) == 0 {
		c.defaultValue = json.RawMessage("{}")
	}
	for i, r := range s.Rules {
		salt := r.Salt
		if salt == "" {
			salt = r.ID
		}
		c.rules[i] = rule{
			id: r.ID, groupName: r.GroupName, hashPrefix: s.Salt + "." + salt + ".", pass: r.PassPercentage, returnValue: r.ReturnValue,
			unit: unitTypeOf(r.IDType), delegateName: r.ConfigDelegate, isExperimentGroup: r.IsExperimentGroup,
			conditions: make([]condition, len(r.Conditions)),
		}
		for j := range r.Conditions {
			if err := c.rules[i].conditions[j].compile(&r.Conditions[j]); err != nil {
				return nil, fmt.Errorf("rule %q: condition %d: %w", r.ID, j, err)
			}
		}
	}
	return c, nil
}

// link points conditions at the gates and experiments they name, and rules at their delegates. What is named but does not exist
// stays nil, and evaluates as unrecognised. Specs may be part of other [Specs] as well, so those that point are copied first.
func (s *Specs) link() {
	all := []map[string]*spec{s.gates, s.configs, s.layers}
	for _, specs := range all {
		for name, c := range specs {
			if c.points() {
				specs[name] = c.copy()
			}
		}
	}
	for _, specs := range all {
		for _, c := range specs {
			if c.points() {
				s.point(c)
			}
		}
	}
}

func (s *Specs) point(c *spec) {
	for i := range c.rules {
		r := &c.rules[i]
		if r.delegateName != "" {
			r.delegate = s.configs[r.delegateName]
		}
		for j := range r.conditions {
			switch d := &r.conditions[j]; d.kind {
			case passGate, failGate:
				d.spec = s.gates[d.target.text]
			case experimentGroup:
				d.spec = s.configs[d.name]
			}
		}
	}
}

// points says whether the spec asks another.
func (c *spec) points() bool {
	for i := range c.rules {
		if c.rules[i].delegateName != "" {
			return true
		}
		for j := range c.rules[i].conditions {
			switch c.rules[i].conditions[j].kind {
			case passGate, failGate, experimentGroup:
				return true
			}
		}
	}
	return false
}

// copy makes a spec that can point elsewhere.
func (c *spec) copy() *spec {
	fresh := *c
	fresh.rules = slices.Clone(c.rules)
	for i := range fresh.rules {
		fresh.rules[i].conditions = slices.Clone(c.rules[i].conditions)
	}
	return &fresh
}

// Names lists the gates, configs and layers there are, sorted. Segments and holdouts are gates.
func (s *Specs) Names() (gates, configs, layers []string) {
	sorted := func(m map[string]*spec) []string { return slices.Sorted(maps.Keys(m)) }
	return sorted(s.gates), sorted(s.configs), sorted(s.layers)
}

const dynamicConfig = "dynamic_config"

// targetOf reads what a condition compares with. User buckets are a list in v1 and a map in v2.
func targetOf(text json.RawMessage) (value, error) {
	if len(text) == 0 {
		return value{}, nil
	}
	v, err := fastjson.ParseBytes(text)
	if err != nil {
		return value{}, fmt.Errorf("targetValue: %w", err)
	}
	o := v.GetObject()
	if o == nil {
		return valueOf(v), nil
	}
	list := value{kind: array}
	o.Visit(func(key []byte, _ *fastjson.Value) { list.list = append(list.list, textValue(string(key))) })
	return list, nil
}

package gate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Definitions are what specs are built from.
type Definitions struct {
	Gates       []schema.Gate
	Configs     []schema.DynamicConfig
	Experiments []schema.Experiment
	Layers      []schema.Layer
	Holdouts    []schema.Holdout
	Segments    []schema.Segment
	// Environments are the names of those there are; nil is those of a project that chose none.
	Environments []string
	// Members lists the units of an ID-list segment if it is small enough to stand in the specs themselves.
	Members func(segment string) (ids []string, small bool)
}

// builder makes specs of definitions.
type builder struct {
	*Definitions
	layers       map[string]*schema.Layer
	environments []string
}

func newBuilder(d *Definitions) *builder {
	b := &builder{Definitions: d, layers: make(map[string]*schema.Layer, len(d.Layers))}
	for i := range d.Layers {
		b.layers[d.Layers[i].ID] = &d.Layers[i]
	}
	if b.environments = d.Environments; b.environments == nil {
		b.environments = schema.EnvironmentNames(schema.Environments)
	}
	return b
}

// The names of specs' types and entities.
const (
	featureGate = "feature_gate"
	holdoutKind = "holdout"
	segmentKind = "segment"
	experiment  = "experiment"
	layerKind   = "layer"
)

// never is no bucket, and how SDKs are told "nobody".
var never = json.RawMessage("[-1]")

// Builder makes the files that SDKs download. It remembers what it made: after a change only what changed is built, written and compiled
// anew. The zero value works; it is for one goroutine.
type Builder struct {
	around string
	pieces map[pieceKey]*piece
}

// pieceKey is one version of a definition. The version is 0 where there is none, or where a spec depends on more than its definition and
// what is around it; such specs are always built.
type pieceKey struct {
	kind, id string
	version  int
}

// Build makes the files once.
func Build(d *Definitions, time int64) *Built { return new(Builder).Build(d, time) }

// Build makes the files. What is archived is left out.
func (m *Builder) Build(d *Definitions, time int64) *Built {
	b := newBuilder(d)
	if around := b.around(); around != m.around {
		m.around, m.pieces = around, nil
	}
	out := &assembly{Built: &Built{Time: time, layerOf: make(map[string]string), Broken: make(map[string]error)}, before: m.pieces, pieces: make(map[pieceKey]*piece)}
	each(out, &out.gates, d.Gates, func(g *schema.Gate) pieceKey { return pieceKey{featureGate, g.ID, g.Version} }, b.gate)
	each(out, &out.gates, d.Segments, keyOfSegment, b.segment)
	each(out, &out.gates, d.Holdouts, nil, b.holdout)
	each(out, &out.gates, d.Experiments, nil, b.targets)
	each(out, &out.configs, d.Configs, func(c *schema.DynamicConfig) pieceKey { return pieceKey{dynamicConfig, c.ID, c.Version} }, b.config)
	each(out, &out.configs, d.Experiments, nil, b.experiment)
	each(out, &out.layers, d.Layers, nil, b.layer)
	for i := range d.Experiments {
		if x := &d.Experiments[i]; b.layers[x.LayerID] != nil {
			out.layerOf[x.ID] = x.LayerID
		}
	}
	m.pieces = out.pieces
	return out.Built
}

// around is what the specs of gates and configs depend on beside their definitions.
func (b *builder) around() string {
	type version struct {
		id string
		n  int
	}
	versions := make([]version, len(b.Holdouts))
	for i := range b.Holdouts {
		versions[i] = version{b.Holdouts[i].ID, b.Holdouts[i].Version}
	}
	return fmt.Sprint(versions, b.environments)
}

// keyOfSegment: who is in a list changes without its definition.
func keyOfSegment(g *schema.Segment) pieceKey {
	if g.HasIDs() {
		return pieceKey{}
	}
	return pieceKey{segmentKind, g.ID, g.Version}
}

// assembly is a build on its way.
type assembly struct {
	*Built
	before, pieces map[pieceKey]*piece
}

// each builds the specs of one kind. A definition that cannot be built is left out alone: whatever is wrong with it, it must not take
// down the others.
func each[T any](out *assembly, to *[]*piece, definitions []T, key func(*T) pieceKey, build func(*T) *Spec) {
	for i := range definitions {
		var k pieceKey
		if key != nil {
			k = key(&definitions[i])
		}
		if p := out.before[k]; p != nil {
			out.pieces[k], *to = p, append(*to, p)
			continue
		}
		func() {
			defer func() {
				if wrong := recover(); wrong != nil {
					out.Broken[fmt.Sprintf("%T #%d", definitions[i], i)] = fmt.Errorf("cannot be built: %v", wrong)
				}
			}()
			s := build(&definitions[i])
			if s == nil {
				return
			}
			p := newPiece(s)
			if *to = append(*to, p); k.version != 0 {
				out.pieces[k] = p
			}
		}()
	}
}

func (b *builder) gate(g *schema.Gate) *Spec {
	if g.IsArchived {
		return nil
	}
	s := newSpec(&g.Head, featureGate, featureGate, no)
	s.enable(g.IsEnabled, func() {
		s.Rules = b.overrideRules(g.Overrides, g.IDType)
		s.Rules = append(s.Rules, b.holdoutRules(g.IDType, no, func(h *schema.Holdout) bool { return h.HoldsGate(g.ID) })...)
		s.Rules = append(s.Rules, b.targetingRules(g.Rules, g.IDType, yes)...)
	})
	return s
}

func (b *builder) config(d *schema.DynamicConfig) *Spec {
	if d.IsArchived {
		return nil
	}
	s := newSpec(&d.Head, dynamicConfig, dynamicConfig, d.DefaultValue)
	s.enable(d.IsEnabled, func() {
		s.Rules = b.holdoutRules(d.IDType, d.DefaultValue, func(h *schema.Holdout) bool { return h.HoldsConfig(d.ID) })
		for i := range d.Rules {
			s.Rules = append(s.Rules, b.configRules(&d.Rules[i], d)...)
		}
	})
	return s
}

// holdout is a gate that says true to those held out.
func (b *builder) holdout(h *schema.Holdout) *Spec {
	if h.IsArchived {
		return nil
	}
	s := newSpec(&h.Head, featureGate, holdoutKind, no)
	s.enable(h.IsEnabled, func() {
		s.Rules = b.overrideRules(h.Overrides, h.IDType)
		if h.TargetingGateID != "" {
			s.Rules = append(s.Rules, fixed("targetingGate", h.IDType, no, asks("fail_gate", h.TargetingGateID)))
		}
		r := newRule(h.ID, h.ID, "Held out", h.IDType, yes, everyone())
		r.PassPercentage = h.PassPercentage
		s.Rules = append(s.Rules, r)
	})
	return s
}

func (b *builder) segment(g *schema.Segment) *Spec {
	if g.IsArchived {
		return nil
	}
	head := schema.Head{ID: segmentPrefix + g.ID, IDType: g.IDType, Salt: segmentPrefix + g.ID, Version: g.Version}
	s := newSpec(&head, featureGate, segmentKind, no)
	s.enable(g.IsEnabled, func() {
		if !g.HasIDs() {
			s.Rules = b.targetingRules(g.Rules, g.IDType, yes)
			return
		}
		r := newRule("id_list", "id_list", "id_list", g.IDType, yes, b.members(g))
		s.Rules = []Rule{r}
	})
	return s
}

// members asks whether a unit is in a list: a small list stands in the condition, a larger one is downloaded apart.
func (b *builder) members(g *schema.Segment) Condition {
	c := Condition{Type: "unit_id", IDType: string(g.IDType), AdditionalValues: map[string]any{"custom_id": string(g.IDType)}}
	if b.Members != nil {
		if ids, small := b.Members(g.ID); small {
			c.Operator, c.Field, c.TargetValue = "any", orNull(g.IDType), jsonOf(append([]string{}, ids...))
			return c
		}
	}
	c.Operator, c.TargetValue = "in_segment_list", jsonOf(g.ID)
	return c
}

var yes, no = json.RawMessage("true"), json.RawMessage("false")

func newSpec(h *schema.Head, kind, entity string, defaultValue json.RawMessage) *Spec {
	return &Spec{
		Name: h.ID, Type: kind, Entity: entity, Salt: h.Salt, DefaultValue: defaultValue, IDType: string(h.IDType), Rules: []Rule{},
		IsDeviceBased: strings.EqualFold(string(h.IDType), string(schema.StableID)), Version: h.Version,
	}
}

// enable fills in the rules of a spec that is enabled. One that is not has none: not every SDK looks at enabled.
func (s *Spec) enable(enabled bool, fill func()) {
	if s.Enabled = enabled; enabled {
		fill()
	}
}

// newRule is a rule that lets everybody pass its conditions hold for. The salt is never empty: SDKs differ in what that means.
func newRule(id, salt, name string, unit schema.UnitType, value json.RawMessage, conditions ...Condition) Rule {
	return Rule{
		ID: id, Name: name, GroupName: name, Salt: salt, PassPercentage: 100, Conditions: conditions, ReturnValue: value, IDType: string(unit),
		IsDeviceBased: strings.EqualFold(string(unit), string(schema.StableID)),
	}
}

// fixed is a rule that gives a fixed value to whomever its conditions hold for, and makes no group. A gate's value is whether the rule
// passes, so one that gives no must fail.
func fixed(id string, unit schema.UnitType, value json.RawMessage, conditions ...Condition) Rule {
	r := newRule(id, id, id, unit, value, conditions...)
	r.GroupName = ""
	if string(value) == string(no) {
		r.PassPercentage = 0
	}
	return r
}

// holdoutRules keep the units of the holdouts that apply away. They fail and give no: SDKs look at different ones of the two.
func (b *builder) holdoutRules(unit schema.UnitType, defaultValue json.RawMessage, applies func(*schema.Holdout) bool) []Rule {
	var rules []Rule
	for i := range b.Holdouts {
		h := &b.Holdouts[i]
		if !applies(h) {
			continue
		}
		r := fixed(h.ID, unit, defaultValue, asks("pass_gate", h.ID))
		r.PassPercentage = 0
		rules = append(rules, r)
	}
	return rules
}

// overrideRules let units pass or fail by hand.
func (b *builder) overrideRules(overrides []schema.GateOverride, unit schema.UnitType) []Rule {
	rules := []Rule{}
	for _, o := range overrides {
		of := o.UnitID
		if of == "" {
			of = schema.UserID
		}
		suffix := ":" + string(of) + ":id_override"
		if o.Environment != "" {
			suffix = ":" + o.Environment + suffix
		}
		add := func(id string, value json.RawMessage, ids []string) {
			if len(ids) > 0 {
				rules = append(rules, fixed(id+suffix, unit, value, b.withEnvironments(oneOf(o.Environment), unitIs(of, ids))...))
			}
		}
		add("pass", yes, o.PassingIDs)
		add("fail", no, o.FailingIDs)
	}
	return rules
}

func oneOf(environment string) []string {
	if environment == "" {
		return nil
	}
	return []string{environment}
}

// targetingRules are the rules of a gate or segment.
func (b *builder) targetingRules(rules []schema.Rule, unit schema.UnitType, value json.RawMessage) []Rule {
	out := []Rule{}
	for i := range rules {
		r := &rules[i]
		built := newRule(r.ID, r.BaseID, r.Name, unit, value, b.conditionsOf(r)...)
		built.PassPercentage = r.PassPercentage
		out = append(out, built)
	}
	return out
}

// configRules are those of one rule of a dynamic config: itself, or one for each variant and one for the units that get none.
func (b *builder) configRules(r *schema.Rule, d *schema.DynamicConfig) []Rule {
	if len(r.Variants) == 0 {
		built := newRule(r.ID, r.BaseID, r.Name, d.IDType, r.ReturnValue, b.conditionsOf(r)...)
		built.PassPercentage = r.PassPercentage
		return []Rule{built}
	}
	var out []Rule
	upTo := 0.0
	for _, v := range r.Variants {
		upTo += v.PassPercentage * r.PassPercentage / 100
		below := buckets("lt", d.Salt+"."+r.BaseID, d.IDType, bucketsFor(upTo))
		out = append(out, newRule(v.ID, v.ID, v.Name, d.IDType, v.ReturnValue, append(b.conditionsOf(r), below)...))
	}
	rest := fixed(r.ID, d.IDType, d.DefaultValue, b.conditionsOf(r)...)
	rest.PassPercentage = 0
	return append(out, rest)
}

func jsonOf(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: a spec's value does not marshal: " + err.Error())
	}
	return text
}

// environmentsBut lists the known environments that are not among some.
func (b *builder) environmentsBut(some []string) []string {
	return slices.DeleteFunc(slices.Clone(b.environments), func(e string) bool { return schema.HasEnvironment(some, e) })
}

package gate

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Evaluations are all answers for one user, in the shape that client SDKs get from /v1/initialize.
type Evaluations struct {
	FeatureGates   map[string]GateAnswer   `json:"feature_gates"`
	DynamicConfigs map[string]ConfigAnswer `json:"dynamic_configs"`
	LayerConfigs   map[string]LayerAnswer  `json:"layer_configs"`
	SDKParams      struct{}                `json:"sdkParams"`
	HasUpdates     bool                    `json:"has_updates"`
	Generator      string                  `json:"generator"`
	EvaluatedKeys  EvaluatedKeys           `json:"evaluated_keys"`
	Time           int64                   `json:"time"`
	HashUsed       string                  `json:"hash_used"`
}

// EvaluatedKeys says for which units the answers are.
type EvaluatedKeys struct {
	UserID    string            `json:"userID"`
	CustomIDs map[string]string `json:"customIDs,omitempty"`
}

// GateAnswer is a gate's.
type GateAnswer struct {
	Name               string     `json:"name"`
	Value              bool       `json:"value"`
	RuleID             string     `json:"rule_id"`
	GroupName          string     `json:"group_name,omitempty"` // only with [View.All]
	IDType             string     `json:"id_type,omitempty"`
	SecondaryExposures []Exposure `json:"secondary_exposures"`
}

// ConfigAnswer is a dynamic config's or an experiment's.
type ConfigAnswer struct {
	Name               string          `json:"name"`
	Value              json.RawMessage `json:"value"`
	RuleID             string          `json:"rule_id"`
	Group              string          `json:"group"`
	GroupName          string          `json:"group_name,omitempty"`
	IDType             string          `json:"id_type,omitempty"`
	IsDeviceBased      bool            `json:"is_device_based"`
	Passed             bool            `json:"passed"`
	IsExperimentActive *bool           `json:"is_experiment_active,omitempty"`
	IsUserInExperiment *bool           `json:"is_user_in_experiment,omitempty"`
	IsInLayer          bool            `json:"is_in_layer,omitempty"`
	ExplicitParameters *[]string       `json:"explicit_parameters,omitempty"`
	SecondaryExposures []Exposure      `json:"secondary_exposures"`
}

// LayerAnswer is a layer's.
type LayerAnswer struct {
	Name                          string          `json:"name"`
	Value                         json.RawMessage `json:"value"`
	RuleID                        string          `json:"rule_id"`
	Group                         string          `json:"group"`
	GroupName                     string          `json:"group_name,omitempty"`
	IsDeviceBased                 bool            `json:"is_device_based"`
	IsExperimentActive            *bool           `json:"is_experiment_active,omitempty"`
	IsUserInExperiment            *bool           `json:"is_user_in_experiment,omitempty"`
	ExplicitParameters            []string        `json:"explicit_parameters"`
	AllocatedExperimentName       string          `json:"allocated_experiment_name,omitempty"`
	SecondaryExposures            []Exposure      `json:"secondary_exposures"`
	UndelegatedSecondaryExposures []Exposure      `json:"undelegated_secondary_exposures"`
}

// View says what is shown and how.
type View struct {
	// Hash is how names are hidden: "djb2", "none", else SHA-256.
	Hash string
	// PlainInside hides only the names by which a client looks things up; the gates inside secondary exposures and the allocated
	// experiment stay plaiv. Clients only send those back when they log exposures, and a hash there would have to be undone.
	PlainInside bool
	// All shows segments, holdouts and the group names of gates as well, for debugging.
	All bool
}

func (v View) outer(name string) string { return HashName(v.Hash, name) }

func (v View) inner(name string) string {
	if v.PlainInside {
		return name
	}
	return HashName(v.Hash, name)
}

func (v View) exposures(list []Exposure) []Exposure {
	shown := make([]Exposure, len(list))
	for i, x := range list {
		shown[i] = Exposure{v.inner(x.Gate), x.GateValue, x.RuleID}
	}
	return shown
}

// Initialize evaluates everything for a user but segments and holdouts, which are nobody's business but the server's.
func (s *Specs) Initialize(u *User, o Options, v View) *Evaluations {
	e := &Evaluations{
		FeatureGates:   make(map[string]GateAnswer, len(s.gates)),
		DynamicConfigs: make(map[string]ConfigAnswer, len(s.configs)),
		LayerConfigs:   make(map[string]LayerAnswer, len(s.layers)),
		HasUpdates:     true, Generator: "pulsehouse", Time: s.Time, HashUsed: v.Hash,
		EvaluatedKeys: EvaluatedKeys{UserID: u.UserID, CustomIDs: idMap(u.CustomIDs)},
	}
	if v.Hash != "none" && v.Hash != "djb2" {
		e.HashUsed = "sha256"
	}
	for name, c := range s.gates {
		if !v.All && (c.entity == "segment" || c.entity == "holdout") {
			continue
		}
		r, key := s.eval(c, u, o), v.outer(name)
		a := GateAnswer{Name: key, Value: r.Value, RuleID: r.RuleID, IDType: c.idType, SecondaryExposures: v.exposures(r.Exposures)}
		if v.All {
			a.GroupName = r.GroupName
		}
		e.FeatureGates[key] = a
	}
	for name, c := range s.configs {
		e.DynamicConfigs[v.outer(name)] = s.configAnswer(c, u, o, v)
	}
	for name, c := range s.layers {
		e.LayerConfigs[v.outer(name)] = s.layerAnswer(c, u, o, v)
	}
	return e
}

func idMap(ids schema.UnitIDs) map[string]string {
	m := make(map[string]string, len(ids))
	for _, id := range ids {
		m[string(id.Type)] = id.Value
	}
	return m
}

func (s *Specs) configAnswer(c *spec, u *User, o Options, v View) ConfigAnswer {
	r := s.eval(c, u, o)
	a := ConfigAnswer{
		Name: v.outer(c.name), Value: r.JSON, RuleID: r.RuleID, Group: r.RuleID, GroupName: r.GroupName, IDType: c.idType,
		IsDeviceBased: isDevice(c), Passed: r.Value, SecondaryExposures: v.exposures(r.Exposures),
	}
	if c.entity != "experiment" {
		return a
	}
	a.IsExperimentActive, a.IsUserInExperiment = &c.isActive, &r.IsExperimentGroup
	if c.isShared {
		a.IsInLayer, a.ExplicitParameters = true, ptr(notNil(c.explicitParameters))
		if layer := s.layers[s.layerOf[c.name]]; layer != nil {
			a.Value = merge(layer.defaultValue, r.JSON)
		}
	}
	return a
}

func (s *Specs) layerAnswer(c *spec, u *User, o Options, v View) LayerAnswer {
	r := s.eval(c, u, o)
	a := LayerAnswer{
		Name: v.outer(c.name), Value: r.JSON, RuleID: r.RuleID, Group: r.RuleID, IsDeviceBased: isDevice(c),
		ExplicitParameters: notNil(c.explicitParameters), SecondaryExposures: v.exposures(r.Exposures),
		UndelegatedSecondaryExposures: v.exposures(r.Undelegated),
	}
	if x := s.configs[r.Delegate]; x != nil {
		a.AllocatedExperimentName, a.GroupName = v.inner(r.Delegate), r.GroupName
		a.IsExperimentActive, a.IsUserInExperiment = &x.isActive, &r.IsExperimentGroup
		if len(x.explicitParameters) > 0 {
			a.ExplicitParameters = x.explicitParameters
		}
	}
	return a
}

func isDevice(c *spec) bool { return strings.EqualFold(c.idType, string(schema.StableID)) }

func ptr[T any](v T) *T { return &v }

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// merge lays an object over its defaults.
func merge(defaults, over json.RawMessage) json.RawMessage {
	var below, above map[string]json.RawMessage
	if json.Unmarshal(defaults, &below) != nil || json.Unmarshal(over, &above) != nil || below == nil {
		return over
	}
	maps.Copy(below, above)
	text, err := json.Marshal(below)
	if err != nil {
		return over
	}
	return text
}

package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Spec is one gate, dynamic config, experiment, layer, segment or holdout as SDKs download it.
type Spec struct {
	Name               string          `json:"name,omitempty"`
	Type               string          `json:"type"`
	Entity             string          `json:"entity"`
	Salt               string          `json:"salt"`
	Enabled            bool            `json:"enabled"`
	DefaultValue       json.RawMessage `json:"defaultValue"`
	Rules              []Rule          `json:"rules"`
	IDType             string          `json:"idType"`
	IsDeviceBased      bool            `json:"isDeviceBased"`
	Version            int             `json:"version,omitempty"`
	ExplicitParameters []string        `json:"explicitParameters,omitempty"`
	IsActive           *bool           `json:"isActive,omitempty"`
	HasSharedParams    *bool           `json:"hasSharedParams,omitempty"`
	TargetAppIDs       []string        `json:"targetAppIDs,omitempty"`
}

// Rule is one rule of a spec: the first whose conditions all hold decides.
type Rule struct {
	Name              string          `json:"name"`
	ID                string          `json:"id"`
	GroupName         string          `json:"groupName,omitempty"`
	Salt              string          `json:"salt"`
	PassPercentage    float64         `json:"passPercentage"`
	Conditions        []Condition     `json:"conditions"`
	ReturnValue       json.RawMessage `json:"returnValue"`
	IDType            string          `json:"idType"`
	IsDeviceBased     bool            `json:"isDeviceBased"`
	ConfigDelegate    string          `json:"configDelegate,omitempty"`
	IsExperimentGroup bool            `json:"isExperimentGroup,omitempty"`
	IsControlGroup    bool            `json:"isControlGroup,omitempty"`
}

// Condition is one condition of a rule. In a v2 file a rule holds only its key in the file's condition map.
type Condition struct {
	Type             string          `json:"type"`
	Operator         orNull          `json:"operator"`
	Field            orNull          `json:"field"`
	TargetValue      json.RawMessage `json:"targetValue"`
	AdditionalValues map[string]any  `json:"additionalValues"`
	IDType           string          `json:"idType"`
	IsDeviceBased    bool            `json:"isDeviceBased"`

	key string // in the condition map
}

// orNull is a string that is written as null when it is empty, as the SDKs expect.
type orNull string

// MarshalJSON writes null for "".
func (s orNull) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(s))
}

// UnmarshalJSON takes a condition, or the key of one.
func (c *Condition) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte{'"'}) {
		return json.Unmarshal(text, &c.key)
	}
	type plain Condition
	return json.Unmarshal(text, (*plain)(c))
}

// File is a config spec file of either version, read but not yet compiled. Each spec is still text, so that one that is broken does
// not spoil the others.
type File struct {
	HasUpdates       *bool                      `json:"has_updates"`
	Time             int64                      `json:"time"`
	AppID            string                     `json:"app_id"`
	FeatureGates     specTexts                  `json:"feature_gates"`
	DynamicConfigs   specTexts                  `json:"dynamic_configs"`
	LayerConfigs     specTexts                  `json:"layer_configs"`
	Layers           map[string][]string        `json:"layers"`
	ExperimentLayers map[string]string          `json:"experiment_to_layer"`
	Conditions       map[string]json.RawMessage `json:"condition_map"`
}

// specTexts are the specs of a file: a list in v1, a map by name in v2.
type specTexts []specText

type specText struct {
	name string // of v2
	text json.RawMessage
}

// UnmarshalJSON takes both forms. The order of a v2 map is lost, and means nothing.
func (s *specTexts) UnmarshalJSON(text []byte) error {
	*s = nil
	if bytes.HasPrefix(text, []byte{'['}) {
		var list []json.RawMessage
		err := json.Unmarshal(text, &list)
		for _, item := range list {
			*s = append(*s, specText{text: item})
		}
		return err
	}
	var byName map[string]json.RawMessage
	err := json.Unmarshal(text, &byName)
	for name, item := range byName {
		*s = append(*s, specText{name, item})
	}
	return err
}

// read decodes a spec and puts in the conditions that v2 keeps apart.
func (f *File) read(t specText) (Spec, error) {
	var s Spec
	err := json.Unmarshal(t.text, &s)
	if s.Name == "" {
		s.Name = t.name
	}
	if err != nil {
		return s, err
	}
	if s.Name == "" {
		return s, errors.New("the spec has no name")
	}
	for i := range s.Rules {
		for j := range s.Rules[i].Conditions {
			c := &s.Rules[i].Conditions[j]
			if c.key == "" {
				continue
			}
			body, ok := f.Conditions[c.key]
			if !ok {
				return s, fmt.Errorf("rule %q: there is no condition %q in condition_map", s.Rules[i].ID, c.key)
			}
			if err := json.Unmarshal(body, c); err != nil {
				return s, fmt.Errorf("condition %q: %w", c.key, err)
			}
		}
	}
	return s, nil
}

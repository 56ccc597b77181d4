package gate

import (
	"encoding/json"
	"strconv"

	"github.com/zeebo/xxh3"
)

// Built are specs made from definitions, in the order in which they are served.
type Built struct {
	Time                   int64
	Gates, Configs, Layers []Spec
	LayerOf                map[string]string // of an experiment
	// Broken says of each definition that could not be built why.
	Broken map[string]error
}

// Compile makes them ready to evaluate.
func (b *Built) Compile() *Specs { return Compile(b.Time, b.Gates, b.Configs, b.Layers, b.LayerOf) }

// top is what both versions of the file have.
type top struct {
	HasUpdates bool           `json:"has_updates"`
	Time       int64          `json:"time"`
	SDKConfigs map[string]any `json:"sdk_configs"`
	SDKFlags   struct{}       `json:"sdk_flags"`
	// Diagnostics are sample rates; zeros keep SDKs from sending diagnostics that nobody here reads.
	Diagnostics map[string]int `json:"diagnostics"`
}

func (b *Built) top() top {
	return top{
		HasUpdates: true, Time: b.Time, SDKConfigs: map[string]any{"sampling_mode": "none"},
		Diagnostics: map[string]int{
			"initialize": 0, "dcs": 0, "download_config_specs": 0, "idlist": 0, "get_id_list": 0, "get_id_list_sources": 0, "log": 0,
			"log_event": 0, "api_call": 0,
		},
	}
}

// V1 is the file of version 1. lists names the ID lists there are.
func (b *Built) V1(lists []string) ([]byte, error) {
	layers, listed := make(map[string][]string), make(map[string]bool, len(lists))
	for i := range b.Configs {
		if layer, ok := b.LayerOf[b.Configs[i].Name]; ok {
			layers[layer] = append(layers[layer], b.Configs[i].Name)
		}
	}
	for _, name := range lists {
		listed[name] = true
	}
	return json.Marshal(struct {
		top
		FeatureGates   []Spec              `json:"feature_gates"`
		DynamicConfigs []Spec              `json:"dynamic_configs"`
		LayerConfigs   []Spec              `json:"layer_configs"`
		Layers         map[string][]string `json:"layers"`
		IDLists        map[string]bool     `json:"id_lists"`
	}{b.top(), notNilSpecs(b.Gates), notNilSpecs(b.Configs), notNilSpecs(b.Layers), layers, listed})
}

func notNilSpecs(list []Spec) []Spec { return append([]Spec{}, list...) }

// specV2 is a spec whose rules hold keys of conditions, and whose name is the key it stands under.
type specV2 struct {
	Spec
	Name  string   `json:"name,omitempty"`
	Rules []ruleV2 `json:"rules"`
}

type ruleV2 struct {
	Rule
	Conditions []string `json:"conditions"`
}

// V2 is the file of version 2: specs by name, conditions apart, each once.
func (b *Built) V2() ([]byte, error) {
	conditions := make(map[string]json.RawMessage)
	byName := func(list []Spec) (map[string]specV2, error) {
		out := make(map[string]specV2, len(list))
		for _, s := range list {
			v2 := specV2{Spec: s, Rules: make([]ruleV2, len(s.Rules))}
			for i, r := range s.Rules {
				v2.Rules[i] = ruleV2{Rule: r, Conditions: make([]string, len(r.Conditions))}
				for j := range r.Conditions {
					key, err := share(conditions, r.Conditions[j])
					if err != nil {
						return nil, err
					}
					v2.Rules[i].Conditions[j] = key
				}
			}
			out[s.Name] = v2
		}
		return out, nil
	}
	file := struct {
		top
		ResponseFormat    string                     `json:"response_format"`
		Checksum          string                     `json:"checksum"`
		FeatureGates      map[string]specV2          `json:"feature_gates"`
		DynamicConfigs    map[string]specV2          `json:"dynamic_configs"`
		LayerConfigs      map[string]specV2          `json:"layer_configs"`
		ExperimentToLayer map[string]string          `json:"experiment_to_layer"`
		ConditionMap      map[string]json.RawMessage `json:"condition_map"`
	}{top: b.top(), ResponseFormat: "dcs-v2", Checksum: strconv.FormatInt(b.Time, 10), ExperimentToLayer: b.LayerOf, ConditionMap: conditions}
	var err error
	for to, list := range map[*map[string]specV2][]Spec{&file.FeatureGates: b.Gates, &file.DynamicConfigs: b.Configs, &file.LayerConfigs: b.Layers} {
		if *to, err = byName(list); err != nil {
			return nil, err
		}
	}
	return json.Marshal(file)
}

// share puts a condition into the map, once, and returns its key. User buckets are a map in version 2.
func share(conditions map[string]json.RawMessage, c Condition) (string, error) {
	var list []json.Number
	if c.Type == "user_bucket" && json.Unmarshal(c.TargetValue, &list) == nil {
		set := make(map[string]bool, len(list))
		for _, n := range list {
			set[n.String()] = true
		}
		c.TargetValue = jsonOf(set)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	key := strconv.FormatUint(xxh3.Hash(text), 10)
	conditions[key] = text
	return key, nil
}

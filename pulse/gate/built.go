package gate

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"
)

// Built are specs made from definitions, in the order in which they are served.
type Built struct {
	Time int64
	// Broken says of each definition that could not be built why.
	Broken map[string]error

	gates, configs, layers []*piece
	layerOf                map[string]string // of an experiment
}

// Compile makes them ready to evaluate.
func (b *Built) Compile() *Specs {
	s := &Specs{Time: b.Time, Broken: make(map[string]error), layerOf: b.layerOf}
	all := func(list []*piece) map[string]*spec {
		compiled := make(map[string]*spec, len(list))
		for _, p := range list {
			if p.err != nil {
				s.Broken[p.name] = p.err
				continue
			}
			compiled[p.name] = p.compiled
		}
		return compiled
	}
	s.gates, s.configs, s.layers = all(b.gates), all(b.configs), all(b.layers)
	s.link()
	return s
}

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
	for _, p := range b.configs {
		if layer, ok := b.layerOf[p.name]; ok {
			layers[layer] = append(layers[layer], p.name)
		}
	}
	for _, name := range lists {
		listed[name] = true
	}
	text, err := json.Marshal(struct {
		top
		Layers  map[string][]string `json:"layers"`
		IDLists map[string]bool     `json:"id_lists"`
	}{b.top(), layers, listed})
	if err != nil {
		return nil, err
	}
	f := fileText{slices.Grow(text, sizeOf(func(p *piece) int { return len(p.v1) }, b.gates, b.configs, b.layers))}
	f.list("feature_gates", b.gates)
	f.list("dynamic_configs", b.configs)
	f.list("layer_configs", b.layers)
	return f.text, nil
}

// V2 is the file of version 2: specs by name, conditions apart, each once.
func (b *Built) V2() ([]byte, error) {
	text, err := json.Marshal(struct {
		top
		ResponseFormat    string            `json:"response_format"`
		Checksum          string            `json:"checksum"`
		ExperimentToLayer map[string]string `json:"experiment_to_layer"`
	}{b.top(), "dcs-v2", strconv.FormatInt(b.Time, 10), b.layerOf})
	if err != nil {
		return nil, err
	}
	f := fileText{slices.Grow(text, sizeOf(func(p *piece) int { return len(p.v2) }, b.gates, b.configs, b.layers))}
	f.byName("feature_gates", b.gates)
	f.byName("dynamic_configs", b.configs)
	f.byName("layer_configs", b.layers)
	f.conditions(b.gates, b.configs, b.layers)
	return f.text, nil
}

// fileText is a JSON object to which fields are added that are text already: most of a file was written when it was made last.
type fileText struct{ text []byte }

// sizeOf is how many bytes pieces take in a file, with their names and some room.
func sizeOf(text func(*piece) int, all ...[]*piece) (n int) {
	for _, pieces := range all {
		for _, p := range pieces {
			n += text(p) + len(p.name) + 8
		}
	}
	return n + 1<<10
}

// field writes a field whose value is between two brackets.
func (f *fileText) field(name string, brackets string, inside func()) {
	f.text = append(f.text[:len(f.text)-1], `,"`+name+`":`...)
	f.text = append(f.text, brackets[0])
	from := len(f.text)
	inside()
	if len(f.text) > from {
		f.text = f.text[:len(f.text)-1] // the last comma
	}
	f.text = append(f.text, brackets[1], '}')
}

func (f *fileText) list(name string, pieces []*piece) {
	f.field(name, "[]", func() {
		for _, p := range pieces {
			f.text = append(append(f.text, p.v1...), ',')
		}
	})
}

func (f *fileText) byName(name string, pieces []*piece) {
	f.field(name, "{}", func() {
		for _, p := range pieces {
			f.entry(p.name, p.v2)
		}
	})
}

func (f *fileText) entry(name string, value []byte) {
	f.text = append(append(f.text, jsonOf(name)...), ':')
	f.text = append(append(f.text, value...), ',')
}

func (f *fileText) conditions(all ...[]*piece) {
	seen := make(map[string]bool)
	f.field("condition_map", "{}", func() {
		for _, pieces := range all {
			for _, p := range pieces {
				for _, c := range p.conditions {
					if !seen[c.key] {
						seen[c.key] = true
						f.entry(c.key, c.text)
					}
				}
			}
		}
	})
}

// piece is one spec with all that is made of it. It is never changed.
type piece struct {
	name       string
	v1, v2     []byte // as it stands in the files
	conditions []sharedCondition
	compiled   *spec
	err        error // why it cannot be compiled
}

// sharedCondition is a condition of version 2, and the key by which rules name it.
type sharedCondition struct {
	key  string
	text []byte
}

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

func newPiece(s *Spec) *piece {
	p := &piece{name: s.Name, v1: jsonOf(s)}
	p.compiled, p.err = compile(s)
	v2 := specV2{Spec: *s, Rules: make([]ruleV2, len(s.Rules))}
	for i, r := range s.Rules {
		v2.Rules[i] = ruleV2{Rule: r, Conditions: make([]string, len(r.Conditions))}
		for j := range r.Conditions {
			c := share(r.Conditions[j])
			p.conditions, v2.Rules[i].Conditions[j] = append(p.conditions, c), c.key
		}
	}
	p.v2 = jsonOf(v2)
	return p
}

// share gives a condition a key that is the same wherever the condition is. User buckets are a map in version 2.
func share(c Condition) sharedCondition {
	var list []json.Number
	if c.Type == "user_bucket" && json.Unmarshal(c.TargetValue, &list) == nil {
		set := make(map[string]bool, len(list))
		for _, n := range list {
			set[n.String()] = true
		}
		c.TargetValue = jsonOf(set)
	}
	text := jsonOf(c)
	return sharedCondition{strconv.FormatUint(xxh3.Hash(text), 10), text}
}

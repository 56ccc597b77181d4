package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Buckets is how many equal parts the units of a layer fall into; experiments get parts of their own, so that no unit is in two.
const Buckets = 1000

// Layer is a set of experiments of which a unit is in one at most, over shared parameters.
type Layer struct {
	Head
	IsImplicitLayer bool           `json:"isImplicitLayer"`
	Parameters      []Parameter    `json:"parameters"`
	Overrides       LayerOverrides `json:"overrides,omitzero"`
	// Allocations are the buckets that running experiments have. An experiment keeps its buckets for as long as it runs.
	Allocations []Allocation `json:"allocations,omitempty"`
}

// Parameter is one value that experiments of a layer can change.
type Parameter struct {
	Name         string          `json:"name"`
	Type         string          `json:"type"`
	DefaultValue json.RawMessage `json:"defaultValue"`
}

// Allocation is the buckets of one experiment, as ranges that include both ends.
type Allocation struct {
	Experiment string   `json:"experiment"`
	Ranges     [][2]int `json:"ranges"`
}

// Follow lets a changed layer go on from the version before it.
func (l *Layer) Follow(old *Layer) {
	l.KeepLife(&old.Head)
	l.Allocations = old.Allocations
}

// Validate fills defaults and refuses what cannot be served, naming the field.
func (l *Layer) Validate() error {
	l.Parameters = append([]Parameter{}, l.Parameters...)
	seen := make(map[string]bool)
	for i := range l.Parameters {
		p, at := &l.Parameters[i], fmt.Sprintf("parameters[%d]", i)
		if p.Name == "" || seen[p.Name] {
			return Invalid(at+".name", "%q is empty or the name of two parameters", p.Name)
		}
		seen[p.Name] = true
		kind, err := jsonKind(p.DefaultValue)
		if err != nil {
			return Invalid(at+".defaultValue", "%q is not valid JSON", p.DefaultValue)
		}
		if p.Type == "" {
			p.Type = kind
		}
		if kind != p.Type {
			return Invalid(at+".defaultValue", "%s is a %s, the parameter's type is %q", p.DefaultValue, kind, p.Type)
		}
	}
	return l.validate()
}

func jsonKind(text json.RawMessage) (string, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return "", err
	}
	switch v.(type) {
	case string:
		return "string", nil
	case float64:
		return "number", nil
	case bool:
		return "boolean", nil
	case []any:
		return "array", nil
	default:
		return "object", nil
	}
}

// Free is how many buckets no experiment has.
func (l *Layer) Free() int {
	free := Buckets
	for _, a := range l.Allocations {
		free -= a.Size()
	}
	return free
}

// Size is how many buckets there are in it.
func (a Allocation) Size() int {
	n := 0
	for _, r := range a.Ranges {
		n += r[1] - r[0] + 1
	}
	return n
}

// Buckets lists them.
func (a Allocation) Buckets() []int {
	list := make([]int, 0, a.Size())
	for _, r := range a.Ranges {
		for b := r[0]; b <= r[1]; b++ {
			list = append(list, b)
		}
	}
	return list
}

// BucketsOf lists the buckets of an experiment.
func (l *Layer) BucketsOf(experiment string) []int {
	for _, a := range l.Allocations {
		if a.Experiment == experiment {
			return a.Buckets()
		}
	}
	return nil
}

// Allocate gives every running experiment of the layer the buckets that its allocation asks for, as far as there are any, and takes back
// those of experiments that do not run any more. A running experiment never loses one. It says whether anything changed.
func (l *Layer) Allocate(experiments []Experiment) (changed bool) {
	running := make(map[string]float64)
	var names []string
	for i := range experiments {
		if x := &experiments[i]; x.LayerID == l.ID && x.Running() {
			running[x.ID] = x.Allocation
			names = append(names, x.ID)
		}
	}
	kept := slices.DeleteFunc(slices.Clone(l.Allocations), func(a Allocation) bool { _, ok := running[a.Experiment]; return !ok })
	changed = len(kept) != len(l.Allocations)
	l.Allocations = kept
	slices.Sort(names)
	for _, name := range names {
		want := int(math.Round(running[name] * Buckets / 100))
		changed = l.grow(name, want) || changed
	}
	return changed
}

// grow gives an experiment free buckets, the lowest first, up to want.
func (l *Layer) grow(name string, want int) bool {
	at := slices.IndexFunc(l.Allocations, func(a Allocation) bool { return a.Experiment == name })
	if at < 0 {
		l.Allocations = append(l.Allocations, Allocation{Experiment: name})
		at = len(l.Allocations) - 1
	}
	need := want - l.Allocations[at].Size()
	if need <= 0 {
		return false
	}
	var taken [Buckets]bool
	for _, a := range l.Allocations {
		for _, b := range a.Buckets() {
			taken[b] = true
		}
	}
	mine := l.Allocations[at].Buckets()
	for b := range taken {
		if need > 0 && !taken[b] {
			mine = append(mine, b)
			need--
		}
	}
	before := l.Allocations[at].Size()
	l.Allocations[at].Ranges = rangesOf(mine)
	return l.Allocations[at].Size() != before
}

func rangesOf(buckets []int) (ranges [][2]int) {
	slices.Sort(buckets)
	for _, b := range buckets {
		if n := len(ranges); n > 0 && ranges[n-1][1] == b-1 {
			ranges[n-1][1] = b
			continue
		}
		ranges = append(ranges, [2]int{b, b})
	}
	return ranges
}

package gate

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Exposure is a gate, or an experiment, that an evaluation asked on its way.
type Exposure struct {
	Gate      string `json:"gate"`
	GateValue string `json:"gateValue"`
	RuleID    string `json:"ruleID"`
}

// Result is what a user gets. The zero value is the answer for a name that does not exist.
type Result struct {
	// Value is whether a rule passed; for a gate it is the gate's value.
	Value bool
	// JSON is the value of a config or layer; nil for a gate.
	JSON                      json.RawMessage
	RuleID, GroupName, IDType string
	// Exposures are the gates asked, each once, in order. Undelegated are those asked before a layer went to an experiment.
	Exposures, Undelegated []Exposure
	// Delegate is the experiment a layer went to.
	Delegate           string
	ExplicitParameters []string
	IsExperimentGroup  bool
	// Known is false for a name that does not exist.
	Known bool
	// Unsupported is true where a rule has a condition or an operator that does not exist, or leads in circles.
	Unsupported bool
	Version     int
}

// Options are what an evaluation depends on besides specs and user. The zero value works.
type Options struct {
	Lists Lists
	// Now is the instant that time conditions compare; zero is the clock's.
	Now time.Time
}

// Hostile specs can lead in circles, or visit the same gates exponentially often; honest ones stay far below both.
const (
	maxDepth = 300
	maxRules = 20_000
)

// walk is one evaluation on its way.
type walk struct {
	specs     *Specs
	user      *User
	o         Options
	rules     int // visited
	exposures []Exposure
	seen      map[Exposure]struct{} // of exposures, once there are many
	buffer    []byte                // for hashing
}

var walks = sync.Pool{New: func() any { return new(walk) }}

// Gate evaluates a gate, segment or holdout.
func (s *Specs) Gate(u *User, name string, o Options) Result { return s.eval(s.gates[name], u, o) }

// Config evaluates a dynamic config or an experiment.
func (s *Specs) Config(u *User, name string, o Options) Result { return s.eval(s.configs[name], u, o) }

// Layer evaluates a layer.
func (s *Specs) Layer(u *User, name string, o Options) Result { return s.eval(s.layers[name], u, o) }

func (s *Specs) eval(c *spec, u *User, o Options) Result {
	if c == nil {
		return Result{}
	}
	w := walks.Get().(*walk)
	w.specs, w.user, w.o = s, u, o
	r := w.spec(c, 0)
	r.Known = true
	if r.Unsupported {
		r = Result{Known: true, Unsupported: true, JSON: c.defaultValue, IDType: c.idType}
	} else if len(w.exposures) > 0 {
		undelegated := len(r.Undelegated)
		r.Exposures = slices.Clone(w.exposures)
		r.Undelegated = r.Exposures[:undelegated:undelegated]
	}
	clear(w.exposures)
	*w = walk{exposures: w.exposures[:0], buffer: w.buffer[:0]}
	walks.Put(w)
	return r
}

// spec evaluates one spec. The Undelegated of its result is only good for its length: exposures are collected in w.
func (w *walk) spec(c *spec, depth int) Result {
	unsupported := Result{Unsupported: true}
	if depth > maxDepth {
		return unsupported
	}
	if !c.enabled {
		return Result{RuleID: "disabled", IDType: c.idType, JSON: c.defaultValue, Version: c.version, Undelegated: w.exposures}
	}
	for i := range c.rules {
		r := &c.rules[i]
		if w.rules++; w.rules > maxRules {
			return unsupported
		}
		pass, ok := w.rule(r, depth)
		if !ok {
			return unsupported
		}
		if !pass {
			continue
		}
		if r.delegate != nil {
			return w.delegate(r, depth)
		}
		return w.decide(c, r)
	}
	return Result{RuleID: "default", IDType: c.idType, JSON: c.defaultValue, Version: c.version, Undelegated: w.exposures}
}

// delegate gives the result of the experiment that a rule goes to.
func (w *walk) delegate(r *rule, depth int) Result {
	undelegated := w.exposures
	result := w.spec(r.delegate, depth+2)
	result.Delegate, result.ExplicitParameters, result.Undelegated = r.delegateName, r.delegate.explicitParameters, undelegated
	return result
}

// decide applies the percentage of the rule whose conditions hold.
func (w *walk) decide(c *spec, r *rule) Result {
	result := Result{
		Value: w.passes(r), JSON: c.defaultValue, RuleID: r.id, GroupName: r.groupName, IDType: c.idType,
		IsExperimentGroup: r.isExperimentGroup, Version: c.version, Undelegated: w.exposures,
	}
	if result.Value {
		result.JSON = r.returnValue
	}
	return result
}

func (w *walk) passes(r *rule) bool {
	switch r.pass {
	case 0:
		return false
	case 100:
		return true
	}
	return float64(w.hash(r.hashPrefix, r.unit)%10_000) < r.pass*100
}

func (w *walk) hash(prefix string, t unitType) uint64 {
	w.buffer = append(append(w.buffer[:0], prefix...), w.user.unit(t)...)
	return hash(w.buffer)
}

// rule says whether all conditions hold. All are looked at, so that what they ask is exposed. ok is false where one is not supported.
func (w *walk) rule(r *rule, depth int) (pass, ok bool) {
	pass, ok = true, true
	for i := range r.conditions {
		holds, supported := w.condition(&r.conditions[i], depth)
		pass, ok = pass && holds, ok && supported
	}
	return pass, ok
}

func (w *walk) condition(c *condition, depth int) (pass, ok bool) {
	switch c.kind {
	case public:
		return true, true
	case passGate, failGate:
		return w.gate(c, depth)
	case unknownCondition:
		return false, false
	case userBucket:
		if c.buckets != nil && (c.op == anyOf || c.op == noneOf) {
			in := c.hasSalt && c.buckets[w.hash(c.prefix, c.unit)%1000]
			return in == (c.op == anyOf), true
		}
	}
	v, ok := w.value(c, depth)
	if !ok {
		return false, false
	}
	return c.compare(v, w.o.Lists)
}

// gate asks another gate.
func (w *walk) gate(c *condition, depth int) (pass, ok bool) {
	var r Result
	if c.spec != nil {
		r = w.spec(c.spec, depth+3)
	}
	if r.Unsupported {
		return false, false
	}
	if !c.isHidden {
		w.expose(Exposure{c.target.text, strconv.FormatBool(r.Value), r.RuleID})
	}
	return r.Value == (c.kind == passGate), true
}

// expose notes an exposure, once.
func (w *walk) expose(x Exposure) {
	const few = 16
	if w.seen == nil {
		if slices.Contains(w.exposures, x) {
			return
		}
		if w.exposures = append(w.exposures, x); len(w.exposures) > few {
			w.seen = make(map[Exposure]struct{}, 2*few)
			for _, x := range w.exposures {
				w.seen[x] = struct{}{}
			}
		}
		return
	}
	if _, ok := w.seen[x]; !ok {
		w.seen[x] = struct{}{}
		w.exposures = append(w.exposures, x)
	}
}

// value is what a condition looks at.
func (w *walk) value(c *condition, depth int) (v value, ok bool) {
	switch c.kind {
	case ipBased:
		if v = w.user.field(c.field); v.isEmpty() && c.field.own == ownCountry {
			v = country(w.user.field(fieldIP))
		}
	case uaBased:
		if v = w.user.field(c.field); v.isEmpty() {
			v = device(w.user.field(fieldUserAgent), c.field.lower)
		}
	case userField:
		v = w.user.field(c.field)
	case environmentField:
		v, _ = w.user.environment.lookup(c.field)
	case currentTime:
		now := w.o.Now
		if now.IsZero() {
			now = time.Now()
		}
		v = value{kind: number, num: float64(now.UnixMilli())}
	case userBucket:
		if c.hasSalt {
			v = value{kind: number, num: float64(w.hash(c.prefix, c.unit) % 1000)}
		}
	case unitID:
		v = textValue(w.user.unit(c.unit))
	case targetApp:
		v = w.specs.app
	case experimentGroup:
		return w.group(c, depth)
	}
	return v, true
}

// group is the name of the group that the user has in an experiment.
func (w *walk) group(c *condition, depth int) (value, bool) {
	var r Result
	if c.spec != nil {
		r = w.spec(c.spec, depth+3)
	}
	if r.Unsupported {
		return value{}, false
	}
	w.expose(Exposure{c.name, r.GroupName, r.RuleID})
	if r.GroupName == "" {
		return value{}, true
	}
	return textValue(r.GroupName), true
}

var fieldIP, fieldUserAgent = fieldOf("ip"), fieldOf("userAgent")

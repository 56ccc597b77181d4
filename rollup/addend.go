package rollup

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// addend is one of the events that a metric is made of, as a place that events of the table go to. Where a unit's value is a sum, an
// extreme or a count over its events, days between are of no use: each event is taken straight to the metrics that its name says, one row
// a metric, and folded per unit once. On sparse data, where a unit-day has hardly more than an event, that is a third of the work.
type addend struct {
	name string // of the event, AnyEvent for all
	// place is the metric's, from 1.
	place uint16
	role  addendRole
	// what it adds, from 1, among the different expressions of a statement.
	what uint16
}

type addendRole uint8

const (
	addsX    addendRole = iota // to the numerator
	addsY                      // to the denominator
	addsPair                   // to the numerator, and 1 to the denominator
)

// hasAddends says that a unit's value is made of its events without knowing their days. A mean or an extreme of several events is not: an
// event that is two of them adds the sum of both, once.
func (m *metric) hasAddends() bool {
	switch m.Aggregation() {
	case schema.EventCount, schema.EventUser, schema.Sum, schema.Ratio:
		return m.Options.Cap == 0
	case schema.Mean, schema.Min, schema.Max:
		return m.Options.Cap == 0 && len(m.MetricEvents) == 1
	default:
		return false
	}
}

// addends are those of some metrics, with the SQL of the different things that they add.
type addends struct {
	terms *terms
	all   []addend
	whats []string
	known map[string]uint16
}

// newAddends compiles metrics that have addends.
func newAddends(ms []*metric) (*addends, error) {
	a := &addends{terms: &terms{params: store.Params{}}, known: make(map[string]uint16)}
	for i, m := range ms {
		for n := range m.MetricEvents {
			what, err := a.what(&m.MetricEvents[n])
			if err != nil {
				return nil, fmt.Errorf("compile metric %q: %w", m.version, err)
			}
			a.all = append(a.all, addend{m.MetricEvents[n].Name, uint16(i + 1), m.role(n), what})
		}
	}
	return a, nil
}

// role is what the n-th event of a metric adds to.
func (m *metric) role(n int) addendRole {
	switch m.Aggregation() {
	case schema.Ratio:
		return addendRole(n)
	case schema.Mean:
		return addsPair
	default:
		return addsX
	}
}

// what is the place of what an event adds, names aside: metrics share it, so that a property is parsed once.
func (a *addends) what(e *schema.MetricEvent) (uint16, error) {
	key, err := json.Marshal([]any{e.Type, e.MetadataKey, e.Criteria, e.Name == schema.AnyEvent})
	if err != nil {
		return 0, err
	}
	if n, ok := a.known[string(key)]; ok {
		return n, nil
	}
	var conditions []string
	if e.Name == schema.AnyEvent {
		conditions = append(conditions, ofAnyEvent)
	}
	text, err := a.terms.addition(fmt.Sprintf("a%d", len(a.whats)), e, conditions...)
	a.whats = append(a.whats, text)
	a.known[string(key)] = uint16(len(a.whats))
	return a.known[string(key)], err
}

// dispatch is SQL for the places in all that an event goes to, by its name: the place where each name has one, else a join that makes a row of
// each.
func (a *addends) dispatch() (place, join string) {
	byName, always := make(map[string][]uint16), []uint16{}
	for i, d := range a.all {
		if d.name == schema.AnyEvent {
			always = append(always, uint16(i+1))
		} else {
			byName[d.name] = append(byName[d.name], uint16(i+1))
		}
	}
	names, places := []string{}, [][]uint16{always}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		names, places = append(names, name), append(places, append(byName[name], always...))
	}
	a.terms.params["addend_names"] = names
	if !slices.ContainsFunc(places[1:], func(p []uint16) bool { return len(p) > 1 }) && len(always) == 0 {
		only := []uint16{}
		for _, p := range places[1:] {
			only = append(only, p[0])
		}
		a.terms.params["dispatch"] = only
		return "{dispatch:Array(UInt16)}[indexOf({addend_names:Array(String)}, name)] AS addend", ""
	}
	a.terms.params["dispatch"] = places
	return "addend", "ARRAY JOIN {dispatch:Array(Array(UInt16))}[indexOf({addend_names:Array(String)}, name) + 1] AS addend"
}

// added is SQL for what an event adds.
func (a *addends) added() string {
	if len(a.whats) == 1 {
		return a.whats[0]
	}
	var cases []string
	for i, text := range a.whats {
		cases = append(cases, fmt.Sprintf("{whats:Array(UInt16)}[addend] = %d", i+1), text)
	}
	return "multiIf(" + strings.Join(cases, ", ") + ", NULL)"
}

// sums is SQL for what that is of the metric's two numbers.
func (a *addends) sums() (x, y string) {
	is := func(r addendRole) bool { return slices.ContainsFunc(a.all, func(d addend) bool { return d.role == r }) }
	x, y = "assumeNotNull(added)", "0."
	switch {
	case is(addsY):
		x = fmt.Sprintf("if({roles:Array(UInt8)}[addend] = %d, 0., assumeNotNull(added))", addsY)
		y = fmt.Sprintf("multiIf({roles:Array(UInt8)}[addend] = %d, assumeNotNull(added), {roles:Array(UInt8)}[addend] = %d, 1., 0.)", addsY, addsPair)
	case is(addsPair):
		y = fmt.Sprintf("toFloat64({roles:Array(UInt8)}[addend] = %d)", addsPair)
	}
	return x, y
}

// params are those of the fragments above.
func (a *addends) params() store.Params {
	places, roles, whats := []uint16{}, []uint8{}, []uint16{}
	for _, d := range a.all {
		places, roles, whats = append(places, d.place), append(roles, uint8(d.role)), append(whats, d.what)
	}
	return with(a.terms.params, store.Params{"addend_places": places, "roles": roles, "whats": whats})
}

// addendSource is the SQL of what units did, event by event, with the cohort that it is about.
func (x *experiment) addendSource(ms []*metric, cohort string) (text string, p store.Params, err error) {
	a, err := newAddends(ms)
	if err != nil {
		return "", nil, err
	}
	sumX, sumY := a.sums()
	place, join := a.dispatch()
	text = fillAll(counted(statement("source_addends")), map[string]string{
		"cohort": cohort, "addend": place, "dispatch": join, "added": a.added(), "x": sumX, "y": sumY,
	})
	if longest := x.longestPast(ms); slices.ContainsFunc(ms, func(m *metric) bool { return x.Window(&m.Metric) < longest }) {
		text = fill(text, "windowed", "AND since >= -toInt32({windows:Array(UInt16)}[place])")
	}
	if slices.ContainsFunc(a.all, func(d addend) bool { return d.name == schema.AnyEvent }) {
		text = fill(text, "named", "("+ofAnyEvent+" OR name IN {events:Array(String)})")
	}
	if x.byDay() {
		text = fill(text, "after", "since >= 0")
	}
	return x.identified(text), with(a.params(), eventParams(ms), store.Params{"other_type": x.SecondaryIDType.Key()}), nil
}

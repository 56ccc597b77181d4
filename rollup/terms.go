package rollup

import (
	"fmt"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// terms compiles metrics to SQL over one row of events: for each metric what the event adds to its two numbers x and y, NULL where
// it adds nothing, and the key it is counted by. An event that adds NULL twice did not happen to the metric. Values of definitions become parameters; only their
// names, which are made here, go into the text.
//
// What an event adds is 1 (count), its value column, or a property: a number, or a text that is one. Anything else,
// infinities included, adds nothing. Where a metric lists several events, an event adds what all of them say together.
//
//	event_count_custom, event_user    x 1
//	sum                               x value
//	mean                              x value, y 1, if there is a value
//	ratio                             x from the first event, y from the second
//	min, max, first, latest           x value, y 1, if there is a value
//	percentile                        x value
//	count_distinct                    x 1, key a hash of the text
//	retention                         x 1 for the last event (the return), y 1 for the first (the start)
//	funnel                            x 1 for any of its steps, key a bit for each step that the event is
//
// What a unit makes of its terms is said at fold.
type terms struct {
	params store.Params
	known  map[string]string // the names of parameters that were made here, by type and value
}

// term is what an event adds to one metric, as SQL.
type term struct {
	x, y, key string // y and key are "" where the metric has none
	paired    bool   // y is 1 where x is something
	ones      bool   // x is 1 where it is something
	onesY     bool   // so is y
}

// newTerms compiles metrics for one statement. The statement has the columns of events, and a column exposed_at: the unit's
// first exposure, NULL where there is no experiment.
func newTerms(metrics []*metric) ([]term, store.Params, error) {
	t := &terms{params: store.Params{}}
	all := make([]term, len(metrics))
	for i, m := range metrics {
		var err error
		if all[i], err = t.metric(i, &m.Metric); err != nil {
			return nil, nil, fmt.Errorf("compile metric %q: %w", m.version, err)
		}
	}
	return all, t.params, nil
}

// tuple is the term as (x, y, key).
func (t term) tuple() string {
	y, key := nothing, noKey
	if t.paired {
		y = fmt.Sprintf("if(isNull(%s), NULL, toFloat64(1))", t.x)
	}
	if t.y != "" {
		y = t.y
	}
	if t.key != "" {
		key = t.key
	}
	return fmt.Sprintf("(%s, %s, %s)", t.x, y, key)
}

// param makes a parameter, unless there is one of this value, and returns its mention in SQL. So equal expressions of several metrics are equal texts.
func (t *terms) param(name, sqlType string, value any) string {
	key := fmt.Sprintf("%s %#v", sqlType, value)
	if t.known == nil {
		t.known = make(map[string]string)
	}
	if t.known[key] == "" {
		t.known[key], t.params[name] = "{"+name+":"+sqlType+"}", value
	}
	return t.known[key]
}

const (
	nothing = "CAST(NULL AS Nullable(Float64))"
	noKey   = "toUInt64(0)"
)

func (t *terms) metric(i int, m *schema.Metric) (term, error) {
	prefix := fmt.Sprintf("m%d", i)
	events, err := t.events(prefix, m)
	if err != nil {
		return term{}, err
	}
	adds := term{x: together(events), ones: len(events) == 1 && addsOne(&m.MetricEvents[0])}
	switch m.Aggregation() {
	case schema.EventCount, schema.EventUser, schema.Sum, schema.Percentile:
	case schema.Mean, schema.Min, schema.Max, schema.FirstValue, schema.LatestValue:
		adds.paired = true
	case schema.Ratio:
		if len(events) != 2 {
			return term{}, fmt.Errorf("a ratio is made of 2 events, not %d", len(events))
		}
		adds = term{x: events[0], y: events[1], ones: addsOne(&m.MetricEvents[0]), onesY: addsOne(&m.MetricEvents[1])}
	case schema.Retention:
		adds = term{x: events[len(events)-1], y: events[0]}
	case schema.CountDistinct:
		adds.key = t.keys(prefix, m, events)
	case schema.Funnel:
		adds.key = steps(events)
	default:
		return term{}, fmt.Errorf("metrics of type %q are not computed", m.Type)
	}
	return adds, nil
}

// events compiles what each of a metric's events adds.
func (t *terms) events(prefix string, m *schema.Metric) ([]string, error) {
	if len(m.MetricEvents) == 0 {
		return nil, fmt.Errorf("a %s metric is made of at least one event", m.Type)
	}
	all := make([]string, len(m.MetricEvents))
	for n := range m.MetricEvents {
		var err error
		if all[n], err = t.event(fmt.Sprintf("%s_e%d", prefix, n), &m.MetricEvents[n]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// together is the sum of what is there, NULL when nothing is.
func together(events []string) string {
	if len(events) == 1 {
		return events[0]
	}
	return fmt.Sprintf("arrayReduce('sumOrNull', [%s])", strings.Join(events, ", "))
}

// steps sets bit n where the event is step n+1.
func steps(events []string) string {
	bits := make([]string, len(events))
	for n, e := range events {
		bits[n] = fmt.Sprintf("if(isNull(%s), 0, %d)", e, uint64(1)<<n)
	}
	return "toUInt64(" + strings.Join(bits, " + ") + ")"
}

// keys is a hash of the text by which a count_distinct metric tells apart, of the first of its events that it is.
func (t *terms) keys(prefix string, m *schema.Metric, events []string) string {
	all := make([]string, len(events))
	for n := range events {
		all[n] = fmt.Sprintf("if(isNull(%s), NULL, %s)", events[n], t.distinct(fmt.Sprintf("%s_e%d", prefix, n), &m.MetricEvents[n]))
	}
	return fmt.Sprintf("sipHash64(coalesce(%s, ''))", strings.Join(all, ", "))
}

// event returns what one event adds, a Nullable(Float64).
func (t *terms) event(prefix string, e *schema.MetricEvent) (string, error) {
	conditions := []string{"name = " + t.param(prefix+"_name", "String", e.Name)}
	if e.Name == schema.AnyEvent {
		conditions[0] = ofAnyEvent
	}
	return t.addition(prefix, e, conditions...)
}

// ofAnyEvent holds for what [schema.AnyEvent] takes: an audience call is nothing that a user did, and counts by its name alone.
const ofAnyEvent = "audience = ''"

// addition is what an event adds where some conditions and its criteria hold, a Nullable(Float64).
func (t *terms) addition(prefix string, e *schema.MetricEvent, conditions ...string) (string, error) {
	for i, c := range e.Criteria {
		condition, err := t.criterion(fmt.Sprintf("%s_c%d", prefix, i), c)
		if err != nil {
			return "", err
		}
		conditions = append(conditions, condition)
	}
	value, err := t.added(prefix, e)
	if err != nil {
		return "", err
	}
	if len(conditions) == 0 {
		return value, nil
	}
	return fmt.Sprintf("if(%s, %s, NULL)", strings.Join(conditions, " AND "), value), nil
}

const one = "toNullable(toFloat64(1))"

// addsOne says that an event adds 1 or nothing.
func addsOne(e *schema.MetricEvent) bool {
	return e.Type == "" || e.Type == "count" || e.Type == schema.Participation
}

func (t *terms) added(prefix string, e *schema.MetricEvent) (string, error) {
	if addsOne(e) {
		return one, nil
	}
	switch e.Type {
	case "value":
		return finite("value"), nil
	case "metadata":
		return finite(t.json("properties", prefix+"_key", e.MetadataKey).number()), nil
	case "count_distinct":
		return fmt.Sprintf("if(isNull(%s), NULL, toFloat64(1))", t.distinct(prefix, e)), nil
	default:
		return "", fmt.Errorf("an event adds count, value, metadata or count_distinct, not %q", e.Type)
	}
}

// distinct is the text of which different ones are counted: a property, else the value.
func (t *terms) distinct(prefix string, e *schema.MetricEvent) string {
	if e.MetadataKey == "" {
		return "toString(value)"
	}
	return t.json("properties", prefix+"_key", e.MetadataKey).text()
}

func finite(number string) string { return fmt.Sprintf("if(isFinite(%[1]s), %[1]s, NULL)", number) }

package rollup

import (
	"fmt"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// terms compiles metrics to SQL over one row of events: for each metric a tuple
//
//	(place, numerator, denominator)
//
// of its 1-based place in the list and what the event adds to the metric's two sums, NULL where it adds nothing. An event
// that adds NULL twice did not happen to the metric. Values of definitions become parameters; only their names, which are
// made here, go into the text.
//
// What an event adds is 1 (count), its value column, or a property: a number, or a text that is one. Anything else,
// infinities included, adds nothing.
//
//	event_count_custom, event_user   numerator 1
//	sum                              numerator value
//	mean                             numerator value, denominator 1, if there is a value
//	ratio                            numerator from the first event, denominator from the second
type terms struct {
	params store.Params
}

// newTerms compiles metrics for one statement.
func newTerms(metrics []*metric) (fragment string, params store.Params, err error) {
	t := &terms{store.Params{}}
	tuples := make([]string, len(metrics))
	for i, m := range metrics {
		if tuples[i], err = t.metric(i, &m.Metric); err != nil {
			return "", nil, fmt.Errorf("compile metric %q: %w", m.version, err)
		}
	}
	return strings.Join(tuples, ",\n               "), t.params, nil
}

// param makes a parameter and returns its mention in SQL.
func (t *terms) param(name, sqlType string, value any) string {
	t.params[name] = value
	return "{" + name + ":" + sqlType + "}"
}

const nothing = "CAST(NULL AS Nullable(Float64))"

func (t *terms) metric(i int, m *schema.Metric) (string, error) {
	want := 1
	if m.Type == schema.Ratio {
		want = 2
	}
	if len(m.MetricEvents) != want {
		return "", fmt.Errorf("a %s metric is made of %d events, not %d", m.Type, want, len(m.MetricEvents))
	}
	numerator, err := t.event(fmt.Sprintf("m%d_e0", i), &m.MetricEvents[0])
	if err != nil {
		return "", err
	}
	denominator := nothing
	switch m.Type {
	case schema.EventCount, schema.EventUser, schema.Sum:
	case schema.Mean:
		denominator = fmt.Sprintf("if(isNull(%s), NULL, toFloat64(1))", numerator)
	case schema.Ratio:
		if denominator, err = t.event(fmt.Sprintf("m%d_e1", i), &m.MetricEvents[1]); err != nil {
			return "", err
		}
	default:
		return "", fmt.Errorf("metrics of type %q are not computed", m.Type)
	}
	return fmt.Sprintf("(toUInt16(%d), %s, %s)", i+1, numerator, denominator), nil
}

// event returns what one event adds, a Nullable(Float64).
func (t *terms) event(prefix string, e *schema.MetricEvent) (string, error) {
	conditions := []string{"name = " + t.param(prefix+"_name", "String", e.Name)}
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
	return fmt.Sprintf("if(%s, %s, NULL)", strings.Join(conditions, " AND "), value), nil
}

func (t *terms) added(prefix string, e *schema.MetricEvent) (string, error) {
	switch e.Type {
	case "", "count":
		return "toNullable(toFloat64(1))", nil
	case "value":
		return finite("value"), nil
	case "metadata":
		return finite(t.json("properties", prefix+"_key", e.MetadataKey).number()), nil
	default:
		return "", fmt.Errorf("an event adds count, value or metadata, not %q", e.Type)
	}
}

func finite(number string) string { return fmt.Sprintf("if(isFinite(%[1]s), %[1]s, NULL)", number) }

package schema

import (
	"fmt"
	"slices"
	"strings"
)

// MetricType is the Console API's type of a metric.
type MetricType string

// The metric types that are computed.
const (
	EventCount MetricType = "event_count_custom"
	EventUser  MetricType = "event_user"
	Sum        MetricType = "sum"
	Mean       MetricType = "mean"
	Ratio      MetricType = "ratio"
)

// MetricTypes lists the types that can be created.
var MetricTypes = []MetricType{EventCount, EventUser, Sum, Mean, Ratio}

// Rollup is how an event_user metric turns a unit's days into one value.
type Rollup string

// The rollups of event_user, by the Console API's rollupTimeWindow.
const (
	// DailyParticipation is the share of the unit's days since its first exposure on which it had the event.
	DailyParticipation Rollup = ""
	// OneTime is 1 when the unit ever had the event.
	OneTime Rollup = "max"
	// Window is 1 when the unit had the event on day customRollUpStart … customRollUpEnd after its first exposure.
	Window Rollup = "custom"
)

// Metric is a definition over events, in the shape of the Console API.
type Metric struct {
	Name              string        `json:"name"`
	Type              MetricType    `json:"type"`
	Description       string        `json:"description,omitempty"`
	UnitTypes         []UnitType    `json:"unitTypes,omitempty"`
	MetricEvents      []MetricEvent `json:"metricEvents"`
	Directionality    string        `json:"directionality,omitempty"`
	Tags              []string      `json:"tags,omitempty"`
	RollupTimeWindow  Rollup        `json:"rollupTimeWindow,omitempty"`
	CustomRollUpStart int           `json:"customRollUpStart,omitempty"`
	CustomRollUpEnd   int           `json:"customRollUpEnd,omitempty"`
	Version           int           `json:"version,omitempty"`
	CreatedTime       Millis        `json:"createdTime,omitempty"`
	LastModifiedTime  Millis        `json:"lastModifiedTime,omitempty"`
}

// MetricEvent is one event a metric is made from. Name is the stored name ("segment::Order Completed").
type MetricEvent struct {
	Name string `json:"name"`
	// Type is what is taken from the event: "count" (default) 1 each, "value" its value, "metadata" the property named
	// by MetadataKey, a dotted path.
	Type        string      `json:"type,omitempty"`
	MetadataKey string      `json:"metadataKey,omitempty"`
	Criteria    []Criterion `json:"criteria,omitempty"`
}

// Criterion is one filter; all of an event's criteria must hold.
type Criterion struct {
	// Type is where the column is found: value, metadata (properties), user (user fields), user_custom.
	Type      string   `json:"type"`
	Column    string   `json:"column,omitempty"`
	Condition string   `json:"condition"`
	Values    []string `json:"values,omitempty"`
}

// MetricRef names a metric as experiments do.
type MetricRef struct {
	Name string     `json:"name"`
	Type MetricType `json:"type"`
}

// ID is the metric's id, "name::type".
func (r MetricRef) ID() string { return r.Name + "::" + string(r.Type) }

// ParseMetricID splits "name::type" at the last "::", since names hold "::" themselves.
func ParseMetricID(id string) (MetricRef, error) {
	i := strings.LastIndex(id, "::")
	if i <= 0 || i+2 == len(id) {
		return MetricRef{}, Invalid("id", "metric id %q is not of the form name::type", id)
	}
	return MetricRef{id[:i], MetricType(id[i+2:])}, nil
}

// Ref names the metric.
func (m *Metric) Ref() MetricRef { return MetricRef{m.Name, m.Type} }

// ID is the metric's id, "name::type".
func (m *Metric) ID() string { return m.Ref().ID() }

// VersionID keys every rollup: a changed definition is another metric to them.
func (m *Metric) VersionID() string { return fmt.Sprintf("%s@%d", m.ID(), m.Version) }

// HasDenominator says whether the metric is a quotient of two totals over the group (ΣX/ΣY).
func (m *Metric) HasDenominator() bool { return m.Type == Mean || m.Type == Ratio }

// Validate fills defaults and refuses what cannot be computed, naming the field.
func (m *Metric) Validate() error {
	if strings.TrimSpace(m.Name) == "" || len(m.Name) > 300 {
		return Invalid("name", "must have 1 to 300 characters")
	}
	if !slices.Contains(MetricTypes, m.Type) {
		return Invalid("type", "%q is not one of %v", m.Type, MetricTypes)
	}
	if m.Directionality == "" {
		m.Directionality = "increase"
	}
	if m.Directionality != "increase" && m.Directionality != "decrease" {
		return Invalid("directionality", "%q is neither \"increase\" nor \"decrease\"", m.Directionality)
	}
	if len(m.UnitTypes) == 0 {
		m.UnitTypes = []UnitType{UserID}
	}
	return firstError(m.validateRollup(), m.validateEvents())
}

func (m *Metric) validateRollup() error {
	switch m.RollupTimeWindow {
	case DailyParticipation, OneTime:
		return nil
	case Window:
		if m.CustomRollUpStart < 0 || m.CustomRollUpEnd < m.CustomRollUpStart {
			return Invalid("customRollUpEnd", "the window %d to %d days after exposure is empty", m.CustomRollUpStart, m.CustomRollUpEnd)
		}
		return nil
	default:
		return Invalid("rollupTimeWindow", "%q is not one of \"\" (daily participation), \"max\" (one-time), \"custom\"", m.RollupTimeWindow)
	}
}

func (m *Metric) validateEvents() error {
	want, text := 1, "exactly one event"
	if m.Type == Ratio {
		want, text = 2, "two events, numerator and denominator"
	}
	if len(m.MetricEvents) != want {
		return Invalid("metricEvents", "a %s metric has %s, not %d", m.Type, text, len(m.MetricEvents))
	}
	for i := range m.MetricEvents {
		if err := m.MetricEvents[i].validate(m.Type, fmt.Sprintf("metricEvents[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

func (e *MetricEvent) validate(t MetricType, field string) error {
	if e.Name == "" {
		return Invalid(field+".name", "must name an event as it is stored, e.g. \"segment::Order Completed\"")
	}
	if e.Type == "" {
		e.Type = "count"
		if t == Sum || t == Mean {
			e.Type = "value"
		}
	}
	switch e.Type {
	case "count", "value":
	case "metadata":
		if e.MetadataKey == "" {
			return Invalid(field+".metadataKey", "must name the property to take")
		}
	default:
		return Invalid(field+".type", "%q is not one of count, value, metadata", e.Type)
	}
	if (t == EventCount || t == EventUser) && e.Type != "count" {
		return Invalid(field+".type", "a %s metric counts events; use a sum or mean metric for values", t)
	}
	return validateCriteria(e.Criteria, field)
}

// Conditions lists what a criterion may ask.
var Conditions = []string{
	"in", "not_in", "=", ">", "<", ">=", "<=", "is_null", "non_null", "contains", "not_contains",
	"starts_with", "ends_with", "is_true", "is_false",
}

func validateCriteria(criteria []Criterion, field string) error {
	for i, c := range criteria {
		at := fmt.Sprintf("%s.criteria[%d]", field, i)
		if !slices.Contains([]string{"value", "metadata", "user", "user_custom"}, c.Type) {
			return Invalid(at+".type", "%q is not one of value, metadata, user, user_custom", c.Type)
		}
		if c.Type != "value" && c.Column == "" {
			return Invalid(at+".column", "must name the field to look at")
		}
		if !slices.Contains(Conditions, c.Condition) {
			return Invalid(at+".condition", "%q is not one of %v", c.Condition, Conditions)
		}
		if needsValues(c.Condition) && len(c.Values) == 0 {
			return Invalid(at+".values", "condition %q needs a value", c.Condition)
		}
	}
	return nil
}

func needsValues(condition string) bool {
	return !slices.Contains([]string{"is_null", "non_null", "is_true", "is_false"}, condition)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

package schema

import (
	"encoding/json"
	"fmt"
	"strings"
)

// MetricType is the Console API's type of a metric.
type MetricType string

// The metric types that can be created. UserWarehouse is Statsig's way to say another one: see [Metric.Aggregation].
const (
	EventCount    MetricType = "event_count_custom"
	EventUser     MetricType = "event_user"
	Sum           MetricType = "sum"
	Mean          MetricType = "mean"
	Ratio         MetricType = "ratio"
	Funnel        MetricType = "funnel"
	CountDistinct MetricType = "count_distinct"
	Retention     MetricType = "retention"
	Percentile    MetricType = "percentile"
	Min           MetricType = "min"
	Max           MetricType = "max"
	FirstValue    MetricType = "first_value"
	LatestValue   MetricType = "latest_value"
	Composite     MetricType = "composite"
	CompositeSum  MetricType = "composite_sum"
	UserWarehouse MetricType = "user_warehouse"
)

// The metric types that exist by themselves for every event name, and of what users do.
const (
	AutoCount MetricType = "event_count"
	AutoUsers MetricType = "event_dau"
	AutoSum   MetricType = "event_value_sum"
	AutoMean  MetricType = "event_value_mean"
	UserType  MetricType = "user"
)

// MetricTypes lists the types that can be created.
var MetricTypes = []MetricType{
	EventCount, EventUser, Sum, Mean, Ratio, Funnel, CountDistinct, Retention, Percentile, Min, Max, FirstValue, LatestValue,
	Composite, CompositeSum, UserWarehouse,
}

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
	Name         string        `json:"name"`
	Type         MetricType    `json:"type"`
	Description  string        `json:"description,omitempty"`
	UnitTypes    []UnitType    `json:"unitTypes,omitempty"`
	MetricEvents []MetricEvent `json:"metricEvents"`
	// Components are the metrics that a composite adds up. MetricEvents then holds what they were made of when it was saved.
	Components     []MetricRef `json:"metricComponentMetrics,omitempty"`
	Directionality string      `json:"directionality,omitempty"`
	Tags           Tags        `json:"tags,omitempty"`
	IsPermanent    bool        `json:"isPermanent,omitempty"`
	IsVerified     bool        `json:"isVerified,omitempty"`
	IsHidden       bool        `json:"isHidden,omitempty"`
	// Archived metrics keep their numbers and get no new ones.
	Archived          bool          `json:"isArchived,omitempty"`
	RollupTimeWindow  Rollup        `json:"rollupTimeWindow,omitempty"`
	CustomRollUpStart int           `json:"customRollUpStart,omitempty"`
	CustomRollUpEnd   int           `json:"customRollUpEnd,omitempty"`
	FunnelEvents      []FunnelEvent `json:"funnelEventList,omitempty"`
	// FunnelCountDistinct is "users" (default) or "events".
	FunnelCountDistinct string        `json:"funnelCountDistinct,omitempty"`
	Options             MetricOptions `json:"warehouseNative,omitzero"`
	Version             int           `json:"version,omitempty"`
	CreatedTime         Millis        `json:"createdTime,omitempty"`
	LastModifiedTime    Millis        `json:"lastModifiedTime,omitempty"`
}

// MetricEvent is one event a metric is made from. Name is the stored name ("segment::Order Completed"), or "*" for any event.
type MetricEvent struct {
	Name string `json:"name"`
	// Type is what is taken from the event: "count" 1 each, "value" its value, "metadata" the property named by
	// MetadataKey, a dotted path; "count_distinct" that property (or the value) as a key of which distinct ones are counted.
	Type        string      `json:"type,omitempty"`
	MetadataKey string      `json:"metadataKey,omitempty"`
	Criteria    []Criterion `json:"criteria,omitempty"`
}

// AnyEvent is the name of a [MetricEvent] that takes every event.
const AnyEvent = "*"

// FunnelEvent is one step of a funnel as Statsig Cloud writes it; it becomes a [MetricEvent].
type FunnelEvent struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
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

// Aggregation is what is computed: the metric's type, or the one that another way to write it means. Whatever depends on how
// a metric is computed asks for this and not for Type.
func (m *Metric) Aggregation() MetricType {
	switch m.Type {
	case UserWarehouse:
		return aggregations[m.Options.Aggregation]
	case AutoCount:
		return EventCount
	case AutoUsers:
		return EventUser
	case AutoSum:
		return Sum
	case AutoMean:
		return Mean
	case UserType:
		if m.Name == DailyActive {
			return EventUser
		}
	case Composite, CompositeSum:
		if len(m.MetricEvents) > 0 && m.MetricEvents[0].Type == Participation {
			return EventUser
		}
		return Sum
	}
	return m.Type
}

// HasDenominator says whether the metric is a quotient of two totals over the group (ΣX/ΣY). That of a smallest, largest,
// first or latest value is the number of units that have one.
func (m *Metric) HasDenominator() bool {
	switch m.Aggregation() {
	case Mean, Ratio, Funnel, Retention, Min, Max, FirstValue, LatestValue:
		return true
	default:
		return false
	}
}

// computed is the definition as text without what does not change numbers.
func (m *Metric) computed() string {
	c := *m
	c.Description, c.Directionality, c.Tags, c.UnitTypes, c.Version, c.CreatedTime, c.LastModifiedTime = "", "", nil, nil, 0, 0, 0
	c.IsPermanent, c.IsVerified, c.IsHidden, c.Archived = false, false, false, false
	text, err := json.Marshal(c)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return string(text)
}

// DailyActive is the one user metric that an experiment can have: the share of its days on which a unit did anything.
const DailyActive = "daily_active_user"

// AutoMetric defines a metric that exists without being created: NAME::event_count, NAME::event_dau, NAME::event_value_sum and
// NAME::event_value_mean of every event, and daily_active_user::user.
func AutoMetric(ref MetricRef) (m Metric, ok bool) {
	m = Metric{Name: ref.Name, Type: ref.Type, Directionality: "increase"}
	e := MetricEvent{Name: ref.Name, Type: "count"}
	switch ref.Type {
	case AutoCount, AutoUsers:
	case AutoSum, AutoMean:
		e.Type = "value"
	case UserType:
		if ref.Name != DailyActive {
			return Metric{}, false
		}
		e.Name = AnyEvent
	default:
		return Metric{}, false
	}
	m.MetricEvents = []MetricEvent{e}
	return m, true
}

// Tags are labels. A single one may be written without a list, as the Console API allows.
type Tags []string

// UnmarshalJSON reads a list or a single tag.
func (t *Tags) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = nil
		if one != "" {
			*t = Tags{one}
		}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

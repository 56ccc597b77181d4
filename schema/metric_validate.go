package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Participation is the type of the events of a composite whose components count units.
const Participation = "participation"

// Validate fills defaults and refuses what cannot be computed, naming the field.
func (m *Metric) Validate() error {
	if strings.TrimSpace(m.Name) == "" || len(m.Name) > 300 {
		return Invalid("name", "must have 1 to 300 characters")
	}
	if !slices.Contains(MetricTypes, m.Type) {
		return Invalid("type", "%q is not one of %v", m.Type, MetricTypes)
	}
	if m.Aggregation() == "" {
		return Invalid("warehouseNative.aggregation", "%q is not one of count, sum, mean, daily_participation, ratio, funnel, "+
			"count_distinct, percentile, first_value, latest_value, retention, max, min", m.Options.Aggregation)
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
	m.normalise()
	return firstError(m.validateRollup(), m.validateComponents(), m.validateEvents(), m.Options.validate(m))
}

func (m *Metric) validateRollup() error {
	if m.RollupTimeWindow != DailyParticipation && m.Aggregation() != EventUser && !m.IsComposite() {
		return Invalid("rollupTimeWindow", "belongs to metrics of type event_user, not to a %s metric; leave it out", m.Aggregation())
	}
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

// IsComposite says that the metric adds up others.
func (m *Metric) IsComposite() bool { return m.Type == Composite || m.Type == CompositeSum }

func (m *Metric) validateComponents() error {
	switch {
	case m.IsComposite() && len(m.Components) < 1:
		return Invalid("metricComponentMetrics", "a composite names the metrics that it adds up")
	case !m.IsComposite() && len(m.Components) > 0:
		return Invalid("metricComponentMetrics", "only composite metrics have components")
	default:
		return nil
	}
}

// eventsOf says how many events a type is made of.
func (m *Metric) eventsOf() (least, most int, text string) {
	switch m.Aggregation() {
	case Ratio:
		return 2, 2, "two events, numerator and denominator"
	case Retention:
		return 1, 2, "the event that starts it and, if it is another one, the event that shows the return"
	case Funnel:
		return 2, 20, "2 to 20 events, its steps"
	default:
		return 1, 50, "at least one event"
	}
}

func (m *Metric) validateEvents() error {
	least, most, text := m.eventsOf()
	if n := len(m.MetricEvents); n < least || n > most {
		return Invalid("metricEvents", "a %s metric has %s, not %d", m.Aggregation(), text, n)
	}
	for i := range m.MetricEvents {
		if err := m.MetricEvents[i].validate(m, fmt.Sprintf("metricEvents[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

func (e *MetricEvent) validate(m *Metric, field string) error {
	if e.Name == "" {
		return Invalid(field+".name", "must name an event as it is stored, e.g. \"segment::Order Completed\"")
	}
	if m.IsComposite() {
		return nil // taken from metrics that were validated
	}
	e.defaultType(m.Aggregation())
	if allowed := eventTypes(m.Aggregation()); !slices.Contains(allowed, e.Type) {
		return Invalid(field+".type", "%q is nothing that a %s metric takes from an event; it takes %s", e.Type, m.Aggregation(), strings.Join(allowed, " or "))
	}
	if e.Type == "metadata" && e.MetadataKey == "" {
		return Invalid(field+".metadataKey", "must name the property to take")
	}
	return validateCriteria(e.Criteria, field)
}

func (e *MetricEvent) defaultType(t MetricType) {
	if e.Type != "" {
		return
	}
	switch allowed := eventTypes(t); {
	case e.MetadataKey != "" && slices.Contains(allowed, "metadata"):
		e.Type = "metadata"
	default:
		e.Type = allowed[0]
	}
}

// eventTypes lists what a type of metric may take from an event, the default first.
func eventTypes(t MetricType) []string {
	switch t {
	case EventCount, EventUser, Funnel, Retention:
		return []string{"count"}
	case CountDistinct:
		return []string{"count_distinct"}
	case Ratio:
		return []string{"count", "value", "metadata"}
	default:
		return []string{"value", "metadata"}
	}
}

// Compose fills a composite's events from its components, as they are now. Counts and sums are added up; of metrics that
// count units, a unit counts once if it had any of their events.
func (m *Metric) Compose(components []Metric) error {
	m.MetricEvents = nil
	kinds := map[bool]bool{}
	for _, c := range components {
		kind := c.Aggregation()
		if c.IsComposite() || kind != EventCount && kind != Sum && kind != EventUser {
			return Invalid("metricComponentMetrics", "%q cannot be added up: components are of type event_count_custom, sum or event_user", c.ID())
		}
		if c.Options.Cap != 0 || c.RollupTimeWindow != DailyParticipation {
			return Invalid("metricComponentMetrics", "%q cannot be added up: it has a cap or a window of its own", c.ID())
		}
		kinds[kind == EventUser] = true
		for _, e := range c.MetricEvents {
			if kind == EventUser {
				e.Type = Participation
			}
			m.MetricEvents = append(m.MetricEvents, e)
		}
	}
	if len(kinds) > 1 {
		return Invalid("metricComponentMetrics", "counts of events and of units do not add up: take one or the other")
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

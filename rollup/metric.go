package rollup

import (
	"math"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// metric is a definition with its version.
type metric struct {
	schema.Metric
	version string
}

// scope names the metric's days in metric_days.
func (m *metric) scope() string { return "metric/" + m.version }

// daysSince is which days since its first exposure a unit's value is made of.
func (m *metric) daysSince() (from, to int32) {
	if m.kind() != kindWindow {
		return 0, math.MaxInt16
	}
	return int32(min(m.CustomRollUpStart, math.MaxInt16)), int32(min(m.CustomRollUpEnd, math.MaxInt16))
}

// reach is how many days before and after a day its total is made of.
func (m *metric) reach() (back, ahead uint16) {
	switch m.Aggregation() {
	case schema.Retention:
		back, _ = m.retention()
		return back, 0
	case schema.Funnel:
		ahead = uint16(math.Ceil(m.Options.FunnelCalculationWindow))
		if m.Options.FunnelStrictOrdering {
			return 0, ahead
		}
		return ahead, ahead
	default:
		return 0, 0
	}
}

// retention is the days of a retention metric, 0 of others.
func (m *metric) retention() (end, length uint16) {
	if m.Aggregation() != schema.Retention {
		return 0, 0
	}
	return uint16(m.Options.RetentionEnd), uint16(m.Options.RetentionLength)
}

// percentile is which one, in percent, 0 for metrics that are none.
func (m *metric) percentile() float64 {
	if m.Aggregation() != schema.Percentile {
		return 0
	}
	return m.Options.Percentile
}

// spans says that the metric's total of a day is made of other days too.
func (m *metric) spans() bool {
	back, ahead := m.reach()
	return back+ahead > 0
}

// eventParams are the names of the events that some metrics are made of; any_event says that one of them takes all.
func eventParams(metrics []*metric) store.Params {
	seen, names, anyEvent := make(map[string]bool), []string{}, false
	for _, m := range metrics {
		for _, e := range m.MetricEvents {
			anyEvent = anyEvent || e.Name == schema.AnyEvent
			if !seen[e.Name] {
				seen[e.Name], names = true, append(names, e.Name)
			}
		}
	}
	return store.Params{"events": names, "any_event": anyEvent}
}

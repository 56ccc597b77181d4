package rollup

import (
	"math"

	"github.com/pulsehouse/pulsehouse/schema"
)

// metric is a definition with its version.
type metric struct {
	schema.Metric
	version string
}

// scope names the metric's days in metric_days.
func (m *metric) scope() string { return "metric/" + m.version }

// The kinds of a unit's value: how moments.sql makes it from the unit's days.
const (
	kindSum    = "sum"
	kindDaily  = "daily"
	kindOnce   = "once"
	kindWindow = "window"
)

// perDay says that a unit counts at most once a day, however many events it has.
func (m *metric) perDay() bool { return m.Type == schema.EventUser }

func (m *metric) kind() string {
	switch {
	case !m.perDay():
		return kindSum
	case m.RollupTimeWindow == schema.OneTime:
		return kindOnce
	case m.RollupTimeWindow == schema.Window:
		return kindWindow
	default:
		return kindDaily
	}
}

// daysSince is which days since its first exposure a unit's value is made of.
func (m *metric) daysSince() (from, to int32) {
	if m.kind() != kindWindow {
		return 0, math.MaxInt16
	}
	return int32(min(m.CustomRollUpStart, math.MaxInt16)), int32(min(m.CustomRollUpEnd, math.MaxInt16))
}

// eventNames lists the names of the events that some metrics are made of.
func eventNames(metrics []*metric) []string {
	seen, names := make(map[string]bool), []string{}
	for _, m := range metrics {
		for _, e := range m.MetricEvents {
			if !seen[e.Name] {
				seen[e.Name], names = true, append(names, e.Name)
			}
		}
	}
	return names
}

// isQuotient says that the metric's value is one sum divided by another.
func (m *metric) isQuotient() bool { return m.HasDenominator() }

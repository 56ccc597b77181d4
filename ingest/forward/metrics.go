package forward

import (
	"fmt"

	"github.com/VictoriaMetrics/metrics"
)

// meters are one destination's.
type meters struct {
	sent, failed, retries           *metrics.Counter
	pending, lag, blocked, retrying *metrics.Gauge
}

func metersOf(destination string) meters {
	counter := func(result string) *metrics.Counter {
		return metrics.GetOrCreateCounter(meterName(destination, "messages_total", `,result="`+result+`"`))
	}
	gauge := func(name string) *metrics.Gauge {
		return metrics.GetOrCreateGauge(meterName(destination, name, ""), nil)
	}
	return meters{
		sent: counter("sent"), failed: counter("failed"), retries: metrics.GetOrCreateCounter(meterName(destination, "retries_total", "")),
		pending: gauge("pending_rows"), lag: gauge("lag_seconds"), blocked: gauge("blocked"), retrying: gauge("retrying"),
	}
}

// rest clears the gauges while another server sends to the destination.
func (m *meters) rest() {
	for _, g := range []*metrics.Gauge{m.pending, m.lag, m.blocked, m.retrying} {
		g.Set(0)
	}
}

// meterName needs no escaping: ids of destinations have no quotes.
func meterName(destination, name, more string) string {
	return fmt.Sprintf("pulsehouse_forward_%s{destination=%q%s}", name, destination, more)
}

// forget takes the gauges of a destination that is gone out of /metrics, so that nobody is alarmed by them.
func forget(destination string) {
	for _, name := range []string{"pending_rows", "lag_seconds", "blocked", "retrying"} {
		metrics.UnregisterMetric(meterName(destination, name, ""))
	}
}

package rollup

import "github.com/VictoriaMetrics/metrics"

var (
	loadsAbsorbed    = metrics.NewCounter("pulsehouse_rollup_loads_absorbed_total")
	windowsPublished = metrics.NewCounter("pulsehouse_rollup_windows_published_total")
	cycleErrors      = metrics.NewCounter("pulsehouse_rollup_cycle_errors_total")
	scopeErrors      = metrics.NewCounter("pulsehouse_rollup_scope_errors_total")
	cycleSeconds     = metrics.NewHistogram("pulsehouse_rollup_cycle_seconds")
)

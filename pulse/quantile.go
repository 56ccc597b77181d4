package pulse

import (
	"github.com/pulsehouse/pulsehouse/pulse/stats"
)

// quantiles compares the percentiles of two groups, with the variance of their outer intervals, widened for units that have
// several values.
func (c *contrast) quantiles() stats.DiffResult {
	control, s := c.quantile(c.control)
	if s != stats.OK {
		return stats.DiffResult{Status: s}
	}
	test, s := c.quantile(c.test)
	if s != stats.OK {
		return stats.DiffResult{Status: s}
	}
	return stats.QuantileDiff(control, test, c.options())
}

func (c *contrast) quantile(a Arm) (stats.Estimate, stats.Status) {
	const alpha = 0.05 // the ranks were fetched for it
	if a.Quantile == nil {
		return stats.Estimate{}, stats.InsufficientN
	}
	effect := stats.DesignEffect(a.pair(), c.m.Options.Percentile/100)
	if effect.Status != stats.OK {
		return stats.Estimate{}, effect.Status
	}
	return a.Quantile.Estimate(alpha, effect.Effect)
}

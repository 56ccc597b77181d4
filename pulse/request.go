package pulse

import (
	"fmt"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Request is what a report is asked for.
type Request struct {
	Experiment    *schema.Experiment
	Control, Test schema.ExperimentGroup
	// Confidence is in percent.
	Confidence float64
	// PerVariant and PerMetric correct for the number of treatments and of metrics. PrimaryWeight is the share of alpha that
	// Bonferroni gives the primary metrics; PrimaryOnly leaves the others uncorrected by Benjamini-Hochberg and Holm.
	PerVariant, PerMetric stats.Correction
	PrimaryWeight         float64
	PrimaryOnly           bool
	// Side is two_sided, greater, less, or better: the side that the metric's direction hopes for.
	Side       string
	CUPED      bool
	Sequential bool
	Prior      *stats.NormalPrior
	// Effect is the relative change that Wald's test is after for metrics without one of their own, as a share; 0 when that is not wanted.
	Effect float64
}

// Sides lists what Request.Side may be.
var Sides = []string{"two_sided", "greater", "less", "better"}

// Data is what a report is made of.
type Data struct {
	// Metrics are those that are defined.
	Metrics map[schema.MetricRef]schema.Metric
	// Arm finds a group's moments of a metric; false when there are none yet.
	Arm func(m schema.Metric, group schema.ExperimentGroup) (Arm, bool)
	// Topline finds what the whole product did in a metric.
	Topline func(m schema.Metric) Topline
	// Missing says why a metric has no moments.
	Missing func(m schema.Metric) (Status, string)
}

// alpha is the error rate before corrections, without the last digits that 1 - 0.95 has.
func (q Request) alpha() float64 { return (100 - q.Confidence) / 100 }

// alphas are the error rates of primary and other metrics after Bonferroni.
func (q Request) alphas() (primary, other float64) {
	alpha, treatments := q.alpha(), 1
	if q.PerVariant == stats.Bonferroni {
		treatments = max(len(q.Experiment.Groups)-1, 1)
	}
	if q.PerMetric != stats.Bonferroni {
		return alpha / float64(treatments), alpha / float64(treatments)
	}
	weight, primaries, others := q.PrimaryWeight, len(q.Experiment.PrimaryMetrics), len(q.Experiment.SecondaryMetrics)+len(q.Experiment.OtherMetrics)
	if others == 0 {
		weight = 1
	}
	primary, other, _ = stats.AllocateAlpha(alpha, weight, primaries, others, treatments)
	return primary, other
}

// applied lists the settings in force.
func (q Request) applied() []string {
	applied := []string{fmt.Sprintf("confidence:%v", q.Confidence), "attribution:" + string(q.Experiment.Attribution), "crossovers:" + string(q.Experiment.Crossovers)}
	add := func(is bool, what string) {
		if is {
			applied = append(applied, what)
		}
	}
	add(q.CUPED, fmt.Sprintf("cuped:%dd", q.Experiment.CUPEDWindow))
	add(q.PerVariant != "", string(q.PerVariant)+"_per_variant")
	add(q.PerMetric == stats.Bonferroni, fmt.Sprintf("bonferroni_per_metric:%v", q.PrimaryWeight))
	add(q.PerMetric != "" && q.PerMetric != stats.Bonferroni, string(q.PerMetric)+"_per_metric")
	add(q.PrimaryOnly, "primary_metrics_only")
	add(q.Side != "" && q.Side != Sides[0], "side:"+q.Side)
	add(q.Sequential, "sequential_verdicts")
	add(q.Prior != nil, "bayesian")
	add(q.Effect != 0, "sprt")
	add(q.Experiment.SecondaryIDType != "", fmt.Sprintf("mapping:%s:%s", q.Experiment.SecondaryIDType, q.Experiment.MappingMode))
	return applied
}

// hoped is the relative change that Wald's test is after for a metric: the hypothesized one, where there is one.
func (q Request) hoped(wanted schema.ExperimentMetric) float64 {
	if h := wanted.HypothesizedValue; q.Effect != 0 && h != nil && *h != 0 {
		return *h / 100
	}
	return q.Effect
}

// alternative is the side for a metric of a direction.
func (q Request) alternative(directionality string) stats.Alternative {
	switch {
	case q.Side == "greater", q.Side == "better" && directionality != "decrease":
		return stats.Greater
	case q.Side == "less", q.Side == "better":
		return stats.Less
	default:
		return stats.TwoSided
	}
}

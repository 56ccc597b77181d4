package query

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
)

func (a *API) pulseRoutes() []route {
	return []route{
		{"GET", "experiments/*/pulse_results", a.pulseResults},
		{"GET", "experiments/*/cumulative_exposures", a.cumulativeExposures},
		{"GET", "experiments/*/export", a.exportExperiment},
		{"GET", "experiments/*/health", a.experimentHealth},
		{"GET", "exposure_count", a.exposureCounts},
	}
}

// pulseResults compares two groups of an experiment for every metric.
func (a *API) pulseResults(c *call) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	return a.pulseOf(c, x)
}

// pulseOf is the report of an experiment, or of what is compared like one.
func (a *API) pulseOf(c *call, x *schema.Experiment) (any, error) {
	started := time.Now()
	q, err := a.pulseRequest(c, x)
	if err != nil {
		return nil, err
	}
	r, err := a.report(c, q)
	if err != nil {
		return nil, err
	}
	r.ElapsedMs = float64(time.Since(started).Microseconds()) / 1000
	return r, nil
}

// report makes the report of what the rollups keep, and of what is computed for it where they keep nothing.
func (a *API) report(ctx context.Context, q pulseRequest) (r pulse.Report, err error) {
	metrics, err := a.metricsOf(ctx, q.Experiment)
	if err != nil {
		return r, err
	}
	until := a.until(q.Experiment, q.date)
	days := uint32(1)
	if q.series {
		days = math.MaxUint16
	}
	rows, cost, err := a.moments(ctx, q.Experiment, metrics, until, days)
	if err != nil {
		return r, err
	}
	byDay := newMomentDays(q.Experiment, rows)
	sizes, err := a.cachedSizes(ctx, q.Experiment, until, byDay.started)
	if err != nil {
		return r, err
	}
	data, err := a.reportData(ctx, q, metrics, byDay)
	if err != nil {
		return r, err
	}
	limited, cut := a.explored(ctx, q, metrics)
	if q.asked.Limited() {
		data.Arm, data.Missing = limited.arm, limited.missing
	}
	r = pulse.Build(q.Request, data)
	for _, row := range byDay.newest {
		stamp(&r, row)
	}
	r.Exposures, r.Crossovers, r.Overridden = pulse.Sizes(q.Experiment.CountedGroups(), sizes.units), sizes.crossovers, sizes.overridden
	r.SRM = pulse.CheckSRM(r.Exposures)
	r.QueryID, r.RowsRead = cost.QueryID, cost.RowsRead+limited.rows+cut.rows
	a.cutUp(q, &r, metrics, cut, byDay)
	if q.coverage {
		err = a.addCoverage(ctx, q, &r, metrics)
	}
	return r, err
}

// reportData arranges what was read.
func (a *API) reportData(ctx context.Context, q pulseRequest, metrics map[schema.MetricRef]schema.Metric, days momentDays) (pulse.Data, error) {
	toplines, err := a.toplines(ctx, q, metrics, days.last)
	return pulse.Data{
		Metrics: metrics, Arm: days.arm,
		Topline: func(m schema.Metric) pulse.Topline { return toplines[m.VersionID()] },
		Missing: a.missing(ctx, q.Experiment),
	}, err
}

// missing says why a metric has no moments: the rollup could not compute it, or has not yet. The rollup is asked once, and only
// when something is missing.
func (a *API) missing(ctx context.Context, x *schema.Experiment) func(schema.Metric) (pulse.Status, string) {
	failures := sync.OnceValue(func() []schema.RollupFailure {
		if a.Rollups == nil {
			return nil
		}
		s, err := a.Rollups.Status(ctx)
		if err != nil {
			a.Log.Warn("the rollup does not say what it could not compute", "experiment", x.ID, "error", err)
		}
		return s.Failures
	})
	return func(m schema.Metric) (pulse.Status, string) {
		for _, f := range failures() {
			if f.Scope == x.VersionID() || f.Scope == scopeOf(x, m) {
				return pulse.Failed, fmt.Sprintf("the rollup could not compute it, tried %d times: %s", f.Tries, f.Error)
			}
		}
		return pulse.Pending, "the rollup has not computed this metric yet, or nobody has been exposed"
	}
}

// stamp says of the report up to when it is complete: what is true of all its metrics.
func stamp(r *pulse.Report, row momentsRow) {
	asOf, complete := schema.Millis(row.StartedAt.UnixMilli()), schema.Millis(row.CompleteTo.UnixMilli())
	if r.AsOf == nil || asOf < *r.AsOf {
		r.AsOf = &asOf
	}
	if r.DataCompleteTo == nil || complete < *r.DataCompleteTo {
		r.DataCompleteTo = &complete
	}
	if day := row.AsOf.Format(time.DateOnly); r.DS == "" || day < r.DS {
		r.DS = day
	}
}

package query

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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
	x, err := a.knownExperiment(c, c.id)
	if err != nil {
		return nil, err
	}
	return a.pulseOf(c, x)
}

// definitionsLast is how long a definition that results are made with is kept in memory. What this server saves is seen at once, what
// another one saves after that time.
const definitionsLast = 2 * time.Second

// knownExperiment is a copy of one that may be kept in memory.
func (a *API) knownExperiment(ctx context.Context, id string) (*schema.Experiment, error) {
	x, err := a.known.get(fmt.Sprint(a.Catalog.Saves(), " ", id), a.Now(), definitionsLast, func() (schema.Experiment, error) {
		x, err := a.Catalog.Experiment(ctx, id)
		if err != nil {
			return schema.Experiment{}, err
		}
		return *x, nil
	})
	return &x, err
}

// knownMetrics are all that are defined. They must not be changed.
func (a *API) knownMetrics(ctx context.Context) ([]schema.Metric, error) {
	return a.metrics.get(fmt.Sprint(a.Catalog.Saves()), a.Now(), definitionsLast, func() ([]schema.Metric, error) { return a.Catalog.Metrics(ctx) })
}

// askedReport is the report that a call asks for.
func (a *API) askedReport(c *call, x *schema.Experiment) (r pulse.Report, err error) {
	q, err := a.pulseRequest(c, x)
	if err != nil {
		return r, err
	}
	return a.report(c, q)
}

// pulseOf is the report of an experiment, or of what is compared like one, and how long it took.
func (a *API) pulseOf(c *call, x *schema.Experiment) (any, error) {
	started := time.Now()
	r, err := a.askedReport(c, x)
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
	limited, cut := a.explored(ctx, q, metrics)
	units := sizes.units
	if limited.units != nil {
		units = limited.units
	}
	exposures := pulse.Sizes(q.Experiment.CountedGroups(), units)
	data, err := a.reportData(ctx, q, metrics, byDay, exposures)
	if err != nil {
		return r, err
	}
	if q.asked.Limited() {
		data.Arm, data.Missing = limited.arm, limited.missing
	}
	r = pulse.Build(q.Request, data)
	r.Applied = append(r.Applied, q.limits...)
	if !q.asked.Limited() {
		a.date(&r, q, metrics, byDay)
	}
	for _, row := range byDay.newest {
		stamp(&r, row)
	}
	r.Exposures, r.Crossovers, r.Overridden = exposures, sizes.crossovers, sizes.overridden
	r.Overtaken()
	r.SRM = pulse.CheckSRM(r.Exposures)
	r.QueryID, r.RowsRead = cost.QueryID, cost.RowsRead+limited.rows+cut.rows
	a.cutUp(q, &r, metrics, cut, byDay)
	if q.asked.Limited() && limited.units == nil {
		r.Warnings = append(r.Warnings, "exposures are those of all units: the part asked for could not be counted")
	}
	if q.coverage {
		err = a.addCoverage(ctx, q, &r, metrics)
	}
	if q.sql && err == nil {
		r.SQL, err = a.sqlOf(ctx, q, metrics)
	}
	return r, err
}

// sqlOf is SQL over the raw tables that gives the numbers: where they come from what is kept, what that was made of.
func (a *API) sqlOf(ctx context.Context, q pulseRequest, metrics map[schema.MetricRef]schema.Metric) (string, error) {
	if a.ExploreSQL == nil {
		return "", errors.New("no explorer was given")
	}
	asked := q.asked
	asked.FromEvents = true
	return a.ExploreSQL(ctx, withMetrics(asked, metrics))
}

// reportData arranges what was read.
func (a *API) reportData(ctx context.Context, q pulseRequest, metrics map[schema.MetricRef]schema.Metric, days momentDays, exposures []pulse.GroupSize) (pulse.Data, error) {
	toplines, err := a.toplines(ctx, q, metrics, days)
	return pulse.Data{
		Metrics: metrics, Arm: days.arm,
		Topline: func(m schema.Metric) pulse.Topline { return toplines[m.VersionID()] },
		Missing: a.missing(q.Experiment, exposures),
	}, err
}

// missing says why a metric has no moments: the rollup could not compute it, has nothing to compute, or has not come to it yet.
func (a *API) missing(x *schema.Experiment, exposures []pulse.GroupSize) func(schema.Metric) (pulse.Status, string) {
	exposed := slices.ContainsFunc(exposures, func(g pulse.GroupSize) bool { return g.Units > 0 })
	return func(m schema.Metric) (pulse.Status, string) {
		why, failed := a.failure(x, m)
		switch {
		case failed:
			return pulse.Failed, why
		case !exposed:
			return pulse.NoExposures, "nobody has been exposed"
		default:
			return pulse.Pending, "the rollup has not computed this metric yet"
		}
	}
}

// failure says that a metric's last computation failed, and why.
func (a *API) failure(x *schema.Experiment, m schema.Metric) (why string, failed bool) {
	if a.Rollups == nil {
		return "", false
	}
	for _, f := range a.Rollups.Failures() {
		if f.Scope == x.VersionID() || f.Scope == scopeOf(x, m) {
			return fmt.Sprintf("the rollup could not compute it, tried %d times: %s", f.Tries, f.Error), true
		}
	}
	return "", false
}

// date says of each metric as of when its numbers are, and takes the verdict from those that have not been computed since because the
// rollup fails at them: the numbers are the last good ones.
func (a *API) date(r *pulse.Report, q pulseRequest, metrics map[schema.MetricRef]schema.Metric, days momentDays) {
	r.Each(func(_ string, result *pulse.Result) {
		m, ok := metrics[schema.MetricRef{Name: result.MetricName, Type: result.MetricType}]
		row, known := days.newest[momentsKey{scopeOf(q.Experiment, m), q.Control.ID}]
		if !ok || !known {
			return
		}
		asOf := schema.Millis(row.StartedAt.UnixMilli())
		result.AsOf = &asOf
		if why, failed := a.failure(q.Experiment, m); failed {
			result.Status, result.Verdict = pulse.Failed, ""
			result.Detail = why + "; the numbers are those of " + row.StartedAt.UTC().Format(time.RFC3339)
		}
	})
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

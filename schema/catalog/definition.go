package catalog

import (
	"context"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Experiments lists all experiments.
func (c *Catalog) Experiments(ctx context.Context) ([]schema.Experiment, error) {
	return all[schema.Experiment](ctx, c, ExperimentKind, "")
}

// Experiment finds one.
func (c *Catalog) Experiment(ctx context.Context, id string) (*schema.Experiment, error) {
	return one[schema.Experiment](ctx, c, ExperimentKind, id)
}

// SaveExperiment writes the experiment's next version, and its number and times into x.
func (c *Catalog) SaveExperiment(ctx context.Context, author string, x *schema.Experiment) error {
	return c.save(ctx, ExperimentKind, x.ID, author, func(version uint64, at schema.Millis) any {
		x.Version, x.LastModifiedTime = int(version), at
		if x.CreatedTime == 0 {
			x.CreatedTime = at
		}
		return x
	})
}

// DeleteExperiment hides an experiment; its history stays.
func (c *Catalog) DeleteExperiment(ctx context.Context, author, id string) error {
	return c.save(ctx, ExperimentKind, id, author, func(uint64, schema.Millis) any { return nil })
}

// Metrics lists all metrics.
func (c *Catalog) Metrics(ctx context.Context) ([]schema.Metric, error) {
	return all[schema.Metric](ctx, c, metricKind, "")
}

// Metric finds one by its id, name::type.
func (c *Catalog) Metric(ctx context.Context, id string) (*schema.Metric, error) {
	return one[schema.Metric](ctx, c, metricKind, id)
}

// MetricHistory lists how a metric was defined, the newest first.
func (c *Catalog) MetricHistory(ctx context.Context, id string) ([]Version, error) {
	return c.History(ctx, metricKind, id)
}

// SaveMetric writes the metric, and its number and times into m. A change of what is computed makes the next version, whose
// numbers are computed anew; a new description, tag or the archive does not.
func (c *Catalog) SaveMetric(ctx context.Context, author string, m *schema.Metric) error {
	old, err := c.Metric(ctx, m.ID())
	if e, ok := schema.AsError(err); err != nil && !(ok && e.Status == 404) {
		return err
	}
	return c.save(ctx, metricKind, m.ID(), author, func(version uint64, at schema.Millis) any {
		m.Version, m.LastModifiedTime = int(version), at
		if old != nil && old.SameNumbers(m) {
			m.Version = old.Version
		}
		if m.CreatedTime == 0 {
			m.CreatedTime = at
		}
		return m
	})
}

// DeleteMetric hides a metric; its history and numbers stay.
func (c *Catalog) DeleteMetric(ctx context.Context, author, id string) error {
	return c.save(ctx, metricKind, id, author, func(uint64, schema.Millis) any { return nil })
}

// counted are the statuses of experiments whose results are kept up to date.
var counted = []schema.ExperimentStatus{schema.Active, schema.AssignmentStopped, schema.Stopped, schema.DecisionMade}

// ForRollup lists what results are kept for: experiments that were started and not abandoned, and all metrics but archived ones.
func (c *Catalog) ForRollup(ctx context.Context) (started []schema.Experiment, metrics []schema.Metric, err error) {
	list, err := c.Experiments(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range list {
		if x.StartTime != 0 && slices.Contains(counted, x.Status) {
			started = append(started, x)
		}
	}
	compared, err := c.Comparisons(ctx)
	if err != nil {
		return nil, nil, err
	}
	metrics, err = c.Metrics(ctx)
	return append(started, compared...), slices.DeleteFunc(metrics, func(m schema.Metric) bool { return m.Archived }), err
}

// Retention reads after how many days tables drop their rows.
func (c *Catalog) Retention(ctx context.Context) (days map[string]int, err error) {
	err = c.ReadSetting(ctx, "retentionDays", &days)
	return days, err
}

// Comparisons lists the rules of gates and the holdouts whose arms are compared like an experiment's groups.
func (c *Catalog) Comparisons(ctx context.Context) (all []schema.Experiment, err error) {
	gates, err := Gates.List(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, g := range gates {
		for _, r := range g.Rules {
			if x, ok := g.Compare(r); ok && g.IsEnabled && !g.IsArchived {
				all = append(all, x)
			}
		}
	}
	holdouts, err := Holdouts.List(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, h := range holdouts {
		if x, ok := h.Compare(); ok && h.IsEnabled && !h.IsArchived {
			all = append(all, x)
		}
	}
	return all, nil
}

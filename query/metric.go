package query

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// metric is a definition as the Console API shows it.
type metric struct {
	schema.Metric
	ID      string  `json:"id"`
	Lineage lineage `json:"lineage"`
}

// lineage is what a metric is made from.
type lineage struct {
	Events  []string `json:"events"`
	Metrics []string `json:"metrics"`
}

func shown(m schema.Metric) metric {
	l := lineage{Events: []string{}, Metrics: []string{}}
	for _, e := range m.MetricEvents {
		if !slices.Contains(l.Events, e.Name) {
			l.Events = append(l.Events, e.Name)
		}
	}
	for _, c := range m.Components {
		l.Metrics = append(l.Metrics, c.ID())
	}
	return metric{m, m.ID(), l}
}

func (a *API) metricRoutes() []route {
	return []route{
		{"POST", "metrics", a.createMetric},
		{"GET", "metrics", a.listMetrics},
		{"GET", "metrics/list", a.listMetrics},
		{"GET", "metrics/values", a.metricValues},
		{"GET", "metrics/series", a.metricSeries},
		{"GET", "metrics/sparklines", a.metricSparklines},
		{"POST", "metrics/preview", a.previewMetric},
		{"GET", "metrics/*", a.getMetric},
		{"POST", "metrics/*", a.replaceMetric},
		{"PATCH", "metrics/*", a.patchMetric},
		{"DELETE", "metrics/*", a.deleteMetric},
		{"GET", "metrics/*/lineage", a.metricLineage},
		{"GET", "metrics/*/experiments", a.experimentsOfMetric},
		{"GET", "metrics/*/samples", a.metricSamples},
		{"GET", "metrics/*/dimensions", a.metricDimensions},
		{"GET", "metrics/*/versions", a.metricVersions},
		{"POST", "metrics/*/reload", a.reloadMetric},
		{"PUT", "metrics/*/schedule_archive", a.archiveMetric},
		{"PUT", "metrics/*/archive", a.archiveMetric},
		{"PUT", "metrics/*/cancel_archive", a.unarchiveMetric},
		{"PUT", "metrics/*/unarchive", a.unarchiveMetric},
		{"GET", "metrics/*/*", a.getMetricByType},
		{"GET", "events/*/metrics", a.eventMetrics},
	}
}

// created is a new metric and the job that computes its history.
type created struct {
	metric
	// Backfill is how far the metric's history is computed; asked for with GET jobs/{id}.
	Backfill *job `json:"backfill"`
}

// createMetric makes a metric. Its days are computed over all the history there is, which the answer names as a job; with
// dryRun it is only checked.
func (a *API) createMetric(c *call) (any, error) {
	body := struct {
		schema.Metric
		DryRun bool `json:"dryRun"`
	}{}
	if err := c.body(&body); err != nil {
		return nil, err
	}
	m := body.Metric
	m.Archived, m.CreatedTime = false, 0
	if err := a.checkMetric(c, &m); err != nil {
		return nil, err
	}
	if _, err := a.Catalog.Metric(c, m.ID()); err == nil {
		return nil, schema.Errorf(409, "metric_exists", "metric %q exists; change it with POST /console/v1/metrics/{id}", m.ID())
	} else if e, ok := schema.AsError(err); !ok || e.Status != 404 {
		return nil, err
	}
	if body.DryRun {
		return shown(m), nil
	}
	if err := a.Catalog.SaveMetric(c, c.author, &m); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	j, err := a.offerBackfill(c, &m)
	return created{shown(m), j}, err
}

// checkMetric validates, after a composite has taken the events of its components as they are now.
func (a *API) checkMetric(ctx context.Context, m *schema.Metric) error {
	return a.checkComposite(ctx, m, nil)
}

// checkComposite takes one of the components as it is about to be.
func (a *API) checkComposite(ctx context.Context, m, changed *schema.Metric) error {
	if m.IsComposite() {
		components := make([]schema.Metric, len(m.Components))
		for i, ref := range m.Components {
			if changed != nil && changed.Ref() == ref {
				components[i] = *changed
				continue
			}
			found, err := a.anyMetric(ctx, ref.ID())
			if err != nil {
				return schema.Invalid("metricComponentMetrics", "there is no metric %q", ref.ID())
			}
			components[i] = *found
		}
		if err := m.Compose(components); err != nil {
			return err
		}
	}
	return m.Validate()
}

// replaceMetric makes a new version: numbers of the old one stay as they were.
func (a *API) replaceMetric(c *call) (any, error) {
	return a.changeMetric(c, func(old schema.Metric) (schema.Metric, error) {
		m := schema.Metric{Name: old.Name, Type: old.Type, Archived: old.Archived}
		err := c.body(&m)
		return m, err
	})
}

// patchMetric changes the fields that the body has.
func (a *API) patchMetric(c *call) (any, error) {
	return a.changeMetric(c, func(m schema.Metric) (schema.Metric, error) {
		err := c.overlay(&m)
		return m, err
	})
}

func (a *API) archiveMetric(c *call) (any, error) {
	if err := a.unused(c); err != nil {
		return nil, err
	}
	return a.changeMetric(c, func(m schema.Metric) (schema.Metric, error) { m.Archived = true; return m, nil })
}

// unused refuses when a running experiment looks at the metric.
func (a *API) unused(c *call) error {
	m, err := a.Catalog.Metric(c, c.id)
	if err != nil {
		return err
	}
	users, err := a.experimentsOf(c, m.Ref())
	if err != nil {
		return err
	}
	for _, x := range users {
		if x.Status == schema.Active {
			return schema.Errorf(409, "metric_in_use", "metric %q is looked at by the running experiment %q; take it out there first", m.ID(), x.ID)
		}
	}
	return nil
}

func (a *API) unarchiveMetric(c *call) (any, error) {
	return a.changeMetric(c, func(m schema.Metric) (schema.Metric, error) { m.Archived = false; return m, nil })
}

// changeMetric reads a metric, changes it, checks it, and writes it. A change of what is computed is a new version, and so
// are the composites that are made of it; a new description or tag is not.
func (a *API) changeMetric(c *call, change func(schema.Metric) (schema.Metric, error)) (any, error) {
	old, err := a.Catalog.Metric(c, c.id)
	if err != nil {
		return nil, err
	}
	m, err := change(*old)
	if err != nil {
		return nil, err
	}
	if m.Name != old.Name || m.Type != old.Type {
		return nil, schema.Invalid("name", "name and type make the id and cannot be changed; create another metric")
	}
	if err := a.checkMetric(c, &m); err != nil {
		return nil, err
	}
	m.CreatedTime, m.Version = old.CreatedTime, old.Version
	changed := []*schema.Metric{&m}
	if !m.SameNumbers(old) {
		composites, err := a.recomposed(c, &m) // all or nothing: before anything is written
		if err != nil {
			return nil, err
		}
		changed = append(changed, composites...)
	}
	for _, m := range changed {
		if err := a.Catalog.SaveMetric(c, c.author, m); err != nil {
			return nil, err
		}
	}
	return shown(m), nil
}

// composites lists the metrics that add a metric up.
func (a *API) composites(ctx context.Context, ref schema.MetricRef) ([]schema.Metric, error) {
	all, err := a.Catalog.Metrics(ctx)
	return slices.DeleteFunc(all, func(m schema.Metric) bool { return !slices.Contains(m.Components, ref) }), err
}

// recomposed gives the composites of a metric that changes its new events.
func (a *API) recomposed(ctx context.Context, changed *schema.Metric) (all []*schema.Metric, err error) {
	composites, err := a.composites(ctx, changed.Ref())
	for i := range composites {
		m := &composites[i]
		if err := a.checkComposite(ctx, m, changed); err != nil {
			return nil, schema.Errorf(409, "metric_in_use", "metric %q adds this one up, and could not any more: %v", m.ID(), err)
		}
		all = append(all, m)
	}
	return all, err
}

func (a *API) getMetric(c *call) (any, error) {
	m, err := a.anyMetric(c, c.id)
	if err != nil {
		return nil, err
	}
	return shown(*m), nil
}

// getMetricByType answers metrics/{name}/{type}.
func (a *API) getMetricByType(c *call) (any, error) {
	c.id = schema.MetricRef{Name: c.ids[0], Type: schema.MetricType(c.ids[1])}.ID()
	return a.getMetric(c)
}

// metricVersion is a definition as it was.
type metricVersion struct {
	// Version is the number of what was computed, Revision that of the definition: a new description is a revision of the same version.
	Version   int             `json:"version"`
	Revision  int             `json:"revision"`
	Author    string          `json:"author"`
	ChangedAt schema.Millis   `json:"changedAt"`
	Deleted   bool            `json:"deleted"`
	Metric    json.RawMessage `json:"metric"`
}

// metricVersions lists how a metric was defined, the newest first. Numbers of a version that is no longer in force stay as they were.
func (a *API) metricVersions(c *call) (any, error) {
	rows, err := a.Catalog.MetricHistory(c, c.id)
	if err != nil {
		return nil, err
	}
	all, version := make([]metricVersion, len(rows)), 0
	for i, r := range slices.Backward(rows) { // one that was deleted is still what it was
		var m schema.Metric
		if err := json.Unmarshal([]byte(r.Body), &m); err != nil && !r.Deleted {
			return nil, fmt.Errorf("read revision %d of metric %q: %w", r.Version, c.id, err)
		}
		version = cmp.Or(m.Version, version)
		all[i] = metricVersion{version, int(r.Version), r.Author, schema.Millis(r.ChangedAt.UnixMilli()), r.Deleted, json.RawMessage(r.Body)}
	}
	return page(c, all)
}

func (a *API) deleteMetric(c *call) (any, error) {
	if err := a.unused(c); err != nil {
		return nil, err
	}
	ref, err := schema.ParseMetricID(c.id)
	if err != nil {
		return nil, err
	}
	composites, err := a.composites(c, ref)
	if err != nil {
		return nil, err
	}
	if len(composites) > 0 {
		return nil, schema.Errorf(409, "metric_in_use", "metric %q adds this one up; delete that one first, or take it out there", composites[0].ID())
	}
	return nil, a.Catalog.DeleteMetric(c, c.author, c.id)
}

// listMetrics lists the catalogue: defined metrics, and with autoMetrics=true those that exist without a definition. It is
// narrowed by tags, type and search, a part of the name; archived and hidden ones are listed when asked for.
func (a *API) listMetrics(c *call) (any, error) {
	metrics, err := a.Catalog.Metrics(c)
	if err == nil && c.query("autoMetrics") == "true" {
		metrics, err = a.everyMetric(c)
	}
	if err != nil {
		return nil, err
	}
	all, wanted := []metric{}, c.wantedMetrics()
	for _, m := range metrics {
		if wanted(&m) {
			all = append(all, shown(m))
		}
	}
	return page(c, all)
}

func (c *call) wantedMetrics() func(m *schema.Metric) bool {
	archived, hidden := c.query("showArchived") == "true", c.query("showHiddenMetrics") == "true"
	t, search := c.query("type"), strings.ToLower(c.query("search"))
	var tags []string
	for _, some := range c.queries("tags") {
		tags = append(tags, strings.Split(some, ",")...)
	}
	return func(m *schema.Metric) bool {
		return (archived || !m.Archived) && (hidden || !m.IsHidden) && (t == "" || t == string(m.Type)) &&
			!slices.ContainsFunc(tags, func(tag string) bool { return !slices.Contains(m.Tags, tag) }) &&
			strings.Contains(strings.ToLower(m.Name), search)
	}
}

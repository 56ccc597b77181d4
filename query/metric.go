package query

import (
	_ "embed"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
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
		l.Events = append(l.Events, e.Name)
	}
	return metric{m, m.ID(), l}
}

func (a *API) metricRoutes() []route {
	return []route{
		{"POST", "metrics", a.createMetric},
		{"GET", "metrics", a.listMetrics},
		{"GET", "metrics/list", a.listMetrics},
		{"GET", "metrics/values", a.metricValues},
		{"GET", "metrics/*", a.getMetric},
		{"POST", "metrics/*", a.replaceMetric},
		{"DELETE", "metrics/*", a.deleteMetric},
	}
}

func (a *API) createMetric(c *call) (any, error) {
	var m schema.Metric
	if err := c.body(&m); err != nil {
		return nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if _, err := a.Catalog.Metric(c, m.ID()); err == nil {
		return nil, schema.Errorf(409, "metric_exists", "metric %q exists; change it with POST /console/v1/metrics/{id}", m.ID())
	} else if e, ok := schema.AsError(err); !ok || e.Status != 404 {
		return nil, err
	}
	m.CreatedTime = 0
	if err := a.Catalog.SaveMetric(c, c.author, &m); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return shown(m), nil
}

// replaceMetric makes a new version: numbers of the old one stay as they were.
func (a *API) replaceMetric(c *call) (any, error) {
	old, err := a.Catalog.Metric(c, c.id)
	if err != nil {
		return nil, err
	}
	m := schema.Metric{Name: old.Name, Type: old.Type}
	if err := c.body(&m); err != nil {
		return nil, err
	}
	if m.Name != old.Name || m.Type != old.Type {
		return nil, schema.Invalid("name", "name and type make the id and cannot be changed; create another metric")
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	m.CreatedTime = old.CreatedTime
	if err := a.Catalog.SaveMetric(c, c.author, &m); err != nil {
		return nil, err
	}
	return shown(m), nil
}

func (a *API) getMetric(c *call) (any, error) {
	m, err := a.Catalog.Metric(c, c.id)
	if err != nil {
		return nil, err
	}
	return shown(*m), nil
}

func (a *API) deleteMetric(c *call) (any, error) {
	if _, err := a.Catalog.Metric(c, c.id); err != nil {
		return nil, err
	}
	return nil, a.Catalog.DeleteMetric(c, c.author, c.id)
}

func (a *API) listMetrics(c *call) (any, error) {
	metrics, err := a.Catalog.Metrics(c)
	if err != nil {
		return nil, err
	}
	all := make([]metric, len(metrics))
	for i, m := range metrics {
		all[i] = shown(m)
	}
	return page(c, all)
}

//go:embed sql/metric_values.sql
var metricValuesSQL string

// metricValue is a metric's value on a day.
type metricValue struct {
	Metric      string   `ch:"metric" json:"-"`
	Value       *float64 `ch:"value" json:"value"`
	UnitType    string   `ch:"unit_type" json:"unitType"`
	Numerator   float64  `ch:"numerator" json:"numerator"`
	Denominator float64  `ch:"denominator" json:"denominator"`
	Units       uint64   `ch:"units" json:"units"`
	InputRows   uint64   `ch:"input_rows" json:"inputRows"`
	MetricName  string   `json:"metricName"`
	MetricType  string   `json:"metricType"`
}

func (a *API) metricValues(c *call) (any, error) {
	date, err := c.date("date")
	if err != nil {
		return nil, err
	}
	if date == "" {
		return nil, schema.Invalid("date", "is missing; give a day as yyyy-mm-dd")
	}
	metrics, err := a.Catalog.Metrics(c)
	if err != nil {
		return nil, err
	}
	byVersion, versions := map[string]schema.Metric{}, []string{}
	for _, m := range metrics {
		if name := c.query("metricName"); name != "" && name != m.Name {
			continue
		}
		if t := c.query("metricType"); t != "" && t != string(m.Type) {
			continue
		}
		byVersion[m.VersionID()] = m
		versions = append(versions, m.VersionID())
	}
	values := []metricValue{}
	if err := a.DB.Select(c, &values, metricValuesSQL, store.Params{"metrics": versions, "day": date}); err != nil {
		return nil, err
	}
	for i := range values {
		m := byVersion[values[i].Metric]
		values[i].MetricName, values[i].MetricType = m.Name, string(m.Type)
		values[i].UnitType = declared(m, values[i].UnitType)
	}
	return page(c, values)
}

// declared is a unit type as the metric spells it.
func declared(m schema.Metric, key string) string {
	for _, t := range m.UnitTypes {
		if strings.EqualFold(string(t), key) {
			return string(t)
		}
	}
	return key
}

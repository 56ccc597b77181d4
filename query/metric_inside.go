package query

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Rollups is what the rollups can be asked, besides their tables.
type Rollups interface {
	Status(context.Context) (schema.RollupStatus, error)
	// Failures are what could not be computed at its last try; it asks nobody.
	Failures() []schema.RollupFailure
	// Look has days computed soon that were marked as dirty.
	Look()
	// Samples are the newest events that a metric takes.
	Samples(ctx context.Context, m schema.Metric, limit int) ([]schema.MetricSample, error)
	// Preview computes totals of some days (yyyy-mm-dd) and writes nothing.
	Preview(ctx context.Context, m schema.Metric, from, to string) ([]schema.MetricDay, error)
}

var errNoRollups = schema.Errorf(503, "starting", "the rollups are not running yet; try again in a few seconds")

// sample is an event with what it adds to the metric.
type sample struct {
	schema.MetricSample
	Metadata json.RawMessage `json:"metadata"`
}

// metricSamples answers metrics/{id}/samples.
func (a *API) metricSamples(c *call) (any, error) {
	m, err := a.anyMetric(c, c.id)
	if err != nil {
		return nil, err
	}
	limit, err := c.positive("limit", 20)
	if err != nil {
		return nil, err
	}
	if a.Rollups == nil {
		return nil, errNoRollups
	}
	if len(m.MetricEvents) == 0 {
		m.MetricEvents = []schema.MetricEvent{{Name: schema.AnyEvent, Type: "count"}}
		m.Type = schema.EventUser
	}
	rows, err := a.Rollups.Samples(c, *m, min(limit, 200))
	samples := make([]sample, len(rows))
	for i, r := range rows {
		samples[i] = sample{r, json.RawMessage(cmp.Or(r.Properties, "{}"))}
	}
	return samples, err
}

// preview is a definition that was not saved, with what it would show.
type preview struct {
	Metric  metric             `json:"metric"`
	Values  []schema.MetricDay `json:"values"`
	Samples []sample           `json:"samples"`
}

// previewMetric computes a definition over the last 7 days, or from … to, and saves nothing.
func (a *API) previewMetric(c *call) (any, error) {
	from, to, err := c.dates(a, 7)
	if err != nil {
		return nil, err
	}
	var m schema.Metric
	if err := c.body(&m); err != nil {
		return nil, err
	}
	if err := a.checkMetric(c, &m); err != nil {
		return nil, err
	}
	if a.Rollups == nil {
		return nil, errNoRollups
	}
	p := preview{Metric: shown(m), Samples: []sample{}}
	if p.Values, err = a.Rollups.Preview(c, m, from.Format(time.DateOnly), to.Format(time.DateOnly)); err != nil {
		return nil, err
	}
	for i := range p.Values {
		p.Values[i].UnitType = declared(&m, p.Values[i].UnitType)
	}
	rows, err := a.Rollups.Samples(c, m, 10)
	for _, r := range rows {
		p.Samples = append(p.Samples, sample{r, json.RawMessage(cmp.Or(r.Properties, "{}"))})
	}
	return p, err
}

//go:embed sql/metric_dimensions.sql
var metricDimensionsSQL string

// breakdown is one value of a dimension over days.
type breakdown struct {
	Value  string             `json:"dimensionValue"`
	Points []schema.MetricDay `json:"points"`
}

// dimensionValues is a metric by all values of a dimension.
type dimensionValues struct {
	MetricID  string      `json:"metricID"`
	Dimension string      `json:"dimension"`
	Values    []breakdown `json:"values"`
	// AsOf is when the newest of the days was computed.
	AsOf           *schema.Millis `json:"asOf"`
	DataCompleteTo *schema.Millis `json:"dataCompleteTo"`
}

// newest is when the newest of some days was computed, nil of none.
func newest(days []metricDay) *schema.Millis {
	var last *schema.Millis
	for _, d := range days {
		if at := schema.Millis(d.AsOf.UnixMilli()); last == nil || at > *last {
			last = &at
		}
	}
	return last
}

// metricDimensions answers metrics/{id}/dimensions: a metric by one of its dimensions. Counts and sums of all values, "Other"
// included, add up to the total.
func (a *API) metricDimensions(c *call) (any, error) {
	m, err := a.Catalog.Metric(c, c.id)
	if err != nil {
		return nil, err
	}
	columns := m.Options.MetricDimensionColumns
	dimension := c.query("dimension")
	if dimension == "" && len(columns) > 0 {
		dimension = columns[0]
	}
	if !slices.Contains(columns, dimension) {
		return nil, schema.Invalid("dimension", "%q is none of the metric's: %v; set warehouseNative.metricDimensionColumns", dimension, columns)
	}
	from, to, err := c.dates(a, 14)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Value string `ch:"dimension_value"`
		schema.MetricDay
	}
	unitType, err := a.unitTypeAsked(c)
	if err != nil {
		return nil, err
	}
	var w watermark
	if err := a.readWatermark(c, &w); err != nil { // before the rows: they are complete up to it at least
		return nil, err
	}
	days, err := a.metricDays(c, []schema.Metric{*m}, unitType, from.Format(time.DateOnly), to.Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	err = a.DB.Select(c, &rows, metricDimensionsSQL, store.Params{
		"metric": m.VersionID(), "unit_type": strings.ToLower(unitType), "dimension": dimension,
		"from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly),
	})
	if err != nil {
		return nil, err
	}
	all := []breakdown{}
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Value != r.Value {
			all = append(all, breakdown{Value: r.Value})
		}
		r.UnitType = unitType
		last := &all[len(all)-1]
		last.Points = append(last.Points, r.MetricDay)
	}
	return dimensionValues{m.ID(), dimension, all, newest(days), w.CompleteTo}, nil
}

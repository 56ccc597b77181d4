package query

import (
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// metricValue is a metric's value on a day.
type metricValue struct {
	Value       *float64 `json:"value"`
	UnitType    string   `json:"unitType"`
	Numerator   float64  `json:"numerator"`
	Denominator float64  `json:"denominator"`
	Units       uint64   `json:"units"`
	InputRows   uint64   `json:"inputRows"`
	MetricName  string   `json:"metricName"`
	MetricType  string   `json:"metricType"`
	// AsOf is when the value was computed, DataCompleteTo the receipt time up to which everything is counted. Complete says that the day is over by then.
	AsOf           schema.Millis  `json:"asOf"`
	DataCompleteTo *schema.Millis `json:"dataCompleteTo"`
	Complete       bool           `json:"complete"`
}

// metricValues lists the values of metrics on a day, defined ones and those that exist without a definition.
func (a *API) metricValues(c *call) (any, error) {
	date, err := c.date("date")
	if err != nil {
		return nil, err
	}
	if date == "" {
		return nil, schema.Invalid("date", "is missing; give a day as yyyy-mm-dd")
	}
	all, err := a.everyMetric(c)
	if err != nil {
		return nil, err
	}
	var metrics []schema.Metric
	name, t := c.query("metricName"), c.query("metricType")
	for _, m := range all {
		if (name == "" || name == m.Name) && (t == "" || t == string(m.Type)) {
			metrics = append(metrics, m)
		}
	}
	if t := c.query("unitType"); t != "" {
		if err := a.knownUnitType(c, schema.UnitType(t)); err != nil {
			return nil, err
		}
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil, err
	}
	known, err := a.knownDays(c, day, day) // before the rows: they are complete up to it at least
	if err != nil {
		return nil, err
	}
	rows, err := a.metricDays(c, metrics, c.query("unitType"), date, date)
	if err != nil {
		return nil, err
	}
	byVersion := make(map[string]*schema.Metric, len(metrics))
	for i := range metrics {
		byVersion[metrics[i].VersionID()] = &metrics[i]
	}
	values := []metricValue{}
	for _, r := range rows {
		if m := byVersion[r.Metric]; m != nil && r.UnitType != "" {
			values = append(values, metricValue{
				r.Value, declared(m, r.UnitType), r.Numerator, r.Denominator, r.Units, r.InputRows, m.Name, string(m.Type),
				schema.Millis(r.AsOf.UnixMilli()), known.completeTo, known.over(day),
			})
		}
	}
	return page(c, values)
}

// declared is a unit type as the metric spells it, or as everybody does.
func declared(m *schema.Metric, key string) string {
	for _, t := range append([]schema.UnitType{schema.UserID, schema.AnonymousID, schema.StableID}, m.UnitTypes...) {
		if strings.EqualFold(string(t), key) {
			return string(t)
		}
	}
	return key
}

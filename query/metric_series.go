package query

import (
	"context"
	_ "embed"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/metric_silent.sql
var metricSilentSQL string

// The statuses of a day of a series.
const (
	dayOK      = "ok"
	dayNoData  = "no_data" // computed: nothing happened
	dayUnknown = "unknown" // not computed, or not yet
)

// point is a metric's value on one day.
type point struct {
	Date        string   `json:"date"`
	Value       *float64 `json:"value"`
	Numerator   *float64 `json:"numerator"`
	Denominator *float64 `json:"denominator"`
	Units       uint64   `json:"units"`
	InputRows   uint64   `json:"inputRows"`
	Status      string   `json:"status"`
	// Complete says that the day is over and everything received in it is counted.
	Complete bool `json:"complete"`
}

// series is a metric over days.
type series struct {
	MetricID   string            `json:"metricID"`
	MetricName string            `json:"metricName"`
	MetricType schema.MetricType `json:"metricType"`
	// Version is whose numbers they are: the one in force unless ids names another; 0 of what exists without a definition.
	Version  int     `json:"version"`
	UnitType string  `json:"unitType"`
	Points   []point `json:"points"`
	// AsOf is when the newest of the points was computed.
	AsOf           *schema.Millis `json:"asOf"`
	DataCompleteTo *schema.Millis `json:"dataCompleteTo"`
	// RawDataFrom is the first day of which all raw events are there: earlier ones keep their numbers and cannot be computed again.
	RawDataFrom *string `json:"rawDataFrom"`
}

// metricSeries answers metrics/series: the metrics named by ids, from … to, for a unit type.
func (a *API) metricSeries(c *call) (any, error) {
	from, to, err := c.dates(a, 28)
	if err != nil {
		return nil, err
	}
	return a.seriesOf(c, from, to)
}

// metricSparklines is the same over the last days, for a page of metrics.
func (a *API) metricSparklines(c *call) (any, error) {
	days, err := c.positive("days", 14)
	if err != nil {
		return nil, err
	}
	today := a.today()
	return a.seriesOf(c, today.AddDate(0, 0, 1-min(days, 400)), today)
}

func (a *API) seriesOf(c *call, from, to time.Time) (any, error) {
	metrics, err := a.metricsNamed(c)
	if err != nil {
		return nil, err
	}
	unitType, err := a.unitTypeAsked(c)
	if err != nil {
		return nil, err
	}
	known, err := a.rememberedDays(c, from, to) // before the rows: they are complete up to it at least
	if err != nil {
		return nil, err
	}
	rows, err := a.metricDays(c, metrics, unitType, from.Format(time.DateOnly), to.Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	byDay := make(map[[2]string]metricDay, len(rows))
	for _, r := range rows {
		byDay[[2]string{r.Metric, r.Date}] = r
	}
	all := make([]series, len(metrics))
	for i := range metrics {
		all[i] = known.series(&metrics[i], unitType, byDay)
	}
	return all, nil
}

// knownDays is what can be said of the days of a range before looking at a metric.
type knownDays struct {
	from, to   time.Time
	zone       *time.Location
	completeTo *schema.Millis
	rawFrom    *string
	busy       map[string]bool // days on which anything came in
}

// rememberedDays may be a second old: they say less then than could be said.
func (a *API) rememberedDays(ctx context.Context, from, to time.Time) (knownDays, error) {
	key := from.Format(time.DateOnly) + to.Format(time.DateOnly) + a.Zone()
	return a.days.get(key, a.Now(), time.Second, func() (knownDays, error) { return a.knownDays(ctx, from, to) })
}

func (a *API) knownDays(ctx context.Context, from, to time.Time) (k knownDays, err error) {
	k = knownDays{from: from, to: to, zone: a.location(), busy: map[string]bool{}}
	var rows []struct {
		Date string `ch:"date"`
	}
	p := store.Params{"from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly)}
	if err := a.DB.Select(ctx, &rows, metricSilentSQL, p); err != nil {
		return k, err
	}
	for _, r := range rows {
		k.busy[r.Date] = true
	}
	var w watermark
	err = a.readWatermark(ctx, &w)
	k.completeTo, k.rawFrom = w.CompleteTo, w.RawDataFrom
	return k, err
}

// over says that a day has ended before the watermark.
func (k *knownDays) over(day time.Time) bool {
	y, m, d := day.Date()
	end := time.Date(y, m, d+1, 0, 0, 0, 0, k.zone)
	return k.completeTo != nil && int64(*k.completeTo) >= end.UnixMilli()
}

func (k *knownDays) series(m *schema.Metric, unitType string, byDay map[[2]string]metricDay) series {
	s := series{m.ID(), m.Name, m.Type, m.Version, unitType, []point{}, nil, k.completeTo, k.rawFrom}
	for day := k.from; !day.After(k.to); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		row, computed := byDay[[2]string{m.VersionID(), date}]
		p := point{Date: date, Complete: k.over(day), Status: dayUnknown}
		switch {
		case computed && row.UnitType != "":
			p.Status, p.Value, p.Numerator, p.Denominator = dayOK, row.Value, &row.Numerator, &row.Denominator
			p.Units, p.InputRows = row.Units, row.InputRows
		case computed || !k.busy[date] && p.Complete:
			p.Status = dayNoData
			if !hasNoZero(m) {
				p.Value, p.Numerator, p.Denominator = new(float64), new(float64), new(float64)
			}
		}
		if at := schema.Millis(row.AsOf.UnixMilli()); computed && (s.AsOf == nil || at > *s.AsOf) {
			s.AsOf = &at
		}
		s.Points = append(s.Points, p)
	}
	return s
}

// hasNoZero says that nothing happening is no value of the metric: a quotient, a percentile.
func hasNoZero(m *schema.Metric) bool {
	if m.Type == schema.UserType {
		return slices.ContainsFunc(schema.UserMetrics, func(u schema.UserMetric) bool { return u.Name == m.Name && u.Quotient })
	}
	return m.HasDenominator() || m.Aggregation() == schema.Percentile
}

// today is the metric day of now.
func (a *API) today() time.Time {
	y, m, d := a.Now().In(a.location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// dates reads from and to, by default the last days.
func (c *call) dates(a *API, days int) (from, to time.Time, err error) {
	to = a.today()
	text, err := c.date("to")
	if err == nil && text != "" {
		to, err = time.Parse(time.DateOnly, text)
	}
	if err != nil {
		return from, to, err
	}
	from = to.AddDate(0, 0, 1-days)
	if text, err = c.date("from"); err == nil && text != "" {
		from, err = time.Parse(time.DateOnly, text)
	}
	if err == nil && (from.After(to) || to.Sub(from) > 2000*24*time.Hour) {
		err = schema.Invalid("from", "is after to, or more than 2000 days before it")
	}
	return from, to, err
}

// unitTypeAsked is the parameter unitType, userID where it is not given.
func (a *API) unitTypeAsked(c *call) (string, error) {
	asked := c.query("unitType")
	if asked == "" {
		return string(schema.UserID), nil
	}
	return asked, a.knownUnitType(c, schema.UnitType(asked))
}

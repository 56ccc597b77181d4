package query

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

var (
	//go:embed sql/metric_published.sql
	metricPublishedSQL string
	//go:embed sql/metric_days.sql
	metricDaysSQL string
	//go:embed sql/metric_event_days.sql
	metricEventDaysSQL string
)

// metricDay is a metric on a day for a unit type. UnitType is "" on a day that was computed and on which nothing happened.
type metricDay struct {
	Metric      string    `ch:"metric"`
	Date        string    `ch:"date"`
	Run         uint64    `ch:"run"`
	UnitType    string    `ch:"unit_type"`
	Value       *float64  `ch:"value"`
	Numerator   float64   `ch:"numerator"`
	Denominator float64   `ch:"denominator"`
	Units       uint64    `ch:"units"`
	InputRows   uint64    `ch:"input_rows"`
	AsOf        time.Time `ch:"-"`
}

// publishedDay is a row of metric_published.sql.
type publishedDay struct {
	Scope string    `ch:"scope"`
	Date  string    `ch:"date"`
	Run   uint64    `ch:"run"`
	AsOf  time.Time `ch:"as_of"`
}

// littleToRead are settings for what costs more to plan than to read.
var littleToRead = store.WithSettings(map[string]any{
	"max_threads": 1, "optimize_move_to_prewhere": 0, "optimize_read_in_order": 0, "compile_expressions": 0, "compile_aggregate_expressions": 0,
})

// metricDays reads the values of metrics on some days, in the order of metric version, day and unit type: one row for a metric and a day that was
// computed at least. A page of metrics takes as many statements as one. Which runs count is read first, then what runs have written, of
// which there is all by then; a join of the two takes the engine longer to plan than both to read.
func (a *API) metricDays(ctx context.Context, metrics []schema.Metric, unitType, from, to string) ([]metricDay, error) {
	defined, own, names, scopes := []string{}, []string{}, []string{}, []string{}
	for i := range metrics {
		m := &metrics[i]
		scopes = append(scopes, windowsOf(m))
		if version := m.VersionID(); isAuto(m.Type) {
			own, names = append(own, version), append(names, m.Name)
		} else {
			defined = append(defined, version)
		}
	}
	var published []publishedDay
	if err := a.DB.Select(ctx, &published, metricPublishedSQL, store.Params{"scopes": scopes, "from": from, "to": to}, littleToRead); err != nil {
		return nil, fmt.Errorf("read which days are published: %w", err)
	}
	read := func() ([]metricDay, error) {
		var written []metricDay
		for _, of := range []struct {
			metrics []string
			sql     string
		}{{defined, metricDaysSQL}, {own, metricEventDaysSQL}} {
			if len(of.metrics) == 0 {
				continue
			}
			var rows []metricDay
			if err := a.DB.Select(ctx, &rows, of.sql, store.Params{
				"unit_type": strings.ToLower(unitType), "from": from, "to": to, "metrics": of.metrics, "event_names": names,
			}, littleToRead); err != nil {
				return nil, fmt.Errorf("read days of metrics: %w", err)
			}
			written = append(written, rows...)
		}
		return counted(metrics, published, written), nil
	}
	if len(metrics) > fewMetrics || len(published) > fewDays {
		return read()
	}
	return a.written.get(fmt.Sprintf("%q %q %q %v", defined, own, strings.ToLower(unitType), published), a.Now(), untilChanged, read)
}

// What is asked of few metrics and days is remembered: what a run has written does not change, but for days that are dropped for their age.
// More would take much memory.
const (
	fewMetrics = 3
	fewDays    = 100
)

// dayRun finds what a run has written for a metric on a day.
type dayRun struct {
	metric, date string
	run          uint64
}

// counted are the rows of the runs that are published.
func counted(metrics []schema.Metric, published []publishedDay, written []metricDay) []metricDay {
	byScope, byRun := make(map[string][]publishedDay), make(map[dayRun][]metricDay)
	for _, d := range published {
		byScope[d.Scope] = append(byScope[d.Scope], d)
	}
	for _, row := range written {
		at := dayRun{row.Metric, row.Date, row.Run}
		byRun[at] = append(byRun[at], row)
	}
	all := []metricDay{}
	for i := range metrics {
		version := metrics[i].VersionID()
		for _, d := range byScope[windowsOf(&metrics[i])] {
			found := byRun[dayRun{version, d.Date, d.Run}]
			if len(found) == 0 {
				found = []metricDay{{Metric: version, Date: d.Date}}
			}
			for _, row := range found {
				row.AsOf = d.AsOf
				all = append(all, row)
			}
		}
	}
	slices.SortFunc(all, func(a, b metricDay) int {
		return cmp.Or(strings.Compare(a.Metric, b.Metric), strings.Compare(a.Date, b.Date), strings.Compare(a.UnitType, b.UnitType))
	})
	return all
}

// windowsOf names the windows in which a metric's days are published.
func windowsOf(m *schema.Metric) string {
	if isAuto(m.Type) {
		return "events"
	}
	return "metric/" + m.VersionID()
}

func isAuto(t schema.MetricType) bool {
	return slices.Contains([]schema.MetricType{schema.AutoCount, schema.AutoUsers, schema.AutoSum, schema.AutoMean}, t)
}

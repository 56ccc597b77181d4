package query

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/moments.sql
var momentsSQL string

// momentsRow is one group's moments of one metric.
type momentsRow struct {
	Scope string    `ch:"scope"`
	AsOf  time.Time `ch:"as_of"`
	Group string    `ch:"group_id"`
	unitMoments
	StartedAt  time.Time `ch:"started_at"`
	CompleteTo time.Time `ch:"complete_to"`
}

// unitMoments are the moments themselves, by the columns' names.
type unitMoments struct {
	Units        uint64  `ch:"units"`
	Participants uint64  `ch:"participants"`
	Before       uint64  `ch:"before"`
	MeanX        float64 `ch:"mean_x"`
	MeanY        float64 `ch:"mean_y"`
	MeanPX       float64 `ch:"mean_px"`
	MeanPY       float64 `ch:"mean_py"`
	XX           float64 `ch:"m2_x"`
	YY           float64 `ch:"m2_y"`
	XY           float64 `ch:"c_xy"`
	PXPX         float64 `ch:"m2_px"`
	PYPY         float64 `ch:"m2_py"`
	PXPY         float64 `ch:"c_pxpy"`
	XPX          float64 `ch:"c_xpx"`
	XPY          float64 `ch:"c_xpy"`
	YPX          float64 `ch:"c_ypx"`
	YPY          float64 `ch:"c_ypy"`
	TotalX       float64 `ch:"total_x"`
	TotalY       float64 `ch:"total_y"`
	Hat          float64 `ch:"q_hat"`
	Low          float64 `ch:"q_low"`
	High         float64 `ch:"q_high"`
}

func (r unitMoments) arm(g schema.ExperimentGroup) pulse.Arm {
	return pulse.Arm{
		Group: g, Participants: r.Participants, Before: r.Before, TotalX: r.TotalX, TotalY: r.TotalY, Quantile: pulse.QuantileOf(r.TotalY, r.Hat, r.Low, r.High),
		RatioPairMoments: stats.RatioPairMoments{
			N: float64(r.Units), Mean: [4]float64{r.MeanX, r.MeanY, r.MeanPX, r.MeanPY},
			C: [4][4]float64{
				{r.XX, r.XY, r.XPX, r.XPY},
				{r.XY, r.YY, r.YPX, r.YPY},
				{r.XPX, r.YPX, r.PXPX, r.PXPY},
				{r.XPY, r.YPY, r.PXPY, r.PYPY},
			},
		},
	}
}

// scopeOf names what the rollup keeps for a metric of an experiment.
func scopeOf(x *schema.Experiment, m schema.Metric) string {
	return x.VersionID() + "/" + m.VersionID()
}

// metricsOf finds the definitions of the experiment's metrics; one that was deleted has no version and is left out.
// Metrics that exist by themselves are defined by their name.
func (a *API) metricsOf(ctx context.Context, x *schema.Experiment) (map[schema.MetricRef]schema.Metric, error) {
	all, err := a.knownMetrics(ctx)
	if err != nil {
		return nil, err
	}
	byRef, wanted := make(map[schema.MetricRef]schema.Metric), make(map[schema.MetricRef]bool)
	for _, ref := range x.Metrics() {
		wanted[ref] = true
	}
	for _, m := range all {
		if wanted[m.Ref()] {
			byRef[m.Ref()] = m
		}
	}
	for ref := range wanted {
		if _, defined := byRef[ref]; defined {
			continue
		}
		if m, ok := schema.AutoMetric(ref); ok {
			byRef[ref] = m
		}
	}
	return byRef, nil
}

// moments reads the moments of metrics as of the last days up to and including one, oldest first.
func (a *API) moments(ctx context.Context, x *schema.Experiment, metrics map[schema.MetricRef]schema.Metric, until string, days uint32) ([]momentsRow, store.Stats, error) {
	scopes := make([]string, 0, len(metrics))
	for _, m := range metrics {
		scopes = append(scopes, scopeOf(x, m))
	}
	var rows []momentsRow
	var cost store.Stats
	err := a.DB.Select(ctx, &rows, momentsSQL, store.Params{"scopes": scopes, "until": until, "days": days, "groups": uint32(len(x.Groups))},
		store.WithStats(&cost), store.WithQueryID("pulse-"+uuid.NewString()), store.WithSettings(map[string]any{"max_threads": 1}))
	if err != nil {
		return nil, cost, fmt.Errorf("read moments of %s: %w", x.ID, err)
	}
	return newestBlocks(rows, days == 1), cost, nil
}

// newestBlocks keeps of each scope and day, or of each scope's newest day, the rows of the newest start, oldest day first. They come newest
// first; others are among them where a group has been added since.
func newestBlocks(rows []momentsRow, oneDay bool) []momentsRow {
	kept := rows[:0]
	for _, r := range rows {
		if n := len(kept); n > 0 && kept[n-1].Scope == r.Scope {
			newest, sameDay := kept[n-1], kept[n-1].AsOf.Equal(r.AsOf)
			if oneDay && !sameDay || sameDay && !newest.StartedAt.Equal(r.StartedAt) {
				continue
			}
		}
		kept = append(kept, r)
	}
	slices.Reverse(kept)
	return kept
}

// momentsKey finds a group's moments of a metric.
type momentsKey struct{ scope, group string }

// momentDays are moments by day.
type momentDays struct {
	x    *schema.Experiment
	last time.Time
	// started is when the newest of the moments were begun.
	started time.Time
	newest  map[momentsKey]momentsRow
	all     map[string][]momentsRow // by scope, oldest first
}

// newMomentDays wants the rows oldest first.
func newMomentDays(x *schema.Experiment, rows []momentsRow) momentDays {
	d := momentDays{x: x, newest: make(map[momentsKey]momentsRow), all: make(map[string][]momentsRow)}
	for _, r := range rows {
		d.newest[momentsKey{r.Scope, r.Group}] = r
		d.all[r.Scope] = append(d.all[r.Scope], r)
		if r.AsOf.After(d.last) {
			d.last = r.AsOf
		}
		if r.StartedAt.After(d.started) {
			d.started = r.StartedAt
		}
	}
	return d
}

// arm is a group's newest moments of a metric.
func (d momentDays) arm(m schema.Metric, g schema.ExperimentGroup) (pulse.Arm, bool) {
	row, ok := d.newest[momentsKey{scopeOf(d.x, m), g.ID}]
	return row.arm(g), ok
}

// series is the arms of a metric as of each day; today is not complete.
func (d momentDays) series(m schema.Metric, today string) []pulse.SliceArms {
	var all []pulse.SliceArms
	for _, r := range d.all[scopeOf(d.x, m)] {
		day := r.AsOf.Format(time.DateOnly)
		if len(all) == 0 || all[len(all)-1].Value != day {
			all = append(all, pulse.SliceArms{Value: day, Complete: day < today, Arms: make(map[string]pulse.Arm)})
		}
		g, _ := d.x.Group(r.Group)
		all[len(all)-1].Arms[r.Group] = r.arm(g)
	}
	return all
}

// until is the last day that may be shown: the one asked for, but none after the experiment's end, whose moments would be stale.
func (a *API) until(x *schema.Experiment, date string) string {
	last := "2149-06-06"
	if end := x.EndTime; end != 0 {
		last = (end - 1).Time().In(a.location()).Format(time.DateOnly)
	}
	if date != "" && date < last {
		last = date
	}
	return last
}

// location is the project's time zone.
func (a *API) location() *time.Location {
	l, err := time.LoadLocation(a.Zone())
	if err != nil {
		a.Log.Error("the project's time zone does not load; days are shown in UTC", "zone", a.Zone(), "error", err)
		return time.UTC
	}
	return l
}

//go:embed sql/topline.sql
var toplineSQL string

// toplineRow is a metric's totals over some days, and how many of them are known.
type toplineRow struct {
	Metric string  `ch:"metric"`
	Total  float64 `ch:"total"`
	Den    float64 `ch:"total_den"`
	Days   uint32  `ch:"known_days"`
}

// toplines reads what the whole product did in the metrics from the experiment's start to a day.
func (a *API) toplines(ctx context.Context, q pulseRequest, metrics map[schema.MetricRef]schema.Metric, moments momentDays) (map[string]pulse.Topline, error) {
	from := q.Experiment.ExposuresFrom().Time().In(a.location())
	versions, all := []string{}, make(map[string]pulse.Topline)
	for _, m := range metrics {
		versions = append(versions, m.VersionID())
	}
	if len(versions) == 0 || moments.last.IsZero() {
		return all, nil
	}
	p := store.Params{
		"metrics": versions, "unit_type": q.Experiment.IDType.Key(), "from": from.Format(time.DateOnly), "to": moments.last.Format(time.DateOnly),
	}
	slices.Sort(versions)
	key := fmt.Sprint(p["unit_type"], " ", p["from"], " ", p["to"], " ", moments.started.UnixMicro(), versions)
	rows, err := a.toplined.get(key, a.Now(), untilChanged, func() (rows []toplineRow, err error) {
		err = a.DB.Select(ctx, &rows, toplineSQL, p)
		return rows, err
	})
	if err != nil {
		return nil, fmt.Errorf("read toplines of %s: %w", q.Experiment.ID, err)
	}
	base := pulse.Topline{Days: days(from, moments.last), Allocation: q.Experiment.Allocation / 100, TestShare: q.Test.Size / 100}
	for _, m := range metrics {
		all[m.VersionID()] = base
	}
	for _, r := range rows {
		if t := base; r.Days > 0 {
			t.Known, t.Total, t.TotalDen = true, r.Total/float64(base.Days), r.Den/float64(base.Days)
			all[r.Metric] = t
		}
	}
	return all, nil
}

// days is how many days there are from an instant's to another day, both included.
func days(from, to time.Time) int {
	first := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
	return int(to.Sub(first)/(24*time.Hour)) + 1
}

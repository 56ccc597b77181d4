package query

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/coverage.sql
var coverageSQL string

// coverage is how far exposures and events can meet.
type coverage struct {
	exposed, matchable uint64
	events             map[string][2]uint64 // by name: all, and those with the ID
}

// readCoverage counts units and the events of some metrics.
func (a *API) readCoverage(ctx context.Context, x *schema.Experiment, metrics map[schema.MetricRef]schema.Metric) (coverage, error) {
	names := []string{}
	for _, m := range metrics {
		for _, e := range m.MetricEvents {
			names = append(names, e.Name)
		}
	}
	p := store.Params(x.UnitParams(a.Zone()))
	p["events"], p["start"], p["unit_type"] = names, int64(x.ExposuresFrom()), x.IDType.Key()
	var rows []struct {
		Name      string `ch:"name"`
		Events    uint64 `ch:"events"`
		WithID    uint64 `ch:"with_id"`
		Exposed   uint64 `ch:"exposed"`
		Matchable uint64 `ch:"matchable"`
	}
	text := schema.Fill(schema.Fill(coverageSQL, "units", schema.UnitsSQL), "unit", x.IDType.Column("unit_type"))
	if err := a.DB.Select(ctx, &rows, text, p); err != nil {
		return coverage{}, fmt.Errorf("count what could match in %s: %w", x.ID, err)
	}
	c := coverage{events: make(map[string][2]uint64)}
	for _, r := range rows {
		if r.Name == "" {
			c.exposed, c.matchable = r.Exposed, r.Matchable
		} else {
			c.events[r.Name] = [2]uint64{r.Events, r.WithID}
		}
	}
	return c, nil
}

// of is the coverage of a metric.
func (c coverage) of(x *schema.Experiment, m schema.Metric) *pulse.Coverage {
	r := &pulse.Coverage{ExposedUnits: c.exposed, MatchableUnits: c.matchable}
	name, seen := "its events", make(map[string]bool)
	for _, e := range m.MetricEvents {
		if seen[e.Name] {
			continue
		}
		seen[e.Name] = true
		n := c.events[e.Name]
		r.Events, r.EventsWithID = r.Events+n[0], r.EventsWithID+n[1]
		if name = fmt.Sprintf("%q events", e.Name); e.Name == schema.AnyEvent {
			name = "events"
		}
	}
	if r.Events == 0 {
		r.Sentence = fmt.Sprintf("%d of %d exposed units could match; there are no %s since the start", r.MatchableUnits, r.ExposedUnits, name)
		return r
	}
	r.EventsWithIDPct = 100 * float64(r.EventsWithID) / float64(r.Events)
	r.Sentence = fmt.Sprintf("%d of %d exposed units could match; %.3g %% of %s carry %s", r.MatchableUnits, r.ExposedUnits, r.EventsWithIDPct, name, x.IDType)
	return r
}

// addCoverage says of each metric how far it could match.
func (a *API) addCoverage(ctx context.Context, q pulseRequest, r *pulse.Report, metrics map[schema.MetricRef]schema.Metric) error {
	c, err := a.readCoverage(ctx, q.Experiment, metrics)
	if err != nil {
		return err
	}
	for _, section := range [][]pulse.Result{r.PrimaryMetrics, r.SecondaryMetrics, r.OtherMetrics} {
		for i := range section {
			if m, ok := metrics[schema.MetricRef{Name: section[i].MetricName, Type: section[i].MetricType}]; ok {
				section[i].Coverage = c.of(q.Experiment, m)
			}
		}
	}
	return nil
}

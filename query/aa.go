package query

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/aa_units.sql
var aaUnitsSQL string

// aaResult is an A/A test of one metric over the units of one experiment.
type aaResult struct {
	Experiment string `json:"experiment"`
	Metric     string `json:"metric"`
	Reason     string `json:"reason,omitempty"`
	pulse.AA
}

func (a *API) aaRoutes() []route { return []route{{"GET", "aa/*", a.aaTest}} }

// aaTest splits the units of an experiment at random, splits= times, for each of its metrics; or, where there is no such experiment, for
// a metric.
func (a *API) aaTest(c *call) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if e, ok := schema.AsError(err); ok && e.Status == 404 {
		return a.aaMetric(c)
	}
	if err != nil {
		return nil, err
	}
	return a.aa(c, x, "")
}

// aaMetric splits the units of each experiment that has the metric.
func (a *API) aaMetric(c *call) (any, error) {
	experiments, err := a.Catalog.Experiments(c)
	if err != nil {
		return nil, err
	}
	all := []aaResult{}
	for i := range experiments {
		results, err := a.aa(c, &experiments[i], c.id)
		if err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	if len(all) == 0 {
		return nil, schema.Errorf(404, "no_experiment", "%q is no experiment, and no started experiment has such a metric: an A/A test needs the units of one", c.id)
	}
	return all, nil
}

const maxSplits = 10_000

func (a *API) aa(c *call, x *schema.Experiment, only string) ([]aaResult, error) {
	splits, err := c.positive("splits", 1000)
	if err != nil {
		return nil, err
	}
	seed, err := c.positive("seed", 1)
	if err != nil {
		return nil, err
	}
	if splits > maxSplits {
		return nil, schema.Invalid("splits", "%d is more than the %d that are possible", splits, maxSplits)
	}
	if x.Run == 0 {
		return nil, nil
	}
	metrics, err := a.metricsOf(c, x)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]schema.Metric, len(metrics))
	for _, m := range metrics {
		if only == "" || only == m.ID() {
			byID[m.ID()] = m
		}
	}
	results := []aaResult{}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		r, err := a.aaOf(c, x, byID[id], splits, uint64(seed))
		if err != nil {
			return nil, fmt.Errorf("split units of %s for %s: %w", x.ID, id, err)
		}
		results = append(results, r)
	}
	return results, nil
}

// aaOf reads the units and splits them. What cannot be made of two sums per unit is left out, and says so.
func (a *API) aaOf(c *call, x *schema.Experiment, m schema.Metric, splits int, seed uint64) (aaResult, error) {
	r := aaResult{Experiment: x.ID, Metric: m.ID()}
	switch m.Aggregation() {
	case schema.EventCount, schema.EventUser, schema.Sum, schema.Mean, schema.Ratio:
	default:
		r.Status, r.Reason = "not_possible", fmt.Sprintf("a %s metric is more than sums per unit; A/A tests are for counts, participation, sums, means and ratios", m.Aggregation())
		return r, nil
	}
	p := store.Params(x.UnitParams(a.Zone()))
	p["scope"], p["participation"] = x.VersionID()+"/"+m.VersionID(), m.Aggregation() == schema.EventUser
	var units []pulse.AAUnit
	if err := a.DB.Select(c, &units, schema.Fill(aaUnitsSQL, "units", schema.UnitsSQL), p); err != nil {
		return r, err
	}
	r.AA = pulse.SplitAA(units, m.HasDenominator(), splits, seed, 0.05)
	return r, nil
}

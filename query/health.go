package query

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/health_exposures.sql
var healthExposuresSQL string

// health is the checks of an experiment, and the worst of them.
type health struct {
	HealthChecks      []pulse.Check     `json:"healthChecks"`
	HealthCheckStatus pulse.CheckStatus `json:"healthCheckStatus"`
}

func (a *API) experimentHealth(c *call) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	return a.health(c, x)
}

func (a *API) health(ctx context.Context, x *schema.Experiment) (health, error) {
	v := pulse.Vitals{Experiment: x, Now: a.now()}
	if x.StartTime != 0 {
		err := firstError(a.vitalExposures(ctx, x, &v), a.vitalUnits(ctx, x, &v), a.vitalMetrics(ctx, x, &v))
		if err != nil {
			return health{}, err
		}
	}
	checks, worst := pulse.CheckHealth(v)
	return health{checks, worst}, nil
}

// vitalExposures counts raw exposures by what may explain a fault.
func (a *API) vitalExposures(ctx context.Context, x *schema.Experiment, v *pulse.Vitals) error {
	var rows []struct {
		Dim         string `ch:"dim"`
		Value       string `ch:"dim_value"`
		Group       string `ch:"group_id"`
		Exposures   uint64 `ch:"exposures"`
		WithoutUnit uint64 `ch:"without_unit"`
		Units       uint64 `ch:"units"`
		Last        int64  `ch:"last_time"`
	}
	p := store.Params(x.UnitParams(a.Zone()))
	p["id"], p["name"], p["start"], p["unit_type"] = x.ID, x.Name, int64(x.ExposuresFrom()), x.IDType.Key()
	text := schema.Fill(schema.Fill(healthExposuresSQL, "units", schema.UnitsSQL), "unit", x.IDType.Column("unit_type"))
	if err := a.DB.Select(ctx, &rows, text, p); err != nil {
		return fmt.Errorf("count exposures of %s: %w", x.ID, err)
	}
	v.Slices, v.Reasons, v.Unmatched = make(map[[2]string]map[string]uint64), make(map[string]uint64), make(map[string]uint64)
	for _, r := range rows {
		if r.Dim == "" {
			v.Exposures, v.WithoutUnit, v.Last = v.Exposures+r.Exposures, v.WithoutUnit+r.WithoutUnit, max(v.Last, schema.Millis(r.Last))
			continue
		}
		key := [2]string{r.Dim, r.Value}
		if v.Slices[key] == nil {
			v.Slices[key] = make(map[string]uint64)
		}
		v.Slices[key][r.Group] += r.Units
		switch {
		case r.Dim == "reason":
			v.Reasons[r.Value] += r.Exposures
		case r.Dim == "rule" && r.Group == "":
			v.Unmatched[r.Value] += r.Exposures - r.WithoutUnit
		}
	}
	return nil
}

func (a *API) vitalUnits(ctx context.Context, x *schema.Experiment, v *pulse.Vitals) error {
	s, err := a.groupSizes(ctx, x, a.until(x, ""))
	if err != nil {
		return err
	}
	v.Sizes, v.Crossovers = pulse.Sizes(x.CountedGroups(), s.units), s.crossovers
	for _, n := range s.units {
		v.Units += n
	}
	return nil
}

// vitalMetrics looks at the metrics' events, and at what the groups did before exposure.
func (a *API) vitalMetrics(ctx context.Context, x *schema.Experiment, v *pulse.Vitals) error {
	metrics, err := a.metricsOf(ctx, x)
	if err != nil {
		return err
	}
	found, err := a.readCoverage(ctx, x, metrics)
	if err != nil {
		return err
	}
	rows, _, err := a.moments(ctx, x, metrics, a.until(x, ""), 1)
	if err != nil {
		return err
	}
	days := newMomentDays(x, rows)
	v.Events, v.Early = make(map[string]uint64), make(map[string][2]pulse.Arm)
	control := x.Control()
	for _, m := range metrics {
		v.Events[m.ID()] = found.of(x, m).Events
		before, ok := days.arm(m, control)
		if test, also := days.arm(m, firstOther(x, control)); ok && also {
			v.Early[m.ID()] = [2]pulse.Arm{before, test}
		}
	}
	for _, r := range rows {
		if complete := schema.Millis(r.CompleteTo.UnixMilli()); v.Complete == nil || complete < *v.Complete {
			v.Complete = &complete
		}
	}
	return nil
}

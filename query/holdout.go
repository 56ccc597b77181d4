package query

import (
	"fmt"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

func (a *API) holdoutRoutes() []route {
	n := &noun[schema.Holdout, *schema.Holdout]{
		a: a, kind: catalog.Holdouts, path: "holdouts", make: func() schema.Holdout { return schema.Holdout{IsEnabled: true} },
		check: a.checkHoldout,
		show:  func(_ *call, h *schema.Holdout) (any, error) { return h, nil },
		apart: func(fresh, old *schema.Holdout) { fresh.Overrides = old.Overrides },
	}
	return append(n.routes(), gateOverrideRoutes(n, func(h *schema.Holdout) *[]schema.GateOverride { return &h.Overrides })...)
}

// checkHoldout wants what it holds out from to exist. A gate that is held out cannot be the one that says for whom, nor one that asks it.
func (a *API) checkHoldout(c *call, h *schema.Holdout) error {
	d, err := a.readDefinitions(c)
	if err != nil {
		return err
	}
	if err := d.exists("targetingGateID", "gate", h.TargetingGateID); err != nil {
		return err
	}
	if err := checkMonitoring(c, a, catalog.Holdouts, h, func(h *schema.Holdout) []schema.ExperimentMetric { return h.MonitoringMetrics }); err != nil {
		return err
	}
	for _, list := range h.Lists() {
		for i, id := range list.IDs {
			if err := d.exists(fmt.Sprintf("%s[%d]", list.Field, i), list.Kind, id); err != nil {
				return err
			}
		}
	}
	d.holdouts = append(slices.DeleteFunc(d.holdouts, func(o schema.Holdout) bool { return o.ID == h.ID }), *h)
	if targeting := (node{"gate", h.TargetingGateID}); h.TargetingGateID != "" && d.reaches(targeting, targeting) {
		return schema.Invalid("targetingGateID", "gate %q is itself held out by this holdout, or asks a gate that is: a circle cannot be decided", h.TargetingGateID)
	}
	return a.checkOverrideEnvironments(c, h.Overrides)
}

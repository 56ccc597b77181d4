package query

import (
	"fmt"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

func (a *API) holdoutRoutes() []route {
	n := &noun[schema.Holdout, *schema.Holdout]{
		a: a, kind: catalog.Holdouts, path: "holdouts", make: func() schema.Holdout { return schema.Holdout{IsEnabled: true} },
		check: a.checkHoldout,
		show:  func(_ *call, h *schema.Holdout) (any, error) { return h, nil },
	}
	return n.routes()
}

// checkHoldout wants what it holds out from to exist. A gate that is held out cannot be the one that targets it.
func (a *API) checkHoldout(c *call, h *schema.Holdout) error {
	if h.TargetingGateID != "" {
		if _, err := catalog.Gates.Get(c, a.Catalog, h.TargetingGateID); err != nil {
			return named("targetingGateID", err)
		}
		if h.HoldsGate(h.TargetingGateID) {
			return schema.Invalid("targetingGateID", "gate %q is itself held out by this holdout: a circle cannot be decided", h.TargetingGateID)
		}
	}
	gates := func(id string) error { _, err := catalog.Gates.Get(c, a.Catalog, id); return err }
	layers := func(id string) error { _, err := catalog.Layers.Get(c, a.Catalog, id); return err }
	experiments := func(id string) error { _, err := a.Catalog.Experiment(c, id); return err }
	for _, list := range []struct {
		field string
		ids   []string
		find  func(string) error
	}{{"gateIDs", h.GateIDs, gates}, {"layerIDs", h.LayerIDs, layers}, {"experimentIDs", h.ExperimentIDs, experiments}} {
		for i, id := range list.ids {
			if err := list.find(id); err != nil {
				return named(fmt.Sprintf("%s[%d]", list.field, i), err)
			}
		}
	}
	return nil
}

// named makes a refusal for something that does not exist one that names the field.
func named(field string, err error) error {
	if e, ok := schema.AsError(err); ok && e.Status == 404 {
		return schema.Invalid(field, "%s", e.Message)
	}
	return err
}

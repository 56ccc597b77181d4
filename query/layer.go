package query

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// shownLayer is a layer as the Console API shows it. FreeAllocation is the share of units, in percent, that no experiment has.
type shownLayer struct {
	*schema.Layer
	HoldoutIDs     []string `json:"holdoutIDs"`
	FreeAllocation float64  `json:"freeAllocation"`
}

func (a *API) layerRoutes() []route {
	n := &noun[schema.Layer, *schema.Layer]{
		a: a, kind: catalog.Layers, path: "layers", make: func() schema.Layer { return schema.Layer{} },
		check: a.checkLayer,
		apart: func(fresh, old *schema.Layer) { fresh.Overrides = old.Overrides },
		show: func(c *call, l *schema.Layer) (any, error) {
			ids, err := a.holdoutsOf(c, func(h *schema.Holdout) bool { return h.HoldsLayer(l.ID) })
			return shownLayer{l, ids, float64(l.Free()) * 100 / schema.Buckets}, err
		},
	}
	return append(append(n.routes(), route{"GET", "layers/*/experiments", a.layerExperiments}), layerOverrideRoutes(n)...)
}

func (a *API) layerExperiments(c *call) (any, error) {
	if _, err := catalog.Layers.Get(c, a.Catalog, c.id); err != nil {
		return nil, err
	}
	all, err := a.Catalog.Experiments(c)
	if err != nil {
		return nil, err
	}
	return page(c, slices.DeleteFunc(all, func(x schema.Experiment) bool { return x.LayerID != c.id }))
}

package query

import (
	"fmt"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

func layerOverrideRoutes(n *noun[schema.Layer, *schema.Layer]) []route {
	const path = "layers/*/overrides"
	change := func(how func(have, asked schema.LayerOverrides) schema.LayerOverrides) handler {
		return func(c *call) (any, error) {
			var asked schema.LayerOverrides
			if err := c.body(&asked); err != nil {
				return nil, err
			}
			var changed *schema.Layer
			_, err := n.change(c, func(l *schema.Layer) error {
				for i := range asked.IDOverrides {
					if asked.IDOverrides[i].IDType == "" {
						asked.IDOverrides[i].IDType = l.IDType
					}
				}
				l.Overrides, changed = how(l.Overrides, asked), l
				return nil
			})
			if err != nil {
				return nil, err
			}
			return showLayerOverrides(changed), nil
		}
	}
	return []route{
		{"GET", path, func(c *call) (any, error) {
			l, err := catalog.Layers.Get(c, n.a.Catalog, c.id)
			if err != nil {
				return nil, err
			}
			return showLayerOverrides(l), nil
		}},
		{"POST", path, change(func(_, asked schema.LayerOverrides) schema.LayerOverrides { return asked })},
		{"PATCH", path, change(addLayerOverrides)},
		{"DELETE", path, change(removeLayerOverrides)},
	}
}

// shownLayerOverrides has both lists always, as the Console API has.
type shownLayerOverrides struct {
	ConditionalOverrides []schema.LayerConditional `json:"conditionalOverrides"`
	IDOverrides          []schema.LayerIDs         `json:"idOverrides"`
}

func showLayerOverrides(l *schema.Layer) shownLayerOverrides {
	return shownLayerOverrides{append([]schema.LayerConditional{}, l.Overrides.ConditionalOverrides...), append([]schema.LayerIDs{}, l.Overrides.IDOverrides...)}
}

// addLayerOverrides puts what is asked before what there is: the first that fits a unit counts.
func addLayerOverrides(have, asked schema.LayerOverrides) schema.LayerOverrides {
	if asked.IsZero() {
		return have
	}
	rest := removeLayerOverrides(have, asked)
	return schema.LayerOverrides{
		ConditionalOverrides: slices.Concat(asked.ConditionalOverrides, rest.ConditionalOverrides),
		IDOverrides:          slices.Concat(asked.IDOverrides, rest.IDOverrides),
	}
}

// removeLayerOverrides takes away the gates and segments and the units that are named, from whatever group; an empty body takes away all.
func removeLayerOverrides(have, asked schema.LayerOverrides) (kept schema.LayerOverrides) {
	if asked.IsZero() {
		return kept
	}
	for _, o := range have.ConditionalOverrides {
		same := func(other schema.LayerConditional) bool { return other.Type == o.Type && other.Name == o.Name }
		if !slices.ContainsFunc(asked.ConditionalOverrides, same) {
			kept.ConditionalOverrides = append(kept.ConditionalOverrides, o)
		}
	}
	for _, o := range have.IDOverrides {
		for _, gone := range asked.IDOverrides {
			if gone.IDType.Key() == o.IDType.Key() && gone.Environment == o.Environment {
				o.IDs = slices.DeleteFunc(slices.Clone(o.IDs), func(id string) bool { return slices.Contains(gone.IDs, id) })
			}
		}
		if len(o.IDs) > 0 {
			kept.IDOverrides = append(kept.IDOverrides, o)
		}
	}
	return kept
}

// checkLayer wants what the layer's overrides name to exist.
func (a *API) checkLayer(c *call, l *schema.Layer) error {
	if l.Overrides.IsZero() {
		return nil
	}
	d, err := a.readDefinitions(c)
	if err != nil {
		return err
	}
	if err := l.CheckOverrides(d.experiments); err != nil {
		return err
	}
	for i, o := range l.Overrides.ConditionalOverrides {
		if err := d.exists(fmt.Sprintf("conditionalOverrides[%d].name", i), o.Type, o.Name); err != nil {
			return err
		}
	}
	return a.checkEnvironments(c, layerEnvironments(l))
}

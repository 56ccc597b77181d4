package query

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
)

// overridesAnswer has both lists always, as the Console API has.
type overridesAnswer struct {
	Overrides       []schema.ConditionalOverride `json:"overrides"`
	UserIDOverrides []schema.IDOverride          `json:"userIDOverrides"`
}

func answerOverrides(o schema.Overrides) overridesAnswer {
	return overridesAnswer{append([]schema.ConditionalOverride{}, o.Overrides...), append([]schema.IDOverride{}, o.UserIDOverrides...)}
}

func (a *API) getOverrides(c *call) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	return answerOverrides(x.Overrides), nil
}

// changeOverrides changes an experiment's overrides by those of the body.
func (a *API) changeOverrides(how func(have, asked schema.Overrides) schema.Overrides) handler {
	return func(c *call) (any, error) {
		var asked schema.Overrides
		if err := c.body(&asked); err != nil {
			return nil, err
		}
		var now schema.Overrides
		_, err := a.change(c, func(x *schema.Experiment) error {
			x.Overrides = how(x.Overrides, asked)
			now = x.Overrides
			return nil
		})
		return answerOverrides(now), err
	}
}

func replaceOverrides(_, asked schema.Overrides) schema.Overrides { return asked }

// addOverrides puts what is asked before what there is: the first that fits a unit counts.
func addOverrides(have, asked schema.Overrides) schema.Overrides {
	rest := removeOverrides(have, asked)
	return schema.Overrides{
		Overrides:       slices.Concat(asked.Overrides, rest.Overrides),
		UserIDOverrides: slices.Concat(asked.UserIDOverrides, rest.UserIDOverrides),
	}
}

// removeOverrides takes away the conditions and the ids that are named, from whatever group; an empty body takes away all.
func removeOverrides(have, asked schema.Overrides) schema.Overrides {
	if asked.IsZero() {
		return schema.Overrides{}
	}
	var kept schema.Overrides
	for _, o := range have.Overrides {
		same := func(other schema.ConditionalOverride) bool { return other.Type == o.Type && other.ID == o.ID }
		if !slices.ContainsFunc(asked.Overrides, same) {
			kept.Overrides = append(kept.Overrides, o)
		}
	}
	for _, o := range have.UserIDOverrides {
		for _, gone := range asked.UserIDOverrides {
			if gone.UnitType.Key() == o.UnitType.Key() {
				o.IDs = slices.DeleteFunc(slices.Clone(o.IDs), func(id string) bool { return slices.Contains(gone.IDs, id) })
			}
		}
		if len(o.IDs) > 0 {
			kept.UserIDOverrides = append(kept.UserIDOverrides, o)
		}
	}
	return kept
}

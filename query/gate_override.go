package query

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// shownGateOverrides is a gate's overrides in both of Statsig's shapes: those for user IDs and for the gate's own ID type in all
// environments, and all of them.
type shownGateOverrides struct {
	PassingUserIDs       []string              `json:"passingUserIDs"`
	FailingUserIDs       []string              `json:"failingUserIDs"`
	PassingCustomIDs     []string              `json:"passingCustomIDs"`
	FailingCustomIDs     []string              `json:"failingCustomIDs"`
	EnvironmentOverrides []schema.GateOverride `json:"environmentOverrides"`
}

func showGateOverrides(list []schema.GateOverride) shownGateOverrides {
	s := shownGateOverrides{[]string{}, []string{}, []string{}, []string{}, append([]schema.GateOverride{}, list...)}
	for _, o := range list {
		switch {
		case o.Environment != "":
		case o.UnitID == "" || o.UnitID.Key() == schema.UserID.Key():
			s.PassingUserIDs, s.FailingUserIDs = append(s.PassingUserIDs, o.PassingIDs...), append(s.FailingUserIDs, o.FailingIDs...)
		default:
			s.PassingCustomIDs, s.FailingCustomIDs = append(s.PassingCustomIDs, o.PassingIDs...), append(s.FailingCustomIDs, o.FailingIDs...)
		}
	}
	return s
}

// list puts both shapes into one list.
func (s *shownGateOverrides) list(own schema.UnitType) []schema.GateOverride {
	out := s.EnvironmentOverrides
	if len(s.PassingUserIDs)+len(s.FailingUserIDs) > 0 {
		out = append(out, schema.GateOverride{UnitID: schema.UserID, PassingIDs: s.PassingUserIDs, FailingIDs: s.FailingUserIDs})
	}
	if len(s.PassingCustomIDs)+len(s.FailingCustomIDs) > 0 {
		out = append(out, schema.GateOverride{UnitID: own, PassingIDs: s.PassingCustomIDs, FailingIDs: s.FailingCustomIDs})
	}
	return out
}

// gateOverrideChange says how a gate's overrides follow from those there are and those asked for.
type gateOverrideChange func(have, asked []schema.GateOverride) []schema.GateOverride

func replaceGateOverrides(_, asked []schema.GateOverride) []schema.GateOverride { return asked }

// addGateOverrides gives the units named what is asked, and takes away what they had.
func addGateOverrides(have, asked []schema.GateOverride) []schema.GateOverride {
	return append(asked, removeGateOverrides(have, asked)...)
}

// removeGateOverrides takes the units named out; without any it takes out all.
func removeGateOverrides(have, asked []schema.GateOverride) []schema.GateOverride {
	if len(asked) == 0 {
		return nil
	}
	var kept []schema.GateOverride
	for _, o := range have {
		for _, gone := range asked {
			if gone.Environment == o.Environment && gone.UnitID.Key() == o.UnitID.Key() {
				named := func(id string) bool {
					return slices.Contains(gone.PassingIDs, id) || slices.Contains(gone.FailingIDs, id)
				}
				o.PassingIDs = slices.DeleteFunc(slices.Clone(o.PassingIDs), named)
				o.FailingIDs = slices.DeleteFunc(slices.Clone(o.FailingIDs), named)
			}
		}
		if len(o.PassingIDs)+len(o.FailingIDs) > 0 {
			kept = append(kept, o)
		}
	}
	return kept
}

// gateOverrideRoutes are the paths of the overrides of gates and holdouts.
func gateOverrideRoutes[T any, P catalog.Definition[T]](n *noun[T, P], of func(*T) *[]schema.GateOverride) []route {
	path := n.path + "/*/overrides"
	change := func(how gateOverrideChange) handler {
		return func(c *call) (any, error) {
			var asked, now shownGateOverrides
			if err := c.body(&asked); err != nil {
				return nil, err
			}
			_, err := n.change(c, func(v *T) error {
				list := asked.list(P(v).Heading().IDType)
				for i := range list {
					if list[i].UnitID == "" {
						list[i].UnitID = schema.UserID
					}
				}
				*of(v) = how(*of(v), list)
				now = showGateOverrides(*of(v))
				return nil
			})
			return now, err
		}
	}
	return []route{
		{"GET", path, func(c *call) (any, error) {
			v, err := n.kind.Get(c, n.a.Catalog, c.id)
			if err != nil {
				return nil, err
			}
			return showGateOverrides(*of(v)), nil
		}},
		{"POST", path, change(replaceGateOverrides)},
		{"PATCH", path, change(addGateOverrides)},
		{"DELETE", path, change(removeGateOverrides)},
	}
}

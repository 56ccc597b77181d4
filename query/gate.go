package query

import (
	"fmt"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// shownGate is a gate as the Console API shows it.
type shownGate struct {
	*schema.Gate
	Status        string   `json:"status"`
	TypeReason    string   `json:"typeReason"`
	HoldoutIDs    []string `json:"holdoutIDs"`
	ChecksPerHour *float64 `json:"checksPerHour"`
}

func (a *API) gateNoun() *noun[schema.Gate, *schema.Gate] {
	return &noun[schema.Gate, *schema.Gate]{
		a: a, kind: catalog.Gates, path: "gates", make: func() schema.Gate { return schema.Gate{IsEnabled: true} },
		check: func(c *call, g *schema.Gate) error { return a.checkAsked(c, "gate", g.ID, "rules", g.Rules) },
		show: func(c *call, g *schema.Gate) (any, error) {
			ids, err := a.holdoutsOf(c, func(h *schema.Holdout) bool { return h.HoldsGate(g.ID) })
			return shownGate{Gate: g, Status: g.Status(), TypeReason: "NONE", HoldoutIDs: ids}, err
		},
	}
}

func (a *API) gateRoutes() []route {
	n := a.gateNoun()
	set := func(f func(g *schema.Gate)) handler {
		return func(c *call) (any, error) { return n.change(c, func(g *schema.Gate) error { f(g); return nil }) }
	}
	return slices.Concat(n.routes(), []route{
		{"PUT", "gates/*/enable", set(func(g *schema.Gate) { g.IsEnabled = true })},
		{"PUT", "gates/*/disable", set(func(g *schema.Gate) { g.IsEnabled = false })},
		{"PUT", "gates/*/launch", set((*schema.Gate).Launch)},
		{"GET", "gates/*/overrides", a.gateOverrides(n, showOnly)},
		{"POST", "gates/*/overrides", a.gateOverrides(n, replaceGateOverrides)},
		{"PATCH", "gates/*/overrides", a.gateOverrides(n, addGateOverrides)},
		{"DELETE", "gates/*/overrides", a.gateOverrides(n, removeGateOverrides)},
	}, ruleRoutes("gates", n, func(g *schema.Gate) *[]schema.Rule { return &g.Rules }))
}

// ruleRoutes are the paths of the rules of gates and dynamic configs. Both spellings of the path are Statsig's.
func ruleRoutes[T any, P catalog.Definition[T]](path string, n *noun[T, P], rules func(v *T) *[]schema.Rule) []route {
	one := func(f func(list *[]schema.Rule, at int, c *call) error) handler {
		return func(c *call) (any, error) {
			return n.change(c, func(v *T) error {
				list := rules(v)
				at := slices.IndexFunc(*list, func(r schema.Rule) bool { return r.ID == c.ids[1] || r.BaseID == c.ids[1] })
				if at < 0 {
					return schema.NotFound("rule", c.ids[1])
				}
				return f(list, at, c)
			})
		}
	}
	patch := one(func(list *[]schema.Rule, at int, c *call) error { return c.overlay(&(*list)[at]) })
	drop := one(func(list *[]schema.Rule, at int, _ *call) error { *list = slices.Delete(*list, at, at+1); return nil })
	read := func(c *call) (any, error) {
		v, err := n.kind.Get(c, n.a.Catalog, c.id)
		if err != nil {
			return nil, err
		}
		if len(c.ids) == 1 {
			return page(c, *rules(v))
		}
		at := slices.IndexFunc(*rules(v), func(r schema.Rule) bool { return r.ID == c.ids[1] || r.BaseID == c.ids[1] })
		if at < 0 {
			return nil, schema.NotFound("rule", c.ids[1])
		}
		return (*rules(v))[at], nil
	}
	routes := []route{
		{"GET", path + "/*/rules", read},
		{"POST", path + "/*/rule", func(c *call) (any, error) {
			return n.change(c, func(v *T) error {
				var r schema.Rule
				if err := c.body(&r); err != nil {
					return err
				}
				*rules(v) = append(*rules(v), r)
				return nil
			})
		}},
		{"POST", path + "/*/rules", setRules(n, rules)},
		{"PATCH", path + "/*/rules", setRules(n, rules)},
	}
	for _, word := range []string{"rule", "rules"} {
		at := path + "/*/" + word + "/*"
		routes = append(routes, route{"GET", at, read}, route{"PATCH", at, patch}, route{"DELETE", at, drop})
	}
	return routes
}

// setRules replaces all rules.
func setRules[T any, P catalog.Definition[T]](n *noun[T, P], rules func(v *T) *[]schema.Rule) handler {
	return func(c *call) (any, error) {
		var body struct {
			Rules []schema.Rule `json:"rules"`
		}
		if err := c.body(&body); err != nil {
			return nil, err
		}
		return n.change(c, func(v *T) error { *rules(v) = body.Rules; return nil })
	}
}

// holdoutsOf lists the holdouts that keep units away from something.
func (a *API) holdoutsOf(c *call, applies func(*schema.Holdout) bool) ([]string, error) {
	all, err := catalog.Holdouts.List(c, a.Catalog)
	ids := []string{}
	for i := range all {
		if applies(&all[i]) {
			ids = append(ids, all[i].ID)
		}
	}
	return ids, err
}

// checkAsked wants the gates and segments that rules ask to exist, and not to ask back.
func (a *API) checkAsked(c *call, kind, id, field string, rules []schema.Rule) error {
	var gates []schema.Gate
	var segments []schema.Segment
	for i := range rules {
		for j := range rules[i].Conditions {
			asked, of := rules[i].Conditions[j].Asks()
			if asked == "" {
				continue
			}
			if gates == nil {
				var err error
				if gates, err = catalog.Gates.List(c, a.Catalog); err != nil {
					return err
				}
				if segments, err = a.Catalog.Segments(c); err != nil {
					return err
				}
			}
			at := fmt.Sprintf("%s[%d].conditions[%d].targetValue", field, i, j)
			g := askGraph{gates, segments, map[[2]string]bool{}}
			if _, ok := g.rulesOf(asked, of); !ok && (asked != kind || of != id) {
				return schema.Invalid(at, "there is no %s %q; create it first", asked, of)
			}
			if asked == kind && of == id || g.reaches(asked, of, kind, id) {
				return schema.Invalid(at, "%s %q asks %s %q in turn: a circle cannot be decided", asked, of, kind, id)
			}
		}
	}
	return nil
}

// askGraph is which gates and segments ask which.
type askGraph struct {
	gates    []schema.Gate
	segments []schema.Segment
	visited  map[[2]string]bool
}

func (g *askGraph) rulesOf(kind, id string) ([]schema.Rule, bool) {
	if kind == "segment" {
		at := slices.IndexFunc(g.segments, func(s schema.Segment) bool { return s.ID == id })
		if at < 0 {
			return nil, false
		}
		return g.segments[at].Rules, true
	}
	at := slices.IndexFunc(g.gates, func(s schema.Gate) bool { return s.ID == id })
	if at < 0 {
		return nil, false
	}
	return g.gates[at].Rules, true
}

// reaches says whether one asks the other, over however many steps.
func (g *askGraph) reaches(kind, id, goalKind, goal string) bool {
	if g.visited[[2]string{kind, id}] {
		return false
	}
	g.visited[[2]string{kind, id}] = true
	rules, _ := g.rulesOf(kind, id)
	for i := range rules {
		for j := range rules[i].Conditions {
			asked, of := rules[i].Conditions[j].Asks()
			if asked != "" && (asked == goalKind && of == goal || g.reaches(asked, of, goalKind, goal)) {
				return true
			}
		}
	}
	return false
}

package query

import (
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
		check: func(c *call, g *schema.Gate) error {
			if err := a.checkOverrideEnvironments(c, g.Overrides); err != nil {
				return err
			}
			if err := checkMonitoring(c, a, catalog.Gates, g, func(g *schema.Gate) []schema.ExperimentMetric { return g.MonitoringMetrics }); err != nil {
				return err
			}
			return a.checkAsked(c, "gate", g.ID, "rules", g.Rules)
		},
		apart: func(fresh, old *schema.Gate) { fresh.Overrides = old.Overrides },
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
	}, gateOverrideRoutes(n, func(g *schema.Gate) *[]schema.GateOverride { return &g.Overrides }), ruleRoutes("gates", n, func(g *schema.Gate) *[]schema.Rule { return &g.Rules }))
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

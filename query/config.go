package query

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// shownConfig is a dynamic config as the Console API shows it.
type shownConfig struct {
	*schema.DynamicConfig
	Status     string   `json:"status"`
	HoldoutIDs []string `json:"holdoutIDs"`
}

func (a *API) configRoutes() []route {
	n := &noun[schema.DynamicConfig, *schema.DynamicConfig]{
		a: a, kind: catalog.Configs, path: "dynamic_configs", make: func() schema.DynamicConfig { return schema.DynamicConfig{IsEnabled: true} },
		check: func(c *call, d *schema.DynamicConfig) error {
			return a.checkAsked(c, "dynamic_config", d.ID, "rules", d.Rules)
		},
		show: func(c *call, d *schema.DynamicConfig) (any, error) {
			status := map[bool]string{true: "Enabled", false: "Disabled"}[d.IsEnabled]
			if d.IsArchived {
				status = "Archived"
			}
			ids, err := a.holdoutsOf(c, func(h *schema.Holdout) bool { return h.HoldsConfig(d.ID) })
			return shownConfig{d, status, ids}, err
		},
	}
	enable := func(on bool) handler {
		return func(c *call) (any, error) {
			return n.change(c, func(d *schema.DynamicConfig) error { d.IsEnabled = on; return nil })
		}
	}
	return slices.Concat(n.routes(), []route{
		{"PUT", "dynamic_configs/*/enable", enable(true)},
		{"PUT", "dynamic_configs/*/disable", enable(false)},
	}, ruleRoutes("dynamic_configs", n, func(d *schema.DynamicConfig) *[]schema.Rule { return &d.Rules }))
}

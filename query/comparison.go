package query

import (
	"context"
	"slices"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// comparisonRoutes are those of gates' rules and of holdouts, whose arms are compared like an experiment's groups.
func (a *API) comparisonRoutes() []route {
	return []route{
		{"GET", "gates/*/rules/*/pulse_results", a.of(a.ruleOf, a.monitored)},
		{"GET", "gates/*/rules/*/pulse_load_history", a.of(a.ruleOf, a.loadHistory)},
		{"GET", "gates/*/rules/*/cumulative_exposures", a.of(a.ruleOf, a.exposuresOf)},
		{"POST", "gates/*/load_pulse", a.loadGate},
		{"GET", "holdouts/*/pulse_results", a.of(a.holdoutOf, a.monitored)},
		{"GET", "holdouts/*/cumulative_exposures", a.of(a.holdoutOf, a.exposuresOf)},
		{"POST", "experiments/*/load_pulse", a.of(a.experimentOf, a.loadAsked)},
		{"GET", "experiments/*/pulse_load_history", a.of(a.experimentOf, a.loadHistory)},
	}
}

// of answers about the experiment, or what is compared like one, that a path names.
func (a *API) of(find func(*call) (*schema.Experiment, error), answer func(*call, *schema.Experiment) (any, error)) handler {
	return func(c *call) (any, error) {
		x, err := find(c)
		if err != nil {
			return nil, err
		}
		return answer(c, x)
	}
}

func (a *API) experimentOf(c *call) (*schema.Experiment, error) { return a.Catalog.Experiment(c, c.id) }

// ruleOf is the comparison of the rule that the path names, by its id, base id or name.
func (a *API) ruleOf(c *call) (*schema.Experiment, error) {
	return a.comparedRule(c, c.ids[0], c.ids[1])
}

func (a *API) comparedRule(ctx context.Context, gate, rule string) (*schema.Experiment, error) {
	g, err := catalog.Gates.Get(ctx, a.Catalog, gate)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(g.Rules, func(r schema.Rule) bool { return r.ID == rule || r.BaseID == rule || r.Name == rule })
	if i < 0 {
		return nil, schema.NotFound("rule", rule)
	}
	x, ok := g.Compare(g.Rules[i])
	if !ok {
		return nil, schema.Errorf(409, "nothing_to_compare",
			"rule %q of gate %q compares nothing: it needs a pass percentage between 0 and 100, measureMetricLifts, and monitoringMetrics", rule, gate)
	}
	return &x, nil
}

func (a *API) holdoutOf(c *call) (*schema.Experiment, error) {
	h, err := catalog.Holdouts.Get(c, a.Catalog, c.id)
	if err != nil {
		return nil, err
	}
	x, ok := h.Compare()
	if !ok {
		return nil, schema.Errorf(409, "nothing_to_compare", "holdout %q compares nothing: it needs a percentage between 0 and 100 and monitoringMetrics", c.id)
	}
	return &x, nil
}

// monitored is the report with its metrics where gates and holdouts have them.
func (a *API) monitored(c *call, x *schema.Experiment) (any, error) {
	answer, err := a.pulseOf(c, x)
	if err != nil {
		return nil, err
	}
	r := answer.(pulse.Report)
	r.MonitoringMetrics, r.PrimaryMetrics = r.PrimaryMetrics, []pulse.Result{}
	return r, nil
}

func (a *API) loadAsked(c *call, x *schema.Experiment) (any, error) {
	asked, err := c.loadRequest()
	if err != nil {
		return nil, err
	}
	return a.loadPulse(c, x, asked)
}

func (a *API) loadGate(c *call) (any, error) {
	asked, err := c.loadRequest()
	if err != nil {
		return nil, err
	}
	if asked.RuleID == "" {
		return nil, schema.Invalid("ruleId", "must name the rule whose results are to be loaded")
	}
	x, err := a.comparedRule(c, c.id, asked.RuleID)
	if err != nil {
		return nil, err
	}
	return a.loadPulse(c, x, asked)
}

// loadRequest reads what is to be loaded from the body, else from the query.
func (c *call) loadRequest() (asked loadRequest, err error) {
	if err := c.body(&asked); err != nil {
		return asked, err
	}
	if asked.Refresh == "" {
		asked.Refresh = c.query("refresh")
	}
	if asked.RuleID == "" {
		asked.RuleID = c.query("ruleId")
	}
	if len(asked.MetricIDs) == 0 {
		for _, ids := range c.queries("metricIDs") {
			asked.MetricIDs = append(asked.MetricIDs, splitIDs(ids)...)
		}
	}
	return asked, nil
}

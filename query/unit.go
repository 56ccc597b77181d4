package query

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/unit_exposures.sql
var unitExposuresSQL string

//go:embed sql/unit_place.sql
var unitPlaceSQL string

//go:embed sql/unit_contributions.sql
var unitContributionsSQL string

//go:embed sql/unit_events.sql
var unitEventsSQL string

func (a *API) unitRoutes() []route {
	return []route{{"GET", "units/*/*", a.showUnit}}
}

// UnitReport is all that is known of one unit: what it saw, where it stands, what it did, and what of it does not count and why.
type UnitReport struct {
	UnitType    schema.UnitType  `json:"unitType"`
	UnitID      string           `json:"unitID"`
	Exposures   []UnitExposure   `json:"exposures"`
	Experiments []UnitExperiment `json:"experiments"`
	// Comparisons are rules of gates and holdouts whose arms are compared, of those that the unit saw.
	Comparisons []UnitExperiment `json:"comparisons"`
}

// UnitExposure is exposures of one kind, with how often and when they came.
type UnitExposure struct {
	Name        string `ch:"name" json:"name"`
	Kind        string `ch:"kind" json:"kind"`
	Layer       string `ch:"layer" json:"layer,omitempty"`
	Rule        string `ch:"rule" json:"rule"`
	RuleName    string `ch:"rule_name" json:"ruleName,omitempty"`
	Value       string `ch:"value" json:"value,omitempty"`
	Reason      string `ch:"reason" json:"reason,omitempty"`
	Environment string `ch:"environment" json:"environment"`
	Secondary   bool   `ch:"secondary" json:"secondary"`
	Times       uint64 `ch:"times" json:"times"`
	First       int64  `ch:"first_time" json:"firstTime"`
	Last        int64  `ch:"last_time" json:"lastTime"`
}

// UnitExperiment is where the unit stands in one experiment, rule of a gate or holdout. Counted says whether it is part of the results,
// Reason why not.
type UnitExperiment struct {
	ExperimentID  string             `json:"experimentID,omitempty"`
	GateID        string             `json:"gateID,omitempty"`
	RuleID        string             `json:"ruleID,omitempty"`
	HoldoutID     string             `json:"holdoutID,omitempty"`
	GroupID       string             `json:"groupID,omitempty"`
	FirstExposure schema.Millis      `json:"firstExposure,omitempty"`
	Counted       bool               `json:"counted"`
	Reason        string             `json:"reason"`
	Contributions []UnitContribution `json:"contributions"`
	Events        []UnitEvents       `json:"events"`
}

// UnitContribution is what the unit did on a day for a metric. Days before the exposure have negative DaysSince.
type UnitContribution struct {
	MetricID    string  `json:"metricID"`
	Date        string  `json:"date"`
	DaysSince   int32   `json:"daysSinceExposure"`
	Numerator   float64 `json:"numerator"`
	Denominator float64 `json:"denominator"`
}

// UnitEvents is events of one name with one fate, and the fate in a sentence. Linked are those that are the unit's by a secondary ID alone.
type UnitEvents struct {
	Name   string `ch:"name" json:"name"`
	Fate   string `ch:"fate" json:"fate"`
	Reason string `ch:"-" json:"reason"`
	Linked bool   `ch:"linked" json:"linked,omitempty"`
	Times  uint64 `ch:"times" json:"times"`
	First  int64  `ch:"first_time" json:"firstTime"`
	Last   int64  `ch:"last_time" json:"lastTime"`
}

// countingReasons are the sentences for what becomes of an event in an experiment.
var countingReasons = map[string]string{
	"counts":                   "it counts: it came after the unit's first exposure and before the end",
	"duplicate":                "it is another delivery of a message that counts already",
	"not_production":           "its environment is not production",
	"not_exposed":              "the unit was not exposed to the experiment",
	"after_end":                "it came after the experiment's end",
	"before_exposure":          "it came before the unit's first exposure",
	"before_exposure_compared": "it came in the days before exposure: it is not part of the effect, CUPED and the check for bias look at it",
}

// showUnit answers all about one unit.
func (a *API) showUnit(c *call) (any, error) {
	r := UnitReport{UnitType: schema.UnitType(c.ids[0]), UnitID: c.ids[1], Exposures: []UnitExposure{}, Experiments: []UnitExperiment{}, Comparisons: []UnitExperiment{}}
	text := schema.Fill(unitExposuresSQL, "unit", r.UnitType.Column("unit_type"))
	if err := a.DB.Select(c, &r.Exposures, text, store.Params{"unit_type": r.UnitType.Key(), "id": r.UnitID}); err != nil {
		return nil, fmt.Errorf("read exposures of a unit: %w", err)
	}
	if len(r.Exposures) == 0 {
		if err := a.knownUnitType(c, r.UnitType); err != nil {
			return nil, err
		}
	}
	all, err := a.Catalog.Experiments(c)
	if err != nil {
		return nil, err
	}
	for i := range all {
		x := &all[i]
		if x.IDType.Key() != r.UnitType.Key() || x.StartTime == 0 {
			continue
		}
		place, err := a.unitIn(c, x, r.UnitID, r.Exposures)
		if err != nil {
			return nil, err
		}
		r.Experiments = append(r.Experiments, place)
	}
	return r, a.compared(c, &r)
}

// knownUnitType refuses a kind of unit that is neither declared nor was ever seen.
func (a *API) knownUnitType(c *call, t schema.UnitType) error {
	all, err := a.idTypes(c)
	if err != nil || findIDType(all, string(t)) >= 0 {
		return err
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = string(all[i].Name)
	}
	return schema.Errorf(404, "unit_id_type_not_found", "there is no unit ID type %q, and no event had one; there are %s", t, strings.Join(names, ", "))
}

// compared adds where the unit stands in rules of gates and in holdouts.
func (a *API) compared(ctx context.Context, r *UnitReport) error {
	all, err := a.Catalog.Comparisons(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		x := &all[i]
		if x.IDType.Key() != r.UnitType.Key() {
			continue
		}
		place, err := a.unitIn(ctx, x, r.UnitID, nil)
		if err != nil {
			return err
		}
		if place.FirstExposure == 0 {
			continue
		}
		place.ExperimentID = ""
		if place.GateID, place.RuleID = x.Comparison.Name, x.Comparison.Rule; x.Comparison.Kind == schema.FromHoldout {
			place.HoldoutID, place.GateID = place.GateID, ""
		}
		r.Comparisons = append(r.Comparisons, place)
	}
	return nil
}

// unitIn says where a unit stands in an experiment.
func (a *API) unitIn(ctx context.Context, x *schema.Experiment, id string, seen []UnitExposure) (UnitExperiment, error) {
	u := UnitExperiment{ExperimentID: x.ID, Contributions: []UnitContribution{}, Events: []UnitEvents{}}
	var rows []struct {
		Group      string `ch:"group_id"`
		Exposed    int64  `ch:"exposed"`
		Crossover  bool   `ch:"crossover"`
		Overridden bool   `ch:"overridden"`
		Sampled    bool   `ch:"sampled"`
		Counted    bool   `ch:"counted"`
	}
	p := store.Params(x.UnitParams(a.Zone()))
	p["unit_id"] = id
	if err := a.DB.Select(ctx, &rows, schema.Fill(unitPlaceSQL, "units", schema.UnitsSQL), p); err != nil {
		return u, fmt.Errorf("find a unit in %s: %w", x.ID, err)
	}
	if len(rows) == 0 {
		u.Reason = notExposed(x, seen)
		return u, a.unitEvents(ctx, x, &u, p)
	}
	r := rows[0]
	u.GroupID, u.FirstExposure, u.Counted = r.Group, schema.Millis(r.Exposed), r.Counted
	switch {
	case r.Overridden:
		u.Reason = "it was put into its group by hand before its first exposure"
	case r.Crossover && !r.Counted:
		u.Reason = "it saw more than one group (a crossover)"
	case !r.Sampled:
		u.Reason = "its arm is thinned out by hash to the size of the other one"
	case r.Crossover:
		u.Reason = "it saw more than one group and counts in the first, as the experiment asks"
	default:
		u.Reason = "it counts"
	}
	return u, firstError(a.contributions(ctx, x, &u, id), a.unitEvents(ctx, x, &u, p))
}

// notExposed is why none of the unit's exposures is one to the experiment.
func notExposed(x *schema.Experiment, seen []UnitExposure) string {
	why := "it was never exposed"
	for _, e := range seen {
		if e.Name != x.ID && e.Name != x.Name {
			continue
		}
		switch {
		case e.Environment != "production":
			why = "its exposures are not from production"
		case schema.Millis(e.Last) < x.ExposuresFrom():
			why = "its exposures came before the experiment's start"
		case schema.Millis(e.First) >= x.End():
			why = "its exposures came after the experiment's end"
		default:
			why = fmt.Sprintf("rule %q of its exposure is none of the experiment's groups", e.Rule)
		}
	}
	return why
}

func (a *API) contributions(ctx context.Context, x *schema.Experiment, u *UnitExperiment, id string) error {
	metrics, err := a.metricsOf(ctx, x)
	if err != nil {
		return err
	}
	ids, scopes := make(map[string]string), []string{}
	for _, m := range metrics {
		ids[scopeOf(x, m)] = m.ID()
		scopes = append(scopes, scopeOf(x, m))
	}
	var rows []struct {
		Scope       string  `ch:"scope"`
		Date        string  `ch:"date"`
		DaysSince   int32   `ch:"days_since"`
		Numerator   float64 `ch:"numerator"`
		Denominator float64 `ch:"denominator"`
	}
	if err := a.DB.Select(ctx, &rows, unitContributionsSQL, store.Params{"scopes": scopes, "id": id}); err != nil {
		return fmt.Errorf("read what a unit did in %s: %w", x.ID, err)
	}
	for _, r := range rows {
		u.Contributions = append(u.Contributions, UnitContribution{ids[r.Scope], r.Date, r.DaysSince, r.Numerator, r.Denominator})
	}
	return nil
}

// unitEvents sorts the unit's events by why they count or not. Criteria of metrics are not looked at.
func (a *API) unitEvents(ctx context.Context, x *schema.Experiment, u *UnitExperiment, p store.Params) error {
	metrics, err := a.metricsOf(ctx, x)
	if err != nil {
		return err
	}
	names, anyEvent, past := []string{}, false, 0
	for _, m := range metrics {
		past = max(past, x.Window(&m))
		for _, e := range m.MetricEvents {
			names, anyEvent = append(names, e.Name), anyEvent || e.Name == schema.AnyEvent
		}
	}
	p["events"], p["any_event"], p["exposed"], p["unit_type"] = names, anyEvent, int64(u.FirstExposure), x.IDType.Key()
	p["by_day"], p["early_days"] = x.Attribution == schema.FromDay, uint16(past)
	own := x.IDType.Column("unit_type")
	text := schema.Fill(schema.Fill(unitEventsSQL, "unit", own), "own", own)
	if x.SecondaryIDType != "" {
		text = schema.Fill(text, "links", "OR "+own+" = '' AND "+x.SecondaryIDType.Column("other_type")+" IN (SELECT other_id FROM ("+x.MappingSQL()+") WHERE mapped_unit = {unit_id:String})")
		p["id"], p["name"], p["start"], p["other_type"] = x.ID, x.Name, int64(x.ExposuresFrom()), x.SecondaryIDType.Key()
	}
	if err := a.DB.Select(ctx, &u.Events, text, p); err != nil {
		return fmt.Errorf("read events of a unit in %s: %w", x.ID, err)
	}
	for i := range u.Events {
		e := &u.Events[i]
		if e.Reason = countingReasons[e.Fate]; e.Linked {
			e.Reason += fmt.Sprintf("; it carries no %s and is this unit's by its %s", x.IDType, x.SecondaryIDType)
		}
	}
	return nil
}

package query

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

//go:embed sql/id_types_seen.sql
var idTypesSeenSQL string

// shownIDType is a unit ID type as the Console API shows it: Statsig's fields, then ours.
type shownIDType struct {
	schema.IDType
	// Status is "built in", "declared", or "seen, not declared".
	Status string `json:"status"`
	// Events is how many events of the last seven days carry it, LastSeen the newest of them.
	Events   uint64     `json:"events"`
	LastSeen *time.Time `json:"lastSeen"`
}

func (a *API) unitIDTypeRoutes() []route {
	return []route{
		{"GET", "unit_id_types", a.listIDTypes},
		{"POST", "unit_id_types", a.createIDType},
		{"GET", "unit_id_types/*", a.getIDType},
		{"PATCH", "unit_id_types/*", a.patchIDType},
		{"DELETE", "unit_id_types/*", a.deleteIDType},
	}
}

func (a *API) listIDTypes(c *call) (any, error) {
	all, err := a.idTypes(c)
	if err != nil {
		return nil, err
	}
	return page(c, all)
}

// idTypes lists built-in types, declared ones, and those that events carry without having been declared.
func (a *API) idTypes(c *call) ([]shownIDType, error) {
	var seen []struct {
		Type     string    `ch:"unit_type"`
		Events   uint64    `ch:"events"`
		LastSeen time.Time `ch:"last_seen"`
	}
	if err := a.DB.Select(c, &seen, idTypesSeenSQL, nil); err != nil {
		return nil, fmt.Errorf("read unit ID types: %w", err)
	}
	declared, err := a.Catalog.IDTypes(c)
	if err != nil {
		return nil, err
	}
	all := make([]shownIDType, 0, len(declared)+len(seen))
	for _, t := range schema.BuiltInIDTypes {
		all = append(all, shownIDType{IDType: t, Status: "built in"})
	}
	for _, t := range declared {
		all = append(all, shownIDType{IDType: t, Status: "declared"})
	}
	for _, s := range seen {
		i := findIDType(all, s.Type)
		if i < 0 {
			i = len(all)
			all = append(all, shownIDType{IDType: schema.IDType{Name: schema.UnitType(s.Type)}, Status: "seen, not declared"})
		}
		all[i].Events, all[i].LastSeen = s.Events, &s.LastSeen
	}
	return all, nil
}

func findIDType(all []shownIDType, name string) int {
	return slices.IndexFunc(all, func(t shownIDType) bool { return strings.EqualFold(string(t.Name), name) })
}

func (a *API) getIDType(c *call) (any, error) {
	return a.idType(c, c.id)
}

func (a *API) idType(c *call, name string) (shownIDType, error) {
	all, err := a.idTypes(c)
	if err != nil {
		return shownIDType{}, err
	}
	if i := findIDType(all, name); i >= 0 {
		return all[i], nil
	}
	return shownIDType{}, schema.NotFound("unit_id_type", name)
}

func (a *API) createIDType(c *call) (any, error) {
	var t schema.IDType
	if err := c.body(&t); err != nil {
		return nil, err
	}
	if err := t.Name.Validate(); err != nil {
		return nil, schema.Invalid("name", "%v", err)
	}
	all, err := a.idTypes(c)
	if err != nil {
		return nil, err
	}
	if i := findIDType(all, string(t.Name)); i >= 0 && all[i].Status != "seen, not declared" {
		return nil, schema.Errorf(409, "unit_id_type_exists", "the ID type %q exists: names are the same without regard to case", all[i].Name)
	}
	if err := a.Catalog.SaveIDType(c, c.author, t); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return a.idType(c, string(t.Name))
}

// patchIDType changes the description; the name may only change its case.
func (a *API) patchIDType(c *call) (any, error) {
	t, err := a.declaredIDType(c)
	if err != nil {
		return nil, err
	}
	changed := t
	if err := c.body(&changed); err != nil {
		return nil, err
	}
	if changed.Name.Key() != t.Name.Key() {
		return nil, schema.Invalid("name", "events carry the ID type as %q; declare another one instead of renaming it", t.Name)
	}
	if err := a.Catalog.SaveIDType(c, c.author, changed); err != nil {
		return nil, err
	}
	return a.getIDType(c)
}

func (a *API) deleteIDType(c *call) (any, error) {
	t, err := a.declaredIDType(c)
	if err != nil {
		return nil, err
	}
	return nil, a.Catalog.DeleteIDType(c, c.author, t.Name)
}

// declaredIDType finds what can be changed.
func (a *API) declaredIDType(c *call) (schema.IDType, error) {
	t, err := a.idType(c, c.id)
	if err != nil {
		return schema.IDType{}, err
	}
	if t.Status != "declared" {
		return schema.IDType{}, schema.Errorf(409, "not_declared", "the ID type %q is %s: there is nothing to change; declare it with POST /console/v1/unit_id_types", t.Name, t.Status)
	}
	return t.IDType, nil
}

// checkIDType refuses an ID type that is nearly one that is declared. Others may be declared later, when the first event has one.
func (a *API) checkIDType(ctx context.Context, t schema.UnitType) error {
	declared, err := a.Catalog.IDTypes(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, known := range slices.Concat(schema.BuiltInIDTypes, declared) {
		names = append(names, string(known.Name))
		if known.Name.Key() == t.Key() {
			return nil
		}
	}
	if meant := schema.Nearest(string(t), names); meant != "" {
		return schema.Invalid("idType", "there is no ID type %q; did you mean %q?", t, meant)
	}
	return nil
}

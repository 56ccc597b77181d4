package query

import (
	_ "embed"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/audiences.sql
var audiencesSQL string

// audience is what became of an audience's calls in the last 90 days.
type audience struct {
	Key     string    `ch:"audience" json:"key"`
	Entered uint64    `ch:"entered" json:"entered"`
	Exited  uint64    `ch:"exited" json:"exited"`
	NoList  uint64    `ch:"no_list" json:"noList"`
	NoUnit  uint64    `ch:"no_unit" json:"noUnit"`
	NoValue uint64    `ch:"no_value" json:"noValue"`
	Last    time.Time `ch:"last_time" json:"lastTime"`
	// List is the segment that it fills; Units are the types of unit that are looked for in a call.
	List  string            `json:"list"`
	Units []schema.UnitType `json:"units"`
	Count *uint64           `json:"count"`
	// Status is ok or no_list; Action says what to do.
	Status string `json:"status"`
	Action string `json:"action,omitempty"`
}

func (a *API) audienceRoutes() []route {
	return []route{
		{"GET", "audiences", a.listAudiences},
		{"POST", "audiences/*/replay", a.replayAudience},
	}
}

// listAudiences lists the audiences that were called, with the list that each one fills. How they are mapped is the setting "audiences".
func (a *API) listAudiences(c *call) (any, error) {
	var rules schema.AudienceRules
	if err := a.Catalog.ReadSetting(c, "audiences", &rules); err != nil {
		return nil, err
	}
	segments, err := a.Catalog.Segments(c)
	if err != nil {
		return nil, err
	}
	lists := make(map[string]schema.Segment, len(segments))
	for _, s := range segments {
		lists[s.ID] = s
	}
	all := []audience{}
	if err := a.DB.Select(c, &all, audiencesSQL, store.Params{}); err != nil {
		return nil, err
	}
	for i := range all {
		x, m := &all[i], rules.For(all[i].Key)
		s, ok := lists[m.List]
		x.List, x.Units, x.Status = m.List, m.UnitsOf(s.IDType), "ok"
		if !ok || !s.HasIDs() {
			x.Status, x.Units = "no_list", []schema.UnitType{}
			x.Action = "create a segment of type id_list with this id (POST /console/v1/segments), then bring in the earlier calls (POST /console/v1/audiences/{key}/replay)"
			continue
		}
		x.Count = a.showSegment(s).Count
	}
	return page(c, all)
}

// replayAudience brings in the calls that came before the audience had a list.
func (a *API) replayAudience(c *call) (any, error) {
	return nil, a.ReplayAudience(c, c.id)
}

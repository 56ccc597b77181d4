package query

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
)

func (a *API) idListRoutes() []route {
	return []route{
		{"GET", "idlists", a.listIDLists},
		{"GET", "segments/*/id_list", a.getIDs},
		{"PATCH", "segments/*/id_list", a.addIDs},
		{"DELETE", "segments/*/id_list", a.removeIDs},
		{"POST", "segments/*/id_list/reset", a.resetIDs},
		{"POST", "segments/*/id_list/upload", a.uploadIDs},
		{"GET", "segments/*/id_list/*", a.getID},
		{"GET", "segments/*/idlist_metadata", a.idListMetadata},
		{"PATCH", "segments/*/add_ids", a.addIDs},
		{"PATCH", "segments/*/remove_ids", a.removeIDs},
	}
}

// shownList is a list of IDs in the overview.
type shownList struct {
	schema.Segment
	Count       uint64        `json:"count"`
	Size        uint64        `json:"size"` // bytes of its file
	FileID      string        `json:"fileID"`
	ChangedTime schema.Millis `json:"lastIDChangeTime"`
	Inlined     bool          `json:"inlined"` // its IDs are in the specs themselves
}

func (a *API) listIDLists(c *call) (any, error) {
	segments, err := a.Catalog.Segments(c)
	if err != nil {
		return nil, err
	}
	all := []shownList{}
	for _, s := range segments {
		if s.HasIDs() {
			status, _ := a.Lists.Status(s.ID)
			all = append(all, shownList{s, status.Count, status.Size, status.FileID, status.ChangedTime, status.Count < idlist.InlineBelow})
		}
	}
	return page(c, all)
}

// idList finds the segment that the path names, and refuses one that has no IDs.
func (a *API) idList(c *call) (*schema.Segment, error) { return a.idListNamed(c, c.id) }

func (a *API) idListNamed(ctx context.Context, id string) (*schema.Segment, error) {
	s, err := a.Catalog.Segment(ctx, id)
	if err != nil {
		return nil, err
	}
	if !s.HasIDs() {
		return nil, schema.Errorf(400, "not_an_id_list", "segment %q is made of rules and has no IDs; change its rules with POST /console/v1/segments/{id}/conditional", s.ID)
	}
	return s, nil
}

// memberPage is a part of a list's IDs.
type memberPage struct {
	Name  string   `json:"name"`
	Count uint64   `json:"count"` // of the whole list
	IDs   []string `json:"ids"`
}

// getIDs lists a page of a list's IDs.
func (a *API) getIDs(c *call) (any, error) {
	s, err := a.idList(c)
	if err != nil {
		return nil, err
	}
	limit, number, err := c.paging()
	if err != nil {
		return nil, err
	}
	members, err := a.Lists.Members(c, s.ID, limit, limit*(number-1))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.Unit
	}
	status, _ := a.Lists.Status(s.ID)
	return list{memberPage{s.ID, status.Count, ids}, c.pages(limit, number, int(status.Count))}, nil
}

// membership is whether an ID is in a list, and since when it is, or is not; Since is null where it never was.
type membership struct {
	ID     string `json:"id"`
	Member bool   `json:"member"`
	Since  *int64 `json:"since"`
}

// getID tells whether one ID is in, and since when.
func (a *API) getID(c *call) (any, error) {
	s, err := a.idList(c)
	if err != nil {
		return nil, err
	}
	m, known, err := a.Lists.Unit(c, s.ID, c.ids[1])
	if err != nil {
		return nil, err
	}
	shown := membership{c.ids[1], m.Member, nil}
	if known {
		shown.Since = &m.Since
	}
	return shown, nil
}

// listMetadata is how far a list is.
type listMetadata struct {
	Name       string `json:"name"`
	Count      uint64 `json:"count"`
	Version    uint64 `json:"currentVersion"`
	IsUpdating bool   `json:"isUpdating"`
	Size       uint64 `json:"size"` // bytes of its file
	FileID     string `json:"fileID"`
	Inlined    bool   `json:"inlined"` // its IDs are in the specs themselves
}

// idListMetadata tells how far a list is. A change is visible when its request has been answered, so it is updating only while one
// is under way.
func (a *API) idListMetadata(c *call) (any, error) {
	s, err := a.idList(c)
	if err != nil {
		return nil, err
	}
	status, _ := a.Lists.Status(s.ID)
	return listMetadata{s.ID, status.Count, status.Version, a.Lists.Changing(s.ID), status.Size, status.FileID, status.Count < idlist.InlineBelow}, nil
}

func (a *API) addIDs(c *call) (any, error)    { return a.changeIDs(c, true) }
func (a *API) removeIDs(c *call) (any, error) { return a.changeIDs(c, false) }

func (a *API) changeIDs(c *call, member bool) (any, error) {
	s, err := a.idList(c)
	if err != nil {
		return nil, err
	}
	ids, err := c.unitIDs()
	if err != nil {
		return nil, err
	}
	return a.applyIDs(c, s.ID, ids, member)
}

// applyIDs puts IDs into a list, or takes them out, as of now.
func (a *API) applyIDs(c *call, list string, ids []string, member bool) (idlist.Summary, error) {
	changes := make([]idlist.Change, len(ids))
	for i, id := range ids {
		changes[i] = idlist.Change{List: list, Unit: id, Member: member}
	}
	done, err := a.Lists.Apply(c, c.author, changes)
	return done[list], err
}

// resetIDs replaces all IDs of a list with those of the body, maybe none.
func (a *API) resetIDs(c *call) (any, error) {
	s, err := a.idList(c)
	if err != nil {
		return nil, err
	}
	var ids []string
	if len(c.Request.Body()) > 0 {
		if ids, err = c.unitIDs(); err != nil {
			return nil, err
		}
	}
	return a.Lists.Replace(c, c.author, s.ID, func(yield func([]string, error) bool) { yield(ids, nil) })
}

// maxUnitID is how long an ID may be, in bytes.
const maxUnitID = 1000

// unitIDs reads {"ids": […]}: strings, or numbers as their text.
func (c *call) unitIDs() ([]string, error) {
	var body struct {
		IDs []json.RawMessage `json:"ids"`
	}
	if err := c.body(&body); err != nil {
		return nil, err
	}
	if body.IDs == nil {
		return nil, schema.Invalid("ids", "is missing; send {\"ids\": [\"…\"]}")
	}
	if len(body.IDs) > idlist.MaxIDs {
		return nil, schema.Invalid("ids", "has %d IDs, more than the %d of one request; send several, or upload a CSV file", len(body.IDs), idlist.MaxIDs)
	}
	ids := make([]string, len(body.IDs))
	for i, raw := range body.IDs {
		id := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &id); err != nil {
				return nil, schema.Invalid(fmt.Sprintf("ids[%d]", i), "is not a string: %v", err)
			}
		}
		if err := checkUnitID(id); err != "" || raw[0] == '{' || raw[0] == '[' || id == "null" && raw[0] == 'n' {
			return nil, schema.Invalid(fmt.Sprintf("ids[%d]", i), "%.40s is not an ID: a text of 1 to %d bytes, or a number", raw, maxUnitID)
		}
		ids[i] = id
	}
	return ids, nil
}

// checkUnitID says what is wrong with an ID, "" when nothing is.
func checkUnitID(id string) string {
	switch {
	case id == "":
		return "is empty"
	case len(id) > maxUnitID:
		return fmt.Sprintf("has more than %d bytes", maxUnitID)
	default:
		return ""
	}
}

package query

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/filter_volumes.sql
var filterVolumesSQL string

func (a *API) filterRoutes() []route {
	return []route{
		{"GET", "ingestion/filters", a.listFilters},
		{"GET", "ingestion/filters/*", a.showFilter},
		{"PUT", "ingestion/filters/*", a.replaceFilter},
		{"PATCH", "ingestion/filters/*", a.changeFilter},
		{"GET", "ingestion/filters/*/history", a.filterHistory},
	}
}

// shownFilter is a source's filter with what it does.
type shownFilter struct {
	Source     string             `json:"source"`
	SourceName string             `json:"sourceName"`
	IncludeNew bool               `json:"includeNewEvents"`
	Version    int                `json:"version"`
	Modified   *time.Time         `json:"lastModifiedTime"`
	Events     []shownFilterEvent `json:"events"`
	// LastDay and FilteredLastDay count the source's events of the last 24 hours.
	LastDay         uint64 `json:"lastDayVolume"`
	FilteredLastDay uint64 `json:"lastDayFiltered"`
}

// shownFilterEvent is one name that came in the last 30 days, or that the filter names.
type shownFilterEvent struct {
	Name    string `json:"name"`
	Tracked bool   `json:"tracked"`
	// Explicit says that the filter names the event; the others are tracked or not as includeNewEvents says.
	Explicit        bool       `json:"explicit"`
	LastDay         uint64     `json:"lastDayVolume"`
	FilteredLastDay uint64     `json:"lastDayFiltered"`
	FirstSeen       *time.Time `json:"firstSeen"`
	LastSeen        *time.Time `json:"lastSeen"`
}

// filterOf finds the key of a source that sends events, and its filter.
func (a *API) filterOf(c *call) (*schema.Key, *schema.EventFilter, error) {
	key, err := a.Keys.Key(c, c.id)
	if err != nil {
		return nil, nil, err
	}
	if key.Kind == schema.ConsoleKey {
		return nil, nil, schema.Errorf(400, "no_source", "%s is a console key: no events come with it; use the id of a write, server or client key", c.id)
	}
	f, err := a.Filters.Filter(c, key.ID)
	return key, f, err
}

func (a *API) listFilters(c *call) (any, error) {
	keys, err := a.Keys.All(c)
	if err != nil {
		return nil, err
	}
	all := []*shownFilter{}
	for i := range keys {
		if keys[i].Kind == schema.ConsoleKey {
			continue
		}
		f, err := a.Filters.Filter(c, keys[i].ID)
		if err != nil {
			return nil, err
		}
		shown, err := a.shownFilter(c, &keys[i], f)
		if err != nil {
			return nil, err
		}
		all = append(all, shown)
	}
	return page(c, all)
}

func (a *API) showFilter(c *call) (any, error) {
	key, f, err := a.filterOf(c)
	if err != nil {
		return nil, err
	}
	return a.shownFilter(c, key, f)
}

// replaceFilter makes the filter say what the body says and nothing else; changeFilter keeps what the body does not name. With
// dryRun=true nothing is saved, and the answer shows what would be tracked.
func (a *API) replaceFilter(c *call) (any, error) { return a.saveFilter(c, true) }
func (a *API) changeFilter(c *call) (any, error)  { return a.saveFilter(c, false) }

func (a *API) saveFilter(c *call, replace bool) (any, error) {
	key, f, err := a.filterOf(c)
	if err != nil {
		return nil, err
	}
	body := struct {
		IncludeNew *bool              `json:"includeNewEvents"`
		Events     []schema.EventRule `json:"events"`
	}{}
	if err := c.body(&body); err != nil {
		return nil, err
	}
	if replace {
		f.Events, f.IncludeNew = nil, true
	}
	if body.IncludeNew != nil {
		f.IncludeNew = *body.IncludeNew
	}
	f.Set(body.Events)
	if err := f.Validate(); err != nil {
		return nil, err
	}
	if c.query("dryRun") != "true" {
		if err := a.Filters.Save(c, c.author, f); err != nil {
			return nil, err
		}
	}
	return a.shownFilter(c, key, f)
}

// shownFilter puts beside each name what came under it.
func (a *API) shownFilter(c *call, key *schema.Key, f *schema.EventFilter) (*shownFilter, error) {
	var volumes []struct {
		Name      string `ch:"name"`
		LastDay   uint64 `ch:"last_day"`
		Filtered  uint64 `ch:"filtered_last_day"`
		FirstSeen uint32 `ch:"first_seen"`
		LastSeen  uint32 `ch:"last_seen"`
	}
	err := a.DB.Select(c, &volumes, filterVolumesSQL, store.Params{"source": key.ID, "now": a.Now().Unix()})
	if err != nil {
		return nil, fmt.Errorf("read volumes of source %q: %w", key.ID, err)
	}
	shown := &shownFilter{Source: key.ID, SourceName: key.Name, IncludeNew: f.IncludeNew, Version: f.Version, Events: []shownFilterEvent{}}
	if f.Version > 0 {
		at := f.LastModifiedTime.Time()
		shown.Modified = &at
	}
	explicit := make(map[string]bool, len(f.Events))
	for _, r := range f.Events {
		explicit[r.Name] = true
	}
	for _, v := range volumes {
		first, last := time.Unix(int64(v.FirstSeen), 0).UTC(), time.Unix(int64(v.LastSeen), 0).UTC()
		shown.Events = append(shown.Events, shownFilterEvent{v.Name, f.Stores(v.Name), explicit[v.Name], v.LastDay, v.Filtered, &first, &last})
		shown.LastDay, shown.FilteredLastDay = shown.LastDay+v.LastDay, shown.FilteredLastDay+v.Filtered
		delete(explicit, v.Name)
	}
	for name := range explicit { // named, but not seen
		shown.Events = append(shown.Events, shownFilterEvent{Name: name, Tracked: f.Stores(name), Explicit: true})
	}
	slices.SortFunc(shown.Events, func(x, y shownFilterEvent) int { return strings.Compare(x.Name, y.Name) })
	return shown, nil
}

// filterVersion is one version of a filter.
type filterVersion struct {
	Version    uint64             `json:"version"`
	ChangedAt  time.Time          `json:"changedAt"`
	Author     string             `json:"author"`
	IncludeNew bool               `json:"includeNewEvents"`
	Events     []schema.EventRule `json:"events"`
}

// filterHistory lists who changed the filter when to what.
func (a *API) filterHistory(c *call) (any, error) {
	versions, err := a.Filters.History(c, c.id)
	if err != nil {
		return nil, err
	}
	all := make([]filterVersion, len(versions))
	for i, v := range versions {
		var f schema.EventFilter
		if err := json.Unmarshal([]byte(v.Body), &f); err != nil {
			return nil, fmt.Errorf("read filter of %q version %d: %w", c.id, v.Version, err)
		}
		all[i] = filterVersion{v.Version, v.ChangedAt, v.Author, f.IncludeNew, f.Events}
	}
	return page(c, all)
}

package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

func (a *API) auditRoutes() []route { return []route{{"GET", "audit_logs", a.auditLogs}} }

// auditEntry is one change of a definition, in the shape of the Console API.
type auditEntry struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Kind       string       `json:"kind"`
	ActionType string       `json:"actionType"`
	ChangeLog  string       `json:"changeLog"`
	Date       string       `json:"date"`
	Time       string       `json:"time"`
	UpdatedBy  string       `json:"updatedBy"`
	Version    uint64       `json:"version"`
	Changes    []difference `json:"changes"`
	Tags       []string     `json:"tags"`
}

// difference is one place where two versions differ; null is where one has nothing.
type difference struct {
	Path   string          `json:"path"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// auditLogs lists what was changed by whom, the newest first.
func (a *API) auditLogs(c *call) (any, error) {
	limit, number, err := c.paging()
	if err != nil {
		return nil, err
	}
	q := catalog.Question{
		ID: c.query("id"), Kind: c.query("kind"), Action: strings.ToLower(c.query("actionType")), Limit: limit, Offset: limit * (number - 1),
	}
	if q.From, err = c.auditDay("startDate"); err != nil {
		return nil, err
	}
	if q.To, err = c.auditDay("endDate"); err != nil {
		return nil, err
	}
	if !q.To.IsZero() {
		q.To = q.To.AddDate(0, 0, 1) // that day included
	}
	rows, err := a.Catalog.Audit(c, q)
	if err != nil {
		return nil, err
	}
	entries, total := make([]auditEntry, len(rows)), 0
	for i := range rows {
		entries[i], total = auditOf(&rows[i]), int(rows[i].Total)
	}
	return list{entries, c.pages(limit, number, total)}, nil
}

// auditDay reads a day of the query, as UTC; the zero time when it is not given.
func (c *call) auditDay(name string) (time.Time, error) {
	text, err := c.date(name)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	return time.Parse(time.DateOnly, text)
}

func auditOf(r *catalog.Change) auditEntry {
	e := auditEntry{
		ID: r.ID, Name: r.ID, Kind: r.Kind, ActionType: "update", UpdatedBy: r.Author, Version: r.Version.Version, Tags: []string{},
		Date: r.ChangedAt.UTC().Format(time.DateOnly), Time: r.ChangedAt.UTC().Format("15:04:05.000"),
	}
	before, after := r.Before, r.Body
	switch {
	case r.Deleted:
		e.ActionType, after = "delete", "null"
	case r.Version.Version == 1 || before == "" || before == "{}":
		e.ActionType, before = "create", "null"
	}
	var head struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}
	for _, text := range []string{before, after} {
		if json.Unmarshal([]byte(text), &head) == nil && head.Name != "" {
			e.Name, e.Tags = head.Name, append(e.Tags[:0], head.Tags...)
		}
	}
	e.Changes = diff("", json.RawMessage(before), json.RawMessage(after), []difference{})
	e.ChangeLog = e.summary()
	return e
}

// summary says in a line what was changed.
func (e *auditEntry) summary() string {
	if e.ActionType != "update" {
		return fmt.Sprintf("%s %s %s", map[string]string{"create": "created", "delete": "deleted"}[e.ActionType], e.Kind, e.Name)
	}
	var parts []string
	for i, d := range e.Changes {
		if i == 3 {
			parts = append(parts, fmt.Sprintf("and %d more", len(e.Changes)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %.60s → %.60s", d.Path, d.Before, d.After))
	}
	return strings.Join(parts, ", ")
}

// stamps change with every version, and say nothing.
var stamps = []string{"version", "lastModifiedTime", "createdTime"}

// diff collects where two JSON values differ. Objects are compared field by field, lists item by item, anything else as a whole.
func diff(path string, before, after json.RawMessage, found []difference) []difference {
	if bytes.Equal(before, after) {
		return found
	}
	b, a := children(before), children(after)
	if b == nil || a == nil {
		return append(found, difference{path, orNull(before), orNull(after)})
	}
	keys := slices.Sorted(maps.Keys(b))
	for key := range a {
		if _, ok := b[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if path == "" && slices.Contains(stamps, key) {
			continue
		}
		under := key
		if path != "" && !strings.HasPrefix(key, "[") {
			under = path + "." + key
		} else if path != "" {
			under = path + key
		}
		found = diff(under, b[key], a[key], found)
	}
	return found
}

// children are the fields of an object, or the items of a list; nil for anything else.
func children(text json.RawMessage) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) == nil && object != nil {
		return object
	}
	var items []json.RawMessage
	if json.Unmarshal(text, &items) != nil || items == nil {
		return nil
	}
	object = make(map[string]json.RawMessage, len(items))
	for i, item := range items {
		object[fmt.Sprintf("[%d]", i)] = item
	}
	return object
}

func orNull(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return json.RawMessage("null")
	}
	return text
}

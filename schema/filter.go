package schema

import (
	"slices"
	"strings"
)

// EventFilter says which events of a source are stored, by shown name. What is not named is stored or not as IncludeNew says.
// It is applied when a request comes in, so a change counts from its moment on.
type EventFilter struct {
	// Source is the id of the key that the events come with.
	Source     string      `json:"source"`
	IncludeNew bool        `json:"includeNewEvents"`
	Events     []EventRule `json:"events"`

	Version          int    `json:"version"`
	LastModifiedTime Millis `json:"lastModifiedTime"`
}

// EventRule says of one event whether it is stored.
type EventRule struct {
	Name    string `json:"name"`
	Tracked bool   `json:"tracked"`
}

// Open is the filter of a source that has none: everything is stored.
func Open(source string) *EventFilter { return &EventFilter{Source: source, IncludeNew: true} }

// Stores says whether events of a name are stored.
func (f *EventFilter) Stores(name string) bool {
	if f == nil {
		return true
	}
	if i, found := f.find(name); found {
		return f.Events[i].Tracked
	}
	return f.IncludeNew
}

// find is where a name stands, or would stand: Events are ordered by name.
func (f *EventFilter) find(name string) (i int, found bool) {
	return slices.BinarySearchFunc(f.Events, name, func(r EventRule, name string) int { return strings.Compare(r.Name, name) })
}

// Set adds or changes the rules of some events.
func (f *EventFilter) Set(rules []EventRule) {
	for _, r := range rules {
		if i, found := f.find(r.Name); found {
			f.Events[i] = r
		} else {
			f.Events = slices.Insert(f.Events, i, r)
		}
	}
}

// maxEventRules bounds a filter: it is looked at for every event.
const maxEventRules = 20_000

// Validate refuses a filter that cannot be meant.
func (f *EventFilter) Validate() error {
	if len(f.Events) > maxEventRules {
		return Invalid("events", "%d names are more than the %d that a filter may have", len(f.Events), maxEventRules)
	}
	for i, r := range f.Events {
		if r.Name == "" {
			return Invalid("events", "the name of entry %d is empty", i)
		}
	}
	return nil
}

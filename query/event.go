package query

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/events.sql
var eventsSQL string

// event is a stored event as the Console API shows it, with ours behind Statsig's fields.
type event struct {
	Timestamp   time.Time         `ch:"time" json:"timestamp"`
	Name        string            `ch:"name" json:"name"`
	Source      string            `ch:"source_kind" json:"source"`
	Value       string            `ch:"value" json:"value"`
	UserID      string            `ch:"user_id" json:"userID"`
	AnonymousID string            `ch:"anonymous_id" json:"anonymousID"`
	UnitIDs     map[string]string `ch:"unit_ids" json:"unitIDs"`
	MessageID   string            `ch:"message_id" json:"messageID"`
	Environment string            `ch:"environment" json:"environment"`
	Received    time.Time         `ch:"received_time" json:"receivedAt"`
	Properties  string            `ch:"properties" json:"-"`
	Metadata    json.RawMessage   `json:"metadata"`
}

func (a *API) eventRoutes() []route {
	return []route{
		{"GET", "events", a.listEvents},
		{"GET", "events/summary", a.eventSummaries},
		{"GET", "events/*", a.listEvents},
	}
}

// listEvents lists stored events, those received last first; with an id only those of that name.
func (a *API) listEvents(c *call) (any, error) {
	limit, number, err := c.paging()
	if err != nil {
		return nil, err
	}
	events := []event{}
	err = a.DB.Select(c, &events, eventsSQL, store.Params{"name": c.id, "limit": limit, "offset": limit * (number - 1)})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	for i := range events {
		if events[i].Metadata = json.RawMessage("{}"); events[i].Properties != "" {
			events[i].Metadata = json.RawMessage(events[i].Properties)
		}
	}
	// How many there are in all is not counted: it would read the whole table for a number that changes meanwhile.
	seen := limit*(number-1) + len(events)
	if len(events) == limit {
		seen++
	}
	return list{events, c.pages(limit, number, seen)}, nil
}

package query

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/event_summary.sql
var eventSummarySQL string

// eventSummary is one event name over the days asked for.
type eventSummary struct {
	Name      string        `json:"name"`
	Count     uint64        `json:"count"`
	FirstSeen schema.Millis `json:"firstSeen"` // within the days
	LastSeen  schema.Millis `json:"lastSeen"`
	Series    []eventDay    `json:"series"`
}

// eventDay is one day of an event. A day without the event is a zero that is known; Complete is false on a day that is not over.
type eventDay struct {
	Date     string `json:"date"`
	Count    uint64 `json:"count"`
	Users    uint64 `json:"users"`
	Complete bool   `json:"complete"`
}

// eventSummaries counts events and units per name and day, up to today: the events table, in one call, from what the rollups keep. With
// name only that one.
func (a *API) eventSummaries(c *call) (any, error) {
	days, err := c.positive("days", 14)
	if err != nil {
		return nil, err
	}
	if days > 366 {
		return nil, schema.Invalid("days", "%d days are more than the 366 that can be asked for", days)
	}
	today, err := time.Parse(time.DateOnly, a.Now().In(a.location()).Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	unit := schema.UnitType(c.query("unitType"))
	if unit == "" {
		unit = schema.UserID
	}
	from := today.AddDate(0, 0, 1-days)
	var rows []struct {
		Name      string `ch:"name"`
		Date      string `ch:"date"`
		Events    uint64 `ch:"events"`
		Units     uint64 `ch:"units"`
		FirstSeen int64  `ch:"first_seen"`
		LastSeen  int64  `ch:"last_seen"`
	}
	err = a.DB.Select(c, &rows, eventSummarySQL, store.Params{
		"unit": unit.Key(), "name": c.query("name"), "from": from.Format(time.DateOnly), "to": today.Format(time.DateOnly),
	})
	if err != nil {
		return nil, fmt.Errorf("summarise events: %w", err)
	}
	all := []*eventSummary{}
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Name != r.Name {
			all = append(all, &eventSummary{Name: r.Name, FirstSeen: schema.Millis(r.FirstSeen), Series: emptyDays(from, today)})
		}
		s := all[len(all)-1]
		day, err := time.Parse(time.DateOnly, r.Date)
		if err != nil {
			return nil, err
		}
		at := &s.Series[int(day.Sub(from)/(24*time.Hour))]
		at.Count, at.Users = r.Events, r.Units
		s.Count += r.Events
		s.LastSeen = max(s.LastSeen, schema.Millis(r.LastSeen))
	}
	return page(c, all)
}

// emptyDays are the days from … to, of which only the last is not over.
func emptyDays(from, to time.Time) []eventDay {
	var days []eventDay
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		days = append(days, eventDay{Date: day.Format(time.DateOnly), Complete: day.Before(to)})
	}
	return days
}

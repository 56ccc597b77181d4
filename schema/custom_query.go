package schema

import (
	"slices"
	"strings"
	"time"
)

// CustomQuery is a question about an experiment's results that is kept: what pulse_results is asked, and when it is to be asked again.
type CustomQuery struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	ExperimentID string `json:"experimentID"`
	// Parameters are those of pulse_results: texts, numbers, true or false, filters as objects, and lists where it takes several.
	Parameters       map[string]any `json:"parameters"`
	Schedule         Schedule       `json:"schedule,omitzero"`
	Version          int            `json:"version"`
	CreatedTime      Millis         `json:"createdTime"`
	LastModifiedTime Millis         `json:"lastModifiedTime"`
}

// Schedule is when something is done again, in the project's time zone; the zero value is never.
type Schedule struct {
	Every   string `json:"every"`             // "", day, week
	Hour    int    `json:"hour"`              // 0 to 23
	Weekday string `json:"weekday,omitempty"` // of every week: monday … sunday
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// Validate fills defaults and refuses what means nothing, naming the field. The parameters are for who answers them to check.
func (q *CustomQuery) Validate() error {
	if q.Name = strings.TrimSpace(q.Name); q.Name == "" || len(q.Name) > 300 {
		return Invalid("name", "must have 1 to 300 characters")
	}
	if q.Parameters == nil {
		q.Parameters = map[string]any{}
	}
	s := &q.Schedule
	if s.Every == "week" && s.Weekday == "" {
		s.Weekday = "monday"
	}
	switch {
	case !slices.Contains([]string{"", "day", "week"}, s.Every):
		return Invalid("schedule.every", "%q is neither day nor week; leave it out to run only when asked", s.Every)
	case s.Hour < 0 || s.Hour > 23:
		return Invalid("schedule.hour", "%d is not an hour from 0 to 23", s.Hour)
	case s.Every == "week" && !slices.Contains(weekdays, s.Weekday):
		return Invalid("schedule.weekday", "%q is not one of %s", s.Weekday, strings.Join(weekdays, ", "))
	}
	return nil
}

// Last is when it was to be done last before an instant, by the clock of its zone; the zero time for never.
func (s Schedule) Last(now time.Time) time.Time {
	if s.Every == "" {
		return time.Time{}
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), s.Hour, 0, 0, 0, now.Location())
	for at.After(now) || s.Every == "week" && weekdays[at.Weekday()] != s.Weekday {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

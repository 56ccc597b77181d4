package rollup

import (
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Day is a metric day, as days since 1970-01-01: the date of an event's time in the project's zone.
type Day uint16

// forever is the day that no data reaches.
const forever Day = 1<<16 - 1

// ParseDay reads "2006-01-02".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("read day %q: it is not of the form 2006-01-02", text)
	}
	return dayOf(t), nil
}

func (d Day) String() string { return d.UTC().Format(time.DateOnly) }

// UTC returns the first instant of the date in UTC, which is not where the metric day begins in another zone.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// DayIn returns the metric day of an instant.
func DayIn(zone *time.Location, at schema.Millis) Day {
	y, m, d := time.UnixMilli(int64(at)).In(zone).Date()
	return dayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

func dayOf(midnight time.Time) Day {
	return Day(min(max(midnight.Unix()/86400, 0), int64(forever)))
}

// utcDates returns the UTC dates that hold the metric days from..to: where the raw tables have to be read. Midnight may not
// exist in a zone or come twice, so both ends get some slack; which rows belong to a day is for the engine to say.
func utcDates(zone *time.Location, from, to Day) (first, last Day) {
	if zone == time.UTC {
		return from, to
	}
	const slack = 3 * time.Hour
	begin := midnight(zone, from).Add(-slack)
	end := midnight(zone, to+1).Add(slack)
	return dayOf(begin.UTC().Truncate(24 * time.Hour)), dayOf(end.UTC().Truncate(24 * time.Hour))
}

func midnight(zone *time.Location, d Day) time.Time {
	y, m, day := d.UTC().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

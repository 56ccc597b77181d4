package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// oracleExperiment is one of the settings that the oracle looks at.
type oracleExperiment struct {
	id          string
	attribution schema.Attribution
	crossovers  schema.Crossovers
	// half is which half of the metrics it has.
	half int
	// limit makes results a question that moments do not answer: nor, where it is about events, unit days.
	limit string
}

// Each half of the metrics meets both attributions, both rules for crossovers and both kinds of limits, and each pair of settings comes
// once. With PULSEHOUSE_ORACLE=all each experiment has all metrics.
var oracleExperiments = []oracleExperiment{
	{"instant-exclude", schema.FromInstant, schema.ExcludeCrossovers, 1, oracleByUnit},
	{"instant-keep", schema.FromInstant, schema.KeepCrossovers, 0, oracleByEvent},
	{"day-exclude", schema.FromDay, schema.ExcludeCrossovers, 0, oracleByUnit},
	{"day-keep", schema.FromDay, schema.KeepCrossovers, 1, oracleByEvent},
}

const (
	oracleByUnit  = "&exposedFrom=2000-01-01"
	oracleByEvent = "&filter=%7B%22type%22%3A%22user%22%2C%22column%22%3A%22userID%22%2C%22condition%22%3A%22non_null%22%7D"
)

// metrics are those that the experiment has.
func (x oracleExperiment) metrics() (some []oracleMetric) {
	for i, m := range oracleMetrics {
		if i%2 == x.half || os.Getenv("PULSEHOUSE_ORACLE") == "all" {
			some = append(some, m)
		}
	}
	return some
}

// oracleGroups has a third group, which must not get into a comparison of the first two.
var oracleGroups = []schema.ExperimentGroup{{ID: "control", Name: "control", Size: 40}, {ID: "test", Name: "test", Size: 40}, {ID: "third", Name: "third", Size: 20}}

// oracleEvent is a message of which one copy counts.
type oracleEvent struct {
	name     string
	at       time.Time
	value    float64 // NaN when there is none
	sku      string  // "" when there is none
	items    float64 // NaN when there is none
	day      int
	fullTime int64 // milliseconds
}

// oracleExposure is an exposure that was logged for all experiments.
type oracleExposure struct {
	unit, group string
	at          time.Time
	byHand      bool
}

// oracleData is what was sent, as rows for the tables and as the oracle reads it.
type oracleData struct {
	zone                    *time.Location
	start, end              time.Time
	rawEvents, rawExposures []object
	events                  map[string][]oracleEvent // by unit
	exposures               []oracleExposure
	// plans is what each unit is at its exposures, others the group that it has in another experiment.
	plans, others map[string]string
}

// oracleOther is an experiment that runs beside.
const oracleOther = "beside"

const oracleTime = "2006-01-02 15:04:05.000"

// randomOracleData makes units with habits, so that what they did before tells what they do after, and with everything that makes
// counting hard: messages that come twice, crossovers, overrides, staging, rows without a unit, events at one instant, a day that has 23
// hours (10 March 2024 in New York), exposures before the start, events after the end.
func randomOracleData(r *rand.Rand, zone *time.Location) oracleData {
	d := oracleData{
		zone: zone, events: map[string][]oracleEvent{}, plans: map[string]string{}, others: map[string]string{},
		start: time.Date(2024, 3, 8, 9, 30, 0, 0, zone), end: time.Date(2024, 3, 14, 18, 0, 0, 0, zone),
	}
	for i := range 420 {
		unit, group := fmt.Sprintf("u%d", i), oracleGroups[[]int{0, 0, 1, 1, 2}[r.IntN(5)]].ID
		exposed := d.start.Add(time.Duration(r.IntN(5*24*3600*1000)) * time.Millisecond)
		d.plans[unit] = []string{"free", "team", "pro"}[r.IntN(3)]
		if i%14 > 0 { // the others are never exposed
			d.expose(r, unit, group, exposed)
		}
		d.live(r, unit, group, exposed)
	}
	for range 30 { // of nobody
		d.event(r, "", "buy", d.start.Add(time.Duration(r.IntN(100))*time.Hour), 10)
	}
	return d
}

// expose logs a unit's exposures, some more than once, some by hand, some to a second group.
func (d *oracleData) expose(r *rand.Rand, unit, group string, at time.Time) {
	log := func(group string, at time.Time, more object) {
		for _, x := range oracleExperiments {
			row := object{
				"message_id": fmt.Sprintf("x%d", len(d.rawExposures)), "time": at.UTC().Format(oracleTime), "name": x.id, "user_id": unit, "rule": group, "reason": "Network",
				"user_properties": fmt.Sprintf(`{"plan":%q}`, d.plans[unit]),
			}
			for k, v := range more {
				row[k] = v
			}
			d.rawExposures = append(d.rawExposures, row)
		}
		if more["environment"] == nil && !at.Before(d.start) && at.Before(d.end) {
			d.exposures = append(d.exposures, oracleExposure{unit, group, at, more["reason"] != nil})
		}
	}
	log(group, at, nil)
	for r.IntN(3) == 0 {
		log(group, at.Add(time.Duration(r.IntN(80*3600*1000))*time.Millisecond), nil)
	}
	if r.IntN(5) > 0 {
		d.others[unit] = []string{"off", "on"}[r.IntN(2)]
		d.rawExposures = append(d.rawExposures, object{
			"message_id": fmt.Sprintf("x%d", len(d.rawExposures)), "time": at.UTC().Format(oracleTime), "name": oracleOther, "user_id": unit, "rule": d.others[unit],
		})
	}
	other := oracleGroups[r.IntN(3)].ID
	switch r.IntN(16) {
	case 0, 1:
		log(other, at.Add(time.Duration(r.IntN(160*3600*1000)-40*3600*1000)*time.Millisecond), nil) // may be before the start, after the end
	case 2:
		log(other, at.Add(-time.Hour), object{"environment": "staging"})
	case 3:
		log(other, at.Add(time.Duration(r.IntN(4)-2)*time.Hour), object{"reason": "LocalOverride"})
	}
}

// live lets a unit do things from a week and a half before its exposure on; test buys for more after it.
func (d *oracleData) live(r *rand.Rand, unit, group string, exposed time.Time) {
	busy, taste := math.Exp(r.NormFloat64()), math.Exp(r.NormFloat64()/2)
	begin := time.Date(2024, 2, 27, 0, 0, 0, 0, d.zone)
	for range min(int(14*busy), 60) {
		at := begin.Add(time.Duration(r.IntN(18*24*3600*1000)) * time.Millisecond)
		if r.IntN(2) == 0 {
			at = at.Truncate(4 * time.Hour) // many at one instant
		}
		name := []string{"view", "view", "cart", "buy", "buy", "other"}[r.IntN(6)]
		value := 20 * taste * math.Exp(r.NormFloat64()/2)
		if group == "test" && at.After(exposed) {
			value *= 1.3
		}
		if r.IntN(9) == 0 {
			value = -value // a refund
		}
		d.event(r, unit, name, at, math.Round(value*8)/8)
	}
}

// event sends a message, now and then again with a later time, which does not count.
func (d *oracleData) event(r *rand.Rand, unit, name string, at time.Time, value float64) {
	e := oracleEvent{name: name, at: at, value: value, items: math.NaN(), fullTime: at.UnixMilli()}
	row := object{"message_id": fmt.Sprintf("e%d", len(d.rawEvents)), "time": at.UTC().Format(oracleTime), "name": name, "user_id": unit}
	properties := ""
	if e.value = value; r.IntN(10) == 0 {
		e.value = math.NaN()
	} else {
		row["value"] = value
	}
	if r.IntN(5) > 0 {
		e.sku = fmt.Sprint("s", r.IntN(5))
		properties = fmt.Sprintf(`,"sku":%q`, e.sku)
	}
	switch n := r.IntN(6); r.IntN(4) {
	case 0:
		e.items, properties = float64(n), properties+fmt.Sprintf(`,"items":%d`, n)
	case 1:
		e.items, properties = float64(n), properties+fmt.Sprintf(`,"items":"%d"`, n) // a number as text is one
	case 2:
		properties += `,"items":"many"`
	}
	if properties != "" {
		row["properties"] = "{" + properties[1:] + "}"
	}
	if r.IntN(25) == 0 {
		row["environment"] = "staging"
	} else if unit != "" {
		e.day = d.date(at)
		d.events[unit] = append(d.events[unit], e)
	}
	d.rawEvents = append(d.rawEvents, row)
	for r.IntN(8) == 0 {
		again := object{}
		for k, v := range row {
			again[k] = v
		}
		again["time"] = at.Add(time.Duration(1+r.IntN(50*3600*1000)) * time.Millisecond).UTC().Format(oracleTime)
		d.rawEvents = append(d.rawEvents, again)
	}
}

// date numbers the calendar's days in the zone.
func (d *oracleData) date(at time.Time) int {
	y, m, day := at.In(d.zone).Date()
	return int(time.Date(y, m, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

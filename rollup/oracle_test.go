package rollup

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// The oracle computes moments from raw rows the slow way: unit by unit, event by event, in Go, with the plain definitions of
// mean and centred sums. It shares nothing with the SQL but the definitions.
type oracle struct {
	zone   *time.Location
	events []row // one copy of each message
	raw    []row // exposures
}

func (o *oracle) at(r row) time.Time {
	at, err := time.Parse(timeFormat, r["time"].(string))
	if err != nil {
		panic(err)
	}
	return at
}

// date numbers days by the calendar of the zone.
func (o *oracle) date(at time.Time) int {
	y, m, d := at.In(o.zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func newOracle(zone *time.Location, d dataset) *oracle {
	o := &oracle{zone: zone, raw: d.exposures}
	earliest := map[string]row{}
	for _, e := range d.events {
		id := e["message_id"].(string)
		if have, ok := earliest[id]; !ok || o.at(e).Before(o.at(have)) {
			earliest[id] = e
		}
	}
	for _, e := range earliest {
		if e["environment"] == nil {
			o.events = append(o.events, e)
		}
	}
	return o
}

func unitOf(r row, t schema.UnitType) string {
	if t == schema.UserID {
		id, _ := r["user_id"].(string)
		return id
	}
	ids, _ := r["unit_ids"].(map[string]string)
	return ids[t.Key()]
}

// exposedUnit is a unit of an experiment.
type exposedUnit struct {
	group string
	since time.Time
}

// subjects finds each unit's group, crossovers as the experiment wants them.
func (o *oracle) exposedUnits(x *schema.Experiment) map[string]exposedUnit {
	first := map[string]map[string]time.Time{}
	for _, e := range o.raw {
		unit, at, group := unitOf(e, x.IDType), o.at(e), e["rule"].(string)
		inTime := !at.Before(time.UnixMilli(int64(x.ExposuresFrom()))) && (x.EndTime == 0 || at.Before(time.UnixMilli(int64(x.EndTime))))
		name := e["name"].(string)
		if unit == "" || !inTime || e["environment"] != nil || !(name == x.ID || name == "Days" && x.ID == "days") {
			continue
		}
		if first[unit] == nil {
			first[unit] = map[string]time.Time{}
		}
		if have, ok := first[unit][group]; !ok || at.Before(have) {
			first[unit][group] = at
		}
	}
	all := map[string]exposedUnit{}
	for unit, groups := range first {
		if len(groups) > 1 && x.Crossovers == schema.ExcludeCrossovers {
			continue
		}
		for group, at := range groups {
			if s, ok := all[unit]; !ok || at.Before(s.since) {
				all[unit] = exposedUnit{group, at}
			}
		}
	}
	return all
}

// termOf is what an event adds by itself, as the metrics of define say.
func termOf(m *schema.Metric, i int, e row) (float64, bool) {
	of := m.MetricEvents[i]
	if e["name"] != of.Name {
		return 0, false
	}
	value, has := e["value"].(float64)
	if len(of.Criteria) > 0 && !(has && value > 10) {
		return 0, false
	}
	switch of.Type {
	case "value":
		return value, has
	case "metadata":
		var p struct{ Cart struct{ Items any } }
		text, _ := e["properties"].(string)
		if json.Unmarshal([]byte(text), &p) != nil {
			return 0, false
		}
		f, err := strconv.ParseFloat(fmt.Sprint(p.Cart.Items), 64)
		return f, err == nil
	default:
		return 1, true
	}
}

// did is what a unit did on some days: its sums, its days relative to its exposure, and whether there was anything.
type did struct {
	x, y   float64
	days   map[int]bool
	active bool
}

// within adds up a unit's events that happened when they may.
func (o *oracle) within(x *schema.Experiment, m *schema.Metric, unit string, s exposedUnit, may func(at time.Time) bool) did {
	d := did{days: map[int]bool{}}
	for _, e := range o.events {
		at := o.at(e)
		if unitOf(e, x.IDType) != unit || !may(at) || x.EndTime != 0 && !at.Before(time.UnixMilli(int64(x.EndTime))) {
			continue
		}
		n, ok := termOf(m, 0, e)
		if ok {
			d.x, d.active = d.x+n, true
			d.days[o.date(at)-o.date(s.since)] = true
		}
		if m.Type == schema.Mean && ok {
			d.y++
		}
		if m.Type == schema.Ratio {
			if n, ok := termOf(m, 1, e); ok {
				d.y, d.active = d.y+n, true
			}
		}
	}
	return d
}

// value is a unit's (x, y) as of a day, and whether it did anything.
func (o *oracle) value(x *schema.Experiment, m *schema.Metric, unit string, s exposedUnit, asOf int) (vx, vy float64, active bool) {
	d := o.within(x, m, unit, s, func(at time.Time) bool {
		if o.date(at) > asOf {
			return false
		}
		return x.Attribution == schema.FromDay && o.date(at) >= o.date(s.since) || x.Attribution == schema.FromInstant && !at.Before(s.since)
	})
	if m.Type != schema.EventUser {
		return d.x, d.y, d.active
	}
	switch m.RollupTimeWindow {
	case schema.DailyParticipation:
		return float64(len(d.days)) / float64(asOf-o.date(s.since)+1), 0, d.active
	case schema.Window:
		d.active = d.days[1] || d.days[2]
	}
	if d.active {
		return 1, 0, true
	}
	return 0, 0, false
}

// past is the same on the seven days before the day of the unit's exposure.
func (o *oracle) past(x *schema.Experiment, m *schema.Metric, unit string, s exposedUnit) (px, py float64, active bool) {
	d := o.within(x, m, unit, s, func(at time.Time) bool { return o.date(at) >= o.date(s.since)-7 && o.date(at) < o.date(s.since) })
	switch {
	case m.Type != schema.EventUser:
		return d.x, d.y, d.active
	case m.RollupTimeWindow == schema.DailyParticipation:
		return float64(len(d.days)) / 7, 0, d.active
	case d.active:
		return 1, 0, true
	default:
		return 0, 0, false
	}
}

// moments in the order of the columns below.
func (o *oracle) moments(x *schema.Experiment, m *schema.Metric, group string, asOf int) [14]float64 {
	var values [4][]float64 // x, y, px, py
	took, had := 0.0, 0.0
	for unit, s := range o.exposedUnits(x) {
		if s.group != group || o.date(s.since) > asOf {
			continue
		}
		vx, vy, active := o.value(x, m, unit, s, asOf)
		px, py, early := o.past(x, m, unit, s)
		for i, v := range []float64{vx, vy, px, py} {
			values[i] = append(values[i], v)
		}
		if active {
			took++
		}
		if early {
			had++
		}
	}
	n := float64(len(values[0]))
	if n == 0 {
		return [14]float64{}
	}
	mean := func(i int) (sum float64) {
		for _, v := range values[i] {
			sum += v
		}
		return sum / n
	}
	c := func(i, j int) (sum float64) {
		mi, mj := mean(i), mean(j)
		for k := range values[i] {
			sum += (values[i][k] - mi) * (values[j][k] - mj)
		}
		return sum
	}
	return [14]float64{n, took, mean(0), mean(1), c(0, 0), c(1, 1), c(0, 1), n * mean(0), mean(2), mean(3), c(2, 2), c(0, 2), c(1, 3), had}
}

// TestOracle compares all moments of random data with the oracle's.
func TestOracle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(t)
	var err error
	if w.zone, err = time.LoadLocation("Asia/Kolkata"); err != nil {
		t.Fatal(err)
	}
	d := randomData(rand.New(rand.NewPCG(11, 11)), 700, 150)
	w.load(1, "events", d.events)
	w.load(2, "exposures", d.exposures)
	w.cycle(w.runner())

	o, compared := newOracle(w.zone, d), 0
	for i := range w.experiments {
		x := &w.experiments[i]
		for k := range w.metrics {
			m := &w.metrics[k]
			compared += w.compareMoments(o, x, m)
		}
	}
	if compared < 200 {
		t.Errorf("only %d moments were compared", compared)
	}
}

func (w *world) compareMoments(o *oracle, x *schema.Experiment, m *schema.Metric) int {
	w.t.Helper()
	var rows []struct {
		AsOf         uint16  `ch:"at"`
		Group        string  `ch:"group_id"`
		Units        uint64  `ch:"units"`
		Participants uint64  `ch:"participants"`
		MeanX        float64 `ch:"mean_x"`
		MeanY        float64 `ch:"mean_y"`
		XX           float64 `ch:"m2_x"`
		YY           float64 `ch:"m2_y"`
		XY           float64 `ch:"c_xy"`
		Total        float64 `ch:"total_x"`
		PX           float64 `ch:"mean_px"`
		PY           float64 `ch:"mean_py"`
		PXPX         float64 `ch:"m2_px"`
		XPX          float64 `ch:"c_xpx"`
		YPY          float64 `ch:"c_ypy"`
		Before       uint64  `ch:"before"`
	}
	scope := x.VersionID() + "/" + m.VersionID()
	err := w.db.Select(w.t.Context(), &rows, `SELECT toUInt16(as_of) AS at, group_id, units, participants, mean_x, mean_y, m2_x, m2_y, c_xy, total_x,
		mean_px, mean_py, m2_px, c_xpx, c_ypy, before FROM moments WHERE scope = {scope:String}`, map[string]any{"scope": scope})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rows {
		got := [14]float64{
			float64(r.Units), float64(r.Participants), r.MeanX, r.MeanY, r.XX, r.YY, r.XY, r.Total,
			r.PX, r.PY, r.PXPX, r.XPX, r.YPY, float64(r.Before),
		}
		w.near(fmt.Sprintf("%s, %s as of %s", scope, r.Group, Day(r.AsOf)), o.moments(x, m, r.Group, int(r.AsOf)), got)
	}
	return len(rows)
}

func (w *world) near(what string, want, got [14]float64) {
	w.t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-9*max(1, math.Abs(want[i])) {
			w.t.Fatalf("%s:\nwant %v\ngot  %v", what, want, got)
		}
	}
}

package rollup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// plainTerm is what one event adds for one of its units.
type plainTerm struct {
	UnitType, Unit string
	Day            uint16
	Millis         int64
	X, Y           *float64
	Key            uint64  // a bit for each of the metric's events that it is
	Text           *string // by which a count_distinct tells apart
}

// total is a metric's total of a day and unit type.
type total struct {
	x, y        float64
	units, rows int
	values      []float64 // of percentiles
}

func (t total) value(m *metric) float64 {
	switch {
	case m.percentile() > 0 && len(t.values) > 0:
		slices.Sort(t.values)
		rank := math.Ceil(m.percentile()*float64(len(t.values))/100 - 1e-9)
		return t.values[int(max(rank, 1))-1]
	case !m.HasDenominator():
		return t.x
	case t.y == 0:
		return math.NaN()
	default:
		return t.x / t.y
	}
}

// dayUnits is a day and unit type.
type dayUnits struct {
	day      uint16
	unitType string
}

// plainTotals computes a metric's totals of some days event by event, as its definition reads.
func (r *Runner) plainTotals(ctx context.Context, m *metric, from, to Day) (map[dayUnits]total, error) {
	terms, err := r.plainTerms(ctx, m, from, to)
	if err != nil {
		return nil, err
	}
	totals := make(map[dayUnits]total)
	for _, of := range byUnit(terms) {
		for day := from; day <= to; day++ {
			at := dayUnits{uint16(day), of[0].UnitType}
			t, before := totals[at], totals[at].rows
			if t.add(m, of, at.day); t.units > 0 || t.rows > before {
				totals[at] = t
			}
		}
	}
	return totals, nil
}

// plainTerms is what the events of some days, and of those around them that the metric reaches to, add for each of their units.
func (r *Runner) plainTerms(ctx context.Context, m *metric, from, to Day) ([]plainTerm, error) {
	back, ahead := m.reach()
	first, last := from-min(from, Day(back)), to+Day(ahead)
	var terms []plainTerm
	err := r.rawEvents(ctx, m, statement("verify_raw"), dayParams(r.o.Zone, first, last), func(e *rawEvent) error {
		t, ok := e.term(&m.Metric, nil)
		if !ok {
			return nil
		}
		for unitType, unit := range e.units() {
			t.UnitType, t.Unit = unitType, unit
			terms = append(terms, t)
		}
		return nil
	})
	slices.SortStableFunc(terms, func(a, b plainTerm) int {
		return cmp.Or(cmp.Compare(a.UnitType, b.UnitType), cmp.Compare(a.Unit, b.Unit), byTime(a, b))
	})
	return terms, err
}

// byTime is the order of a unit's events; of equal times the earlier step of a funnel is first.
func byTime(a, b plainTerm) int {
	return cmp.Or(cmp.Compare(a.Millis, b.Millis), cmp.Compare(a.Key, b.Key))
}

// units are the event's, by type.
func (e *rawEvent) units() map[string]string {
	units := maps.Clone(e.UnitIDs)
	if units == nil {
		units = make(map[string]string)
	}
	units["userid"], units["anonymousid"] = e.UserID, e.AnonymousID
	maps.DeleteFunc(units, func(_, unit string) bool { return unit == "" })
	return units
}

// rawEvents tells of the events of some days that may happen to a metric, one by one.
func (r *Runner) rawEvents(ctx context.Context, m *metric, text string, days store.Params, tell func(*rawEvent) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	rows, err := r.db.Stream(ctx, fill(text, "raw", countedEvents()), with(eventParams([]*metric{m}), days), store.WithSettings(r.settings))
	if err != nil {
		return fmt.Errorf("read verify_raw.sql: %w", err)
	}
	defer rows.Close()
	for {
		var e rawEvent
		ok, err := rows.Next(&e)
		if err != nil || !ok {
			return err
		}
		if err := tell(&e); err != nil {
			return err
		}
	}
}

// countedEvents is the SQL of the events that count, without the tables that rollups use.
func countedEvents() string {
	return fill(readable(statement("raw")), "hash", part(statement("absorb_ids"), "hash"))
}

// byUnit cuts terms, which come in order of their units, into those of each.
func byUnit(terms []plainTerm) [][]plainTerm {
	var all [][]plainTerm
	for i := 0; i < len(terms); {
		n := i
		for n < len(terms) && terms[n].UnitType == terms[i].UnitType && terms[n].Unit == terms[i].Unit {
			n++
		}
		all, i = append(all, terms[i:n]), n
	}
	return all
}

// add takes what one unit did into the total of a day.
func (t *total) add(m *metric, terms []plainTerm, day uint16) {
	today := ofDay(terms, day)
	if len(today) == 0 && !m.spans() {
		return
	}
	var x, y float64
	switch m.Aggregation() {
	case schema.Retention:
		x, y = plainRetention(m, terms, day)
	case schema.Funnel:
		x, y = plainFunnel(m, terms, func(e plainTerm) bool { return e.Day == day })
	default:
		x, y = plainDay(m, today)
	}
	if m.spans() && y == 0 {
		t.rows += len(today)
		return
	}
	t.take(m, x, y, today)
}

// take adds what one unit made of its events.
func (t *total) take(m *metric, x, y float64, terms []plainTerm) {
	t.rows, t.x, t.y, t.units = t.rows+len(terms), t.x+x, t.y+y, t.units+1
	if m.percentile() > 0 {
		for _, e := range terms {
			t.values = append(t.values, *e.X)
		}
	}
}

func ofDay(terms []plainTerm, day uint16) (today []plainTerm) {
	for _, e := range terms {
		if e.Day == day {
			today = append(today, e)
		}
	}
	return today
}

// plainFold is what a unit makes of its events of one day, whatever other days there are.
func plainFold(m *metric, today []plainTerm) (x, y float64) {
	switch m.Aggregation() {
	case schema.Funnel:
		return plainFunnel(m, today, anyStart)
	case schema.Retention:
		for _, e := range today {
			if e.X != nil {
				x = 1
			}
			if e.Y != nil {
				y = 1
			}
		}
		return x, y
	default:
		return plainDay(m, today)
	}
}

func anyStart(plainTerm) bool { return true }

// plainDay is what a unit's events of one day make.
func plainDay(m *metric, terms []plainTerm) (x, y float64) {
	keys := map[string]bool{}
	firstAt, lastAt := terms[0], terms[0]
	low, high := math.Inf(1), math.Inf(-1)
	for _, e := range terms {
		if e.Text != nil {
			keys[*e.Text] = true
		}
		if e.X != nil {
			x, low, high = x+*e.X, min(low, *e.X), max(high, *e.X)
			if e.Millis == firstAt.Millis && *e.X < *firstAt.X {
				firstAt = e
			}
			if e.Millis > lastAt.Millis || e.Millis == lastAt.Millis && *e.X > *lastAt.X {
				lastAt = e
			}
		}
		if e.Y != nil {
			y += *e.Y
		}
	}
	switch m.Aggregation() {
	case schema.EventUser:
		return 1, 0
	case schema.Min:
		return low, 1
	case schema.Max:
		return high, 1
	case schema.FirstValue:
		return *firstAt.X, 1
	case schema.LatestValue:
		return *lastAt.X, 1
	case schema.CountDistinct:
		return float64(len(keys)), 0
	}
	if m.Options.Cap > 0 {
		x = min(x, m.Options.Cap)
	}
	return x, y
}

func plainRetention(m *metric, terms []plainTerm, day uint16) (x, y float64) {
	end, length := m.retention()
	for _, e := range terms {
		if e.Y != nil && e.Day+end == day {
			y = 1
		}
		if e.X != nil && e.Day <= day && e.Day+length > day {
			x = 1
		}
	}
	return x * y, y
}

// plainFunnel tries every start that is asked for; without a window all steps are as the starts.
func plainFunnel(m *metric, terms []plainTerm, starts func(plainTerm) bool) (x, y float64) {
	window := m.Options.WindowMillis()
	if window == 0 {
		window = math.MaxInt64 / 2
		terms = slices.DeleteFunc(slices.Clone(terms), func(e plainTerm) bool { return !starts(e) })
	}
	steps := len(m.MetricEvents)
	if m.FunnelCountDistinct == "events" {
		return plainAttempts(m, terms, steps, window, starts)
	}
	for i, e := range terms {
		if !starts(e) || e.Key&1 == 0 {
			continue
		}
		y = 1
		if m.Options.FunnelStrictOrdering && follows(terms[i+1:], e.Millis+window, 1, steps) || !m.Options.FunnelStrictOrdering && around(terms, e.Millis, window, steps) {
			x = 1
		}
	}
	return x, y
}

// follows looks for the steps from a place on, the earliest of each, up to an instant.
func follows(terms []plainTerm, until int64, step, steps int) bool {
	for _, e := range terms {
		if step < steps && e.Key>>step&1 == 1 && e.Millis <= until {
			step++
		}
	}
	return step >= steps
}

func around(terms []plainTerm, at, window int64, steps int) bool {
	for step := 1; step < steps; step++ {
		if !slices.ContainsFunc(terms, func(e plainTerm) bool {
			return e.Key>>step&1 == 1 && max(e.Millis-at, at-e.Millis) <= window
		}) {
			return false
		}
	}
	return true
}

// plainAttempts counts attempts of a funnel of events, each event used once, and whole sets where the order does not matter.
func plainAttempts(m *metric, terms []plainTerm, steps int, window int64, starts func(plainTerm) bool) (x, y float64) {
	if !m.Options.FunnelStrictOrdering {
		counts := make([]float64, steps)
		for _, e := range terms {
			for step := range steps {
				counts[step] += float64(e.Key >> step & 1)
			}
		}
		return slices.Min(counts), counts[0]
	}
	type attempt struct {
		started int64
		step    int
	}
	var attempts []*attempt
	for _, e := range terms {
		moved := false
		for _, a := range attempts {
			if a.step < steps && e.Key>>a.step&1 == 1 && e.Millis-a.started <= window {
				a.step, moved = a.step+1, true
				break
			}
		}
		if !moved && e.Key&1 == 1 && starts(e) {
			attempts = append(attempts, &attempt{e.Millis, 1})
		}
	}
	for _, a := range attempts {
		if a.step == steps {
			x++
		}
	}
	return x, float64(len(attempts))
}

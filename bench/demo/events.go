package demo

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

// EventKind is what happened.
type EventKind uint8

// What happens in the demo's shop.
const (
	PageView EventKind = iota
	Order
	// ABExposure is sent as Segment's "Experiment Viewed", AAExposure as a Statsig SDK's config exposure.
	ABExposure
	AAExposure
)

// Event is one thing that happens, before it is put into anyone's wire format.
type Event struct {
	ID     string
	Kind   EventKind
	Time   time.Time
	Unit   int
	Group  string  // of exposures
	Value  float64 // of orders, with two decimals
	Repeat bool    // sent a second time, with the same ID
}

// UserID, AnonymousID and DeviceID are the unit's three identities.
func (e Event) UserID() string      { return fmt.Sprintf("user-%06d", e.Unit) }
func (e Event) AnonymousID() string { return fmt.Sprintf("anon-%06d", e.Unit) }
func (e Event) DeviceID() string    { return fmt.Sprintf("device-%06d", e.Unit) }

// unit is a visitor: fixed traits, drawn once.
type unit struct {
	number      int
	visits      float64 // probability of a visit on a day
	orders      float64 // probability of an order in a visit, in control
	exposureDay int
	ab, aa      string
}

func (p Plan) unit(n int) unit {
	r := p.random(n, 0)
	return unit{
		number: n, visits: 0.25 + 0.5*r.Float64(), orders: 0.05 + 0.35*r.Float64()*r.Float64(),
		exposureDay: r.IntN(max(p.Days*3/4, 1)), ab: group(r.Uint64()), aa: group(r.Uint64()),
	}
}

func group(bits uint64) string {
	if bits&1 == 0 {
		return "control"
	}
	return "test"
}

// random is a source of its own for each unit and day, so that any part of the demo can be made alone.
func (p Plan) random(unit, day int) *rand.Rand {
	return rand.New(rand.NewPCG(p.Seed<<32|uint64(day), uint64(unit)))
}

// Events yields everything that happens, day by day, within a day unit by unit.
func (p Plan) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		units := make([]unit, p.Units)
		for n := range units {
			units[n] = p.unit(n)
		}
		for day := range p.Days {
			for _, u := range units {
				for _, e := range p.visit(u, day) {
					if !yield(e) {
						return
					}
				}
			}
		}
	}
}

// visit makes one unit's day. On its exposure day a unit always comes, and a little earlier it orders something that must not
// count.
func (p Plan) visit(u unit, day int) []Event {
	r := p.random(u.number, day+1)
	exposed := day >= u.exposureDay
	if r.Float64() >= u.visits && day != u.exposureDay {
		return nil
	}
	d := &diary{plan: p, unit: u, day: day, random: r, at: p.Start.AddDate(0, 0, day).Add(time.Duration(6*3600+r.IntN(14*3600)) * time.Second)}
	if day == u.exposureDay {
		d.order(1)
		d.add(Event{Kind: ABExposure, Group: u.ab})
		d.again(Event{Kind: AAExposure, Group: u.aa})
	}
	for range 1 + r.IntN(3) {
		d.add(Event{Kind: PageView})
	}
	chance, value := u.orders, 1.0
	if exposed && u.ab == "test" {
		chance, value = chance*orderFactor, valueFactor
	}
	if r.Float64() < chance {
		d.order(value)
		if r.Float64() < 0.2 {
			d.order(value)
		}
	}
	return d.events
}

// diary collects a visit's events, a few seconds apart.
type diary struct {
	plan   Plan
	unit   unit
	day    int
	random *rand.Rand
	at     time.Time
	events []Event
}

func (d *diary) add(e Event) {
	d.at = d.at.Add(time.Duration(1000+d.random.IntN(60_000)) * time.Millisecond)
	d.again(e)
}

// again adds an event at the instant of the last one.
func (d *diary) again(e Event) {
	e.Unit, e.Time = d.unit.number, d.at
	e.ID = fmt.Sprintf("demo-%d-%06d-%02d-%02d", d.plan.Seed, d.unit.number, d.day, len(d.events))
	e.Repeat = d.random.IntN(50) == 0
	d.events = append(d.events, e)
}

// order adds an order whose value is skewed as revenue is, in whole cents.
func (d *diary) order(factor float64) {
	value := math.Exp(3 + 0.8*d.random.NormFloat64())
	d.add(Event{Kind: Order, Value: math.Round(100*value*factor) / 100})
}

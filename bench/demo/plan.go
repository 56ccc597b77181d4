package demo

import (
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// The experiments of the demo.
const (
	ABTest = "demo_checkout"
	AATest = "demo_aa"
	Device = schema.UnitType("deviceID")
)

// The planted effects, as factors on the test group.
const (
	orderFactor = 1.10
	valueFactor = 1.05
)

// Plan says what to make. The zero value is not useful; see [NewPlan].
type Plan struct {
	Seed  uint64
	Units int
	Days  int
	// Start is the first instant of the first day, UTC.
	Start time.Time
	// Prefix is the prefix of Segment events' names in this project.
	Prefix string
}

// NewPlan plans the days that end with the day before now.
func NewPlan(units, days int, now time.Time) Plan {
	today := now.UTC().Truncate(24 * time.Hour)
	return Plan{Seed: 1, Units: units, Days: days, Start: today.AddDate(0, 0, -days), Prefix: "segment::"}
}

// End is the first instant after the last day.
func (p Plan) End() time.Time { return p.Start.AddDate(0, 0, p.Days) }

// Truth is a lift that is known because it was planted: test over control, minus one.
type Truth struct {
	Experiment string
	Metric     schema.MetricRef
	Lift       float64
}

// Metrics are the definitions that the demo creates.
func (p Plan) Metrics() []schema.Metric {
	order, page := p.Prefix+"Order Completed", p.Prefix+"page:Product"
	both := []schema.UnitType{schema.UserID, Device}
	one := func(name string, t schema.MetricType, events ...schema.MetricEvent) schema.Metric {
		return schema.Metric{Name: name, Type: t, UnitTypes: both, MetricEvents: events, Tags: []string{"demo"}}
	}
	return []schema.Metric{
		one("demo orders", schema.EventCount, schema.MetricEvent{Name: order}),
		one("demo buyers per day", schema.EventUser, schema.MetricEvent{Name: order}),
		one("demo revenue", schema.Sum, schema.MetricEvent{Name: order, Type: "value"}),
		one("demo order value", schema.Mean, schema.MetricEvent{Name: order, Type: "value"}),
		one("demo orders per page view", schema.Ratio, schema.MetricEvent{Name: order}, schema.MetricEvent{Name: page}),
		one("demo page views", schema.EventCount, schema.MetricEvent{Name: page}),
	}
}

// Experiments are the definitions that the demo creates.
func (p Plan) Experiments() []schema.Experiment {
	var refs []schema.ExperimentMetric
	for _, m := range p.Metrics() {
		refs = append(refs, schema.ExperimentMetric{MetricRef: m.Ref()})
	}
	groups := []schema.ExperimentGroup{{ID: "control", Name: "Control", Size: 50}, {ID: "test", Name: "Test", Size: 50}}
	return []schema.Experiment{
		{
			ID: ABTest, Name: ABTest, IDType: schema.UserID, Groups: groups, ControlGroupID: "control", PrimaryMetrics: refs,
			Hypothesis: "A shorter checkout brings more and larger orders.", Tags: []string{"demo"},
		},
		{
			ID: AATest, Name: AATest, IDType: Device, Groups: groups, ControlGroupID: "control", PrimaryMetrics: refs,
			Hypothesis: "Nothing differs: whatever is found here is chance.", Tags: []string{"demo"},
		},
	}
}

// Truths lists the planted lift of every metric in both experiments.
func (p Plan) Truths() []Truth {
	lifts := map[string]float64{
		"demo orders": orderFactor - 1, "demo buyers per day": orderFactor - 1, "demo orders per page view": orderFactor - 1,
		"demo order value": valueFactor - 1, "demo revenue": orderFactor*valueFactor - 1, "demo page views": 0,
	}
	var all []Truth
	for _, m := range p.Metrics() {
		all = append(all, Truth{ABTest, m.Ref(), lifts[m.Name]}, Truth{AATest, m.Ref(), 0})
	}
	return all
}

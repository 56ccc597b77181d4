package main

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/bench/demo"
)

// The demo, smaller, as a user runs it: `pulsehouse demo` against a running server. Every planted lift must lie inside its
// 99.9 % interval, and every mean, standard error and unit count must equal what is computed here, independently, from the
// events themselves.
func TestDemo(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	out := s.run("demo", "--units", "1500", "--days", "6")
	plan := demo.NewPlan(1500, 6, time.Now())
	tally := newTally(plan)
	for _, truth := range plan.Truths() {
		t.Run(truth.Experiment+"/"+truth.Metric.Name, func(t *testing.T) {
			got := pulseOf(t, s, truth)
			checkTruth(t, got, truth)
			tally.check(t, got, truth)
		})
		if !strings.Contains(out, truth.Metric.Name) {
			t.Errorf("the demo prints nothing about %q", truth.Metric.Name)
		}
	}
	t.Run("from the exports", func(t *testing.T) { checkRecompute(t, s) })
	checkAA(t, s, plan.Truths()[0])
}

// checkAA splits the demo's units at random: whatever lift was planted, halves do not differ.
func checkAA(t *testing.T, s *server, truth demo.Truth) {
	t.Helper()
	var results []struct {
		Metric         string
		Units, Tested  int
		FalsePositives float64
	}
	unmarshal(t, s.run("aa", truth.Experiment, "--splits", "640", "--format", "json"), &results)
	found := false
	for _, r := range results {
		found = found || strings.HasPrefix(r.Metric, truth.Metric.Name+"::")
		if r.FalsePositives < 0.01 || r.FalsePositives > 0.12 || r.Tested != 640 || r.Units < 1000 { // alpha is 0.05; 7 standard errors
			t.Errorf("A/A: %+v", r)
		}
	}
	if !found {
		t.Errorf("A/A says nothing about %s: %+v", truth.Metric.Name, results)
	}
	if out := s.run("aa", truth.Metric.ID()); !strings.Contains(out, truth.Experiment) || !strings.Contains(out, "0.95 █") {
		t.Errorf("A/A of a metric prints:\n%s", out)
	}
}

// pulseRow is one metric of pulse_results, in Statsig's names.
type pulseRow struct {
	asOf                      time.Time
	MetricName                string
	Status                    string
	PercentChange             *float64
	PercentConfidenceInterval struct{ Lower, Upper *float64 }
	TestMean, ControlMean     *float64
	TestStd, ControlStd       *float64
	TestUnits, ControlUnits   *float64
}

func pulseOf(t *testing.T, s *server, truth demo.Truth) pulseRow {
	t.Helper()
	var data struct {
		DS             string
		PrimaryMetrics []pulseRow
	}
	s.console("GET", "/experiments/"+truth.Experiment+"/pulse_results?control=control&test=test&confidence=99.9", nil, &data)
	for _, m := range data.PrimaryMetrics {
		if m.MetricName == truth.Metric.Name {
			m.asOf = must(time.Parse(time.DateOnly, data.DS))
			return m
		}
	}
	t.Fatalf("Pulse has no metric %q", truth.Metric.Name)
	return pulseRow{}
}

func checkTruth(t *testing.T, got pulseRow, truth demo.Truth) {
	t.Helper()
	interval := got.PercentConfidenceInterval
	if got.Status != "ok" || got.PercentChange == nil || interval.Lower == nil || interval.Upper == nil {
		t.Fatalf("no result: %+v", got)
	}
	if lift := 100 * truth.Lift; lift < *interval.Lower || lift > *interval.Upper {
		t.Errorf("the true lift %.2f %% is outside the 99.9 %% interval [%.2f, %.2f]", lift, *interval.Lower, *interval.Upper)
	}
}

// tally computes what Pulse should say, from first principles: plain loops over the events, no SQL, no product code.
type tally struct {
	units map[string]map[int]*unitTally // experiment -> unit
}

type unitTally struct {
	group                  string
	exposed                time.Time
	orders, revenue, views float64
	orderDays              map[int]bool
}

func newTally(p demo.Plan) *tally {
	a := &tally{units: map[string]map[int]*unitTally{demo.ABTest: {}, demo.AATest: {}}}
	exposure := map[demo.EventKind]string{demo.ABExposure: demo.ABTest, demo.AAExposure: demo.AATest}
	for e := range p.Events() {
		if experiment, ok := exposure[e.Kind]; ok {
			a.units[experiment][e.Unit] = &unitTally{group: e.Group, exposed: e.Time, orderDays: map[int]bool{}}
		}
	}
	for e := range p.Events() {
		for _, units := range a.units {
			if u := units[e.Unit]; u != nil && !e.Time.Before(u.exposed) {
				u.add(e, int(e.Time.Sub(p.Start)/(24*time.Hour)))
			}
		}
	}
	return a
}

func (u *unitTally) add(e demo.Event, day int) {
	switch e.Kind {
	case demo.Order:
		u.orders++
		u.revenue += e.Value
		u.orderDays[day] = true
	case demo.PageView:
		u.views++
	}
}

// values are numerator and denominator of a unit for a metric, up to and including a day.
func (u *unitTally) values(metric string, asOf time.Time) (x, y float64) {
	switch metric {
	case "demo orders":
		return u.orders, 1
	case "demo page views":
		return u.views, 1
	case "demo revenue":
		return u.revenue, 1
	case "demo order value":
		return u.revenue, u.orders
	case "demo orders per page view":
		return u.orders, u.views
	case "demo buyers per day":
		inExperiment := int(asOf.Sub(u.exposed.Truncate(24*time.Hour))/(24*time.Hour)) + 1
		return float64(len(u.orderDays)) / float64(inExperiment), 1
	}
	panic("no such metric: " + metric)
}

// summary is the group's mean ΣX/ΣY and its standard error: sd of the linearised unit values (x − R·y)/ȳ over √n.
func (a *tally) summary(experiment, group, metric string, asOf time.Time) (n, mean, standardError float64) {
	var xs, ys []float64
	sumX, sumY := 0.0, 0.0
	for _, u := range a.units[experiment] {
		if u.group == group {
			x, y := u.values(metric, asOf)
			xs, ys = append(xs, x), append(ys, y)
			sumX, sumY = sumX+x, sumY+y
		}
	}
	n, mean = float64(len(xs)), sumX/sumY
	squares := 0.0
	for i := range xs {
		d := (xs[i] - mean*ys[i]) / (sumY / n)
		squares += d * d
	}
	return n, mean, math.Sqrt(squares / (n - 1) / n)
}

func (a *tally) check(t *testing.T, got pulseRow, truth demo.Truth) {
	t.Helper()
	same := func(what string, got *float64, want float64) {
		t.Helper()
		if got == nil || math.Abs(*got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s is %v, computed from the events %v", what, show(got), want)
		}
	}
	n, mean, se := a.summary(truth.Experiment, "test", truth.Metric.Name, got.asOf)
	same("testUnits", got.TestUnits, n)
	same("testMean", got.TestMean, mean)
	same("testStd", got.TestStd, se)
	n, mean, se = a.summary(truth.Experiment, "control", truth.Metric.Name, got.asOf)
	same("controlUnits", got.ControlUnits, n)
	same("controlMean", got.ControlMean, mean)
	same("controlStd", got.ControlStd, se)
}

func show(v *float64) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// linked looks at experiments over users whose events carry a device only. Two users a group, c1 c2 and t1 t2, each buys by itself, for 1,
// 2, 3 and 4, and devices that nobody is signed in at buy for 10 times as much and more:
//
//	d1  for 10      seen with c1 alone
//	d2  for 100     seen with c2, later with t1
//	d3  for 1000    seen with t2, which was seen with
//	d4  for 2000    too
//	d9  for 10000   seen with nobody
func (w *routesWorld) linked(t *testing.T) {
	modes := map[string]string{
		"strictOneToOne":      "6.5 3.5",     // (1 + 10 + 2) / 2, (3 + 4) / 2
		"firstTouchOneToMany": "56.5 1503.5", // (1 + 10 + 2 + 100) / 2, (3 + 4 + 3000) / 2
		"lastTouchOneToMany":  "6.5 1553.5",  // (1 + 10 + 2) / 2, (3 + 100 + 4 + 3000) / 2
		"":                    "1.5 3.5",     // without devices
	}
	w.console("POST", "/metrics", object{"name": "paid", "type": "sum", "metricEvents": []object{{"name": "paid"}}}, nil)
	now := time.Now().Truncate(time.Second)
	var events []object
	add := func(name, user, device string, after int, more object) {
		of := object{}
		if user != "" {
			of["userID"] = user
		}
		if device != "" {
			of["customIDs"] = object{"stableID": device}
		}
		event := object{"eventName": name, "time": now.UnixMilli() + int64(after), "user": of}
		for k, v := range more {
			event[k] = v
		}
		events = append(events, event)
	}
	for mode := range modes {
		x := experimentNamed("linked" + mode)
		x["primaryMetrics"] = []object{{"name": "paid", "type": "sum"}, {"name": "daily_active_user", "type": "user"}}
		if mode != "" {
			x["secondaryIDType"], x["identifierMappingMode"] = "stableID", mode
		}
		w.console("POST", "/experiments", x, nil)
		w.console("PUT", "/experiments/linked"+mode+"/start", object{"analysisStartTime": now.Add(-time.Minute).UnixMilli()}, nil)
		for i, seen := range [][2]string{{"c1", "d1"}, {"c2", "d2"}, {"t1", "d2"}, {"t2", "d3"}, {"t2", "d4"}} {
			group := map[byte]string{'c': "control", 't': "test"}[seen[0][0]]
			add("statsig::config_exposure", seen[0], seen[1], i, object{"metadata": object{"config": "linked" + mode, "ruleID": group}})
		}
	}
	for i, user := range []string{"c1", "c2", "t1", "t2"} {
		add("paid", user, "", 100, object{"value": i + 1})
	}
	for device, value := range map[string]int{"d1": 10, "d2": 100, "d3": 1000, "d4": 2000, "d9": 10000} {
		add("paid", "", device, 200, object{"value": value})
	}
	add("looked", "t2", "", 300, nil)
	w.mustPost("/v1/log_event", testServerKey, object{"events": events})
	for mode, want := range modes {
		got := ""
		w.until(mode+" has "+want, time.Minute, func() bool {
			m := w.ask("linked"+mode, "").PrimaryMetrics[0]
			got = means(m.ControlMean, m.TestMean)
			return got == want
		})
		// The same from the raw events: every payment is above 0.
		m := w.ask("linked"+mode, "filter=%7B%22type%22%3A%22value%22%2C%22condition%22%3A%22%3E%22%2C%22values%22%3A%5B%220%22%5D%7D").PrimaryMetrics[0]
		if got := means(m.ControlMean, m.TestMean); got != want {
			t.Errorf("%q from the raw events: %s, want %s", mode, got, want)
		}
	}
	w.coverage(t)
	var u struct {
		Experiments []struct {
			ExperimentID string
			Events       []struct {
				Name, Fate, Reason string
				Linked             bool
				Times              int
			}
		}
	}
	w.console("GET", "/units/userID/t2", nil, &u)
	for _, x := range u.Experiments {
		got := ""
		for _, e := range x.Events {
			if e.Name == "paid" {
				got += fmt.Sprintf(" %d %v", e.Times, e.Linked)
			}
		}
		want, isLinked := map[string]string{
			"linked": " 1 false", "linkedstrictOneToOne": " 1 false", "linkedfirstTouchOneToMany": " 1 false 2 true", "linkedlastTouchOneToMany": " 1 false 2 true",
		}[x.ExperimentID]
		if isLinked && got != want {
			t.Errorf("t2 in %s: payments%s, want%s", x.ExperimentID, got, want)
		}
		for _, e := range x.Events {
			if e.Linked && e.Reason != countsReason+"; it carries no userID and is this unit's by its stableID" {
				t.Errorf("t2 in %s: %s", x.ExperimentID, e.Reason)
			}
		}
	}
}

const countsReason = "it counts: it came after the unit's first exposure and before the end"

// coverage counts what could meet at all: of nine payments four carry a user; of all events since the start one more, that of t2, and
// those of the gate and holdout.
func (w *routesWorld) coverage(t *testing.T) {
	var r struct {
		PrimaryMetrics []struct {
			JoinCoverage struct {
				ExposedUnits, MatchableUnits, Events, EventsWithID int
				Sentence                                           string
			}
		}
	}
	w.console("GET", "/experiments/linked/pulse_results?joinCoverage=true", nil, &r)
	paid, any := r.PrimaryMetrics[0].JoinCoverage, r.PrimaryMetrics[1].JoinCoverage
	if paid.ExposedUnits != 4 || paid.MatchableUnits != 4 || paid.Events != 9 || paid.EventsWithID != 4 {
		t.Errorf("payments: %+v", paid)
	}
	if !strings.HasPrefix(paid.Sentence, "4 of 4 exposed units could match; 44.4 % of ") {
		t.Errorf("payments: %s", paid.Sentence)
	}
	if any.Events-any.EventsWithID != 5 || any.EventsWithID < 5 {
		t.Errorf("all events: %+v", any)
	}
}

// thinned looks at a gate that lets a fifth pass: of those that fail, whose hash is in the first quarter count. Unit n of those clicks n times.
func (w *routesWorld) thinned(t *testing.T) {
	rules := everybody(20)
	w.console("POST", "/gates", object{"name": "fifth", "rules": rules, "measureMetricLifts": true, "monitoringMetrics": []object{{"name": "clicks", "type": "event_count_custom"}}}, nil)
	var gate struct{ Rules []object }
	w.console("GET", "/gates/fifth", nil, &gate)
	const passing, failing = 10, 40
	at := time.Now()
	var events []object
	unit := func(i int) string { return fmt.Sprint("thin", i) }
	for i := 1; i <= passing+failing; i++ {
		user := object{"userID": unit(i)}
		events = append(events, object{
			"eventName": "statsig::gate_exposure", "time": at.UnixMilli(), "user": user,
			"metadata": object{"gate": "fifth", "gateValue": fmt.Sprint(i > failing), "ruleID": gate.Rules[0]["id"]},
		})
		for n := range min(i, failing) {
			events = append(events, object{"eventName": "clicked", "time": at.UnixMilli() + int64(n), "user": user, "metadata": object{"n": fmt.Sprint(n)}})
		}
	}
	w.mustPost("/v1/log_event", testServerKey, object{"events": events})
	var r routeReport
	w.until("the gate's results are there", time.Minute, func() bool {
		w.console("GET", "/gates/fifth/rules/everybody/pulse_results", nil, &r)
		m := r.MonitoringMetrics[0]
		return m.TestUnits != nil && *m.TestUnits == passing && m.TestMean != nil && *m.TestMean == failing
	})
	kept, clicks := 0, 0
	for i := 1; i <= failing; i++ {
		var u struct {
			Comparisons []struct {
				GateID, GroupID, Reason string
				Counted                 bool
			}
		}
		w.console("GET", "/units/userID/"+unit(i), nil, &u)
		if len(u.Comparisons) != 1 || u.Comparisons[0].GateID != "fifth" || u.Comparisons[0].GroupID != "fail" {
			t.Fatalf("unit %d: %+v", i, u)
		}
		if c := u.Comparisons[0]; c.Counted {
			kept, clicks = kept+1, clicks+i
		} else if c.Reason != "its arm is thinned out by hash to the size of the other one" {
			t.Errorf("unit %d: %s", i, c.Reason)
		}
	}
	if kept < 2 || kept > 20 { // 10 expected, with a standard deviation of 2.7
		t.Errorf("%d of %d units were kept, a quarter is wanted", kept, failing)
	}
	m := r.MonitoringMetrics[0]
	if *m.ControlUnits != float64(kept) || fmt.Sprintf("%.9g", *m.ControlMean) != fmt.Sprintf("%.9g", float64(clicks)/float64(kept)) {
		t.Errorf("control is %v units with %v clicks, want %d with %d in all", *m.ControlUnits, *m.ControlMean, kept, clicks)
	}
	if out := w.run("unit", "userID", unit(1)); !strings.Contains(out, "gate fifth, rule ") {
		t.Errorf("unit says %s", out)
	}
}

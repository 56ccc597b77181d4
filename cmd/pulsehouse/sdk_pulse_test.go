package main

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"
)

const shoppers = 5000

// shopper is a user with a device and a company of two.
func shopper(i int) object {
	return object{"userID": fmt.Sprintf("shopper_%d", i), "customIDs": object{"stableID": fmt.Sprintf("device_%d", i), "companyID": fmt.Sprintf("firm_%d", i/2)}}
}

// trial is one experiment, or one A/B gate, of the test.
type trial struct {
	name, idType string
	gate         bool
}

// Each kind of unit has an experiment and a gate at 50 %.
var trials = []trial{
	{"by_user", "userID", false},
	{"by_device", "stableID", false},
	{"by_firm", "companyID", false},
	{"gate_by_user", "userID", true},
	{"gate_by_device", "stableID", true},
	{"gate_by_firm", "companyID", true},
}

// unit is the shopper's ID of the trial's type.
func (x trial) unit(i int) string {
	u := shopper(i)
	if x.idType == "userID" {
		return u["userID"].(string)
	}
	return u["customIDs"].(object)[x.idType].(string)
}

// report is where Pulse tells of the trial.
func (x trial) report(s *server) string {
	if !x.gate {
		return "/experiments/" + x.name
	}
	return "/gates/" + x.name + "/rules/everybody"
}

// A real SDK serves 5 000 users three experiments and three gates, by user, by stableID and by a custom ID; a Segment library's events of
// the same users say what they did. Each trial's test group, or those who pass the gate, was planted one order more, on top of what the
// others do: Pulse must find that lift, and say of every group the mean that is counted here, by plain loops.
func TestPulseFromSDK(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	s.defineTrials()
	sdk, inTest := startSDK(t, "go", s.URL), make([]map[string]bool, shoppers)
	for i := range inTest {
		inTest[i] = tried(sdk, shopper(i))
	}
	sdk.do(object{"op": "close"}, nil)
	units := order(t, s, inTest)
	for _, x := range trials {
		t.Run(x.name, func(t *testing.T) { checkLift(t, s, x, units[x.name]) })
	}
}

// defineTrials makes all of them, over one metric.
func (s *server) defineTrials() {
	s.t.Helper()
	metric := []object{{"name": "orders", "type": "event_count_custom"}}
	s.console("POST", "/metrics", object{"name": "orders", "type": "event_count_custom", "unitTypes": []string{"userID", "stableID", "companyID"}, "metricEvents": []object{{"name": "segment::Ordered", "type": "count"}}}, nil)
	for _, x := range trials {
		if x.gate {
			s.console("POST", "/gates", object{"name": x.name, "idType": x.idType, "rules": everybody(50), "measureMetricLifts": true, "monitoringMetrics": metric}, nil)
			continue
		}
		s.console("POST", "/experiments", object{
			"name": x.name, "idType": x.idType, "primaryMetrics": metric,
			"groups": []object{{"name": "control", "id": x.name + "_c", "size": 50, "parameterValues": object{"more": false}}, {"name": "test", "id": x.name + "_t", "size": 50, "parameterValues": object{"more": true}}},
		}, nil)
		s.console("PUT", "/experiments/"+x.name+"/start", nil, nil)
	}
}

// tried asks the SDK for every trial of a user, and returns those that give it more.
func tried(sdk *realSDK, user object) map[string]bool {
	var gates, configs []string
	for _, x := range trials {
		if x.gate {
			gates = append(gates, x.name)
		} else {
			configs = append(configs, x.name)
		}
	}
	var got struct {
		Gates   map[string]bool
		Configs map[string]map[string]bool
	}
	sdk.do(object{"op": "check", "user": user, "gates": gates, "configs": configs}, &got)
	for name, value := range got.Configs {
		got.Gates[name] = value["more"]
	}
	return got.Gates
}

// arm is a group's units, each with its orders.
type arm map[string]float64

func (a arm) mean() float64 {
	sum := 0.0
	for _, n := range a {
		sum += n
	}
	return sum / float64(len(a))
}

// order sends what the users bought, two orders and one more for each trial that gives them more, and returns each trial's units: those it
// gives less, and more.
func order(t *testing.T, s *server, inTest []map[string]bool) map[string][2]arm {
	t.Helper()
	units := map[string][2]arm{}
	for _, x := range trials {
		units[x.name] = [2]arm{{}, {}}
	}
	var batch []object
	for i, more := range inTest {
		u, orders := shopper(i), 2
		ids := u["customIDs"].(object)
		for _, in := range more {
			if in {
				orders++
			}
		}
		for _, x := range trials {
			group := 0
			if more[x.name] {
				group = 1
			}
			units[x.name][group][x.unit(i)] += float64(orders)
		}
		for n := range orders {
			batch = append(batch, object{
				"type": "track", "event": "Ordered", "userId": u["userID"], "messageId": fmt.Sprintf("order-%d-%d", i, n), "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
				"properties": object{"statsigCustomIDs": []any{"stableID", ids["stableID"], "companyID", ids["companyID"]}},
			})
		}
		if len(batch) >= 500 || i == len(inTest)-1 {
			if status, answer := s.post("/v1/batch", testWriteKey, string(must(json.Marshal(object{"batch": batch})))); status != 200 {
				t.Fatalf("a batch is answered %d %s", status, answer)
			}
			batch = nil
		}
	}
	return units
}

// checkLift wants Pulse to count every unit, to the last order, and to find the planted lift: who is given more has one order more than
// the two of everybody and a half for each of the other trials.
func checkLift(t *testing.T, s *server, x trial, want [2]arm) {
	t.Helper()
	mine, got := *s, pulseRow{}
	mine.t = t
	defer func() {
		if t.Failed() {
			t.Logf("Pulse: control %s units, mean %s, test %s units, mean %s; counted: %d, %v, %d, %v", show(got.ControlUnits), show(got.ControlMean),
				show(got.TestUnits), show(got.TestMean), len(want[0]), want[0].mean(), len(want[1]), want[1].mean())
		}
	}()
	near := func(got *float64, want float64) bool { return got != nil && math.Abs(*got-want) <= 1e-9*math.Abs(want) }
	mine.until("Pulse knows everything of "+x.name, 60*time.Second, func() bool {
		var data struct{ PrimaryMetrics, MonitoringMetrics []pulseRow }
		mine.console("GET", x.report(s)+"/pulse_results?confidence=99.99", nil, &data)
		rows := data.PrimaryMetrics
		if x.gate {
			rows = data.MonitoringMetrics
		}
		if len(rows) != 1 {
			t.Fatalf("Pulse has %d metrics, want 1", len(rows))
		}
		got = rows[0]
		return near(got.ControlUnits, float64(len(want[0]))) && near(got.TestUnits, float64(len(want[1]))) &&
			near(got.ControlMean, want[0].mean()) && near(got.TestMean, want[1].mean())
	})
	for group, all := 0, float64(len(want[0])+len(want[1])); group < 2; group++ {
		if share := float64(len(want[group])) / all; math.Abs(share-0.5) > 0.05 {
			t.Errorf("group %d has %.3f of the units, not half", group, share)
		}
	}
	lift := 100 / (2 + 0.5*float64(len(trials)-1))
	if ci := got.PercentConfidenceInterval; ci.Lower == nil || ci.Upper == nil || lift < *ci.Lower || lift > *ci.Upper {
		t.Errorf("the planted lift %.1f %% is outside the 99.99 %% interval [%s, %s]", lift, show(ci.Lower), show(ci.Upper))
	}
	if ci := got.PercentConfidenceInterval; ci.Lower != nil && *ci.Lower <= 0 {
		t.Errorf("a lift of %.1f %% is not told from none: from %s on", lift, show(ci.Lower))
	}
}

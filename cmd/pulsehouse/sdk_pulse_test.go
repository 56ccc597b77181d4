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

// A real SDK serves 5 000 users a gate and three experiments, by user, by stableID and by a custom ID; a Segment library's events of the same users
// say what they did. Each experiment's test group was planted one order more, on top of what the others do: Pulse must find that lift, and say of
// every group the mean that is counted here, by plain loops.
func TestPulseFromSDK(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	kinds := map[string]string{"by_user": "userID", "by_device": "stableID", "by_firm": "companyID"}
	s.console("POST", "/metrics", object{"name": "orders", "type": "event_count_custom", "unitTypes": []string{"userID", "stableID", "companyID"}, "metricEvents": []object{{"name": "segment::Ordered", "type": "count"}}}, nil)
	s.console("POST", "/gates", object{"name": "ab", "rules": everybody(50)}, nil)
	for name, idType := range kinds {
		s.console("POST", "/experiments", object{
			"name": name, "idType": idType, "primaryMetrics": []object{{"name": "orders", "type": "event_count_custom"}},
			"groups": []object{{"name": "control", "id": name + "_c", "size": 50, "parameterValues": object{"more": false}}, {"name": "test", "id": name + "_t", "size": 50, "parameterValues": object{"more": true}}},
		}, nil)
		s.console("PUT", "/experiments/"+name+"/start", nil, nil)
	}
	s.until("everything is served", 30*time.Second, func() bool {
		gates, configs, _ := downloadSpecs(t, s, "/v1/download_config_specs").Names()
		return len(gates) == 1 && len(configs) == 3
	})
	sdk, inTest, passed := startSDK(t, "go", s.URL), make([]map[string]bool, shoppers), 0
	for i := range shoppers {
		var got struct {
			Gates   map[string]bool
			Configs map[string]map[string]bool
		}
		sdk.do(object{"op": "check", "user": shopper(i), "gates": []string{"ab"}, "configs": []string{"by_user", "by_device", "by_firm"}}, &got)
		inTest[i] = map[string]bool{}
		for name, value := range got.Configs {
			inTest[i][name] = value["more"]
		}
		if got.Gates["ab"] {
			passed++
		}
	}
	sdk.do(object{"op": "close"}, nil)
	if math.Abs(float64(passed)/shoppers-0.5) > 0.04 {
		t.Errorf("%d of %d pass a gate at 50 %%", passed, shoppers)
	}
	units := order(t, s, inTest)
	for name := range kinds {
		t.Run(name, func(t *testing.T) { checkLift(t, s, name, units[name]) })
	}
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

// order sends what the users bought, two orders and one more for each experiment whose test group they are in, and returns the units of each
// experiment's control and test group.
func order(t *testing.T, s *server, inTest []map[string]bool) map[string][2]arm {
	t.Helper()
	units := map[string][2]arm{}
	for _, name := range []string{"by_user", "by_device", "by_firm"} {
		units[name] = [2]arm{{}, {}}
	}
	var batch []object
	for i, groups := range inTest {
		u, orders := shopper(i), 2
		ids := u["customIDs"].(object)
		for _, in := range groups {
			if in {
				orders++
			}
		}
		for name, unit := range map[string]any{"by_user": u["userID"], "by_device": ids["stableID"], "by_firm": ids["companyID"]} {
			group := 0
			if groups[name] {
				group = 1
			}
			units[name][group][unit.(string)] += float64(orders)
		}
		for n := range orders {
			batch = append(batch, object{
				"type": "track", "event": "Ordered", "userId": u["userID"], "messageId": fmt.Sprintf("order-%d-%d", i, n), "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
				"properties": object{"statsigCustomIDs": []any{"stableID", ids["stableID"], "companyID", ids["companyID"]}},
			})
		}
		if len(batch) >= 500 || i == len(inTest)-1 {
			text, err := json.Marshal(object{"batch": batch})
			if err != nil {
				t.Fatal(err)
			}
			if status, answer := s.post("/v1/batch", testWriteKey, string(text)); status != 200 {
				t.Fatalf("a batch is answered %d %s", status, answer)
			}
			batch = nil
		}
	}
	return units
}

// checkLift wants Pulse to count every unit, to the last order, and to find the planted lift: three orders became four.
func checkLift(t *testing.T, s *server, name string, want [2]arm) {
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
	mine.until("Pulse knows everything of "+name, 60*time.Second, func() bool {
		var data struct{ PrimaryMetrics []pulseRow }
		mine.console("GET", "/experiments/"+name+"/pulse_results?confidence=99.9", nil, &data)
		if len(data.PrimaryMetrics) != 1 {
			t.Fatalf("Pulse has %d metrics, want 1", len(data.PrimaryMetrics))
		}
		got = data.PrimaryMetrics[0]
		return near(got.ControlUnits, float64(len(want[0]))) && near(got.TestUnits, float64(len(want[1]))) &&
			near(got.ControlMean, want[0].mean()) && near(got.TestMean, want[1].mean())
	})
	lift := 100.0 / 3
	if ci := got.PercentConfidenceInterval; ci.Lower == nil || ci.Upper == nil || lift < *ci.Lower || lift > *ci.Upper {
		t.Errorf("the planted lift %.1f %% is outside the 99.9 %% interval [%s, %s]", lift, show(ci.Lower), show(ci.Upper))
	}
}

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// object is JSON written in Go.
type object = map[string]any

// rolloutRules are one rule for everybody.
func everybody(percent float64) []object {
	return []object{{"name": "everybody", "passPercentage": percent, "conditions": []object{{"type": "public"}}}}
}

// sdk asks as an SDK does, and returns the status and the decoded answer.
func (s *server) sdk(method, path, key string, body any) (int, map[string]any) {
	s.t.Helper()
	status, _, answer := s.request(method, path, string(must(json.Marshal(body))), "STATSIG-API-KEY", key)
	var v map[string]any
	if answer != "" {
		if err := json.Unmarshal([]byte(answer), &v); err != nil {
			s.t.Fatalf("%s %s: %v in %.200s", method, path, err, answer)
		}
	}
	return status, v
}

// specs downloads the specs until they are later than since.
func (s *server) specsAfter(since float64) map[string]any {
	s.t.Helper()
	var specs map[string]any
	s.until("the specs change", 30*time.Second, func() bool {
		_, specs = s.sdk("GET", "/v1/download_config_specs/"+testServerKey+".json", "", nil)
		now, _ := specs["time"].(float64)
		return now > since
	})
	return specs
}

// Definitions made in the Console API are served, changed while running, and every refusal names its field.
func TestGatesServed(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	first := s.specsAfter(0)

	s.console("POST", "/gates", object{"name": "half", "rules": everybody(10)}, nil)
	specs := s.specsAfter(first["time"].(float64))
	passed := func() (users []string) {
		for i := range 300 {
			user := "u" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
			status, answer := s.sdk("POST", "/v1/check_gate", testServerKey, object{"gateName": "half", "user": object{"userID": user}})
			if status != 200 || answer["name"] != "half" {
				t.Fatalf("check_gate says %d %v", status, answer)
			}
			if answer["value"] == true {
				users = append(users, user)
			}
		}
		return users
	}
	ten := passed()
	var gate struct{ Rules []object }
	s.console("GET", "/gates/half", nil, &gate)
	rule := gate.Rules[0]["id"].(string)
	s.console("PATCH", "/gates/half/rules/"+rule, object{"passPercentage": 20}, &gate)
	if id := gate.Rules[0]["id"].(string); id != rule+":20.00:1" || gate.Rules[0]["baseID"] != rule {
		t.Errorf("after the change the rule's id is %q, was %q", id, rule)
	}
	specs = s.specsAfter(specs["time"].(float64))
	twenty := passed()
	for _, user := range ten {
		if !strings.Contains(strings.Join(twenty, " ")+" ", user+" ") {
			t.Errorf("%s passed at 10 %% and does not at 20 %%", user)
		}
	}
	if len(ten) < 10 || len(twenty) <= len(ten) || len(twenty) > 100 {
		t.Errorf("%d of 300 pass at 10 %%, %d at 20 %%", len(ten), len(twenty))
	}

	t.Run("no updates", func(t *testing.T) {
		now := json.Number(jsonNumber(specs["time"]))
		_, answer := s.sdk("GET", "/v1/download_config_specs?sinceTime="+now.String(), testServerKey, nil)
		if answer["has_updates"] != false {
			t.Errorf("asked for what is newer than the newest: %v", answer)
		}
	})
	t.Run("audit", func(t *testing.T) {
		var log []struct {
			ActionType string
			Changes    []struct {
				Path          string
				Before, After any
			}
		}
		s.console("GET", "/audit_logs?id=half", nil, &log)
		if len(log) != 2 || log[0].ActionType != "update" || log[1].ActionType != "create" {
			t.Fatalf("the audit log is %+v", log)
		}
		found := map[string]any{}
		for _, c := range log[0].Changes {
			found[c.Path] = c.After
		}
		if found["rules[0].passPercentage"] != 20.0 {
			t.Errorf("the change is %+v, want rules[0].passPercentage 20", log[0].Changes)
		}
	})
	t.Run("keys", func(t *testing.T) {
		for key, want := range map[string]int{testServerKey: 200, testConsoleKey: 403, testWriteKey: 403, "nobody": 401, "": 401} {
			if status, _ := s.sdk("GET", "/v2/download_config_specs", key, nil); status != want {
				t.Errorf("download_config_specs with key %q says %d, want %d", key, status, want)
			}
			if status, _ := s.sdk("POST", "/v1/check_gate", key, object{"gateName": "half", "user": object{"userID": "u"}}); status != want {
				t.Errorf("check_gate with key %q says %d, want %d", key, status, want)
			}
		}
	})
	t.Run("bad input", func(t *testing.T) { badGates(t, s) })
	t.Run("bad questions", func(t *testing.T) { badQuestions(t, s) })
}

func jsonNumber(v any) string {
	text, _ := json.Marshal(int64(v.(float64)))
	return string(text)
}

func badGates(t *testing.T, s *server) {
	refused := func(method, path string, body any, field string) {
		t.Helper()
		status, answer := s.sdk(method, "/console/v1"+path, testConsoleKey, body)
		if status != 400 || answer["attr"] != field {
			t.Errorf("%s %s with %v says %d for %v (%v), want 400 for %s", method, path, body, status, answer["attr"], answer["message"], field)
		}
	}
	rule := func(condition object) object {
		return object{"name": "bad", "rules": []object{{"name": "r", "passPercentage": 50, "conditions": []object{condition}}}}
	}
	refused("POST", "/gates", object{"name": ""}, "name")
	refused("POST", "/gates", object{"name": "bad", "rules": everybody(101)}, "rules[0].passPercentage")
	refused("POST", "/gates", rule(object{"type": "moon"}), "rules[0].conditions[0].type")
	refused("POST", "/gates", rule(object{"type": "email", "operator": "version_gt", "targetValue": "1"}), "rules[0].conditions[0].operator")
	refused("POST", "/gates", rule(object{"type": "email", "operator": "any"}), "rules[0].conditions[0].targetValue")
	refused("POST", "/gates", rule(object{"type": "passes_gate", "targetValue": "nowhere"}), "rules[0].conditions[0].targetValue")
	refused("POST", "/gates", rule(object{"type": "passes_gate", "targetValue": "bad"}), "rules[0].conditions[0].targetValue")
	refused("POST", "/dynamic_configs", object{"name": "bad", "defaultValue": 5}, "defaultValue")
	refused("POST", "/layers", object{"name": "bad", "parameters": []object{{"name": "p", "type": "number", "defaultValue": "x"}}}, "parameters[0].defaultValue")
	refused("POST", "/holdouts", object{"name": "bad", "gateIDs": []string{"nowhere"}}, "gateIDs[0]")
}

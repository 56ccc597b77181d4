package main

import (
	"strings"
	"testing"
	"time"
)

// TestDefinitions: what definitions say of each other, and what they make of a user, as the Console API and the SDK paths tell it. A
// change is served when it is answered, so nothing here waits for one.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "--trusted-proxies", "10.0.0.0/8,127.0.0.1")
	s.specsAfter(0)
	for name, part := range map[string]func(*testing.T, *server){
		"references": checkReferences, "circles": checkCircles, "layer overrides": checkLayerOverrides, "holdout overrides": checkHoldoutOverrides,
		"environments": checkEnvironments, "inline targeting": checkInlineTargeting, "rollout": checkRollout, "addresses": checkAddresses,
	} {
		t.Run(name, func(t *testing.T) {
			mine := *s
			mine.t = t
			part(t, &mine)
		})
	}
}

// refused wants a refusal with a status, for a field, in words.
func (s *server) refused(method, path string, body any, status int, field, words string) {
	s.t.Helper()
	got, answer := s.sdk(method, "/console/v1"+path, testConsoleKey, body)
	attr, _ := answer["attr"].(string)
	if message, _ := answer["message"].(string); got != status || attr != field || !strings.Contains(message, words) {
		s.t.Errorf("%s %s with %v says %d for %q: %s; want %d for %q with %q", method, path, body, got, attr, message, status, field, words)
	}
}

// trialOf is an experiment of two groups that differ in one parameter.
func trialOf(name string, more object) object {
	x := object{"name": name, "status": "active", "groups": []object{
		{"name": "control", "id": name + "_c", "size": 50, "parameterValues": object{"color": "blue"}}, {"name": "test", "id": name + "_t", "size": 50, "parameterValues": object{"color": "red"}},
	}}
	for k, v := range more {
		x[k] = v
	}
	return x
}

// ask evaluates for a user: a gate, config or layer.
func (s *server) evaluate(what, name string, user object) map[string]any {
	s.t.Helper()
	status, answer := s.sdk("POST", "/v1/"+map[string]string{"gate": "check_gate", "config": "get_config", "layer": "get_layer"}[what], testServerKey, object{what + "Name": name, "user": user})
	if status != 200 {
		s.t.Fatalf("%s %s: %d %v", what, name, status, answer)
	}
	return answer
}

func colorOf(answer map[string]any) any { return answer["value"].(map[string]any)["color"] }

func checkReferences(t *testing.T, s *server) {
	for field, more := range map[string]object{
		"layerID": {"layerID": "nowhere"}, "targetingGateID": {"targetingGateID": "nowhere"}, "holdoutIDs[0]": {"holdoutIDs": []string{"nowhere"}},
		"overrides[0].id": {"overrides": object{"overrides": []object{{"type": "segment", "id": "nowhere", "groupID": "test"}}}},
		"inlineTargetingRulesJSON[0].conditions[0]": {"inlineTargetingRulesJSON": `[{"name":"r","passPercentage":100,"conditions":[{"type":"passes_gate","targetValue":"nowhere"}]}]`},
	} {
		s.refused("POST", "/experiments", trialOf("referring", more), 400, field, `"nowhere"`)
	}
	s.console("POST", "/layers", object{"name": "ref_layer", "idType": "userID", "parameters": []object{{"name": "color", "type": "string", "defaultValue": "grey"}}}, nil)
	s.console("POST", "/gates", object{"name": "ref_gate", "rules": everybody(100)}, nil)
	s.console("POST", "/segments", object{"id": "ref_list", "type": "id_list"}, nil)
	s.console("POST", "/holdouts", object{"name": "ref_holdout", "passPercentage": 10}, nil)
	s.refused("POST", "/experiments", trialOf("referring", object{"layerID": "ref_layer", "idType": "companyID"}), 400, "idType", "ref_layer")
	s.console("POST", "/experiments", trialOf("referring", object{"layerID": "ref_layer", "targetingGateID": "ref_gate", "holdoutIDs": []string{"ref_holdout"}}), nil)
	s.console("POST", "/experiments/referring/overrides", object{"overrides": []object{{"type": "segment", "id": "ref_list", "groupID": "test"}}}, nil)
	s.refused("PATCH", "/experiments/referring", object{"targetingGateID": "nowhere"}, 400, "targetingGateID", "nowhere")
	s.refused("GET", "/experiments?status=setup&status=bogus", nil, 400, "status", "bogus")
	s.refused("POST", "/experiments/referring/overrides", object{"overrides": []object{{"type": "gate", "id": "nowhere", "groupID": "test"}}}, 400, "overrides[0].id", "nowhere")
	s.console("POST", "/gates", object{"name": "ref_asker", "rules": []object{one("r", 100, object{"type": "passes_gate", "targetValue": "ref_gate"})}}, nil)

	s.refused("DELETE", "/layers/ref_layer", nil, 409, "", `experiment "referring" (layerID)`)
	s.refused("DELETE", "/gates/ref_gate", nil, 409, "", `experiment "referring" (targetingGateID)`)
	s.refused("DELETE", "/gates/ref_gate", nil, 409, "", `gate "ref_asker" (rules[0].conditions[0])`)
	s.refused("PUT", "/gates/ref_gate/archive", nil, 409, "", `gate "ref_asker"`)
	s.refused("DELETE", "/segments/ref_list", nil, 409, "", `experiment "referring" (overrides[0].id)`)
	s.refused("DELETE", "/holdouts/ref_holdout", nil, 409, "", `experiment "referring" (holdoutIDs[0])`)
	s.console("DELETE", "/gates/ref_asker", nil, nil)
	s.console("PUT", "/gates/ref_gate/archive", object{"forceArchive": true}, nil)
	s.console("PUT", "/experiments/referring/archive", nil, nil)
	for _, path := range []string{"/layers/ref_layer", "/gates/ref_gate", "/segments/ref_list", "/holdouts/ref_holdout", "/experiments/referring"} {
		s.console("DELETE", path, nil, nil)
	}
}

func checkCircles(t *testing.T, s *server) {
	s.console("POST", "/gates", object{"name": "outer", "rules": everybody(100)}, nil)
	s.console("POST", "/gates", object{"name": "inner", "rules": []object{one("r", 100, object{"type": "passes_gate", "targetValue": "outer"})}}, nil)
	s.refused("PATCH", "/gates/outer", object{"rules": []object{one("r", 100, object{"type": "fails_gate", "targetValue": "inner"})}}, 400, "rules[0].conditions[0].targetValue", "circle")
	s.refused("POST", "/holdouts", object{"name": "circling", "passPercentage": 10, "gateIDs": []string{"inner"}, "targetingGateID": "inner"}, 400, "targetingGateID", "circle")
	s.refused("POST", "/holdouts", object{"name": "circling", "passPercentage": 10, "gateIDs": []string{"outer"}, "targetingGateID": "inner"}, 400, "targetingGateID", "circle")
	s.console("POST", "/holdouts", object{"name": "straight", "passPercentage": 10, "gateIDs": []string{"inner"}, "targetingGateID": "outer"}, nil)
	s.refused("PATCH", "/gates/outer", object{"rules": []object{one("r", 100, object{"type": "fails_gate", "targetValue": "inner"})}}, 400, "rules[0].conditions[0].targetValue", "circle")
}

func checkLayerOverrides(t *testing.T, s *server) {
	s.console("POST", "/layers", object{"name": "page", "idType": "userID", "parameters": []object{{"name": "color", "type": "string", "defaultValue": "grey"}}}, nil)
	s.console("POST", "/experiments", trialOf("first", object{"layerID": "page", "allocation": 1}), nil)
	s.console("POST", "/experiments", trialOf("second", object{"layerID": "page", "allocation": 1}), nil)
	s.console("POST", "/segments", object{"id": "painters", "type": "id_list"}, nil)
	s.ids("PATCH", "/segments/painters/add_ids", "painter")
	byID := func(group string, more object) object {
		o := object{"groupName": group, "ids": []string{"vip"}}
		for k, v := range more {
			o[k] = v
		}
		return object{"idOverrides": []object{o}}
	}
	s.refused("POST", "/layers/page/overrides", byID("test", nil), 400, "idOverrides[0].experimentName", "several")
	s.refused("POST", "/layers/page/overrides", byID("third", object{"experimentName": "first"}), 400, "idOverrides[0].groupName", "third")
	s.refused("POST", "/layers/page/overrides", byID("test", object{"experimentName": "third"}), 400, "idOverrides[0].experimentName", "third")
	s.refused("POST", "/layers/page/overrides", object{"conditionalOverrides": []object{{"type": "segment", "name": "nowhere", "experimentName": "first", "groupName": "test"}}}, 400, "conditionalOverrides[0].name", "nowhere")
	var shown struct {
		ConditionalOverrides []object
		IDOverrides          []struct{ GroupName, ExperimentName, IDType string }
	}
	s.console("POST", "/layers/page/overrides", byID("second_t", nil), &shown)
	if len(shown.IDOverrides) != 1 || shown.IDOverrides[0].ExperimentName != "second" || shown.IDOverrides[0].IDType != "userID" || shown.ConditionalOverrides == nil {
		t.Errorf("the overrides are shown as %+v", shown)
	}
	s.console("PATCH", "/layers/page/overrides", object{"conditionalOverrides": []object{{"type": "segment", "name": "painters", "experimentName": "first", "groupName": "control"}}}, &shown)
	s.console("POST", "/layers/page", object{"parameters": []object{{"name": "color", "type": "string", "defaultValue": "green"}}}, nil) // leaves overrides alone
	for user, want := range map[string][2]any{"vip": {"red", "second"}, "painter": {"blue", "first"}} {
		got := s.evaluate("layer", "page", object{"userID": user})
		if colorOf(got) != want[0] || got["allocatedExperimentName"] != want[1] || !strings.HasSuffix(got["ruleID"].(string), ":id_override") {
			t.Errorf("%s by hand: %v", user, got)
		}
	}
	if got := colorOf(s.evaluate("config", "second", object{"userID": "vip"})); got != "red" {
		t.Errorf("the layer's override says nothing in its experiment: %v", got)
	}
	s.refused("DELETE", "/segments/painters", nil, 409, "", `layer "page" (conditionalOverrides[0])`)
	s.refused("DELETE", "/experiments/second", nil, 409, "", `layer "page" (idOverrides[0])`)
	s.console("DELETE", "/layers/page/overrides", byID("test", nil), &shown)
	if len(shown.IDOverrides) != 0 || len(shown.ConditionalOverrides) != 1 {
		t.Errorf("without the one taken away: %+v", shown)
	}
	s.console("DELETE", "/layers/page/overrides", nil, &shown)
	for _, user := range []string{"vip", "painter"} {
		if rule := s.evaluate("layer", "page", object{"userID": user})["ruleID"].(string); strings.HasSuffix(rule, ":id_override") {
			t.Errorf("%s is still put in by hand: %s", user, rule)
		}
	}
}

func checkHoldoutOverrides(t *testing.T, s *server) {
	s.console("POST", "/gates", object{"name": "news", "rules": everybody(100)}, nil)
	s.console("POST", "/holdouts", object{"name": "quiet", "passPercentage": 0, "gateIDs": []string{"news"}}, nil)
	passes := func(user object) bool { return s.evaluate("gate", "news", user)["value"] == true }
	staging := object{"userID": "tester", "statsigEnvironment": object{"tier": "staging"}}
	if !passes(object{"userID": "hermit"}) || !passes(staging) {
		t.Error("a holdout of 0 % holds out")
	}
	var shown struct {
		PassingUserIDs       []string
		EnvironmentOverrides []object
	}
	s.console("POST", "/holdouts/quiet/overrides", object{"passingUserIDs": []string{"hermit"}}, nil)
	s.console("PATCH", "/holdouts/quiet/overrides", object{"environmentOverrides": []object{{"environment": "staging", "unitID": "userID", "passingIDs": []string{"tester"}, "failingIDs": []string{}}}}, &shown)
	if len(shown.PassingUserIDs) != 1 || len(shown.EnvironmentOverrides) != 2 {
		t.Errorf("the overrides are shown as %+v", shown)
	}
	s.console("POST", "/holdouts/quiet", object{"passPercentage": 0, "gateIDs": []string{"news"}}, nil) // leaves overrides alone
	if passes(object{"userID": "hermit"}) || passes(staging) || !passes(object{"userID": "tester"}) || !passes(object{"userID": "other"}) {
		t.Errorf("held out by hand: hermit %v, tester in staging %v, tester %v, other %v", !passes(object{"userID": "hermit"}), !passes(staging), !passes(object{"userID": "tester"}), !passes(object{"userID": "other"}))
	}
	s.refused("POST", "/holdouts/quiet/overrides", object{"environmentOverrides": []object{{"environment": "moon", "passingIDs": []string{"x"}}}}, 400, "environmentOverrides[0].environment", "moon")
	s.console("DELETE", "/holdouts/quiet/overrides", nil, nil)
	if !passes(object{"userID": "hermit"}) {
		t.Error("an override that was taken away holds out")
	}
}

func checkEnvironments(t *testing.T, s *server) {
	rule := func(environment string) object {
		return object{"name": "r", "passPercentage": 100, "environments": []string{environment}, "conditions": []object{{"type": "public"}}}
	}
	s.refused("POST", "/gates", object{"name": "qa_only", "rules": []object{rule("qa")}}, 400, "rules[0].environments[0]", "qa")
	var shown struct{ Environments []object }
	s.console("GET", "/environments", nil, &shown)
	if len(shown.Environments) != 3 || shown.Environments[0]["isProduction"] != true || shown.Environments[1]["name"] != "staging" {
		t.Fatalf("environments are %v", shown.Environments)
	}
	three := shown.Environments
	s.refused("POST", "/environments", object{"environments": three[1:]}, 400, "environments", "production")
	s.refused("POST", "/environments", object{"environments": append(three[:3:3], object{"name": "eu", "isProduction": true})}, 400, "environments", "isProduction")
	s.refused("POST", "/environments", object{"environments": append(three[:3:3], object{"name": "eu", "requiresReview": true})}, 400, "environments", "reviews")
	s.console("POST", "/environments", object{"environments": append(three[:3:3], object{"name": "qa"})}, nil)
	s.console("POST", "/gates", object{"name": "qa_only", "rules": []object{rule("qa")}}, nil)
	s.console("POST", "/gates", object{"name": "live_only", "rules": []object{rule("production")}}, nil)
	for tier, want := range map[string][2]bool{"": {false, true}, "production": {false, true}, "QA": {true, false}, "staging": {false, false}} {
		user := object{"userID": "u"}
		if tier != "" {
			user["statsigEnvironment"] = object{"tier": tier}
		}
		if qa, live := s.evaluate("gate", "qa_only", user)["value"], s.evaluate("gate", "live_only", user)["value"]; qa != want[0] || live != want[1] {
			t.Errorf("in %q: qa_only %v, live_only %v", tier, qa, live)
		}
	}
	s.refused("POST", "/environments", object{"environments": three}, 409, "", `gate "qa_only"`)
	s.console("DELETE", "/gates/qa_only", nil, nil)
	s.console("PATCH", "/gates/live_only/overrides", object{"passingUserIDs": []string{"boss"}}, nil) // in every environment
	s.console("POST", "/environments", object{"environments": three}, nil)
}

func checkInlineTargeting(t *testing.T, s *server) {
	const germans = `[{"name":"germans","passPercentage":100,"conditions":[{"type":"country","operator":"any","targetValue":["DE"]}]}]`
	s.refused("POST", "/experiments", trialOf("local", object{"inlineTargetingRulesJSON": `{`}), 400, "inlineTargetingRulesJSON", "JSON")
	s.refused("POST", "/experiments", trialOf("local", object{"inlineTargetingRulesJSON": strings.Replace(germans, `"any"`, `"gt"`, 1)}), 400, "inlineTargetingRulesJSON", "gt")
	s.console("POST", "/experiments", trialOf("local", object{"inlineTargetingRulesJSON": germans}), nil)
	in, out := s.evaluate("config", "local", object{"userID": "u", "country": "DE"}), s.evaluate("config", "local", object{"userID": "u", "country": "FR"})
	if in["group"] != "local_c" && in["group"] != "local_t" || out["rule_id"] != "inlineTargetingRules" || colorOf(out) != nil {
		t.Errorf("targeted: %v, not targeted: %v", in, out)
	}
	var shown struct{ InlineTargetingRulesJSON string }
	if s.console("GET", "/experiments/local", nil, &shown); shown.InlineTargetingRulesJSON != germans {
		t.Errorf("the rules are shown as %s", shown.InlineTargetingRulesJSON)
	}
	_, answer := s.sdk("POST", "/v1/initialize", testClientKey, object{"user": object{"userID": "u", "country": "DE"}, "hash": "none"})
	for name := range answer["feature_gates"].(map[string]any) {
		if strings.Contains(name, "targeting:") {
			t.Errorf("clients are told of the rules as a gate %q", name)
		}
	}
}

func checkRollout(t *testing.T, s *server) {
	rule := func(pending ...object) []object {
		r := everybody(0)
		r[0]["pendingAutomatedRollouts"] = pending
		return r
	}
	s.refused("POST", "/gates", object{"name": "slowly", "rules": rule(object{"time": 1, "passPercent": 101})}, 400, "rules[0].pendingAutomatedRollouts[0].passPercent", "101")
	now := time.Now()
	s.console("POST", "/gates", object{"name": "slowly", "rules": rule(
		object{"time": now.Add(time.Hour).UnixMilli(), "passPercent": 50}, object{"time": now.Add(time.Second).UnixMilli(), "passPercent": 100},
	)}, nil)
	s.until("the first step is taken", time.Minute, func() bool { return s.evaluate("gate", "slowly", object{"userID": "u"})["value"] == true })
	var gate struct {
		Rules []struct {
			ID, BaseID                                           string
			PassPercentage                                       float64
			CompletedAutomatedRollouts, PendingAutomatedRollouts []struct{ PassPercent float64 }
		}
	}
	s.console("GET", "/gates/slowly", nil, &gate)
	r := gate.Rules[0]
	if r.PassPercentage != 100 || r.ID != r.BaseID+":100.00:1" || len(r.CompletedAutomatedRollouts) != 1 || len(r.PendingAutomatedRollouts) != 1 || r.PendingAutomatedRollouts[0].PassPercent != 50 {
		t.Errorf("after its first step the rule is %+v", r)
	}
	var log []struct{ UpdatedBy string }
	if s.console("GET", "/audit_logs?id=slowly", nil, &log); len(log) != 2 || log[0].UpdatedBy != "automated rollout" {
		t.Errorf("the audit log says %+v", log)
	}
}

// Who asks with a client key asks for itself, from where it is; the server here trusts the proxy that this test is. The user object comes first,
// and a server key asks for somebody else.
func checkAddresses(t *testing.T, s *server) {
	s.console("POST", "/gates", object{"name": "near", "rules": []object{one("r", 100, object{"type": "ip_address", "operator": "str_starts_with_any", "targetValue": []string{"8.8."}})}}, nil)
	s.console("POST", "/gates", object{"name": "american", "rules": []object{one("r", 100, object{"type": "country", "operator": "any", "targetValue": []string{"US"}})}}, nil)
	s.console("POST", "/gates", object{"name": "firefox", "rules": []object{one("r", 100, object{"type": "browser_name", "operator": "any", "targetValue": []string{"Firefox"}})}}, nil)
	ask := func(key, forwarded, user string, want bool) {
		t.Helper()
		status, _, answer := s.request("POST", "/v1/initialize", `{"hash":"none","user":`+user+`}`, "STATSIG-API-KEY", key, "X-Forwarded-For", forwarded,
			"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0")
		var all struct {
			Gates map[string]struct{ Value bool } `json:"feature_gates"`
		}
		unmarshal(t, answer, &all)
		for _, name := range []string{"near", "american", "firefox"} {
			if status != 200 || all.Gates[name].Value != want {
				t.Errorf("%s says %d %v of %s through %q with %.6s…, want %v", name, status, all.Gates[name].Value, user, forwarded, key, want)
			}
		}
	}
	const self = `{"userID":"u"}`
	ask(testClientKey, "8.8.8.8", self, true)
	ask(testClientKey, "1.2.3.4, 8.8.8.8, 10.1.2.3", self, true)
	ask(testServerKey, "8.8.8.8", self, false)
	ask(testClientKey, "8.8.8.8", `{"userID":"u","ip":"193.99.144.80","userAgent":"curl/8.1.2"}`, false)
	ask(testServerKey, "", `{"userID":"u","ip":"8.8.8.8","userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0"}`, true)
}

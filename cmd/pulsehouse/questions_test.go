package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// badQuestions asks what official SDKs and scripts might ask by mistake. What Statsig answers with 200 is answered with 200 in the same
// shape: a name that does not exist with the reason Unrecognized, a user that cannot be read like one of whom nothing is known
// (facts: statsig.md §1.7, §2.4, §2.5). Only a body that is no JSON object is refused.
func badQuestions(t *testing.T, s *server) {
	defineQuestions(s)
	badUsers(t, s)
	badNames(t, s)
	badBodies(t, s)
	largeBodies(t, s)
	for _, user := range []string{`"me"`, `7`, `[]`, `null`, `{"userID":{},"customIDs":[1],"custom":"x","privateAttributes":[7],"statsigEnvironment":5}`} {
		status, answer := s.ask("/v1/initialize", `{"hash":7,"statsigMetadata":[],"user":`+user+`}`)
		gates, _ := answer["feature_gates"].(map[string]any)
		if status != 200 || answer["has_updates"] != true || answer["hash_used"] != "sha256" || len(gates) < 5 {
			t.Errorf("initialize of user %s says %d %v", user, status, answer)
		}
	}
}

// ask sends a body as it is.
func (s *server) ask(path, body string) (status int, answer map[string]any) {
	s.t.Helper()
	status, _, text := s.request("POST", path, body, "STATSIG-API-KEY", testServerKey)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		s.t.Fatalf("%s with %s says %d %.200s", path, body, status, text)
	}
	return status, answer
}

func defineQuestions(s *server) {
	s.t.Helper()
	gate := func(name string, condition object) {
		s.console("POST", "/gates", object{"name": name, "rules": []object{one("r", 100, condition)}}, nil)
	}
	gate("all", object{"type": "public"})
	gate("by_user", object{"type": "user_id", "operator": "any", "targetValue": []string{"5", "true", "1e3"}})
	gate("nobody", object{"type": "user_id", "operator": "none", "targetValue": []string{"u"}})
	gate("by_company", object{"type": "unit_id", "customID": "companyID", "operator": "any", "targetValue": []string{"7"}})
	gate("by_plan", object{"type": "custom_field", "field": "plan", "operator": "any", "targetValue": []string{"pro", "3", "true"}})
	gate("by_tier", object{"type": "environment_tier", "operator": "any", "targetValue": []string{"staging"}})
	s.console("POST", "/dynamic_configs", object{"name": "texts", "defaultValue": object{"title": "none"}}, nil)
	s.console("POST", "/layers", object{"name": "page", "parameters": []object{{"name": "color", "type": "string", "defaultValue": "grey"}}}, nil)
}

// badUsers wants an answer for whatever stands where the user should, and what was wrong with it told beside.
func badUsers(t *testing.T, s *server) {
	f := func(gate, user string, want bool, problem string) {
		t.Helper()
		body := `{"gateName":"` + gate + `","user":` + user + `}`
		if user == "" {
			body = `{"gateName":"` + gate + `"}`
		}
		status, answer := s.ask("/v1/check_gate", body)
		told, _ := json.Marshal(answer["problems"])
		if status != 200 || answer["name"] != gate || answer["value"] != want || answer["reason"] != "Network:Recognized" || answer["rule_id"] == "" ||
			problem == "" && answer["problems"] != nil || !strings.Contains(string(told), problem) {
			t.Errorf("%s says %d %v, want %v, and of problems %q", body, status, answer, want, problem)
		}
	}
	for _, user := range []string{"", `null`, `{}`, `[]`} {
		f("all", user, true, "")
		f("nobody", user, true, "")
		f("by_user", user, false, "")
	}
	for _, user := range []string{`"me"`, `7`, `true`, `[{"userID":"u"}]`} {
		f("all", user, true, "user is a JSON")
		f("nobody", user, true, "user is a JSON")
		f("by_user", user, false, "an object is expected")
	}
	f("by_user", `{"userID":5}`, true, "") // a number is its text, as in the SDKs
	f("by_user", `{"userID":1e3}`, true, "")
	f("by_user", `{"userID":true}`, true, "")
	f("by_user", `{"userID":null}`, false, "")
	f("by_user", `{"userID":{"id":5}}`, false, "user.userID is a JSON object; a string is expected")
	f("by_user", `{"userID":[5]}`, false, "user.userID is a JSON array")
	f("nobody", `{"userID":["u"]}`, true, "user.userID")
	f("by_company", `{"customIDs":{"companyID":7}}`, true, "")
	f("by_company", `{"customIDs":{"companyid":"7"}}`, true, "")
	f("by_company", `{"customIDs":{"companyID":null}}`, false, "")
	f("by_company", `{"customIDs":{"companyID":{"x":7}}}`, false, "user.customIDs.companyID is a JSON object")
	f("by_company", `{"customIDs":[]}`, false, "") // PHP writes an empty object so
	f("by_company", `{"customIDs":["companyID",7]}`, false, "user.customIDs is a JSON array; an object is expected")
	f("by_company", `{"customIDs":"companyID"}`, false, "user.customIDs is a JSON string")
	f("by_plan", `{"custom":{"plan":"PRO","other":{"deep":[1,{"x":null}]}}}`, true, "")
	f("by_plan", `{"custom":{"plan":3}}`, true, "")
	f("by_plan", `{"custom":{"plan":true}}`, true, "")
	f("by_plan", `{"custom":{"plan":{"is":"pro"}}}`, false, "")
	f("by_plan", `{"custom":["plan","pro"]}`, false, "user.custom is a JSON array")
	f("by_plan", `{"custom":7,"privateAttributes":{"plan":"pro"}}`, true, "user.custom is a JSON number")
	f("by_plan", `{"privateAttributes":"plan"}`, false, "user.privateAttributes is a JSON string")
	f("by_tier", `{"statsigEnvironment":{"tier":"Staging"}}`, true, "")
	f("by_tier", `{"statsigEnvironment":"staging"}`, false, "user.statsigEnvironment is a JSON string")
	f("by_tier", `{"statsigEnvironment":{"tier":["x",{}]}}`, false, "")
	f("all", `{"email":{},"ip":[],"userAgent":{},"country":[1],"locale":{},"appVersion":[]}`, true, "user.appVersion is a JSON array")
	f("all", `{"email":5,"ip":1.5,"userAgent":false,"country":0,"unknown":[[]]}`, true, "")
}

// badNames wants a name that is none answered like one that does not exist.
func badNames(t *testing.T, s *server) {
	f := func(path, body, name, rule string) {
		t.Helper()
		status, answer := s.ask(path, body)
		empty := answer["value"] == false
		if v, ok := answer["value"].(map[string]any); ok {
			empty = len(v) == 0
		}
		if status != 200 || answer["name"] != name || !empty || answer[rule] != "" || answer["group_name"] != "" || answer["reason"] != "Network:Unrecognized" {
			t.Errorf("%s with %s says %d %v", path, body, status, answer)
		}
	}
	for _, x := range []struct{ path, field, rule string }{
		{"/v1/check_gate", "gateName", "rule_id"}, {"/v1/get_config", "configName", "rule_id"}, {"/v1/get_layer", "layerName", "ruleID"},
	} {
		f(x.path, `{"`+x.field+`":"nope","user":{"userID":"u"}}`, "nope", x.rule)
		f(x.path, `{"`+x.field+`":5,"user":{"userID":"u"}}`, "5", x.rule)
		for _, name := range []string{`""`, `null`, `{}`, `["all"]`, `true`} {
			f(x.path, `{"user":{"userID":"u"},"`+x.field+`":`+name+`}`, "", x.rule)
		}
		f(x.path, `{"user":{"userID":"u"}}`, "", x.rule)
		f(x.path, `{}`, "", x.rule)
	}
	if _, answer := s.ask("/v1/check_gate", `{"user":{}}`); answer["problems"].([]any)[0] != "gateName is missing; a name is expected" {
		t.Errorf("without a name check_gate says %v", answer)
	}
	several := func(names, want string) {
		t.Helper()
		_, answer := s.ask("/v1/check_gate", `{"gateNames":`+names+`,"user":{"userID":"u"}}`)
		values := map[string]any{}
		for name, a := range answer {
			values[name] = a.(map[string]any)["value"]
		}
		if got := string(must(json.Marshal(values))); got != want {
			t.Errorf("gateNames %s says %s, want %s", names, got, want)
		}
	}
	several(`["all","nope","by_user"]`, `{"all":true,"by_user":false,"nope":false}`)
	several(`["all",5,null,{},["all"]]`, `{"5":false,"all":true}`)
	several(`"all"`, `{"all":true}`)
	several(`[]`, `{}`)
	several(`{}`, `{}`)
}

// badBodies wants what is no JSON object refused, with where it breaks.
func badBodies(t *testing.T, s *server) {
	for _, path := range []string{"/v1/check_gate", "/v1/get_config", "/v1/get_layer", "/v1/initialize"} {
		for _, body := range []string{
			``, ` `, `{`, `{"gateName":"all",}`, `{"gateName":"all"} {}`, `{"user":{"userID":NaN}}`, `{"user":{"userID":01}}`, `{"user":{"userID":-}}`,
			"{\"user\":{\"email\":\"a\x01b\"}}", `{"user":{"email":"\x"}}`, `gateName=all`, `[]`, `"all"`, `5`, `null`, strings.Repeat(`{"user":`, 400) + "1" + strings.Repeat("}", 400),
		} {
			status, answer := s.ask(path, body)
			if message, _ := answer["message"].(string); status != 400 || answer["code"] != "invalid_json" || message == "" {
				t.Errorf("%s with %.40q says %d %v", path, body, status, answer)
			}
		}
	}
}

// largeBodies wants attributes found among many, many names answered, and what no user is refused.
func largeBodies(t *testing.T, s *server) {
	many := strings.Repeat(`"x":1,`, 20_000)
	if status, answer := s.ask("/v1/check_gate", `{"gateName":"by_plan","user":{"custom":{`+many+`"plan":"pro"}}}`); status != 200 || answer["value"] != true {
		t.Errorf("among many attributes by_plan is %d %v", status, answer)
	}
	if status, answer := s.ask("/v1/check_gate", `{"gateNames":[`+strings.Repeat(`"nope",`, 20_000)+`"all"]}`); status != 200 || len(answer) != 2 {
		t.Errorf("many names are answered with %d and %d answers", status, len(answer))
	}
	if status, answer := s.ask("/v1/initialize", `{"user":{"custom":{"x":"`+strings.Repeat("y", 600_000)+`"}}}`); status != 413 || answer["code"] != "request_too_large" {
		t.Errorf("a user of 600 kB is answered with %d %v", status, answer["code"])
	}
}

package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
)

// sdkUser makes users that differ in everything that conditions look at.
func sdkUser(i int) object {
	u := object{
		"userID": fmt.Sprintf("user_%d", i), "country": []string{"US", "DE", "CA"}[i%3], "appVersion": []string{"2.0.0", "3.1", "1.10.2-beta"}[i%3],
		"custom":    object{"plan": []string{"pro", "free", "Team"}[i%3], "age": i % 90, "beta": i%5 == 0, "tags": []string{"a", fmt.Sprint("t", i%4)}},
		"customIDs": object{"companyID": fmt.Sprintf("co_%d", i%50), "stableID": fmt.Sprintf("st_%d", i)},
		"locale":    "en_US",
	}
	if i%4 == 0 {
		u["email"] = fmt.Sprintf("U%d@Corp.example", i)
	}
	if i%5 == 1 { // the address says where it is
		delete(u, "country")
		u["ip"] = []string{"8.8.8.8", "193.99.144.80", "24.48.0.1", "127.0.0.1", "2001:4860:4860::8888", "no address"}[i/5%6]
	}
	if i%2 == 0 {
		u["userAgent"] = agentsOfUsers[i/2%len(agentsOfUsers)]
	}
	if i%7 == 0 {
		u["statsigEnvironment"] = object{"tier": "staging"}
	}
	return u
}

// agentsOfUsers are browsers and what else calls itself one.
var agentsOfUsers = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 16_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0",
	"curl/8.1.2", "",
}

// one is a rule with one condition.
func one(name string, percent float64, condition object) object {
	return object{"name": name, "passPercentage": percent, "conditions": []object{condition}}
}

// everyOperator has each operator once, with targets that split the users.
var everyOperator = []struct {
	name      string
	condition object
}{
	{"none", object{"type": "country", "operator": "none", "targetValue": []string{"us"}}},
	{"any_case_sensitive", object{"type": "custom_field", "field": "plan", "operator": "any_case_sensitive", "targetValue": []string{"team", "pro"}}},
	{"none_case_sensitive", object{"type": "custom_field", "field": "plan", "operator": "none_case_sensitive", "targetValue": []string{"team", "pro"}}},
	{"str_starts_with_any", object{"type": "email", "operator": "str_starts_with_any", "targetValue": []string{"u1", "u3"}}},
	{"str_ends_with_any", object{"type": "user_id", "operator": "str_ends_with_any", "targetValue": []string{"7", "12"}}},
	{"str_contains_none", object{"type": "custom_field", "field": "plan", "operator": "str_contains_none", "targetValue": []string{"EA", "zz"}}},
	{"str_matches", object{"type": "user_id", "operator": "str_matches", "targetValue": "^user_[1-3]?[05]$"}},
	{"eq", object{"type": "custom_field", "field": "age", "operator": "eq", "targetValue": 12}},
	{"neq", object{"type": "custom_field", "field": "age", "operator": "neq", "targetValue": 12}},
	{"gte", object{"type": "custom_field", "field": "age", "operator": "gte", "targetValue": 60}},
	{"lt", object{"type": "custom_field", "field": "age", "operator": "lt", "targetValue": 10.5}},
	{"lte", object{"type": "custom_field", "field": "age", "operator": "lte", "targetValue": 10}},
	{"version_gt", object{"type": "app_version", "operator": "version_gt", "targetValue": "2.0"}},
	{"version_lt", object{"type": "app_version", "operator": "version_lt", "targetValue": "2"}},
	{"version_lte", object{"type": "app_version", "operator": "version_lte", "targetValue": "2.0.0.0"}},
	{"version_eq", object{"type": "app_version", "operator": "version_eq", "targetValue": "1.10.2"}},
	{"version_neq", object{"type": "app_version", "operator": "version_neq", "targetValue": "3.1.0"}},
	{"array_contains_none", object{"type": "custom_field", "field": "tags", "operator": "array_contains_none", "targetValue": []string{"t1", "t2"}}},
	{"array_contains_all", object{"type": "custom_field", "field": "tags", "operator": "array_contains_all", "targetValue": []string{"a", "t2"}}},
	{"not_array_contains_all", object{"type": "custom_field", "field": "tags", "operator": "not_array_contains_all", "targetValue": []string{"a", "t2"}}},
	{"before", object{"type": "time", "operator": "before", "targetValue": 4102444800000}},
	{"unit_id", object{"type": "unit_id", "customID": "companyID", "operator": "any", "targetValue": []string{"co_7", "co_8"}}},
	{"locale", object{"type": "locale", "operator": "any", "targetValue": []string{"EN_us"}}},
	{"boolean", object{"type": "custom_field", "field": "beta", "operator": "any", "targetValue": []string{"true"}}},
	{"environment", object{"type": "environment_tier", "operator": "any", "targetValue": []string{"Staging"}}},
	{"in_segment_list", object{"type": "user_id", "operator": "in_segment_list", "targetValue": "testers"}},
	{"not_in_segment_list", object{"type": "user_id", "operator": "not_in_segment_list", "targetValue": "testers"}},
	{"country_by_ip", object{"type": "country", "operator": "any", "targetValue": []string{"DE", "CA"}}},
	{"ip_address", object{"type": "ip_address", "operator": "str_starts_with_any", "targetValue": []string{"8.8.", "2001:"}}},
	{"browser_name", object{"type": "browser_name", "operator": "any", "targetValue": []string{"Chrome", "Mobile Safari"}}},
	{"browser_version", object{"type": "browser_version", "operator": "version_gte", "targetValue": "117"}},
	{"os_name", object{"type": "os_name", "operator": "none", "targetValue": []string{"iOS", "Windows"}}},
	{"os_version", object{"type": "os_version", "operator": "version_gte", "targetValue": "14"}}, // a version that nobody knows is 0.0.0 to the SDKs in Rust, and none to the others
	{"missing", object{"type": "custom_field", "field": "nothing", "operator": "none", "targetValue": []string{"x"}}},
}

// defineForSDKs makes one of everything in the Console API.
func defineForSDKs(s *server) (gates, configs []string, layers map[string]string) {
	s.t.Helper()
	create := func(path string, body object) { s.t.Helper(); s.console("POST", path, body, nil) }
	create("/segments", object{"id": "testers", "type": "id_list"})
	s.console("PATCH", "/segments/testers/add_ids", object{"ids": []string{"user_1", "user_2", "user_3"}}, nil)
	create("/segments", object{"id": "payers", "type": "rule_based", "rules": []object{one("paid", 100, object{"type": "custom_field", "field": "plan", "operator": "any", "targetValue": []string{"pro", "team"}})}})
	gate := func(name string, idType string, rules ...object) {
		create("/gates", object{"name": name, "idType": idType, "rules": rules})
		gates = append(gates, name)
	}
	gate("half", "", everybody(50)...)
	gate("company", "companyID", everybody(33.33)...)
	gate("fields", "", one("mail", 100, object{"type": "email", "operator": "str_contains_any", "targetValue": []string{"@corp.example"}}),
		object{"name": "versions", "passPercentage": 80, "conditions": []object{
			{"type": "country", "operator": "any", "targetValue": []string{"us", "CA"}}, {"type": "app_version", "operator": "version_gte", "targetValue": "2.0"},
		}},
		one("old", 100, object{"type": "custom_field", "field": "age", "operator": "gt", "targetValue": 60}))
	gate("lists", "", one("tagged", 100, object{"type": "custom_field", "field": "tags", "operator": "array_contains_any", "targetValue": []string{"t1", "t2"}}))
	gate("staging_only", "", object{"name": "r", "passPercentage": 100, "environments": []string{"staging"}, "conditions": []object{{"type": "public"}}})
	gate("production_only", "", object{"name": "r", "passPercentage": 100, "environments": []string{"production"}, "conditions": []object{{"type": "public"}}})
	gate("testers_only", "", one("in", 100, object{"type": "passes_segment", "targetValue": "testers"}))
	gate("payers_not_half", "", object{"name": "r", "passPercentage": 100, "conditions": []object{{"type": "passes_segment", "targetValue": "payers"}, {"type": "fails_gate", "targetValue": "half"}}})
	for _, c := range everyOperator {
		gate("op_"+c.name, "", one("r", 100, c.condition))
	}
	gate("later", "", one("after", 100, object{"type": "time", "operator": "after", "targetValue": 4102444800000}))
	gate("held", "", everybody(100)...)
	gate("by_hand", "", everybody(0)...)
	s.console("POST", "/gates/by_hand/overrides", object{"passingUserIDs": []string{"user_5"}, "failingUserIDs": []string{"user_6"}}, nil)
	create("/dynamic_configs", object{"name": "texts", "defaultValue": object{"title": "none"}, "rules": []object{
		{"name": "variants", "passPercentage": 60, "conditions": []object{{"type": "public"}}, "variants": []object{
			{"name": "a", "passPercentage": 50, "returnValue": object{"title": "A"}}, {"name": "b", "passPercentage": 50, "returnValue": object{"title": "B"}},
		}},
	}})
	create("/layers", object{"name": "page", "idType": "userID", "parameters": []object{{"name": "color", "type": "string", "defaultValue": "grey"}, {"name": "size", "type": "number", "defaultValue": 1}}})
	experiment := func(name string, more object) {
		body := object{"name": name, "groups": []object{
			{"name": "control", "id": name + "_c", "size": 40, "parameterValues": object{"color": "blue"}}, {"name": "test", "id": name + "_t", "size": 60, "parameterValues": object{"color": "red"}},
		}}
		for k, v := range more {
			body[k] = v
		}
		create("/experiments", body)
		s.console("PUT", "/experiments/"+name+"/start", nil, nil)
		configs = append(configs, name)
	}
	experiment("alone", object{"allocation": 80, "targetingGateID": "fields"})
	experiment("aimed", object{"inlineTargetingRulesJSON": `[{"name":"abroad","passPercentage":70,"conditions":[{"type":"country","operator":"none","targetValue":["US"]}]},
		{"name":"rehearsal","passPercentage":100,"environments":["staging"],"conditions":[{"type":"public"}]}]`})
	experiment("by_company", object{"idType": "companyID"})
	experiment("layered", object{"layerID": "page", "allocation": 50})
	experiment("layered_too", object{"layerID": "page", "allocation": 30})
	create("/holdouts", object{"name": "no_news", "passPercentage": 10, "gateIDs": []string{"held"}, "experimentIDs": []string{"by_company"}, "layerIDs": []string{"page"}})
	return gates, append(configs, "texts"), map[string]string{"page": "color"}
}

// evaluations are an SDK's answers, or our own, in the shape of /v1/initialize.
type evaluations struct {
	Gates   map[string]evaluation `json:"feature_gates"`
	Configs map[string]evaluation `json:"dynamic_configs"`
	Layers  map[string]evaluation `json:"layer_configs"`
}

type evaluation struct {
	Value     any             `json:"value"`
	RuleID    string          `json:"rule_id"`
	Secondary []gate.Exposure `json:"secondary_exposures"`
}

// testers is the list testers as it is at first.
var testers = func() gate.ListFiles {
	lists := gate.ListFiles{}
	for i := 1; i <= 3; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "user_%d", i))
		if err := lists.Read("testers", strings.NewReader("+"+base64.StdEncoding.EncodeToString(sum[:])[:8]+"\n")); err != nil {
			panic(err)
		}
	}
	return lists
}()

// ours evaluates with our own evaluator what SDKs download.
func ours(t *testing.T, specs *gate.Specs, user object) evaluations {
	t.Helper()
	text := string(must(json.Marshal(user)))
	u, problems := gate.ParseUser(must(fastjson.Parse(text)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var e evaluations
	answer := must(json.Marshal(specs.Initialize(u, gate.Options{Lists: testers}, gate.View{Hash: "none"})))
	if err := json.Unmarshal(answer, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func downloadSpecs(t *testing.T, s *server, path string) *gate.Specs {
	t.Helper()
	req := must(http.NewRequest("GET", s.URL+path, nil))
	req.Header.Set("STATSIG-API-KEY", testServerKey)
	res := must(http.DefaultClient.Do(req))
	defer res.Body.Close()
	specs, err := gate.Parse(must(io.ReadAll(res.Body)))
	if err != nil || len(specs.Broken) > 0 {
		t.Fatalf("%s: %v %v", path, err, specs)
	}
	return specs
}

// loggedUsers is how many users check and buy something with each SDK.
const loggedUsers = 50

// Every SDK, pointed at a running server, says of a thousand users what our evaluator says; logs exposures and events, none of which is
// lost or doubled; and sees changes while it runs.
func TestRealSDKs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	gates, configs, layers := defineForSDKs(s)
	var specs *gate.Specs
	s.until("everything is served", 30*time.Second, func() bool {
		specs = downloadSpecs(t, s, "/v1/download_config_specs")
		g, c, l := specs.Names()
		return len(g) == len(gates)+4 && len(c) == len(configs) && len(l) == 1 && specs.Gate(&gate.User{UserID: "user_1"}, "testers_only", gate.Options{}).Value
	})
	names := []string{"go", "node", "core", "js"}
	sdks, polls, asked := make(map[string]*realSDK), make(map[string]*polled), make(map[string]mark)
	for _, name := range names {
		polls[name] = startPolled(t, s)
		sdks[name] = startSDK(t, name, polls[name].URL)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			sdk, different := sdks[name], 0
			for i := range askedUsers() {
				user := sdkUser(i)
				if agent, _ := user["userAgent"].(string); agent == "" && name == "js" {
					user["userAgent"] = agentsOfUsers[0] // or the server would look at the browser's own
				}
				var got evaluations
				sdk.do(object{"op": "all", "user": user, "gates": gates, "configs": configs, "layers": layers}, &got)
				if want := ours(t, specs, user); !sameAnswers(t, name, want, got) {
					if different++; different > 5 {
						t.Fatalf("%s differs for more than 5 users", name)
					}
				}
			}
		})
	}
	for i := range loggedUsers {
		for _, name := range names {
			sdks[name].do(object{"op": "check", "user": sdkUser(i), "gates": []string{"half"}, "configs": []string{"alone"}, "layers": layers}, nil)
			sdks[name].do(object{"op": "log", "user": sdkUser(i), "event": "bought with " + name}, nil)
		}
	}
	s.console("PATCH", "/gates/by_hand", object{"rules": everybody(100)}, nil)
	s.console("PATCH", "/segments/testers/remove_ids", object{"ids": []string{"user_1"}}, nil)
	s.console("PATCH", "/segments/testers/add_ids", object{"ids": []string{"user_9"}}, nil)
	for _, name := range names {
		asked[name] = polls[name].now()
	}
	for _, name := range names {
		sees := func(user int, gate string) bool { return sdks[name].passes(gate, sdkUser(user)) }
		// The list is small, so it stands in the specs. A browser does not poll: it asks again when the user changes.
		asked[name].within(t, 1, 0, name+" sees the changes", func() bool {
			return sees(7, "by_hand") && !sees(1, "testers_only") && sees(9, "testers_only") && sees(2, "testers_only")
		})
	}
	checkTiers(t, s, sdks)
	followLargeList(t, s, sdks, polls)
	for _, name := range names {
		sdks[name].do(object{"op": "close"}, nil)
	}
	s.waitLoaded()
	s.stop()
	checkStored(t, dir, names, specs)
}

// followLargeList makes a list that is too large for the specs, and a gate for it, while server SDKs run, and changes it: each step is seen
// within a poll. The Node SDK polls lists every thirty seconds, so it only takes part when there is time.
func followLargeList(t *testing.T, s *server, sdks map[string]*realSDK, polls map[string]*polled) {
	t.Helper()
	names := []string{"go", "core"}
	if askedUsers() == 1000 {
		names = append(names, "node")
	}
	crowd := func(name string, more ...string) []string {
		for i := range idlist.InlineBelow + 100 {
			more = append(more, fmt.Sprint(name, i))
		}
		return more
	}
	step := func(what string, change func(), in, out int) {
		t.Helper()
		change()
		asked := make(map[string]mark)
		for _, name := range names {
			asked[name] = polls[name].now()
		}
		for _, name := range names {
			asked[name].within(t, 1, 1, name+" sees "+what, func() bool {
				return sdks[name].passes("crowd_only", sdkUser(in)) && !sdks[name].passes("crowd_only", sdkUser(out))
			})
		}
	}
	step("a large list", func() {
		s.console("POST", "/segments", object{"id": "crowd", "type": "id_list"}, nil)
		s.ids("PATCH", "/segments/crowd/add_ids", crowd("first", "user_1")...)
		s.console("POST", "/gates", object{"name": "crowd_only", "rules": []object{one("in", 100, object{"type": "passes_segment", "targetValue": "crowd"})}}, nil)
	}, 1, 2)
	step("an append and a removal", func() {
		s.ids("PATCH", "/segments/crowd/remove_ids", "user_1")
		s.ids("PATCH", "/segments/crowd/add_ids", "user_2")
	}, 2, 1)
	step("a reset", func() { s.ids("POST", "/segments/crowd/id_list/reset", crowd("second", "user_3")...) }, 3, 2)
	s.ids("POST", "/segments/crowd/id_list/reset")
	asked := polls["core"].now()
	asked.within(t, 1, 1, "core sees an empty list", func() bool { return !sdks["core"].passes("crowd_only", sdkUser(3)) })
}

// askedUsers is how many users each SDK is asked about: a thousand with make sdks, which takes minutes.
func askedUsers() int {
	if os.Getenv("PULSEHOUSE_ALL_USERS") != "" {
		return 1000
	}
	return 150
}

// sameAnswers compares what an SDK says with what we say, as far as the SDK says it.
func sameAnswers(t *testing.T, sdk string, want, got evaluations) bool {
	t.Helper()
	same := true
	for _, part := range []struct{ want, got map[string]evaluation }{{want.Gates, got.Gates}, {want.Configs, got.Configs}, {want.Layers, got.Layers}} {
		for name, w := range part.want {
			g := part.got[name]
			if sdk == "js" {
				g.Secondary = w.Secondary // it keeps them to itself
			}
			if !reflect.DeepEqual(g, w) {
				t.Errorf("%s says of %s %+v, we say %+v", sdk, name, g, w)
				same = false
			}
		}
	}
	return same
}

// checkStored wants every event once, and of every user and SDK the exposure of what it checked.
func checkStored(t *testing.T, dir string, names []string, specs *gate.Specs) {
	t.Helper()
	db := openTables(t, dir)
	var events []struct {
		Name                string `ch:"name"`
		Rows, Distinct, IDs uint64
	}
	err := db.Select(t.Context(), &events, `SELECT name, count() AS Rows, uniqExact(user_id) AS Distinct, uniqExact(message_id) AS IDs FROM events
		WHERE name LIKE 'bought with %' GROUP BY name ORDER BY name`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Rows != loggedUsers || e.Distinct != loggedUsers || e.IDs != loggedUsers {
			t.Errorf("%s: %d rows of %d users with %d ids, want %d of each", e.Name, e.Rows, e.Distinct, e.IDs, loggedUsers)
		}
	}
	storedTiers(t, db, names)
	if len(events) != len(names) {
		t.Errorf("events of %d SDKs are stored, want %d: %v", len(events), len(names), events)
	}
	var exposures []struct {
		Name, Rule, Value, Library string
		Users                      []string
	}
	err = db.Select(t.Context(), &exposures, `SELECT name AS Name, rule AS Rule, value AS Value, library AS Library, groupUniqArray(user_id) AS Users
		FROM exposures WHERE name IN ('half', 'alone') AND NOT secondary GROUP BY ALL`, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for _, x := range exposures {
		for _, id := range x.Users {
			var i int
			fmt.Sscanf(id, "user_%d", &i)
			if i >= loggedUsers {
				continue
			}
			u, _ := gate.ParseUser(must(fastjson.ParseBytes(must(json.Marshal(sdkUser(i))))))
			r := specs.Gate(u, "half", gate.Options{})
			if x.Name == "alone" {
				r = specs.Config(u, "alone", gate.Options{})
			}
			if x.Rule != r.RuleID || x.Name == "half" && x.Value != fmt.Sprint(r.Value) {
				t.Errorf("%s of %s by %s is stored as %s %s, want %s %v", x.Name, id, x.Library, x.Rule, x.Value, r.RuleID, r.Value)
			}
			seen[strings.Split(x.Library, "/")[0]+" "+x.Name]++
		}
	}
	if len(seen) < 2*len(names) {
		t.Errorf("exposures are stored of %v, want of %v for each of half and alone", seen, names)
	}
	for who, n := range seen {
		if strings.HasSuffix(who, " half") && n != loggedUsers {
			t.Errorf("%s: exposures of %d users are stored, want %d", who, n, loggedUsers)
		}
	}
}

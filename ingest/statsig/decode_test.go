package statsig

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// received is when every request of these tests came.
const received = schema.Millis(1_700_000_000_000)

type decoding func([]byte, Request) (*schema.Decoded, error)

// resolve is what a catalogue with two names would do.
func resolve(name string) string {
	for _, known := range []string{"hold", "Checkout"} {
		if name == schema.DJB2(known) || name == schema.SHA256Base64(known) {
			return known
		}
	}
	return name
}

// show is what a body decodes to, a line for each thing.
func show(t *testing.T, decode decoding, body string) string {
	t.Helper()
	d, err := decode([]byte(body), Request{Received: received, RequestID: [16]byte{0xab}, Resolve: resolve})
	if err != nil {
		return "refused: " + err.Error()
	}
	var lines []string
	for i := range d.Events {
		e := &d.Events[i]
		lines = append(lines, string(e.Kind)+" "+e.Name+who(e.UserID, e.AnonymousID, e.UnitIDs, e.Environment)+more(e))
	}
	for i := range d.Exposures {
		x := &d.Exposures[i]
		line := fmt.Sprintf("%s %s rule=%s", x.Kind, x.Name, x.Rule)
		for _, s := range []string{x.RuleName, x.Layer, x.Value, x.Reason} {
			line += " " + s
		}
		line = strings.TrimRight(line, " ")
		if x.Secondary {
			line += " secondary"
		}
		lines = append(lines, line+who(x.UserID, x.AnonymousID, x.UnitIDs, x.Environment))
	}
	for _, x := range d.Filtered {
		lines = append(lines, fmt.Sprintf("filter %d %s %s", x.Item, x.Reason, x.Name))
	}
	for _, x := range d.Rejections {
		lines = append(lines, fmt.Sprintf("reject %d %s %s", x.Item, x.Reason, x.Name))
	}
	checkFates(t, d)
	return strings.Join(lines, "\n")
}

func who(user, anonymous string, ids schema.UnitIDs, environment string) string {
	text := " |"
	if user != "" {
		text += " user=" + user
	}
	if anonymous != "" {
		text += " anon=" + anonymous
	}
	for _, id := range ids {
		text += " " + string(id.Type) + "=" + id.Value
	}
	if environment != schema.Production {
		text += " env=" + environment
	}
	return text
}

func more(e *schema.Event) (text string) {
	if e.HasValue {
		text += fmt.Sprint(" value=", e.Value)
	}
	if e.Time != received {
		text += fmt.Sprint(" ago=", received-e.Time)
	}
	if e.Properties != "" {
		text += " props=" + e.Properties
	}
	if e.UserProperties != "" {
		text += " custom=" + e.UserProperties
	}
	if e.Extra != "" {
		text += " extra=" + e.Extra
	}
	return text
}

// checkFates wants every item in exactly one place.
func checkFates(t *testing.T, d *schema.Decoded) {
	t.Helper()
	fates := make(map[int]int)
	for i := range d.Events {
		fates[d.Events[i].Item]++
	}
	for _, x := range d.Filtered {
		fates[x.Item]++
	}
	for _, r := range d.Rejections {
		fates[r.Item]++
	}
	d.ExposureOnly(func(x *schema.Exposure) { fates[x.Item]++ })
	for item, n := range fates {
		if n != 1 || item < 0 || item >= d.Items {
			t.Fatalf("item %d of %d has %d fates", item, d.Items, n)
		}
	}
	if len(fates) != d.Items {
		t.Fatalf("%d of %d items have a fate", len(fates), d.Items)
	}
}

func checker(t *testing.T, decode decoding) func(body, want string) {
	return func(body, want string) {
		t.Helper()
		if got := show(t, decode, body); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
}

func TestEvents(t *testing.T) {
	f := checker(t, Decode)
	one := func(event, want string) { t.Helper(); f(`{"events":[`+event+`]}`, want) }
	one(`{"eventName":"buy","user":{"userID":"u","customIDs":{"companyID":"c","stableID":"s"}},"value":"9.5","metadata":{"n":3},"time":1699999990000}`,
		`log_event buy | user=u companyID=c stableID=s value=9.5 ago=10000 props={"n":3}`)
	one(`{"eventName":"buy","user":{"userID":5,"email":"e","custom":{"plan":"pro"},"privateAttributes":{"secret":1},"statsigEnvironment":{"tier":"Staging"}},"value":"large"}`,
		`log_event buy | user=5 env=staging custom={"email":"e","custom":{"plan":"pro"}} extra={"value":"large"}`)
	one(`{"eventName":"a\\[]{}<>#=;&$%|","user":{"userID":"u"}}`, `log_event a\[]{}<>#=;&$%| | user=u`)
	one(`{"eventName":"auto_capture::page_view","user":{"customIDs":{"anonymousID":"a"}}}`, `log_event auto_capture::page_view | anon=a`)
	one(`{"eventName":"statsig::diagnostics","user":null,"metadata":{"context":"initialize"}}`, `internal statsig::diagnostics | props={"context":"initialize"}`)
	one(`{"eventName":"statsig::non_exposed_checks","user":{},"metadata":{"checks":{"g":2}}}`, `internal statsig::non_exposed_checks | props={"checks":{"g":2}}`)
	one(`{"eventName":"buy","user":{}}`, `reject 0 no_user_anon_id buy`)
	one(`{"eventName":"buy"}`, `reject 0 no_user_anon_id buy`)
	one(`{"user":{"userID":"u"}}`, `reject 0 event_not_defined `)
	one(`7,{"eventName":"b","user":{"userID":"u"}}`, "log_event b | user=u\nreject 0 bad_request ")
	f(`{"events":{}}`, `refused: the body has no "events" array; send {"events": [ … ]}`)
	f(`{"events":[]}`, ``)
	f(`{"events":null}`, ``)
	// what JS clients send: the stable ID stands in the metadata of the request only (statsig.md §0, fact 5)
	f(`{"events":[{"eventName":"buy","user":{"userID":"u"}},{"eventName":"buy","user":{"customIDs":{"stableID":"own"}}}],"statsigMetadata":{"stableID":"s1"}}`,
		"log_event buy | user=u stableID=s1\nlog_event buy | stableID=own")
}

func TestIdentity(t *testing.T) {
	ids := func(body string, id byte) (list []string) {
		t.Helper()
		d, err := Decode([]byte(body), Request{Received: received, RequestID: [16]byte{id}})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range d.Events {
			list = append(list, e.MessageID)
		}
		return list
	}
	event := `{"eventName":"a","user":{"userID":"u"},"time":1}`
	session := `{"events":[` + event + `,` + event + `],"statsigMetadata":{"sessionID":"s"}}`
	none := `{"events":[` + event + `]}`
	if a, b := ids(session, 1), ids(session, 2); !slices.Equal(a, b) || a[0] == a[1] {
		t.Errorf("with a session the identities are %v and, sent again, %v", a, b)
	}
	if a, b := ids(none, 1), ids(none, 2); slices.Equal(a, b) {
		t.Errorf("without a session two requests have the same identity %v", a)
	}
}

func TestClientTime(t *testing.T) {
	f := func(body string, r Request, ago schema.Millis) {
		t.Helper()
		r.Received = received
		d, err := Decode([]byte(body), r)
		if err != nil || received-d.Events[0].Time != ago {
			t.Errorf("%+v: %v, %v, want %d ms ago", r, d, err, ago)
		}
	}
	event := `{"events":[{"eventName":"a","user":{"userID":"u"},"time":1699913590000}]` // a day and ten seconds ago
	f(event+`}`, Request{}, 86_410_000)
	f(event+`}`, Request{ClientTime: 1_699_913_600_000}, 10_000)
	f(event+`}`, Request{ClientTime: 1_699_913_600_000, RetryCount: 1}, 86_410_000)
	f(event+`,"clientTime":1699913600000}`, Request{}, 10_000)
}

// Exposures as the SDKs send them, which is written down in facts: statsig.md §1.5 and §0.
func TestExposures(t *testing.T) {
	f := checker(t, Decode)
	one := func(name, rest, want string) {
		t.Helper()
		f(`{"events":[{"eventName":"statsig::`+name+`_exposure","user":{"userID":"u"},`+rest+`}]}`, want)
	}
	one("gate", `"metadata":{"gate":"g","gateValue":"true","ruleID":"r","reason":"Network"}`, `gate g rule=r   true Network | user=u`)
	one("gate", `"metadata":{"gate":"g","gateValue":"false","ruleID":"default"}`, `gate g rule=default   false | user=u`)
	one("config", `"metadata":{"config":"e","ruleID":"grp1"},"secondaryExposures":[{"gate":"holdout_a","gateValue":"true","ruleID":"h"},{"gate":"","ruleID":""}]`,
		"config e rule=grp1 | user=u\ngate holdout_a rule=h   true secondary | user=u")
	one("experiment", `"metadata":{"config":"e","ruleID":"grp1","experimentGroupName":"Test"}`, `config e rule=grp1 Test | user=u`)
	one("layer", `"metadata":{"config":"l","ruleID":"grp1","allocatedExperiment":"e","parameterName":"color","isExplicitParameter":"true"}`,
		`layer e rule=grp1  l color | user=u`)
	one("layer", `"metadata":{"config":"l","ruleID":"layerAssignment","allocatedExperiment":"","parameterName":"color"}`, `filter 0 not_in_experiment statsig::layer_exposure`)
	one("layer", `"metadata":{"config":"l","ruleID":"grp1","allocatedExperiment":"","parameterName":"color"}`, `filter 0 not_in_experiment statsig::layer_exposure`)
	for _, rule := range []string{"", "default", "prestart", "layerAssignment", "targetingGate", "inlineTargetingRules", "abandoned", "launchedGroup", "grp1:userID:id_override", "e grp1:id_override"} {
		one("config", `"metadata":{"config":"e","ruleID":"`+rule+`"},"secondaryExposures":[{"gate":"g","gateValue":"false","ruleID":"r"}]`,
			"gate g rule=r   false secondary | user=u\nfilter 0 not_in_experiment statsig::config_exposure")
	}
	one("gate", `"metadata":{}`, `reject 0 bad_request statsig::gate_exposure`)
	// hashed names, as a client gets them from /initialize and sends them back
	one("layer", `"metadata":{"config":"l","ruleID":"grp1","allocatedExperiment":"`+schema.SHA256Base64("Checkout")+`","parameterName":"p"},"secondaryExposures":[{"gate":"3208383","gateValue":"true","ruleID":"h"}]`,
		"layer Checkout rule=grp1  l p | user=u\ngate hold rule=h   true secondary | user=u")
}

// djb2 of "hold" by hand: ((104·31 + 111)·31 + 108)·31 + 100 = 3 208 383.
func TestDJB2(t *testing.T) {
	if got := schema.DJB2("hold"); got != "3208383" {
		t.Errorf("djb2 of hold is %s", got)
	}
}

// The Go SDK sends every one of three identical checks (statsig.md §0, fact 1).
func TestRepeatedExposures(t *testing.T) {
	event := func(user, rule string, at int) string {
		return fmt.Sprintf(`{"eventName":"statsig::gate_exposure","user":{"userID":%q},"time":%d,"metadata":{"gate":"g","gateValue":"true","ruleID":%q},"secondaryExposures":[{"gate":"s","gateValue":"true","ruleID":"r"}]}`, user, at, rule)
	}
	checker(t, Decode)(`{"events":[`+strings.Join([]string{event("u", "r", 1000), event("u", "r", 2000), event("u", "x", 3000), event("v", "r", 4000), event("u", "r", 500)}, ",")+`]}`,
		"gate g rule=r   true | user=u\ngate s rule=r   true secondary | user=u\ngate g rule=x   true | user=u\n"+
			"gate g rule=r   true | user=v\ngate s rule=r   true secondary | user=v\n"+
			"gate g rule=r   true | user=u\ngate s rule=r   true secondary | user=u\nfilter 1 repeated statsig::gate_exposure")
}

func TestCustomExposures(t *testing.T) {
	f := checker(t, DecodeExposures)
	one := func(exposure, want string) { t.Helper(); f(`{"exposures":[`+exposure+`]}`, want) }
	one(`{"user":{"userID":"u"},"experimentName":"e","group":"Control"}`, `config e rule=Control Control | user=u`)
	one(`{"user":{"customIDs":{"companyID":"c"}},"experimentName":"e","group":"Control","ruleID":"g1","secondaryExposures":[{"gate":"s","gateValue":"true","ruleID":"r"}]}`,
		"config e rule=g1 Control | companyID=c\ngate s rule=r   true secondary | companyID=c")
	one(`{"user":{"userID":"u"},"gateName":"g","passes":true,"ruleID":"r"}`, `gate g rule=r   true | user=u`)
	one(`{"user":{"userID":"u"}}`, `reject 0 event_not_defined `)
	one(`{"experimentName":"e","group":"Control"}`, `reject 0 no_user_anon_id `)
	one(`{"user":{"userID":"u"},"experimentName":"e"}`, `reject 0 bad_request e`)
	f(`{}`, `refused: the body has no "exposures" array; send {"exposures": [ … ]}`)
}

func TestWebhook(t *testing.T) {
	f := checker(t, DecodeWebhook)
	one := `{"user":{"userID":"u"},"event":"paid","value":12,"metadata":{"a":"b"},"timestamp":1699999990}`
	want := `log_event paid | user=u value=12 ago=10000 props={"a":"b"}`
	f(one, want)
	f(" ["+one+"]", want)
	f(`{"data":[`+one+`]}`, want)
	f(`{"events":[`+one+`,5]}`, want+"\nreject 1 bad_request ")
	f(`{"userID":"u","eventName":"paid"}`, `log_event paid | user=u`)
	f(`{"event":"paid"}`, `reject 0 no_user_anon_id paid`)
	f(`{"user":{"userID":"u"},"event":"statsig::experiment_exposure","metadata":{"config":"e","ruleID":"g1","experimentGroupName":"Test"}}`, `config e rule=g1 Test | user=u`)
	f(`5`, `refused: the body is neither a JSON object nor an array of them; send {"user": {"userID": …}, "event": …}`)
	same := func(body string, again bool) {
		t.Helper()
		var ids [2]string
		for i := range ids {
			d, err := DecodeWebhook([]byte(body), Request{Received: received, RequestID: [16]byte{byte(i)}})
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = d.Events[0].MessageID
		}
		if (ids[0] == ids[1]) != again {
			t.Errorf("%s delivered twice has the identities %v, want the same: %v", body, ids, again)
		}
	}
	same(one, true)
	same(`{"user":{"userID":"u"},"event":"paid"}`, false)
	same(`{"user":{"userID":"u"},"event":"paid","messageId":"m"}`, true)
}

func TestUnwrap(t *testing.T) {
	text := []byte(base64.StdEncoding.EncodeToString([]byte(`{"events":[]}`)))
	slices.Reverse(text)
	if plain, err := Unwrap(text); err != nil || string(plain) != `{"events":[]}` {
		t.Errorf("unwrapped to %q, %v", plain, err)
	}
	if _, err := Unwrap([]byte(`{"events":[]}`)); err == nil {
		t.Error("what is not encoded passes")
	}
}

var seeds = []string{
	`{"events":[{"eventName":"buy","user":{"userID":"u","customIDs":{"stableID":"s"}},"value":1,"metadata":{"a":{"b":[]}},"time":1699999990000,"secondaryExposures":null}],"statsigMetadata":{"sdkType":"go-sdk","sdkVersion":"1","sessionID":"x","stableID":"s"}}`,
	`{"events":[{"eventName":"statsig::layer_exposure","user":{"userID":"u"},"metadata":{"config":"l","ruleID":"r","allocatedExperiment":"1","parameterName":"p"},"secondaryExposures":[{"gate":"g","gateValue":"true","ruleID":"r"},5,{}]}],"clientTime":"1"}`,
	`{"exposures":[{"user":{"userID":"u"},"experimentName":"e","group":"g"},{"gateName":"g","passes":false,"user":{"userID":"u"}},null]}`,
	`[{"user":{"userID":"u"},"event":"paid","timestamp":1},{"data":[{}]}]`, `{"events":[null,1,[],{}]}`, `{"events":[{"eventName":{},"user":[],"time":{}}]}`, ``, `[]`,
}

// Whatever comes, nothing panics, every item has exactly one fate, and nobody is stored without a unit but an SDK's own events.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		for n := range uint8(3) {
			f.Add([]byte(s), n)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, which uint8) {
		decode := []decoding{Decode, DecodeExposures, DecodeWebhook}[which%3]
		d, err := decode(append([]byte(nil), body...), Request{Received: received, Resolve: resolve})
		if err != nil {
			if _, ok := schema.AsError(err); !ok {
				t.Fatalf("an error that is no refusal: %v", err)
			}
			return
		}
		checkFates(t, d)
		for _, e := range d.Events {
			if e.MessageID == "" || e.Time < 0 || e.Time > received || e.Kind != schema.Internal && e.UserID == "" && e.AnonymousID == "" && len(e.UnitIDs) == 0 {
				t.Fatalf("stored: %+v", e)
			}
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	f.Add([]byte("=0HXbpjIzRnblZXZis3e"))
	f.Add([]byte{0xff, '=', '='})
	f.Fuzz(func(_ *testing.T, body []byte) { Unwrap(body) })
}

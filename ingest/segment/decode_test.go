package segment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// received is when every request of these tests came: 2023-11-14T22:13:20Z.
const received = schema.Millis(1_700_000_000_000)

func request(route Route) Request {
	return Request{Route: route, Received: received, RequestID: [16]byte{0xab}, Names: schema.Names{Prefix: "segment::"}}
}

// show is what a body decodes to: a line for each event, exposure, erasure and rejection, of what is not empty.
func show(t *testing.T, body string, r Request) string {
	t.Helper()
	d, err := Decode([]byte(body), r)
	if err != nil {
		return "refused: " + err.Error()
	}
	var lines []string
	for i := range d.Events {
		lines = append(lines, showEvent(&d.Events[i]))
	}
	for _, x := range d.Exposures {
		lines = append(lines, fmt.Sprintf("exposure %s rule=%q name=%q user=%s anon=%s units=%v", x.Name, x.Rule, x.RuleName, x.UserID, x.AnonymousID, x.UnitIDs))
	}
	for _, x := range d.Erasures {
		lines = append(lines, fmt.Sprintf("erase %s %x before=%d", x.UnitType, x.IDHash[:4], x.Before))
	}
	for _, x := range d.Rejections {
		lines = append(lines, fmt.Sprintf("reject %d %s %s", x.Item, x.Reason, x.Name))
	}
	if want := len(d.Events) + len(d.Rejections); d.Items != want && len(d.Erasures) == 0 {
		t.Errorf("%d items were counted, %d have a fate", d.Items, want)
	}
	return strings.Join(lines, "\n")
}

func showEvent(e *schema.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Kind, e.Name)
	put := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%s", name, value)
		}
	}
	put("user", e.UserID)
	put("anon", e.AnonymousID)
	put("group", e.GroupID)
	put("previous", e.PreviousID)
	for _, id := range e.UnitIDs {
		put(string(id.Type), id.Value)
	}
	if e.HasValue {
		put("value", fmt.Sprint(e.Value))
	}
	if e.Environment != schema.Production {
		put("env", e.Environment)
	}
	if e.Time != received {
		put("ago", fmt.Sprint(received-e.Time))
	}
	if e.TimeGuessed {
		put("time", "guessed")
	}
	put("props", e.Properties)
	put("traits", e.Traits)
	put("custom", e.UserProperties)
	put("context", e.Context)
	put("extra", e.Extra)
	return b.String()
}

// check decodes bodies of one route and compares what comes out.
func check(t *testing.T, r Request) func(body, want string) {
	return func(body, want string) {
		t.Helper()
		if got := show(t, body, r); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	f := func(route Route, body, want string) { t.Helper(); check(t, request(route))(body, want) }
	f(Track, `{"userId":"u","event":"Order Completed"}`, `track segment::Order Completed user=u`)
	f(Track, `{"userId":"u","event":"Signup & \"Pay\" $5 [x]; ü\u0000"}`, "track segment::Signup & \"Pay\" $5 [x]; ü\x00 user=u")
	f(Page, `{"userId":"u","name":"Home","category":"Docs"}`, `page segment::page:Home user=u extra={"category":"Docs"}`)
	f(Page, `{"userId":"u","name":null,"category":null}`, `page segment::page user=u extra={"category":null}`)
	f(Screen, `{"anonymousId":"a","name":"Settings"}`, `screen segment::screen:Settings anon=a`)
	f(Group, `{"userId":"u","groupId":"g","traits":{"total billed":830}}`, `group segment::group user=u group=g traits={"total billed":830}`)
	f(Identify, `{"userId":"u","traits":{"age":41}}`, `identify segment::identify user=u traits={"age":41}`)
	f(Alias, `{"userId":"u","previousId":"p"}`, `alias segment::alias user=u previous=p`)
	f(Track, `{"userId":"u","event":"A","type":"page"}`, `track segment::A user=u`)
	r := request(Track)
	r.Names.Prefix = ""
	check(t, r)(`{"userId":"u","event":"A"}`, `track A user=u`)
}

func TestIdentity(t *testing.T) {
	f := check(t, request(Track))
	f(`{"event":"A","userId":"u","anonymousId":"a"}`, `track segment::A user=u anon=a`)
	f(`{"event":"A","userId":12,"anonymousId":null}`, `track segment::A user=12`)
	f(`{"event":"A","userId":"u","context":{"groupId":"g"}}`, `track segment::A user=u group=g context={"groupId":"g"}`)
	ids := func(custom, want string) {
		t.Helper()
		f(`{"event":"A","userId":"u","properties":{"x":1,"statsigCustomIDs":`+custom+`}}`, `track segment::A user=u`+want+` props={"x":1}`)
	}
	ids(`["companyID","c1","stableID","s1"]`, ` companyID=c1 stableID=s1`)
	ids(`["companyID","c1","stableID"]`, ` companyID=c1`)
	ids(`["companyID",17,"stableID",null,null,"x"]`, ` companyID=17`)
	ids(`["companyID","c1","COMPANYid","c2"]`, ` companyID=c2`)
	ids(`{"companyID":"c1","deep":{"a":1}}`, ` companyID=c1`)
	ids(`["userID","other","anonymousID","a1"]`, ` anon=a1`)
	ids(`"companyID"`, ``)
	ids(`null`, ``)
	f(`{"event":"A","userId":"u","properties":{"statsigCustom":["plan","pro","seats",3,"odd"],"statsigEnvironment":{"tier":" Staging "}}}`,
		`track segment::A user=u env=staging props={} custom={"plan":"pro","seats":3}`)
	f(`{"event":"A","userId":"u","properties":{"statsigEnvironment":"development"}}`, `track segment::A user=u env=development props={}`)
	check(t, request(Identify))(`{"userId":"u","traits":{"a":1,"statsigCustomIDs":["companyID","c"],"statsigEnvironment":{"tier":"staging"}}}`,
		`identify segment::identify user=u companyID=c env=staging traits={"a":1}`)
}

func TestMapIdentifiers(t *testing.T) {
	r := request(Batch)
	r.MapIdentifiers = []schema.IdentifierMapping{
		{Field: "anonymousId", IDType: "segmentAnonymousId"},
		{Field: "context.device.id", IDType: "deviceID"},
		{Field: "properties.account.id", IDType: "companyID"},
		{Field: "properties.companyName", IDType: "companyID"},
		{Field: "traits.uid", IDType: "userID"},
	}
	f := func(item, want string) {
		t.Helper()
		check(t, r)(`{"context":{"device":{"id":"d1"}},"batch":[`+item+`]}`, want)
	}
	f(`{"type":"track","event":"A","anonymousId":"a"}`, `track segment::A anon=a segmentAnonymousId=a deviceID=d1 context={"device":{"id":"d1"}}`)
	f(`{"type":"track","event":"A","userId":"u","context":{"device":{"id":7}},"properties":{"account":{"id":"c"},"companyName":"n"}}`,
		`track segment::A user=u deviceID=7 companyID=c props={"account":{"id":"c"},"companyName":"n"} context={"device":{"id":7}}`)
	f(`{"type":"track","event":"A","userId":"u","context":{"device":null},"properties":{"companyName":"n","statsigCustomIDs":["companyid","wins"]}}`,
		`track segment::A user=u companyid=wins props={"companyName":"n"} context={"device":null}`)
	f(`{"type":"identify","anonymousId":"a","traits":{"uid":"u9"}}`,
		`identify segment::identify user=u9 anon=a segmentAnonymousId=a deviceID=d1 traits={"uid":"u9"} context={"device":{"id":"d1"}}`)
}

func TestValue(t *testing.T) {
	f := func(path, properties, want string) {
		t.Helper()
		r := request(Track)
		r.ValuePath = path
		check(t, r)(`{"userId":"u","event":"A","properties":`+properties+`}`, `track segment::A user=u`+want+` props=`+properties)
	}
	f("", `{"revenue":19.5,"value":7}`, ` value=19.5`)
	f("", `{"revenue":"30","price":"58.0"}`, ` value=30`)
	f("", `{"revenue":"free","value":0}`, ` value=0`)
	f("", `{"revenue":null,"value":true}`, ``)
	f("order.total", `{"revenue":1,"order":{"total":99}}`, ` value=99`)
	f("order.total", `{"revenue":1,"order":{"total":"?"}}`, ` value=1`)
	f("", `{"a":[1,{"b":null}],"c":true,"d":1e3}`, ``)
}

func TestTimes(t *testing.T) {
	f := check(t, request(Track))
	f(`{"userId":"u","event":"A","timestamp":1699999990000}`, `track segment::A user=u ago=10000`)
	f(`{"userId":"u","event":"A","timestamp":"2023-11-14T22:13:10Z","sentAt":"2023-11-14T22:13:19Z"}`, `track segment::A user=u ago=10000`)
	f(`{"userId":"u","event":"A","timestamp":"2023-11-13T22:13:10Z","sentAt":"2023-11-13T22:13:20Z"}`, `track segment::A user=u ago=10000`)
	f(`{"userId":"u","event":"A","timestamp":"2030-01-01T00:00:00Z"}`, `track segment::A user=u`)
	f(`{"userId":"u","event":"A","timestamp":"soon"}`, `track segment::A user=u time=guessed`)
	check(t, request(Batch))(`{"sentAt":"2023-11-13T22:13:20Z","batch":[{"type":"track","userId":"u","event":"A","timestamp":"2023-11-13T22:13:10Z"}]}`,
		`track segment::A user=u ago=10000`)
	d, err := Decode([]byte(`{"userId":"u","event":"A","timestamp":"2023-11-13T22:13:10Z","sentAt":"2023-11-13T22:13:20Z"}`), request(Track))
	if err != nil {
		t.Fatal(err)
	}
	if e := d.Events[0]; e.Original != received-86_410_000 || e.Sent != received-86_400_000 || e.Received != received {
		t.Errorf("the times as written are %d, %d, %d", e.Original, e.Sent, e.Received)
	}
}

// The example that Segment's documentation for partners gives, whose timestamp is corrected already (segment.md §7).
func TestDelivered(t *testing.T) {
	r := request(Delivered)
	r.Received = 1_700_000_000_000
	one := `{"anonymousId":"3d31","context":{"library":{"name":"analytics.js","version":"3.8.2"}},"event":"Registered","integrations":{},"messageId":"ajs-920a",` +
		`"originalTimestamp":"2023-11-14T12:13:20.381Z","properties":{"plan":"Pro Annual"},"receivedAt":"2023-11-14T22:13:19.405Z","sentAt":"2023-11-14T12:13:20.382Z",` +
		`"timestamp":"2023-11-14T22:13:19.404Z","type":"track","userId":"97980cfea0067","version":2}`
	want := `track segment::Registered user=97980cfea0067 anon=3d31 ago=596 props={"plan":"Pro Annual"} context={"library":{"name":"analytics.js","version":"3.8.2"}}` +
		` extra={"receivedAt":"2023-11-14T22:13:19.405Z","version":2}`
	f := check(t, r)
	f(one, want)
	f("\n["+one+" ]", want)
	f(`{"batch":[`+one+`]}`, want)
	f(`[`+one+`,`+one+`,7]`, want+"\n"+want+"\nreject 2 bad_request ")
	// Without a time that can be read, what was written is corrected as Segment would: sent a millisecond after, by a clock ten hours behind.
	corrected := strings.Replace(want, "ago=596", "ago=1", 1)
	f(strings.Replace(one, `"timestamp":"2023-11-14T22:13:19.404Z",`, ``, 1), corrected)
	f(strings.Replace(one, `"timestamp":"2023-11-14T22:13:19.404Z"`, `"timestamp":"garbage"`, 1), strings.Replace(corrected, "ago=1", "ago=1 time=guessed", 1))
	f(`[]`, ``)
	f(`7`, `reject 0 bad_request `)
	f(`{"userId":"u"}`, `reject 0 unknown_type `)

	f(`{"type":"delete","userId":"u"}`, `reject 0 not_allowed segment::delete`)
	r.MayErase = true
	f = check(t, r)
	// sha256("u") = 0bfe935e70c3…, sha256("a") = ca978112ca1b…: published values
	f(`{"type":"delete","userId":"u","anonymousId":"a","timestamp":"2023-11-14T22:13:10Z"}`,
		"erase userID 0bfe935e before=1699999990000\nerase anonymousID ca978112 before=1699999990000")
	f(`{"type":"delete","userId":"u"}`, "erase userID 0bfe935e before=1700000000000")
	f(`{"type":"delete"}`, "reject 0 no_user_anon_id segment::delete")
	r.Route = Batch
	check(t, r)(`{"batch":[{"type":"delete","userId":"u"}]}`, `reject 0 not_allowed segment::delete`)
}

func TestExperimentViewed(t *testing.T) {
	f := func(event, properties, want string) {
		t.Helper()
		got := show(t, `{"userId":"u","event":"`+event+`","properties":`+properties+`}`, request(Track))
		event, exposure, _ := strings.Cut(got, "\n")
		if !strings.HasPrefix(event, "track ") || exposure != want {
			t.Errorf("%s is %q, want %q", properties, got, want)
		}
	}
	who := ` user=u anon= units=[]`
	f("Experiment Viewed", `{"experiment_id":"e1","experiment_name":"Buttons","variation_id":"v1","variation_name":"Red"}`, `exposure e1 rule="v1" name="Red"`+who)
	f("experiment viewed", `{"experiment_name":"Buttons","variation_name":"Red"}`, `exposure Buttons rule="" name="Red"`+who)
	f("Experiment Viewed", `{"experimentId":"e1","variationId":1}`, `exposure e1 rule="1" name=""`+who)
	f("Eppo Randomization Event", `{"experiment":"e1-alloc","subject":"u","variation":"treatment","featureFlag":"e1","allocation":"alloc"}`,
		`exposure e1-alloc rule="treatment" name=""`+who)
	f("Experiment Viewed", `{"experiment_id":"e1"}`, ``)
	f("Order Viewed", `{"experiment_id":"e1","variation_id":"v"}`, ``)
}

func TestRejections(t *testing.T) {
	f := check(t, request(Batch))
	one := func(item, want string) { t.Helper(); f(`{"batch":[`+item+`]}`, want) }
	one(`{"event":"A","userId":"u"}`, `reject 0 unknown_type A`)
	one(`{"type":"dance","userId":"u"}`, `reject 0 unknown_type segment::dance`)
	one(`{"type":"track","event":"A"}`, `reject 0 no_user_anon_id segment::A`)
	one(`{"type":"track","event":"A","userId":"","anonymousId":null}`, `reject 0 no_user_anon_id segment::A`)
	one(`{"type":"track","event":"A","userId":["u"]}`, `reject 0 id_not_string segment::A`)
	one(`{"type":"track","userId":"u"}`, `reject 0 event_not_defined `)
	one(`{"type":"track","event":5,"userId":"u"}`, `reject 0 event_not_string `)
	one(`{"type":"track","event":"","userId":"u"}`, `reject 0 event_not_string `)
	one(`{"type":"track","event":"A","userId":"u","properties":"x"}`, `reject 0 properties_not_object segment::A`)
	one(`{"type":"identify","userId":"u","traits":[]}`, `reject 0 traits_not_object segment::identify`)
	one(`{"type":"page","userId":"u","name":""}`, `reject 0 name_not_string segment::page`)
	one(`{"type":"page","userId":"u","category":4}`, `reject 0 category_not_string segment::page`)
	one(`{"type":"group","userId":"u"}`, `reject 0 id_required segment::group`)
	one(`{"type":"alias","userId":"u"}`, `reject 0 id_required segment::alias`)
	one(`{"type":"track","event":"A","userId":"u","properties":{"x":"`+strings.Repeat("y", MaxItemBytes)+`"}}`, `reject 0 event_too_large segment::A`)
	f(`{"batch":[{"type":"track","event":"A","userId":"u"},null,{"type":"track","event":"B","userId":"u"}]}`,
		"track segment::A user=u\ntrack segment::B user=u\nreject 1 bad_request ")
	f(`{"batch":null}`, ``)
	f(`{"batch":5}`, `refused: the body has no "batch" array; send {"batch": [ … ]}, or one event to its own route`)
	many := `{"type":"track","event":"A","userId":"u"}`
	d, err := Decode([]byte(`{"batch":[`+strings.Repeat(many+",", MaxItems)+many+`]}`), request(Batch))
	if err != nil || len(d.Events) != MaxItems || len(d.Rejections) != 1 || d.Rejections[0].Reason != schema.TooMany {
		t.Errorf("one event too many: %d stored, %v rejected, %v", len(d.Events), d.Rejections, err)
	}
}

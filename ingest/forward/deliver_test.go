package forward

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// only names what a destination of a test sends.
func only(c ...schema.Category) []schema.Category { return c }

// TestMisbehaving: whatever a destination does, every message arrives, in order, under one id with one text; what it refuses is
// alone with its reason.
func TestMisbehaving(t *testing.T) {
	h, s := newHouse(t), newSink(t)
	h.options.Timeout, h.options.Lanes = 2*time.Second, 1 // so that it is known which request is which
	s.misbehave = func(n int, w http.ResponseWriter, r *http.Request, batch []map[string]any) bool {
		switch n {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			<-r.Context().Done() // says nothing until the sender gives up
		case 4:
			s.take(batch) // took it, and hangs up
			panic(http.ErrAbortHandler)
		case 5:
			s.take(batch)
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"suc`)
		case 6:
			w.WriteHeader(http.StatusRequestTimeout)
		default:
			for _, m := range batch { // from now on any request with a poisoned event is refused
				if id := poisonOf(m); id == 40 || id == 41 || id == 2999 {
					http.Error(w, `{"code":"bad_event","message":"no"}`, http.StatusBadRequest)
					return true
				}
			}
			return false
		}
		return true
	}
	h.events("a", 3000)
	d := h.destination(schema.Destination{Endpoint: s.URL, Categories: only(schema.SendCustomEvents)})
	h.run()
	h.until("all is sent but three", func() bool { v := h.state(d); return v.Sent == 2997 && v.Failed == 3 })
	texts, last := map[any]map[string]any{}, map[any]float64{}
	for _, m := range s.all() {
		id := m["messageId"]
		if was, ok := texts[id]; ok && !reflect.DeepEqual(was, m) {
			t.Fatalf("%v came as %v and as %v", id, was, m)
		}
		texts[id] = m
	}
	// The last good pass keeps each user's order.
	tail := s.all()[len(s.all())-2997:]
	for _, m := range tail {
		n := float64(poisonOf(m))
		if was, ok := last[m["userId"]]; ok && n <= was {
			t.Fatalf("%v of %v came after %v", n, m["userId"], was)
		}
		last[m["userId"]] = n
	}
	if len(texts) != 2999 { // two of the poisoned ones were in a request that was taken without a yes
		t.Errorf("%d different messages", len(texts))
	}
	v := h.state(d)
	if v.Retries < 6 || v.Status != statusRunning {
		t.Errorf("%+v", v)
	}
	var failures []struct {
		Name   string `ch:"name"`
		Reason string `ch:"reason"`
		Detail string `ch:"detail"`
		Sample string `ch:"sample"`
	}
	if err := h.db.Select(t.Context(), &failures, "SELECT name, reason, detail, sample FROM forward_failures FINAL ORDER BY position", nil); err != nil {
		t.Fatal(err)
	}
	if len(failures) != 3 || failures[0].Reason != "bad_event" || failures[0].Name != "add_to_cart" || !strings.Contains(failures[0].Sample, `"n":40`) ||
		!strings.Contains(failures[0].Detail, "status 400") {
		t.Errorf("%+v", failures)
	}
}

// poisonOf is the number of an event of house.numbered.
func poisonOf(m map[string]any) int {
	metadata := m["properties"].(map[string]any)["metadata"].(map[string]any)
	n, ok := metadata["n"].(float64)
	if !ok {
		return -1
	}
	return int(n)
}

// TestBlocked: a wrong key loses nothing; it is shown, and when the key is right everything goes out.
func TestBlocked(t *testing.T) {
	h, s := newHouse(t), newSink(t)
	var open atomic.Bool
	s.misbehave = func(_ int, w http.ResponseWriter, r *http.Request, _ []map[string]any) bool {
		if user, _, _ := r.BasicAuth(); user != "right" || !open.Load() {
			http.Error(w, `{"code":"unknown_source"}`, http.StatusUnauthorized)
			return true
		}
		return false
	}
	h.events("a", 10)
	d := h.destination(schema.Destination{Endpoint: s.URL, Categories: only(schema.SendCustomEvents)})
	h.run()
	h.until("it is blocked", func() bool { return h.state(d).Status == statusBlocked })
	if v := h.state(d); v.Sent != 0 || v.Failed != 0 || !strings.Contains(v.Problem, "unknown_source") {
		t.Errorf("%+v", v)
	}
	open.Store(true)
	d.Secret = h.sealer.Seal(d.ID, "right")
	h.save(&d)
	h.until("everything is sent", func() bool { v := h.state(d); return v.Sent == 10 && v.Status == statusRunning })
}

// TestLife: paused sends nothing, resumed goes on, replayed sends again under the same ids.
func TestLife(t *testing.T) {
	h, s := newHouse(t), newSink(t)
	h.events("a", 5)
	d := h.destination(schema.Destination{Endpoint: s.URL, Categories: only(schema.SendCustomEvents), Paused: true})
	h.run()
	h.until("it says that it is paused", func() bool { return h.state(d).Status == statusPaused })
	d.Paused = false
	h.save(&d)
	h.until("5 are sent", func() bool { return h.state(d).Sent == 5 })
	first := s.all()
	d.Replays++
	h.save(&d)
	h.until("5 are sent again", func() bool { return h.state(d).Sent == 5 && s.count() == 10 })
	again := s.all()[5:]
	for _, list := range [][]map[string]any{first, again} { // users do not wait for each other
		slices.SortFunc(list, func(a, b map[string]any) int {
			return strings.Compare(a["messageId"].(string), b["messageId"].(string))
		})
	}
	if !reflect.DeepEqual(first, again) {
		t.Errorf("sent %v, then %v", first, again)
	}
}

// TestShapes: what is sent is what Statsig publishes, and who it is about is as it was mapped.
func TestShapes(t *testing.T) {
	h, s := newHouse(t), newSink(t)
	x := schema.Experiment{ID: "checkout", Name: "Checkout", Groups: []schema.ExperimentGroup{{ID: "g1", Name: "Control"}, {ID: "g2", Name: "Test"}}}
	if err := h.catalog.SaveExperiment(t.Context(), "ann", &x); err != nil {
		t.Fatal(err)
	}
	const key = "source_kind, kind, message_id, user_id, unit_ids"
	h.row("exposures", key+", name, rule, value, reason, user_properties", `'statsig', 'gate', 'm1', 'a_user', map('stableid', 'st'), 'a_gate', 'default', 'false', 'Network', '{"email":"a@b.c"}'`)
	h.row("exposures", key+", name, rule", `'statsig', 'config', 'm2', '', map('stableid', 'st'), 'checkout', 'g2'`)
	h.row("exposures", key+", name, rule", `'statsig', 'config', 'm3', '', map('companyid', 'c1'), 'colours', 'r'`)
	h.row("exposures", key+", name, layer, rule, value", `'statsig', 'layer', 'm4', 'u', map(), 'checkout', 'top', 'g1', 'size'`)
	h.row("exposures", key+", name, secondary", `'statsig', 'gate', 'm5', 'u', map(), 'unpacked', true`)
	h.row("exposures", key+", name, rule", `'segment', 'config', 'm6', 'u', map(), 'checkout', 'g1'`) // came from Segment
	h.row("events", key+", name, event, extra", `'statsig', 'log_event', 'm7', 'u', map('companyid', 'c1'), 'word', 'word', '{"value":"blue"}'`)
	h.row("events", key+", name, event", `'segment', 'track', 'm8', 'u', map(), 'segment::Buy', 'Buy'`) // came from Segment
	h.destination(schema.Destination{
		Endpoint: s.URL, ExperimentViewed: true, Identifiers: []schema.OutboundMapping{{From: "companyID", To: schema.ToUserID}},
	})
	h.run()
	h.until("everything came", func() bool { return s.count() >= 9 })
	byEvent := map[string][]string{}
	for _, m := range s.all() {
		name := m["event"].(string)
		if id := m["messageId"].(string); !schema.Exported(h.sealer.Instance(), id) {
			t.Errorf("message id %q", id)
		}
		delete(m, "messageId")
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		byEvent[name] = append(byEvent[name], string(text))
	}
	f := func(name string, want ...string) {
		t.Helper()
		slices.Sort(byEvent[name])
		slices.Sort(want)
		if !slices.Equal(byEvent[name], want) {
			t.Errorf("%s:\ngot  %v\nwant %v", name, byEvent[name], want)
		}
		delete(byEvent, name)
	}
	const at = `"timestamp":"2026-01-02T03:04:05.678Z","type":"track"`
	const gate = `{"gate":"a_gate","gateValue":"false","reason":"Network","ruleID":"default"}`
	f("statsig::gate_exposure", `{"anonymousId":"st","context":{"library":{"name":"statsig","version":"1.0"},"metadata":`+gate+
		`,"stableID":"st","user":{"customIDs":{"stableid":"st"},"email":"a@b.c","statsigEnvironment":{"tier":"production"},"userID":"a_user"},"value":""},`+
		`"event":"statsig::gate_exposure","properties":{"metadata":`+gate+`,"value":""},`+at+`,"userId":"a_user"}`)
	const experiment = `{"config":"checkout","experimentGroupName":"Test","ruleID":"g2"}`
	f("statsig::experiment_exposure", `{"anonymousId":"st","context":{"library":{"name":"statsig","version":"1.0"},"metadata":`+experiment+
		`,"stableID":"st","user":{"customIDs":{"stableid":"st"},"statsigEnvironment":{"tier":"production"}},"value":""},`+
		`"event":"statsig::experiment_exposure","properties":{"metadata":`+experiment+`,"value":""},`+at+`}`)
	const config = `{"config":"colours","ruleID":"r"}`
	f("statsig::config_exposure", `{"context":{"library":{"name":"statsig","version":"1.0"},"metadata":`+config+
		`,"user":{"customIDs":{"companyid":"c1"},"statsigEnvironment":{"tier":"production"}},"value":""},`+
		`"event":"statsig::config_exposure","properties":{"metadata":`+config+`,"value":""},`+at+`,"userId":"c1"}`)
	const layer = `{"allocatedExperiment":"checkout","config":"top","parameterName":"size","ruleID":"g1"}`
	f("statsig::layer_exposure", `{"context":{"library":{"name":"statsig","version":"1.0"},"metadata":`+layer+
		`,"user":{"statsigEnvironment":{"tier":"production"},"userID":"u"},"value":""},`+
		`"event":"statsig::layer_exposure","properties":{"metadata":`+layer+`,"value":""},`+at+`,"userId":"u"}`)
	viewed := func(who, variation, name string) string {
		return `{` + who + `"context":{"library":{"name":"statsig","version":"1.0"}},"event":"Experiment Viewed","properties":{"experiment_id":"checkout","experiment_name":"Checkout","variation_id":"` +
			variation + `","variation_name":"` + name + `"},` + at
	}
	f("Experiment Viewed", viewed(`"anonymousId":"st",`, "g2", "Test")+`}`, viewed("", "g1", "Control")+`,"userId":"u"}`)
	f("word", `{"context":{"library":{"name":"statsig","version":"1.0"},"metadata":{},"user":{"customIDs":{"companyid":"c1"},`+
		`"statsigEnvironment":{"tier":"production"},"userID":"u"},"value":"blue"},"event":"word","properties":{"metadata":{},"value":"blue"},`+at+`,"userId":"c1"}`)
	if n := len(byEvent["statsig::config_change"]); n != 2 || !strings.Contains(strings.Join(byEvent["statsig::config_change"], ""), `"author":"ann","configName":"checkout"`) {
		t.Errorf("%d changes: %v", n, byEvent["statsig::config_change"])
	}
	if strings.Contains(strings.Join(byEvent["statsig::config_change"], ""), "sealed:") {
		t.Error("a secret went out with a change")
	}
	if delete(byEvent, "statsig::config_change"); len(byEvent) > 0 {
		t.Errorf("besides, %v was sent", byEvent)
	}
}

// TestFirstExposuresOnly: a unit's first exposure to a group goes out, later ones do not; another group, another unit, a custom event do.
// An exposure that was noted but not delivered before a crash is still the first.
func TestFirstExposuresOnly(t *testing.T) {
	h, s := newHouse(t), newSink(t)
	expose := func(id, user, rule string) {
		h.row("exposures", "source_kind, kind, message_id, user_id, name, rule", fmt.Sprintf(`'statsig', 'config', '%s', '%s', 'exp', '%s'`, id, user, rule))
	}
	s.misbehave = func(n int, w http.ResponseWriter, _ *http.Request, _ []map[string]any) bool {
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.(http.Flusher).Flush()
		}
		return n == 1
	}
	h.options.Backoff, h.options.MaxBackoff = time.Hour, time.Hour // the first life hangs after the first answer
	expose("m1", "u1", "a")
	expose("m2", "u1", "a")
	d := h.destination(schema.Destination{Endpoint: s.URL, FirstExposuresOnly: true, Categories: only(schema.SendConfigExposures)})
	stop := h.run()
	h.until("it waits to try again", func() bool { return h.state(d).Status == statusRetrying })
	stop()
	h.options.Backoff, h.options.MaxBackoff = time.Millisecond, time.Millisecond
	h.run()
	h.until("the first is sent, the second not", func() bool { v := h.state(d); return v.Sent == 1 && v.Skipped == 1 })
	expose("m3", "u1", "a")
	expose("m4", "u1", "b")
	expose("m5", "u2", "a")
	h.until("two more are sent", func() bool { v := h.state(d); return v.Sent == 3 && v.Skipped == 2 })
	var got []string
	for _, m := range s.all() {
		got = append(got, m["userId"].(string)+m["properties"].(map[string]any)["metadata"].(map[string]any)["ruleID"].(string))
	}
	if slices.Sort(got); !slices.Equal(got, []string{"u1a", "u1b", "u2a"}) {
		t.Errorf("got %v", got)
	}
}

// TestGap: a load whose number is missing is waited for, so that a replica that lags loses nothing.
func TestGap(t *testing.T) {
	h, s := newHouse(t), newSink(t)
	d := h.destination(schema.Destination{Endpoint: s.URL, Categories: only(schema.SendCustomEvents)})
	h.run()
	h.events("a", 1)
	h.until("the first is sent", func() bool { return h.state(d).Sent == 1 })
	h.batch++ // 2 is missing
	h.events("c", 1)
	h.events("d", 1)
	time.Sleep(200 * time.Millisecond) // nothing may happen in that time, so there is nothing to wait for
	if s.count() != 1 {
		t.Fatalf("%d messages, though a load is missing", s.count())
	}
	h.batch = 1
	h.events("b", 1)
	h.until("all are sent", func() bool { return h.state(d).Sent == 4 })
}

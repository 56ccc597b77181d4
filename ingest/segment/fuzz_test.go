package segment

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// seeds are payloads as clients send them (facts: segment.md §7), and bent ones.
var seeds = []string{
	`{"messageId":"x","sentAt":"2026-01-01T00:00:10.863593995Z","batch":[{"type":"track","messageId":"m1","anonymousId":"a1","event":"Order Completed","timestamp":"2026-01-01T00:00:05.85945923Z","properties":{"revenue":19.5,"statsigCustomIDs":["companyID","c9"]}},{"type":"alias","messageId":"m2","previousId":"a1","userId":"u1"}],"context":{"library":{"name":"analytics-go","version":"3.0.0"}}}`,
	`{"batch":[{"timestamp":"2026-01-01T00:00:00.000Z","integrations":{},"type":"page","properties":{"url":"https://x/y","category":"Docs"},"category":"Docs","name":"Home","context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},"userId":"u1","messageId":"node-next-1","_metadata":{"nodeVersion":"v20.20.2"}}],"writeKey":"WK","sentAt":"2026-01-01T00:00:00Z"}`,
	`{"type":"track","userId":1,"event":"Experiment Viewed","properties":{"experiment_id":"e","variation_id":0,"statsigCustom":{"a":1},"statsigEnvironment":{"tier":"x"}},"context":{"groupId":"g"}}`,
	`[{"type":"delete","userId":"u","timestamp":"2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.29"},{"type":"identify","userId":"u","traits":{"a":null}}]`,
	`{"batch":[null,5,"x",[],{},{"type":[]},{"type":"track","event":{},"userId":{}},{"type":"page","userId":"u","name":"","properties":{"statsigCustomIDs":[[],{}]}}]}`,
	`{"userId":"u","userId":"v","event":"\ud800","event":"A","properties":{"revenue":"1e999"}}`, `{"batch":{"a":1}}`, `[[[]]]`, `"x"`, ``,
}

// Whatever comes, nothing panics, every item has exactly one fate, decoding again gives the same, and what is kept as JSON is JSON.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		for route := range Delivered + 1 {
			f.Add([]byte(s), uint8(route))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, route uint8) {
		r := request(Route(route) % (Delivered + 1))
		r.MayErase = true
		r.MapIdentifiers = []schema.IdentifierMapping{{Field: "context.a", IDType: "x"}, {Field: "anonymousId", IDType: "userID"}}
		d, err := Decode(append([]byte(nil), body...), r)
		if err != nil {
			if _, ok := schema.AsError(err); !ok {
				t.Fatalf("an error that is no refusal: %v", err)
			}
			return
		}
		checkFates(t, d)
		for i := range d.Events {
			checkEvent(t, &d.Events[i])
		}
		if again, err := Decode(append([]byte(nil), body...), r); err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("decoded again it is another: %v", err)
		}
	})
}

// checkFates wants every item in exactly one place.
func checkFates(t *testing.T, d *schema.Decoded) {
	t.Helper()
	fates := make(map[int]int)
	for i := range d.Events {
		fates[d.Events[i].Item]++
	}
	for _, r := range d.Rejections {
		fates[r.Item]++
	}
	d.ErasureItems(func(x *schema.Erasure) { fates[x.Item]++ })
	for item, n := range fates {
		if n != 1 || item < 0 || item >= d.Items {
			t.Fatalf("item %d of %d has %d fates", item, d.Items, n)
		}
	}
	if len(fates) != d.Items {
		t.Fatalf("%d of %d items have a fate", len(fates), d.Items)
	}
}

func checkEvent(t *testing.T, e *schema.Event) {
	t.Helper()
	if e.MessageID == "" || e.Time < 0 || e.Time > e.Received || e.UserID == "" && e.AnonymousID == "" {
		t.Fatalf("stored with identity %q, time %d, user %q, anonymous %q", e.MessageID, e.Time, e.UserID, e.AnonymousID)
	}
	for _, text := range []string{e.Properties, e.Traits, e.UserProperties, e.Context, e.Integrations, e.Extra} {
		if text != "" && (text[0] != '{' || !json.Valid([]byte(text))) {
			t.Fatalf("kept as JSON, but is none: %q", text)
		}
	}
}

package main

import (
	"fmt"
	"testing"
	"time"
)

// personas is the context of an audience call.
func personas(key string) string {
	return fmt.Sprintf(`{"personas":{"computation_class":"audience","computation_id":"aud_1","computation_key":%q,"space_id":"spa_1"}}`, key)
}

// TestAudienceInRealSDK: Segment's audience calls, as identify and as track, late and twice, move a user in and out of a gate in a running
// SDK within two of its polls, through a kill -9 between the answer to a call and its effect. The SDK polls every ten seconds, as
// it does by itself for specs.
func TestAudienceInRealSDK(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	s.console("POST", "/segments", map[string]any{"name": "vip", "type": "id_list"}, nil)
	polls := startPolled(t, s)
	sdk := startMembers(t, s, polls.URL, "vip", "10000")
	start := time.Now().Add(-time.Hour)
	call := func(form, user string, entered bool, after time.Duration) {
		t.Helper()
		at := start.Add(after).UTC().Format(time.RFC3339Nano)
		body := fmt.Sprintf(`{"userId":%q,"traits":{"vip":%v},"context":%s,"timestamp":%q}`, user, entered, personas("vip"), at)
		if form == "track" {
			body = fmt.Sprintf(`{"userId":%q,"event":"Audience Entered","properties":{"audience_key":"vip","vip":%v},"context":%s,"timestamp":%q}`,
				user, entered, personas("vip"), at)
		}
		if status, text := s.post("/v1/"+form, testWriteKey, body); status != 200 {
			t.Fatalf("%s: %d %s", form, status, text)
		}
	}
	sees := func(what string, check func() bool) {
		t.Helper()
		polls.now().within(t, 2, 2, "the SDK sees "+what, check)
	}
	call("identify", "u1", true, time.Minute)
	sees("an identify", func() bool { return sdk.has("u1") })
	call("track", "u2", true, time.Minute)
	call("identify", "u1", false, 2*time.Minute)
	sees("an exit, and a track", func() bool { return !sdk.has("u1") && sdk.has("u2") })
	call("track", "u2", false, 30*time.Second) // happened before it entered
	call("identify", "u1", true, time.Minute)  // delivered again
	call("identify", "u3", true, time.Minute)
	sees("a later call", func() bool { return sdk.has("u3") })
	if sdk.has("u1") || !sdk.has("u2") {
		t.Errorf("calls that came late changed something: u1 %v, u2 %v", sdk.has("u1"), sdk.has("u2"))
	}

	call("identify", "u4", true, time.Minute)
	call("track", "u2", false, 3*time.Minute)
	s.kill()
	s = s.again()
	s.until("the SDK sees what was acknowledged before kill -9", 60*time.Second, func() bool { return sdk.has("u4") && !sdk.has("u2") && sdk.has("u3") })

	var audiences []struct {
		Key, List, Status       string
		Entered, Exited, NoList int
		Count                   int
	}
	s.console("GET", "/audiences", nil, &audiences)
	if len(audiences) != 1 || audiences[0].Entered != 5 || audiences[0].Exited != 3 || audiences[0].Count != 2 || audiences[0].Status != "ok" {
		t.Errorf("audiences: %+v", audiences)
	}
	var events []struct{ Name string }
	s.console("GET", "/events", nil, &events)
	for _, e := range events {
		if e.Name != "segment::audience:vip" {
			t.Errorf("an audience call is stored as %q: it would count in that event's metrics", e.Name)
		}
	}
	if len(events) != 8 {
		t.Errorf("%d audience calls are stored, not 8", len(events))
	}
}

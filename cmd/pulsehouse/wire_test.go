package main

import (
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is asked before anything is sent, what is set in the console and how it changes what is stored, and how a user is forgotten.
func TestWire(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	s.checkCORS()
	s.checkSDKSettings()
	s.checkSettings()
	s.checkSigned()
	s.sendChunked()
	s.sendErasure()
	s.waitLoaded()
	s.checkIDTypes()
	s.checkErasures()
	s.restartErased()
	s.stop()
	checkWireTables(t, dir)
}

func (s *server) checkCORS() {
	s.t.Helper()
	ask := []string{"Origin", "https://shop.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,x-retry-count"}
	for _, path := range []string{"/v1/t", "/v1/b", "/v1/batch", "/b", "/v1/m", "/v1/projects/x/settings", "/v1/log_event", "/v1/rgstr", "/v1/initialize"} {
		status, h, _ := s.request("OPTIONS", path, "", ask...)
		if status != 204 || h.Get("Access-Control-Allow-Origin") != "https://shop.example" || h.Get("Access-Control-Allow-Headers") != ask[5] ||
			!strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") || h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Access-Control-Max-Age") == "" {
			s.t.Errorf("pre-flight of %s: %d %v", path, status, h)
		}
	}
	_, h, _ := s.request("POST", "/v1/t", `{}`, "Origin", "https://shop.example")
	if h.Get("Access-Control-Allow-Origin") != "https://shop.example" || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Retry-After") {
		s.t.Errorf("a refusal cannot be read by the page it is for: %v", h)
	}
	for _, path := range []string{"/console/v1/keys", "/"} {
		if _, h, _ := s.request("GET", path, "", "Origin", "https://evil.example", "STATSIG-API-KEY", testConsoleKey); h.Get("Access-Control-Allow-Origin") != "" {
			s.t.Errorf("%s is open to other origins: %v", path, h)
		}
	}
}

func (s *server) checkSDKSettings() {
	s.t.Helper()
	for _, path := range []string{"/v1/projects/" + testWriteKey + "/settings", "/projects/" + testWriteKey + "/settings"} {
		status, _, answer := s.request("GET", path, "")
		var settings struct {
			Integrations map[string]struct{ APIKey, APIHost, Protocol string }
			Metrics      struct{ SampleRate *float64 }
			Plan         map[string]any
		}
		if err := json.Unmarshal([]byte(answer), &settings); err != nil || status != 200 {
			s.t.Fatalf("%s: %d %s", path, status, answer)
		}
		own := settings.Integrations["Segment.io"]
		if own.APIKey != testWriteKey || own.Protocol+"://"+own.APIHost != s.URL+"/v1" || settings.Plan == nil || settings.Metrics.SampleRate == nil || *settings.Metrics.SampleRate != 0 {
			s.t.Errorf("%s answers %s", path, answer)
		}
	}
	if _, _, answer := s.request("GET", "/v1/projects/"+testWriteKey+"/settings", "", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "events.example"); !strings.Contains(answer, `"apiHost":"events.example/v1"`) || !strings.Contains(answer, `"protocol":"https"`) {
		s.t.Errorf("behind a proxy the settings are %s", answer)
	}
}

// checkSettings changes what an event's value and unit IDs are.
func (s *server) checkSettings() {
	s.t.Helper()
	event := func(id string) {
		s.t.Helper()
		body := fmt.Sprintf(`{"event":"A","userId":"u-%s","anonymousId":"a1","messageId":%q,"context":{"device":{"id":"d1"}},"properties":{"revenue":1,"order":{"total":7.5},"statsigCustomIDs":["orderID","o1"]}}`, id, id)
		if status, answer := s.post("/v1/track", testWriteKey, body); status != 200 {
			s.t.Fatalf("%s: %d %s", id, status, answer)
		}
	}
	event("before")
	var shown map[string]json.RawMessage
	s.console("PATCH", "/settings", map[string]any{
		"valuePath": "order.total", "mapIdentifiers": []any{map[string]any{"field": "$.context.device.id", "idType": "deviceID"}, map[string]any{"field": "anonymousId", "idType": "segmentAnonymousId"}},
	}, &shown)
	if string(shown["valuePath"]) != `"order.total"` || string(shown["prefix"]) != `"segment::"` || !strings.Contains(string(shown["mapIdentifiers"]), `"context.device.id"`) {
		s.t.Errorf("the settings are shown as %s", shown)
	}
	event("after")
	for body, field := range map[string]string{
		`{"prefix":"x"}`: "prefix", `{"nonsense":1}`: "nonsense", `{"valuePath":5}`: "valuePath", `{"valuePath":"a..b"}`: "valuePath",
		`{"mapIdentifiers":[{"field":"a"}]}`: "mapIdentifiers", `{"mapIdentifiers":[{"field":"","idType":"x"}]}`: "mapIdentifiers",
	} {
		status, _, answer := s.request("PATCH", "/console/v1/settings", body, "STATSIG-API-KEY", testConsoleKey)
		if status != 400 || !strings.Contains(answer, `"attr":"`+field+`"`) {
			s.t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	s.console("PATCH", "/settings", map[string]any{"valuePath": nil}, &shown)
	if string(shown["valuePath"]) != `""` {
		s.t.Errorf("set back, the value path is %s", shown["valuePath"])
	}
	status, _, answer := s.request("GET", "/v1/pixel/track?userId=pixel&event=Opened&properties.value=3&messageId=pixel&writeKey="+testWriteKey, "")
	if status != 200 || !strings.HasPrefix(answer, "GIF89a") {
		s.t.Errorf("the pixel is %d %q", status, answer)
	}
}

// checkSigned delivers what Segment signs, with a signature made here by its documentation: HMAC-SHA1 of the body, in hex.
func (s *server) checkSigned() {
	s.t.Helper()
	s.console("PATCH", "/settings", map[string]any{"webhookSecret": "shared secret"}, nil)
	sign := func(text string) string {
		mac := hmac.New(sha1.New, []byte("shared secret"))
		mac.Write([]byte(text))
		return hex.EncodeToString(mac.Sum(nil))
	}
	deliver := func(body, signature string, want int) {
		s.t.Helper()
		status, _, answer := s.request("POST", "/v1/webhooks/segment_webhook", body, "Statsig-Api-Key", testServerKey, "X-Signature", signature)
		if status != want {
			s.t.Errorf("%s signed %q: %d %s, want %d", body, signature, status, answer, want)
		}
	}
	one := `{"type":"track","event":"<Signed> & \u00fc","userId":"u","messageId":"signed"}`
	deliver(one, sign(one), 200)
	deliver(`[`+one+`,{"type":"track","event":"B","userId":"u","messageId":"signed-2"}]`, sign(one), 200)
	deliver(one, sign(one+" "), 403)
	deliver(one, "", 403)
	deliver(one, "zz", 403)
	if _, _, answer := s.request("GET", "/console/v1/settings", "", "STATSIG-API-KEY", testConsoleKey); strings.Contains(answer, "shared") || !strings.Contains(answer, `"webhookSecret":{"set":true}`) {
		s.t.Errorf("the settings show %s", answer)
	}
	s.console("PATCH", "/settings", map[string]any{"webhookSecret": nil}, nil)
	deliver(strings.Replace(one, `"signed"`, `"unsigned"`, 1), "", 200)
}

// eraseCase is something that the erased user did.
func eraseCase(id string, at time.Time) string {
	return fmt.Sprintf(`{"type":"track","event":"A","userId":"gone","messageId":%q,"timestamp":%q}`, id, at.Format(time.RFC3339Nano))
}

// sendErasure has a user erased, then sends older and newer events of it.
func (s *server) sendErasure() {
	s.t.Helper()
	now := time.Now()
	send := func(path, body string, want int, part string) {
		s.t.Helper()
		if status, _, answer := s.request("POST", path, body, "Statsig-Api-Key", testServerKey); status != want || !strings.Contains(answer, part) {
			s.t.Errorf("%s: %d %s, want %d and %s", body, status, answer, want, part)
		}
	}
	send("/v1/webhooks/segment_webhook", eraseCase("swept", now.Add(-3*time.Hour)), 200, "true")
	send("/v1/webhooks/segment_webhook", fmt.Sprintf(`{"type":"delete","userId":"gone","messageId":"order","timestamp":%q}`, now.Add(-time.Minute).Format(time.RFC3339Nano)), 200, "true")
	send("/v1/webhooks/segment_webhook", eraseCase("older", now.Add(-time.Hour)), 200, "erased")
	send("/v1/batch", `{"batch":[`+eraseCase("older-2", now.Add(-time.Hour))+`,`+eraseCase("newer", now)+`]}`, 200, `"index":0,"code":"erased"`)
}

// checkErasures wants the order on record, with the published SHA-256 of "gone" and nothing that names the user.
func (s *server) checkErasures() {
	s.t.Helper()
	var orders []struct{ UnitType, IDHash, MessageID, RequestedBy string }
	s.console("GET", "/erasures?id=gone", nil, &orders)
	if len(orders) != 1 || orders[0].UnitType != "userid" || orders[0].MessageID != "order" || orders[0].RequestedBy != s.sourceOf("server") ||
		orders[0].IDHash != "283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247" {
		s.t.Errorf("the orders to erase are %+v", orders)
	}
	var ticked time.Time
	s.until("what the erased user did before is gone", 120*time.Second, func() bool {
		// The sweep begins when everything received with the order is known to be loaded, which a later event shows.
		if time.Since(ticked) > 3*time.Second {
			s.post("/v1/track", testWriteKey, `{"event":"Tick","userId":"u"}`)
			ticked = time.Now()
		}
		var events []struct{ MessageID string }
		s.console("GET", "/events/"+url.PathEscape("segment::A"), nil, &events)
		found := make(map[string]bool)
		for _, e := range events {
			found[e.MessageID] = true
		}
		return found["newer"] && found["before"] && !found["swept"]
	})
	s.console("GET", "/erasures?id=u", nil, &orders)
	if len(orders) != 0 {
		s.t.Errorf("someone else was erased, too: %+v", orders)
	}
}

// sendChunked sends as Kotlin does: gzip, in chunks, as text, with the key in the body.
func (s *server) sendChunked() {
	s.t.Helper()
	read, write := io.Pipe()
	go func() {
		z := gzip.NewWriter(write)
		fmt.Fprintf(z, `{"batch":[{"type":"track","event":"Chunked","userId":"u","messageId":"chunked"`)
		z.Flush()
		fmt.Fprintf(z, `}],"sentAt":%q,"writeKey":%q}`, time.Now().Format(time.RFC3339Nano), testWriteKey)
		write.CloseWithError(z.Close())
	}()
	req := must(http.NewRequest("POST", s.URL+"/v1/b", read))
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	req.Header.Set("Content-Encoding", "gzip")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if answer := must(io.ReadAll(res.Body)); res.StatusCode != 200 || string(answer) != `{"success":true}` || res.Header.Get("Content-Type") != "application/json" {
		s.t.Errorf("a chunked gzip body is answered %d %s", res.StatusCode, answer)
	}
}

// restartErased wants the tombstone to survive kill -9.
func (s *server) restartErased() {
	s.t.Helper()
	s.kill()
	again := startServer(s.t, s.dir)
	s.URL, s.admin, s.cmd, s.exited, s.log = again.URL, again.admin, again.cmd, again.exited, again.log
	if status, answer := s.post("/v1/batch", testWriteKey, `{"batch":[`+eraseCase("older-3", time.Now().Add(-time.Hour))+`]}`); status != 200 || !strings.Contains(answer, "erased") {
		s.t.Errorf("after a restart an older event of an erased user is answered %d %s", status, answer)
	}
	s.waitLoaded()
}

func (s *server) checkIDTypes() {
	s.t.Helper()
	s.console("POST", "/unit_id_types", map[string]any{"name": "deviceID", "description": "a device"}, nil)
	var types []struct{ Name, Status string }
	s.console("GET", "/unit_id_types", nil, &types)
	var lines []string
	for _, t := range types {
		lines = append(lines, t.Name+": "+t.Status)
	}
	want := []string{"userID: built in", "anonymousID: built in", "stableID: built in", "deviceID: declared", "orderid: seen, not declared", "segmentanonymousid: seen, not declared"}
	if !slices.Equal(lines, want) {
		s.t.Errorf("the ID types are %q, want %q", lines, want)
	}
	if status, _, answer := s.request("POST", "/console/v1/unit_id_types", `{"name":"DEVICEid"}`, "STATSIG-API-KEY", testConsoleKey); status != 409 {
		s.t.Errorf("declared twice: %d %s", status, answer)
	}
}

func checkWireTables(t *testing.T, dir string) {
	t.Helper()
	rows := storedEvents(t, dir)
	for id, want := range map[string]string{
		"before": "track segment::A u-before o1 1", "after": "track segment::A u-after d1a1o1 7.5", "pixel": "track segment::Opened pixel  3",
		"signed": "track segment::<Signed> & ü u  null", "signed-2": "track segment::B u  null", "unsigned": "track segment::<Signed> & ü u  null",
		"chunked": "track segment::Chunked u  null", "newer": "track segment::A gone  null",
	} {
		e := rows[id]
		got := fmt.Sprint(e.Kind, " ", e.Name, " ", e.UserID, " ", e.UnitIDs["deviceid"], e.UnitIDs["segmentanonymousid"], e.UnitIDs["orderid"], " ", string(must(json.Marshal(e.Value))))
		if got != want {
			t.Errorf("%s is stored as %q, want %q", id, got, want)
		}
	}
	for _, id := range []string{"swept", "older", "older-2", "older-3", "order"} {
		if e, ok := rows[id]; ok {
			t.Errorf("%s is stored: %+v", id, e)
		}
	}
}

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What the ingest routes answer, and what of it is stored: every route, and bad input beside good.
func TestIngestRoutes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	want := map[string]string{} // message id -> kind

	ok := func(path, key, id, kind, body string) {
		t.Helper()
		status, answer := s.post(path, key, body)
		if status != http.StatusOK || answer != `{"success":true}` {
			t.Errorf("%s: %d %s", path, status, answer)
		}
		want[id] = kind
	}
	for _, r := range []struct{ kind, extra string }{
		{"track", `"event":"A"`}, {"identify", `"traits":{"a":1}`}, {"page", `"name":null`}, {"screen", `"name":"S"`}, {"group", `"groupId":"g"`}, {"alias", `"previousId":"p"`},
	} {
		for _, path := range []string{"/v1/" + r.kind, "/v1/" + r.kind[:1], "/" + r.kind} {
			id := "m" + path
			ok(path, testWriteKey, id, r.kind, fmt.Sprintf(`{"userId":"u","messageId":%q,%s}`, id, r.extra))
		}
	}
	for _, path := range []string{"/v1/batch", "/v1/b", "/v1/import", "/batch"} {
		id := "m" + path
		ok(path, "", id, "track", fmt.Sprintf(`{"writeKey":%q,"batch":[{"type":"track","event":"A","anonymousId":"a","messageId":%q}]}`, testWriteKey, id))
	}
	ok("/v1/track", "wrong", "both-keys", "track", fmt.Sprintf(`{"writeKey":%q,"userId":"u","event":"A","messageId":"both-keys"}`, testWriteKey))

	refused := func(path, key, body string, status int, parts ...string) {
		t.Helper()
		got, answer := s.post(path, key, body)
		for _, part := range append(parts, `"success":false`, `"code":`, `"message":`) {
			if got != status || !strings.Contains(answer, part) {
				t.Errorf("%s %.60q: %d %s, want %d and %q", path, body, got, answer, status, part)
			}
		}
	}
	refused("/v1/track", testWriteKey, `{"userId":"u","event":`, 400, "invalid_json", "byte 22")
	refused("/v1/track", testWriteKey, ``, 400, "invalid_json", "empty")
	refused("/v1/batch", testWriteKey, `[1,2]`, 400, "invalid_batch")
	refused("/v1/batch", testWriteKey, `{"batch":[`+strings.Repeat(`{"type":"track"},`, 60_000)+`{}]}`, 400, "request_too_large", "655360")
	refused("/v1/track", "wrong", `{"userId":"u","event":"A"}`, 401, "unknown_source")
	refused("/v1/track", "", `{"userId":"u","event":"A"}`, 401, "unknown_source")
	refused("/v1/track", testConsoleKey, `{"userId":"u","event":"A"}`, 401, "unknown_source")
	refused("/v1/track", testWriteKey, "\x1f\x8bnot gzip", 400, "bad_encoding")

	status, answer := s.post("/v1/batch", testWriteKey, `{"batch":[
		{"type":"track","event":"A","userId":"u","messageId":"good-1"}, {"type":"track","event":"A"}, {"type":"track","userId":"u"}, {"type":"dance","userId":"u"},
		5, {"type":"track","event":"A","userId":"u","properties":[1]}, {"type":"track","event":"A","userId":"u","messageId":"good-2","properties":{"x":"`+strings.Repeat("y", 10)+`"}},
		{"type":"track","event":"A","userId":"u","properties":{"x":"`+strings.Repeat("y", 40_000)+`"}}]}`)
	want["good-1"], want["good-2"] = "track", "track"
	for i, part := range []string{"", "no_user_anon_id", "event_not_defined", "unknown_type", "bad_request", "properties_not_object", "", "event_too_large"} {
		if part != "" && !strings.Contains(answer, fmt.Sprintf(`{"index":%d,"code":%q`, i, part)) {
			t.Errorf("the answer does not say that item %d is rejected as %s: %s", i, part, answer)
		}
	}
	if status != http.StatusOK {
		t.Errorf("a batch with bad items is answered %d", status)
	}

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintf(z, `{"writeKey":%q,"batch":[{"type":"track","event":"A","userId":"u","messageId":"gzip"}]}`, testWriteKey)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	ok("/v1/batch", "", "gzip", "track", packed.String())
	sdk := `{"events":[{"eventName":"clicked","user":{"userID":"u","customIDs":{"companyID":"c"}},"value":3,"time":1700000000000}],"statsigMetadata":{"sdkType":"go-sdk","sdkVersion":"1"}}`
	if status, answer := s.post("/v1/log_event", testServerKey, sdk); status != http.StatusAccepted {
		t.Errorf("log_event: %d %s", status, answer)
	}

	s.waitLoaded()
	s.stop()
	rows := storedEvents(t, dir)
	for id, kind := range want {
		if rows[id].Kind != kind {
			t.Errorf("%s is stored as %q, want %q", id, rows[id].Kind, kind)
		}
	}
	if len(rows) != len(want)+1 { // and the SDK's event
		t.Errorf("%d rows are stored, want %d", len(rows), len(want)+1)
	}
}

// A second server on one data folder is refused, and says why.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startServer(t, dir)
	second := launch(t, dir)
	if err := <-second.exited; err == nil || !strings.Contains(second.log.String(), "in use") || !strings.Contains(second.log.String(), dir) {
		t.Errorf("a second server ended with %v and said %q", err, second.log)
	}
	second.exited <- nil
}

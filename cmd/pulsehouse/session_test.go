package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// browser sends requests as the console's page does: with the cookie it was given, and where the page came from.
type browser struct {
	t      *testing.T
	url    string
	cookie *http.Cookie
	site   string
}

func (b *browser) do(method, path, body string) (status int, answer string, header http.Header) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if b.cookie != nil {
		req.AddCookie(b.cookie)
	}
	if b.site != "" {
		req.Header.Set("Sec-Fetch-Site", b.site)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		b.cookie = c
	}
	return res.StatusCode, string(text), res.Header
}

func (b *browser) want(status int, method, path, body string) string {
	b.t.Helper()
	got, answer, _ := b.do(method, path, body)
	if got != status {
		b.t.Fatalf("%s %s answers %d, not %d: %s", method, path, got, status, answer)
	}
	return answer
}

// A browser signs in with a console key and uses the Console API by cookie, which pages cannot read, other origins cannot use, a restart
// does not end, and a rotated key does.
func TestSession(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	b := &browser{t: t, url: s.URL, site: "same-origin"}

	b.want(401, "GET", "/console/v1/session", "")
	b.want(401, "POST", "/console/v1/session", `{"key":"console-wrong"}`)
	b.want(403, "POST", "/console/v1/session", `{"key":"`+testServerKey+`"}`)
	b.want(200, "POST", "/console/v1/session", `{"key":"`+testConsoleKey+`"}`)
	if c := b.cookie; c == nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure {
		t.Fatalf("the cookie is %v", c)
	}
	b.want(200, "GET", "/console/v1/experiments", "")
	b.want(201, "POST", "/console/v1/keys", `{"type":"write","description":"made in a browser"}`)

	other := *b
	other.site = "same-site" // another port of this host
	other.want(403, "POST", "/console/v1/keys", `{"type":"write"}`)
	forged := *b
	id, rest, _ := strings.Cut(b.cookie.Value, ".")
	forged.cookie = &http.Cookie{Name: b.cookie.Name, Value: id + ".9" + rest}
	forged.want(401, "GET", "/console/v1/session", "")

	s.stop()
	s = startServer(t, dir)
	b.url = s.URL
	b.want(200, "GET", "/console/v1/session", "")

	var keys struct {
		Data []struct{ ID, Type string }
	}
	if err := json.Unmarshal([]byte(b.want(200, "GET", "/console/v1/keys", "")), &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys.Data {
		if k.Type == "console" {
			b.want(200, "PATCH", "/console/v1/keys/"+k.ID+"/rotate", "")
		}
	}
	b.want(401, "GET", "/console/v1/session", "")
}

// The system page tells how the server is, and what it tells is true of this one.
func TestSystem(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	if status, answer := s.post("/v1/track", testWriteKey, `{"userId":"u","event":"A","messageId":"m"}`); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	s.waitLoaded()
	b := &browser{t: t, url: s.URL}
	b.want(200, "POST", "/console/v1/session", `{"key":"`+testConsoleKey+`"}`)
	var system struct {
		Data struct {
			Timezone string
			Checks   []struct{ OK bool }
			Engine   *struct{ Version string }
			Tables   []struct {
				Name string
				Rows int
			}
		}
	}
	if err := json.Unmarshal([]byte(b.want(200, "GET", "/console/v1/system", "")), &system); err != nil {
		t.Fatal(err)
	}
	d := system.Data
	if d.Timezone != "UTC" || len(d.Checks) == 0 || d.Engine == nil || d.Engine.Version == "" {
		t.Errorf("the system is %+v", d)
	}
	rows := -1
	for _, table := range d.Tables {
		if table.Name == "events" {
			rows = table.Rows
		}
	}
	if rows != 1 {
		t.Errorf("events has %d rows, not the one that was sent", rows)
	}
}

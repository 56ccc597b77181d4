package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// The real analytics.js in a real browser, on a page of another origin, changed only in host and key: it asks for its settings, the
// browser asks whether it may send, and every call arrives, one by one and batched.
func TestBrowser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	cmd := exec.Command("node", filepath.Join(repository(t), "testdata", "clients", "browser.mjs"), s.URL, testWriteKey, "b1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the browser: %v", err)
	}
	var seen struct {
		Sent     []struct{ MessageID, Type, Event, AnonymousID, UserID string }
		Requests []struct {
			Method, Path string
			Status       int
		}
		Problems []string
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("the browser printed %s: %v", out, err)
	}
	for _, p := range seen.Problems {
		t.Errorf("the browser complains: %s", p)
	}
	var paths []string
	for _, r := range seen.Requests {
		paths = append(paths, r.Path)
		if r.Status != 200 && r.Status != 204 {
			t.Errorf("%s %s is answered %d", r.Method, r.Path, r.Status)
		}
	}
	for _, path := range []string{"/v1/projects/" + testWriteKey + "/settings", "/v1/p", "/v1/i", "/v1/t", "/v1/g", "/v1/s", "/v1/a", "/v1/b"} {
		if !slices.Contains(paths, path) {
			t.Errorf("the browser asked for %v, and not for %s", paths, path)
		}
	}
	s.waitLoaded()
	s.stop()

	rows := storedEvents(t, dir)
	if len(seen.Sent) != 12 || len(rows) != 12 {
		t.Errorf("%d calls were sent and %d rows are stored, want 12 of each", len(seen.Sent), len(rows))
	}
	for _, sent := range seen.Sent {
		row := rows[sent.MessageID]
		if got, want := fmt.Sprint(row.Kind, row.AnonymousID, row.UserID), fmt.Sprint(sent.Type, sent.AnonymousID, sent.UserID); got != want {
			t.Errorf("%s is stored as %s, was sent as %s", sent.MessageID, got, want)
		}
		if sent.Type == "track" && (row.Name != "segment::"+sent.Event || row.Value == nil || *row.Value != 4.5 || row.UnitIDs["companyid"] != "co-b1") {
			t.Errorf("the track call is stored as %+v", row)
		}
	}
}

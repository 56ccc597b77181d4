package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The real Segment libraries send all six calls, changed only in endpoint and key; every field of every call must be found
// again in ClickHouse.
func TestRealClients(t *testing.T) {
	t.Parallel()
	clients := filepath.Join(repository(t), "testdata", "clients")
	if _, err := os.Stat(filepath.Join(clients, "node_modules")); err != nil {
		t.Fatalf("the Node clients are not installed: run make clients (%v)", err)
	}
	dir := t.TempDir()
	s := startServer(t, dir)
	goClient := exec.Command("go", "run", ".", s.URL, testWriteKey, "r1")
	goClient.Dir = filepath.Join(clients, "go")
	nodeClient := exec.Command("node", filepath.Join(clients, "segment.mjs"), s.URL, testWriteKey, "r1")
	sent := append(callsOf(t, goClient), callsOf(t, nodeClient)...)
	s.waitLoaded()
	s.stop()

	rows := storedEvents(t, dir)
	if len(sent) != 12 || len(rows) != 12 {
		t.Fatalf("%d calls were sent and %d rows are stored, want 12 of each", len(sent), len(rows))
	}
	for _, call := range sent {
		row, ok := rows[call["messageId"].(string)]
		if !ok {
			t.Errorf("%v is not stored", call["messageId"])
			continue
		}
		checkCall(t, call, row)
	}
}

// callsOf runs a client and returns what it says it sent.
func callsOf(t *testing.T, cmd *exec.Cmd) (calls []map[string]any) {
	t.Helper()
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	if err := json.Unmarshal(out, &calls); err != nil {
		t.Fatalf("%v printed %s: %v", cmd.Args, out, err)
	}
	return calls
}

// checkCall compares a call field by field with its row.
func checkCall(t *testing.T, call map[string]any, row storedEvent) {
	t.Helper()
	id := call["messageId"]
	same := func(field string, got any) {
		t.Helper()
		if want := call[field]; want != nil && !reflect.DeepEqual(want, got) {
			t.Errorf("%v: %s is stored as %#v, was sent as %#v", id, field, got, want)
		}
	}
	kind := id.(string)[strings.LastIndex(id.(string), "-")+1:]
	if row.Kind != kind {
		t.Errorf("%v: kind is stored as %q, want %q", id, row.Kind, kind)
	}
	same("userId", row.UserID)
	same("anonymousId", row.AnonymousID)
	same("groupId", row.GroupID)
	same("previousId", row.PreviousID)
	same("event", row.Event)
	if kind == "page" || kind == "screen" {
		same("name", row.Event)
	}
	same("category", jsonOf(t, row.Extra)["category"])
	same("traits", anyOf(t, row.Traits))
	same("integrations", anyOf(t, row.Integrations))
	checkProperties(t, call, row)
	checkContext(t, call, row)
	sentAt, err := time.Parse(time.RFC3339Nano, call["timestamp"].(string))
	if err != nil || !row.Time.Equal(sentAt.Truncate(time.Millisecond)) {
		t.Errorf("%v: time is stored as %v, was sent as %v (%v)", id, row.Time, call["timestamp"], err)
	}
	if row.MessageID != id || row.Library == "" || row.Name == "" {
		t.Errorf("%v: stored with message id %q, library %q, name %q", id, row.MessageID, row.Library, row.Name)
	}
}

// checkProperties wants every property, and statsigCustomIDs as unit IDs.
func checkProperties(t *testing.T, call map[string]any, row storedEvent) {
	t.Helper()
	properties, _ := call["properties"].(map[string]any)
	stored := jsonOf(t, row.Properties)
	for key, want := range properties {
		if key == "statsigCustomIDs" {
			if row.UnitIDs["companyid"] != "co-r1" {
				t.Errorf("%v: unit ids are %v, want companyid co-r1", row.MessageID, row.UnitIDs)
			}
			continue
		}
		if !reflect.DeepEqual(stored[key], want) {
			t.Errorf("%v: property %s is stored as %#v, was sent as %#v", row.MessageID, key, stored[key], want)
		}
	}
	if revenue, ok := properties["revenue"]; ok && (row.Value == nil || *row.Value != revenue) {
		t.Errorf("%v: value is %v, want the revenue %v", row.MessageID, row.Value, revenue)
	}
}

// checkContext wants every context field the caller set; the library adds its own.
func checkContext(t *testing.T, call map[string]any, row storedEvent) {
	t.Helper()
	context, _ := call["context"].(map[string]any)
	stored := jsonOf(t, row.Context)
	for key, want := range context {
		if !reflect.DeepEqual(stored[key], want) {
			t.Errorf("%v: context.%s is stored as %#v, was sent as %#v", row.MessageID, key, stored[key], want)
		}
	}
}

func jsonOf(t *testing.T, text string) map[string]any {
	t.Helper()
	object, _ := anyOf(t, text).(map[string]any)
	return object
}

func anyOf(t *testing.T, text string) (v any) {
	t.Helper()
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("stored JSON %q: %v", text, err)
	}
	return v
}

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The console, driven in Chromium as people do, against a server with the demo's data: each journey of testdata/console is a test.
func TestConsole(t *testing.T) {
	if testing.Short() {
		t.Skip("drives a browser for minutes")
	}
	t.Parallel()
	root := repository(t)
	if _, err := os.Stat(filepath.Join(root, "testdata", "clients", "node_modules", "playwright-core")); err != nil {
		t.Fatalf("playwright-core is not installed: run make clients (%v)", err)
	}
	s := startServer(t, t.TempDir(), "--query-timeout", "10s")
	s.run("demo", "--units", "1500", "--days", "6")
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(root, "testdata", "console", "journeys.mjs"), s.URL+"/", testConsoleKey, testWriteKey)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "SERVER_PID="+strconv.Itoa(s.cmd.Process.Pid))
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the journeys ended with %v", err)
	}
	for line := range strings.Lines(string(out)) {
		var journey struct {
			Name, Error string
			OK          bool
		}
		if err := json.Unmarshal([]byte(line), &journey); err != nil {
			t.Fatalf("the journeys print %q: %v", line, err)
		}
		t.Run(journey.Name, func(t *testing.T) {
			t.Log(strings.TrimSpace(line))
			if !journey.OK {
				t.Error(journey.Error)
			}
		})
	}
	if !strings.Contains(string(out), `"name":"clean"`) {
		t.Error("the journeys did not come to their end")
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// openTables opens the tables that a stopped server left in its data folder: what is checked is what is on disk.
func openTables(t *testing.T, dir string) *store.DB {
	t.Helper()
	engine, err := store.NewEngine(store.EngineOptions{Dir: filepath.Join(dir, "engine")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	db, err := store.Open(store.Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	limited, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	for db.Ping(limited) != nil {
		if limited.Err() != nil {
			t.Fatal("the engine does not come up on the server's data folder")
		}
		time.Sleep(20 * time.Millisecond)
	}
	return db
}

// storedIDs counts the rows of each message id.
func storedIDs(t *testing.T, dir string) map[string]uint64 {
	t.Helper()
	var rows []struct {
		ID   string `ch:"message_id"`
		Rows uint64 `ch:"rows"`
	}
	err := openTables(t, dir).Select(t.Context(), &rows, `SELECT message_id, count() AS rows FROM events GROUP BY message_id`, nil)
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]uint64, len(rows))
	for _, r := range rows {
		counts[r.ID] = r.Rows
	}
	return counts
}

// storedEvent is a row of events.
type storedEvent struct {
	MessageID    string            `ch:"message_id"`
	Kind         string            `ch:"kind"`
	Name         string            `ch:"name"`
	Event        string            `ch:"event"`
	Time         time.Time         `ch:"time"`
	UserID       string            `ch:"user_id"`
	AnonymousID  string            `ch:"anonymous_id"`
	GroupID      string            `ch:"group_id"`
	PreviousID   string            `ch:"previous_id"`
	UnitIDs      map[string]string `ch:"unit_ids"`
	Value        *float64          `ch:"value"`
	Properties   string            `ch:"properties"`
	Traits       string            `ch:"traits"`
	Context      string            `ch:"context"`
	Integrations string            `ch:"integrations"`
	Extra        string            `ch:"extra"`
	Library      string            `ch:"library"`
}

func storedEvents(t *testing.T, dir string) map[string]storedEvent {
	t.Helper()
	var rows []storedEvent
	err := openTables(t, dir).Select(t.Context(), &rows, `
		SELECT message_id, kind, name, event, time, user_id, anonymous_id, group_id, previous_id, unit_ids, value, properties, traits,
		       context, integrations, extra, library
		FROM events`, nil)
	if err != nil {
		t.Fatal(err)
	}
	byID := make(map[string]storedEvent, len(rows))
	for _, r := range rows {
		byID[r.MessageID] = r
	}
	return byID
}

// killEngine kills the engine's process, the only child of the server, with -9.
func killEngine(t *testing.T, s *server) {
	t.Helper()
	pid := onlyChild(t, s.cmd.Process.Pid)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// onlyChild finds the child process of a process in /proc.
func onlyChild(t *testing.T, parent int) int {
	t.Helper()
	for _, path := range must(filepath.Glob("/proc/[0-9]*/stat")) {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		var pid, ppid int
		var state string
		name := strings.LastIndexByte(string(text), ')')
		fmt.Sscan(string(text[:bytes.IndexByte(text, ' ')]), &pid)
		fmt.Sscan(string(text[name+1:]), &state, &ppid)
		if ppid == parent && state != "Z" {
			return pid
		}
	}
	t.Fatalf("process %d has no child", parent)
	return 0
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

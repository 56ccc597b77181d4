package main

import (
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

// With --clickhouse the tables are in a server, reached through the same code; nothing is started beside it.
func TestServerInsteadOfEngine(t *testing.T) {
	t.Parallel()
	engine, err := store.NewEngine(store.EngineOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, engine)
	<-engine.Ready()
	dsn, _ := engine.DSN()
	dir := t.TempDir()
	s := startServer(t, dir, "--clickhouse", dsn+"/elsewhere")
	if status, answer := s.post("/v1/track", testWriteKey, `{"userId":"u","event":"A","messageId":"m"}`); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	s.waitLoaded()
	db, err := store.Open(store.Options{DSN: dsn + "/elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var id string
	if err := db.Row(t.Context(), "SELECT message_id FROM events", nil).Scan(&id); err != nil || id != "m" {
		t.Errorf("the server has %q (%v)", id, err)
	}
	checkOneWriter(t, s, startServer(t, t.TempDir(), "--clickhouse", dsn+"/elsewhere"))

	wrong := launch(t, t.TempDir(), "--clickhouse", "clickhouse://localhost:9000/x")
	if err := <-wrong.exited; err == nil || !strings.Contains(wrong.log.String(), "http://") {
		t.Errorf("a native address ended with %v and says %s", err, wrong.log)
	}
	wrong.exited <- nil
}

// checkOneWriter: of two servers on one database the first changes ID lists and the second serves them, until the first is gone.
func checkOneWriter(t *testing.T, first, second *server) {
	t.Helper()
	add := func(s *server, id string) (int, string) {
		status, _, answer := s.request("PATCH", "/console/v1/segments/shared/add_ids", `{"ids":["`+id+`"]}`, "STATSIG-API-KEY", testConsoleKey)
		return status, answer
	}
	first.console("POST", "/segments", object{"id": "shared", "type": "id_list"}, nil)
	if status, answer := add(first, "u1"); status != 200 {
		t.Fatalf("the first server says %d %s", status, answer)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(first.URL, "http://"), ":")
	if status, answer := add(second, "u2"); status != 503 || !strings.Contains(answer, "lists_written_elsewhere") || !strings.Contains(answer, port) {
		t.Errorf("the second server says %d %s, want that the one at port %s writes", status, answer, port)
	}
	second.until("the second server serves the list", time.Minute, func() bool { return sdkLists(t, second, testServerKey)["shared"].Size == 10 })
	first.stop()
	second.until("the second server takes over", time.Minute, func() bool { status, _ := add(second, "u2"); return status == 200 })
	second.stop()
}

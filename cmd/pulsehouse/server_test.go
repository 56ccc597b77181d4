package main

import (
	"strings"
	"testing"

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
	s.stop()

	wrong := launch(t, t.TempDir(), "--clickhouse", "clickhouse://localhost:9000/x")
	if err := <-wrong.exited; err == nil || !strings.Contains(wrong.log.String(), "http://") {
		t.Errorf("a native address ended with %v and says %s", err, wrong.log)
	}
	wrong.exited <- nil
}

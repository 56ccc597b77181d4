package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// openIngest opens the way in on a spool folder; nothing runs yet.
func openIngest(t *testing.T, dir string, db *store.DB) *Ingest {
	t.Helper()
	in, err := Open(dir, db, Options{FlushEvery: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// runs runs something until stop.
func runs(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func waitLoaded(t *testing.T, in *Ingest) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); in.Spool().Waiting > 0 || len(in.InFlight().Lines) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the spool is not loaded: %+v", in.Spool())
		}
	}
}

// A spooled request that cannot be decoded any more is set aside with its reason, and the good ones around it arrive: no matter what is
// wrong with it. Its items are in the ledger as rejected.
func TestPoison(t *testing.T) {
	db, dir := storetest.Open(t), t.TempDir()
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	in := openIngest(t, dir, db)
	stop := runs(t, in.spool.Run) // a life that ends before anything is loaded
	send := func(route uint8, body, meta string) {
		t.Helper()
		rec := spool.Record{Received: time.Now().UnixMilli(), Source: "s", Route: route, Body: []byte(body), Meta: []byte(meta)}
		if _, err := in.spool.Append(t.Context(), rec, &spooled{rows: new(schema.Decoded)}); err != nil {
			t.Fatal(err)
		}
	}
	const meta = `{"prefix":"segment::","items":1}`
	good := func(n int) string {
		return fmt.Sprintf(`{"type":"track","event":"Good","userId":"u","messageId":"good-%d"}`, n)
	}
	send(1, good(0), meta)
	send(1, `{"type":`, `{"items":3}`)
	send(0, `[]`, `{"items":2}`)
	send(77, good(9), `{"items":1}`)
	send(1, "\x1f\x8bnot gzip", `{"items":1}`)
	send(1, good(9), `no meta`)
	send(1, good(1), meta)
	stop()

	in = openIngest(t, dir, db) // a life that finds them
	stop = runs(t, in.Run)
	waitLoaded(t, in)
	stop()
	var got []struct {
		Fate   string `ch:"fate"`
		Reason string `ch:"reason"`
		Items  uint64 `ch:"items"`
	}
	if err := db.Select(t.Context(), &got, `SELECT fate, reason, sum(items) AS items FROM ledger FINAL GROUP BY fate, reason ORDER BY fate, reason`, nil); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(got); text != "[{received  10} {rejected undecodable 8} {stored  2}]" {
		t.Errorf("the ledger says %s", text)
	}
	var ids []string
	if err := db.Row(t.Context(), `SELECT groupArray(message_id) FROM (SELECT message_id FROM events ORDER BY message_id)`, nil).Scan(&ids); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(ids) != "[good-0 good-1]" {
		t.Errorf("stored are %v", ids)
	}
	reasons, err := filepath.Glob(filepath.Join(dir, "quarantine", "record-*.reason"))
	if err != nil || len(reasons) != 5 {
		t.Fatalf("set aside are %v, %v", reasons, err)
	}
	body, err := os.ReadFile(strings.TrimSuffix(reasons[0], ".reason"))
	if err != nil || string(body) != `{"type":` {
		t.Errorf("the first one set aside holds %q, %v", body, err)
	}
}

// A row that the engine refuses, however often it is sent, is set aside alone and counted as rejected; its neighbours in the request and
// in the load arrive, and so does what comes after it.
func TestRefusedByEngine(t *testing.T) {
	db, dir := storetest.Open(t), t.TempDir()
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	constraint := func(sql string) {
		t.Helper()
		if err := db.Exec(t.Context(), "ALTER TABLE events "+sql, nil); err != nil {
			t.Fatal(err)
		}
	}
	constraint("ADD CONSTRAINT no_bad CHECK event != 'Bad'")
	in := openIngest(t, dir, db)
	stop := runs(t, in.Run)
	defer func() { stop() }()
	send := func(bodies ...string) {
		t.Helper()
		for _, body := range bodies {
			rec := spool.Record{Received: time.Now().UnixMilli(), Source: "s", Route: 0, Body: []byte(`{"batch":[` + body + `]}`), Meta: []byte(`{"prefix":"segment::","items":3}`)}
			m, err := metaOf(&rec)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := in.decode(&rec, &m, m.resolve)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := in.spool.Append(t.Context(), rec, &spooled{rows, tallyOf(&rec, rows)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	call := func(event string, n int) string {
		return fmt.Sprintf(`{"type":"track","event":"%s","userId":"u","messageId":"%s-%d"}`, event, event, n)
	}
	three := func(event string, n int) string {
		return call("Good", 3*n) + "," + call(event, 3*n+1) + "," + call("Good", 3*n+2)
	}
	send(three("Good", 0), three("Bad", 1), three("Good", 2), three("Bad", 3))
	waitLoaded(t, in)
	send(three("Good", 4))
	waitLoaded(t, in)

	var rows, bad uint64
	if err := db.Row(t.Context(), `SELECT uniqExact(message_id), countIf(event = 'Bad') FROM events HAVING count() = uniqExact(message_id)`, nil).Scan(&rows, &bad); err != nil || rows != 13 || bad != 0 {
		t.Errorf("%d messages are stored, %d of them bad, %v; want 13 once each, none bad", rows, bad, err)
	}
	var ledger []struct {
		Fate   string `ch:"fate"`
		Name   string `ch:"name"`
		Reason string `ch:"reason"`
		Items  uint64 `ch:"items"`
	}
	if err := db.Select(t.Context(), &ledger, `SELECT fate, name, reason, sum(items) AS items FROM ledger FINAL GROUP BY ALL ORDER BY ALL`, nil); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(ledger); text != "[{received   15} {rejected segment::Bad refused_by_engine 2} {stored segment::Good  13}]" {
		t.Errorf("the ledger says %s", text)
	}
	var samples []string
	if err := db.Row(t.Context(), `SELECT groupArray(body) FROM rejections FINAL`, nil).Scan(&samples); err != nil || len(samples) != 2 || !strings.Contains(samples[0], `"event":"Bad"`) {
		t.Errorf("samples are %q, %v", samples, err)
	}
	if reasons, err := filepath.Glob(filepath.Join(dir, "quarantine", "record-*.reason")); err != nil || len(reasons) != 2 {
		t.Errorf("set aside are %v, %v", reasons, err)
	}
}

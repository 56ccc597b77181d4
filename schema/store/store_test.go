package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// Every value must come back exactly, however odd.
func TestParams(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	odd := "a'b\\c\td\ne\r\x00f\"g`h ü🗻 {x:String} \\N %"
	f := func(typ string, value any, query, want string) {
		t.Helper()
		var got string
		err := db.Row(t.Context(), strings.ReplaceAll(query, "$", "{x:"+typ+"}"), store.Params{"x": value}).Scan(&got)
		if err != nil || got != want {
			t.Errorf("%s %#v: got %q, want %q (%v)", typ, value, got, want, err)
		}
	}
	f("String", odd, "SELECT $", odd)
	f("String", "", "SELECT $", "")
	f("String", "null", "SELECT $", "null")
	f("Array(String)", []string{odd, "", "x"}, "SELECT $[1]", odd)
	f("Array(String)", []string{odd, ",", "]"}, "SELECT toString(length($))", "3")
	f("Array(String)", []string{}, "SELECT toString(length($))", "0")
	f("Map(String, String)", map[string]string{odd: odd}, "SELECT $['"+"x"+"'] || mapValues($)[1]", odd)
	f("Array(Tuple(String, UInt64))", [][]any{{odd, uint64(1<<63 + 1)}}, "SELECT concat($[1].1, toString($[1].2))", odd+"9223372036854775809")
	f("UInt64", uint64(1<<64-1), "SELECT toString($)", "18446744073709551615")
	f("Int64", -5, "SELECT toString($)", "-5")
	f("Float64", 0.1, "SELECT toString($)", "0.1")
	f("Bool", true, "SELECT toString($)", "true")
	f("DateTime64(3, 'UTC')", time.Date(2026, 3, 29, 1, 2, 3, 45_000_000, time.FixedZone("", 3600)), "SELECT toString($)", "2026-03-29 00:02:03.045")
	f("Identifier", "one", "SELECT toString(dummy) FROM system.$", "0")
}

// A connection without our password sees nothing and may do nothing.
func TestPrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	engine, stop := runEngine(t, dir)
	defer stop()
	dsn, up := engine.DSN()
	if !up {
		t.Fatal("the engine is not up")
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, ours := u.User.Password(); !ours {
		t.Fatal("our own address has no password")
	}
	f := func(query string) {
		t.Helper()
		for _, login := range []string{"", "?user=default", "?user=pulsehouse", "?user=pulsehouse&password=x"} {
			res, err := http.Post("http://"+u.Host+"/"+login, "text/plain", strings.NewReader(query))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode == http.StatusOK && strings.TrimSpace(string(text)) != "0" {
				t.Errorf("%s %q is answered: %d %s (%v)", login, query, res.StatusCode, text, err)
			}
		}
	}
	f("SELECT count() FROM system.tables WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')")
	f("SELECT * FROM file('/etc/passwd', LineAsString)")
	f("SELECT * FROM url('http://127.0.0.1:1/', LineAsString)")
	f("CREATE DATABASE x")
	f("SHOW USERS")
	for _, file := range []string{"users.xml", "config.xml"} {
		info, err := os.Stat(dir + "/" + file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v)", file, info.Mode(), err)
		}
	}
}

// The engine writes about itself only what is wrong: its own logs once cost more than its work.
func TestQuiet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	engine, stop := runEngine(t, dir)
	defer stop()
	db, err := store.Open(store.Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	migrate(t, db)
	if err := db.Exec(t.Context(), "SYSTEM FLUSH LOGS", nil); err != nil {
		t.Fatal(err)
	}
	var logs []string
	if err := db.Row(t.Context(), "SELECT groupArray(name) FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'", nil).Scan(&logs); err != nil || len(logs) > 0 {
		t.Errorf("the engine keeps %v (%v)", logs, err)
	}
	text, err := os.ReadFile(dir + "/engine.log")
	if err != nil || strings.Contains(string(text), "<Debug>") || strings.Contains(string(text), "<Trace>") {
		t.Errorf("the engine's log: %.300s (%v)", text, err)
	}
}

func TestSecondEngineIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := store.NewEngine(store.EngineOptions{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	_, err := store.NewEngine(store.EngineOptions{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second engine on one folder: %v", err)
	}
}

// The engine's process is killed: it must come back by itself, at a new address, with everything that was stored.
func TestEngineComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	engine, stop := runEngine(t, dir)
	db, err := store.Open(store.Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	migrate(t, db)
	if err := db.Exec(t.Context(), "INSERT INTO loads (spool_id, rows) SELECT 1, 42", nil); err != nil {
		t.Fatal(err)
	}
	before, _ := engine.DSN()
	if err := db.Exec(t.Context(), "SYSTEM SHUTDOWN", nil); err == nil {
		t.Log("the engine answered its own shutdown")
	}
	until(t, "the engine is up at another address", func() bool { now, up := engine.DSN(); return up && now != before })
	rows := func() (n uint64) {
		if err := db.Row(t.Context(), "SELECT sum(rows) FROM loads", nil).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := rows(); got != 42 {
		t.Errorf("after a restart loads has %d rows, want 42", got)
	}
	stop()
	if err := db.Ping(t.Context()); !errors.Is(err, store.ErrAway) {
		t.Errorf("with the engine stopped Ping says %v, want ErrAway", err)
	}
	engine, stop = runEngine(t, dir)
	defer stop()
	again, err := store.Open(store.Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	db = again
	if got := rows(); got != 42 {
		t.Errorf("after stop and start loads has %d rows, want 42", got)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	first := `-- a comment; with a semicolon and a 'quote
CREATE TABLE IF NOT EXISTS a (x String DEFAULT ';') ENGINE = Memory; /* ; */
CREATE TABLE IF NOT EXISTS b (x UInt8) ENGINE = Memory;
`
	files := fstest.MapFS{"sql/001_a.sql": {Data: []byte(first)}}
	if err := db.SchemaCurrent(t.Context(), files); err == nil {
		t.Error("the schema is current before the migration")
	}
	for range 2 {
		if err := db.Migrate(t.Context(), files); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.SchemaCurrent(t.Context(), files); err != nil {
		t.Error(err)
	}
	if err := db.Exec(t.Context(), "INSERT INTO a SELECT 'x' FROM b", nil); err != nil {
		t.Error(err)
	}
	files["sql/001_a.sql"] = &fstest.MapFile{Data: []byte(first + " ")}
	if err := db.Migrate(t.Context(), files); err == nil || !strings.Contains(err.Error(), "001_a.sql") {
		t.Errorf("an edited migration: %v", err)
	}
	delete(files, "sql/001_a.sql")
	files["sql/002_b.sql"] = &fstest.MapFile{Data: []byte("CREATE TABEL x")}
	if err := db.Migrate(t.Context(), files); err == nil || errors.Is(err, store.ErrAway) || !strings.Contains(err.Error(), "002_b.sql") {
		t.Errorf("a wrong migration: %v", err)
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	var n uint64
	var stats store.Stats
	err := db.Row(t.Context(), "SELECT sum(number) FROM numbers({n:UInt64})", store.Params{"n": 1000}, store.WithStats(&stats), store.WithQueryID("mine")).Scan(&n)
	if err != nil || n != 499500 || stats.RowsRead != 1000 || stats.QueryID != "mine" || stats.Elapsed <= 0 {
		t.Errorf("sum %d, stats %+v (%v)", n, stats, err)
	}
}

// TestStream: rows come one at a time and all of them; an answer may be left in the middle; one that breaks off is no end; a column
// without a field is told.
func TestStream(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	type row struct {
		Name string `ch:"name"`
		N    uint64 `ch:"n"`
	}
	const query = "SELECT number AS n, toString(number) AS name FROM numbers({rows:UInt64})"
	read := func(ctx context.Context, most uint64, sql string, p store.Params) (n uint64, err error) {
		rows, err := db.Stream(ctx, sql, p, store.WithSettings(map[string]any{"max_block_size": 1000}))
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for r := (row{}); n < most; n++ {
			more, err := rows.Next(&r)
			if err != nil || !more {
				return n, err
			}
			if r.N != n || r.Name != strconv.FormatUint(n, 10) {
				t.Fatalf("row %d is %+v", n, r)
			}
		}
		return n, nil
	}
	if n, err := read(t.Context(), 1<<20, query, store.Params{"rows": 100_000}); n != 100_000 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	rows, err := db.Stream(ctx, query, store.Params{"rows": uint64(1e12)})
	if err != nil {
		t.Fatal(err)
	}
	if more, err := rows.Next(new(row)); !more || err != nil {
		t.Error(more, err)
	}
	stop()
	rows.Close() // returns although there are a million million rows
	if n, err := read(t.Context(), 1<<20, "SELECT number AS n, toString(number) AS name FROM numbers(100000) WHERE throwIf(number = 50000, 'broken') = 0", nil); err == nil {
		t.Errorf("an answer that breaks off after %d rows is no error", n)
	}
	if _, err := read(t.Context(), 1, "SELECT 1 AS other", nil); err == nil || !strings.Contains(err.Error(), `"other"`) {
		t.Errorf("error %v", err)
	}
}

func TestAddressMustBeHTTP(t *testing.T) {
	t.Parallel()
	if _, err := store.Open(store.Options{DSN: "clickhouse://host:9000/x"}); err == nil || !strings.Contains(err.Error(), "http://") {
		t.Errorf("a native address: %v", err)
	}
}

// An engine that takes connections and does not answer is told from one that takes none.
func TestSilentEngine(t *testing.T) {
	t.Parallel()
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	for address, silent := range map[string]bool{mute.Addr().String(): true, "127.0.0.1:1": false} {
		db, err := store.Open(store.Options{DSN: "http://" + address + "/pulsehouse"})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		err = db.Ping(t.Context())
		if !errors.Is(err, store.ErrAway) || errors.Is(err, store.ErrSilent) != silent {
			t.Errorf("%s: error %v, silent %v", address, err, silent)
		}
	}
}

// runEngine runs an engine of the test's own until stop.
func runEngine(t *testing.T, dir string) (engine *store.Engine, stop func()) {
	t.Helper()
	engine, err := store.NewEngine(store.EngineOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	stop = storetest.Run(t, engine)
	until(t, "the engine is up", func() bool { _, up := engine.DSN(); return up })
	return engine, stop
}

func migrate(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
}

// until polls for what happens in another process.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("within a minute it was not true that %s", what)
		}
	}
}

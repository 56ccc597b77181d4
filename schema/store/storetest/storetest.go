// Package storetest gives tests a real engine in a temporary folder: one process a test binary, a database of its own for
// each test.
package storetest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

var shared struct {
	once   sync.Once
	err    error
	dir    string
	engine *store.Engine
	stop   context.CancelFunc
	ended  chan error
	number atomic.Int64
}

// Main runs a package's tests and stops the engine that they started, if they did. The test binary doubles as the engine's
// child process.
func Main(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine" {
		os.Exit(store.ChildMain(os.Args[2:]))
	}
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
		if err := <-shared.ended; err != nil {
			fmt.Fprintln(os.Stderr, "storetest:", err)
			code = max(code, 1)
		}
	}
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// Open returns an empty database of its own, on the engine that the package's tests share, or on the server that
// PULSEHOUSE_TEST_CLICKHOUSE names. It is dropped at the end of the test.
func Open(t testing.TB) *store.DB {
	t.Helper()
	o := store.Options{DSN: os.Getenv("PULSEHOUSE_TEST_CLICKHOUSE"), Database: fmt.Sprintf("test_%d_%d", os.Getpid(), shared.number.Add(1))}
	if o.DSN == "" {
		o.Engine = start(t)
	}
	db, err := store.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), os.DirFS(t.TempDir())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := db.Exec(ctx, "DROP DATABASE {name:Identifier} SYNC", store.Params{"name": o.Database}); err != nil {
			t.Errorf("drop %s: %v", o.Database, err)
		}
		db.Close()
	})
	return db
}

// start starts the shared engine with the first test that needs it.
func start(t testing.TB) *store.Engine {
	t.Helper()
	shared.once.Do(func() { shared.err = startShared() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	select {
	case <-shared.engine.Ready():
	case <-time.After(2 * time.Minute):
		t.Fatal("the engine did not come up within two minutes")
	}
	return shared.engine
}

func startShared() (err error) {
	if shared.dir, err = os.MkdirTemp("", "pulsehouse-test-"); err != nil {
		return err
	}
	if shared.engine, err = store.NewEngine(store.EngineOptions{Dir: shared.dir}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	shared.stop, shared.ended = cancel, make(chan error, 1)
	go func() { shared.ended <- shared.engine.Run(ctx) }()
	return nil
}

// Run runs an engine of the test's own until stop, which may be called twice, or until the end of the test.
func Run(t testing.TB, engine *store.Engine) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

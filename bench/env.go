package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Env is what the cases of a suite share. It is made for each suite anew and closed after it.
type Env struct {
	Scale Scale
	Seed  uint64
	// Dir is a temporary folder of the suite's own.
	Dir string
	// Bodies of larger things than a message go to Log; a bench is quiet by default.
	Log *slog.Logger

	engine    *store.Engine
	databases atomic.Int64
	cleanups  []func() error
}

// NewEnv makes the environment of a suite; Close takes everything down again.
func NewEnv(scale Scale, seed uint64) (*Env, error) {
	dir, err := os.MkdirTemp("", "pulsehouse-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the bench: %w", err)
	}
	e := &Env{Scale: scale, Seed: seed, Dir: dir, Log: slog.New(slog.DiscardHandler)}
	e.Defer(func() error { return os.RemoveAll(dir) })
	return e, nil
}

// Defer runs f when the suite is over, the last one first.
func (e *Env) Defer(f func() error) { e.cleanups = append(e.cleanups, f) }

// Close runs what was deferred.
func (e *Env) Close() error {
	var errs []error
	for i := len(e.cleanups) - 1; i >= 0; i-- {
		errs = append(errs, e.cleanups[i]())
	}
	e.cleanups = nil
	return errors.Join(errs...)
}

// Engine is a real engine, started with the first call, for the suite alone.
func (e *Env) Engine(ctx context.Context) (*store.Engine, error) {
	if e.engine != nil {
		return e.engine, nil
	}
	engine, err := store.NewEngine(store.EngineOptions{Dir: filepath.Join(e.Dir, "engine"), Log: e.Log})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(running) }()
	e.Defer(func() error { stop(); return <-ended })
	select {
	case <-engine.Ready():
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(2 * time.Minute):
		return nil, errors.New("the engine did not come up within two minutes")
	}
	e.engine = engine
	return engine, nil
}

// DB is an empty database with our tables on the suite's engine, a new one with each call.
func (e *Env) DB(ctx context.Context) (*store.DB, error) {
	engine, err := e.Engine(ctx)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(store.Options{Engine: engine, Database: fmt.Sprintf("bench_%d", e.databases.Add(1)), Log: e.Log})
	if err != nil {
		return nil, err
	}
	e.Defer(db.Close)
	return db, db.Migrate(ctx, schema.SQL)
}

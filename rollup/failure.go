package rollup

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Failure is a scope that could not be computed while others could: an experiment version (its first exposures), a metric
// in one (VERSION/VERSION), or a metric's days (metric/VERSION).
type Failure struct {
	Scope string
	Err   error
	// Since is when it failed first, after its last success.
	Since time.Time
	Tries int
	next  time.Time
}

func (f Failure) shown() schema.RollupFailure {
	return schema.RollupFailure{Scope: f.Scope, Error: f.Err.Error(), Since: f.Since, Tries: f.Tries}
}

// Failures lists what could not be computed at its last try.
func (r *Runner) Failures() []schema.RollupFailure {
	all := []schema.RollupFailure{}
	for _, f := range r.failed() {
		all = append(all, f.shown())
	}
	return all
}

// attempt runs the work of one scope and keeps its error. The error it returns is not the scope's: ctx or the engine ended.
func (r *Runner) attempt(ctx context.Context, scope string, work func() error) (ok bool, err error) {
	if r.waiting(scope) {
		return false, nil
	}
	err = work()
	if r.gone(ctx, err) {
		return false, err
	}
	r.note(scope, err)
	return err == nil, nil
}

// gone says that an error is no scope's fault: ctx or the job ended, or the engine does not answer anything. A connection that broke on
// one statement alone is that statement's.
func (r *Runner) gone(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, errCancelled) || errors.Is(err, store.ErrAway) && r.db.Ping(ctx) != nil)
}

// waiting says that a scope failed a moment ago and is not to be tried yet.
func (r *Runner) waiting(scope string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.failures[scope]
	return r.patient && f != nil && r.o.Now().Before(f.next)
}

// anyDue says that some failure is to be tried again now.
func (r *Runner) anyDue() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.failures {
		if !r.o.Now().Before(f.next) {
			return true
		}
	}
	return false
}

// note keeps or forgets a scope's failure. It is tried again after Every, then twice as long each time, up to ten minutes.
func (r *Runner) note(scope string, err error) {
	const longest = 10 * time.Minute
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		delete(r.failures, scope)
		return
	}
	f := r.failures[scope]
	if f == nil {
		f = &Failure{Scope: scope, Since: r.o.Now()}
		r.failures[scope] = f
		r.o.Log.Error("a rollup failed alone; it is tried again", "scope", scope, "error", err)
	}
	scopeErrors.Inc()
	f.Err, f.Tries = err, f.Tries+1
	f.next = r.o.Now().Add(min(r.o.Every<<min(f.Tries, 20), longest))
}

// failed lists the failures by scope.
func (r *Runner) failed() []Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Failure, 0, len(r.failures))
	for _, f := range r.failures {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b Failure) int { return cmp.Compare(a.Scope, b.Scope) })
	return all
}

// hasFailed says that a scope's last try failed.
func (r *Runner) hasFailed(scope string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures[scope] != nil
}

// forget drops the failures of scopes that are no longer defined.
func (r *Runner) forget(defined map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for scope := range r.failures {
		if !defined[scope] {
			delete(r.failures, scope)
		}
	}
}

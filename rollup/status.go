package rollup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Status says how far the rollups are.
type Status struct {
	Spools []Spool
	// CompleteTo is the receipt time up to which everything is absorbed; the zero time when nothing ever was.
	CompleteTo time.Time
	// Lag is how long ago CompleteTo was when loads are waiting, else 0.
	Lag time.Duration
	// RawFrom is the first day of which all raw events are there, 0 while none were dropped.
	RawFrom Day
	// Dirty counts the days that each scope has to compute; scopes without any are left out.
	Dirty    map[string]int
	Failures []Failure
	Last     Report
}

// Spool is how far one spool's loads are absorbed.
type Spool struct {
	ID         uint64
	Absorbed   uint64 // number of the last absorbed load
	ReceivedTo time.Time
	// WaitingLoads and WaitingRows are in their tables and not absorbed.
	WaitingLoads, WaitingRows uint64
}

// waitingLoad is one row of waiting.sql.
type waitingLoad struct {
	Spool      uint64 `ch:"spool_id"`
	Loads      uint64 `ch:"waiting_loads"`
	Rows       uint64 `ch:"waiting_rows"`
	ReceivedTo int64  `ch:"received_to"`
}

func (r *Runner) waitingLoads(ctx context.Context) (map[uint64]waitingLoad, error) {
	var rows []waitingLoad
	if err := r.all(ctx, "waiting", &rows, nil); err != nil {
		return nil, err
	}
	all := make(map[uint64]waitingLoad, len(rows))
	for _, w := range rows {
		all[w.Spool] = w
	}
	return all, nil
}

// Status reads how far the rollups are. It does not wait for a cycle.
func (r *Runner) Status(ctx context.Context) (Status, error) {
	r.mu.Lock()
	s := Status{Last: r.last}
	r.mu.Unlock()
	s.Failures = r.failed()
	done, err := r.watermarks(ctx)
	if err != nil {
		return s, err
	}
	if err := r.statusOfSpools(ctx, &s, done); err != nil {
		return s, err
	}
	return s, r.statusOfScopes(ctx, &s)
}

func (r *Runner) statusOfSpools(ctx context.Context, s *Status, done watermarks) error {
	waiting, err := r.waitingLoads(ctx)
	if err != nil {
		return err
	}
	for id, w := range done[absorbJob] {
		s.Spools = append(s.Spools, Spool{
			ID: id, Absorbed: w.Seq, ReceivedTo: time.UnixMilli(w.ReceivedTo).UTC(),
			WaitingLoads: waiting[id].Loads, WaitingRows: waiting[id].Rows,
		})
	}
	for id, w := range waiting {
		if _, ok := done[absorbJob][id]; !ok {
			s.Spools = append(s.Spools, Spool{ID: id, WaitingLoads: w.Loads, WaitingRows: w.Rows})
		}
	}
	s.RawFrom = Day(done[horizonJob][0].Seq)
	completeTo, err := r.completeTo(ctx, done)
	if err == nil && completeTo > 0 {
		s.CompleteTo = time.UnixMilli(completeTo).UTC()
		if len(waiting) > 0 {
			s.Lag = r.o.Now().Sub(s.CompleteTo)
		}
	}
	return err
}

func (r *Runner) statusOfScopes(ctx context.Context, s *Status) error {
	xs, ms, err := r.defs(ctx)
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	var jobs []job
	if err := r.all(ctx, "jobs_open", &jobs, nil); err != nil {
		return err
	}
	s.Dirty = make(map[string]int)
	return r.dirty(ctx, r.newPlan(xs, ms), jobs, r.restedUnits, func(scope string, _ Day) { s.Dirty[scope]++ })
}

// Shown is the status as the Console API tells it.
func (s Status) Shown() schema.RollupStatus {
	shown := schema.RollupStatus{LagSeconds: s.Lag.Seconds(), Dirty: []schema.DirtyScope{}, Failures: []schema.RollupFailure{}}
	if !s.CompleteTo.IsZero() {
		shown.CompleteTo = &s.CompleteTo
	}
	if s.RawFrom > 0 {
		first := s.RawFrom.String()
		shown.RawDataFrom = &first
	}
	for _, spool := range s.Spools {
		shown.WaitingLoads += spool.WaitingLoads
		shown.WaitingRows += spool.WaitingRows
	}
	for _, scope := range slices.Sorted(maps.Keys(s.Dirty)) {
		shown.Dirty = append(shown.Dirty, schema.DirtyScope{Scope: scope, Days: s.Dirty[scope]})
	}
	for _, f := range s.Failures {
		shown.Failures = append(shown.Failures, f.shown())
	}
	if l := s.Last; !l.Started.IsZero() {
		shown.Last = &schema.RollupCycle{
			Started: l.Started, TookSeconds: l.Took.Seconds(), Loads: l.Loads, Rows: l.Rows, Windows: l.Windows, AsOfDays: l.AsOfDays,
		}
	}
	return shown
}

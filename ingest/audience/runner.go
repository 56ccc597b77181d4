package audience

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Runner brings stored audience calls into ID lists.
type Runner struct {
	DB      *store.DB
	Catalog *catalog.Catalog
	Lists   *idlist.Lists
	Log     *slog.Logger

	done map[uint64]uint64 // by spool: the last load that is done
}

// lookEvery is how often new loads are looked for.
const lookEvery = time.Second

//go:embed sql/loads.sql
var loadsSQL string

//go:embed sql/progress.sql
var progressSQL string

//go:embed sql/advance.sql
var advanceSQL string

// Run works until ctx ends. While the engine is away it waits.
func (r *Runner) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := r.Once(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrAway) {
			r.Log.Warn("audience calls wait; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// load is one load of events that has not been looked at.
type load struct {
	Spool uint64 `ch:"spool_id"`
	Batch uint64 `ch:"batch_seq"`
	Rows  uint32 `ch:"rows"`
}

// rowsAtOnce bounds how many rows of loads are looked through at once.
const rowsAtOnce = 500_000

// Once brings in all loads that are there.
func (r *Runner) Once(ctx context.Context) error {
	if !r.Lists.Writes() { // another server does; should this one take over, it asks how far that came
		r.done = nil
		return nil
	}
	if r.done == nil {
		if err := r.recall(ctx); err != nil {
			return err
		}
	}
	for {
		loads, err := r.news(ctx)
		if err != nil || len(loads) == 0 {
			return err
		}
		if err := inParts(loads, func(part []load) error { return r.bring(ctx, part) }); err != nil {
			return err
		}
	}
}

// inParts calls f with loads of one spool, as many at a time as may be looked through at once.
func inParts(loads []load, f func([]load) error) error {
	for len(loads) > 0 {
		n, rows := 1, loads[0].Rows
		for n < len(loads) && loads[n].Spool == loads[0].Spool && rows+loads[n].Rows <= rowsAtOnce {
			rows += loads[n].Rows
			n++
		}
		if err := f(loads[:n]); err != nil {
			return err
		}
		loads = loads[n:]
	}
	return nil
}

// recall reads how far an earlier life came.
func (r *Runner) recall(ctx context.Context) error {
	var rows []load
	if err := r.DB.Select(ctx, &rows, progressSQL, nil); err != nil {
		return fmt.Errorf("read progress of audience calls: %w", err)
	}
	r.done = make(map[uint64]uint64, len(rows))
	for _, l := range rows {
		r.done[l.Spool] = l.Batch
	}
	return nil
}

// news lists loads that have not been looked at, in their order.
func (r *Runner) news(ctx context.Context) (loads []load, err error) {
	done := [][]any{}
	for spool, batch := range r.done {
		done = append(done, []any{spool, batch})
	}
	if err := r.DB.Select(ctx, &loads, loadsSQL, store.Params{"done": done}); err != nil {
		return nil, fmt.Errorf("look for audience calls: %w", err)
	}
	return loads, nil
}

// bring brings the calls of consecutive loads of one spool into their lists, and then notes them as done.
func (r *Runner) bring(ctx context.Context, loads []load) error {
	if err := r.apply(ctx, loads, ""); err != nil {
		return err
	}
	last := loads[len(loads)-1]
	if err := r.DB.Exec(ctx, advanceSQL, store.Params{"spool": last.Spool, "batch": last.Batch}); err != nil {
		return fmt.Errorf("note progress of audience calls: %w", err)
	}
	r.done[last.Spool] = last.Batch
	return nil
}

//go:embed sql/loads_of.sql
var loadsOfSQL string

// Replay brings every stored call of an audience into its list once more: those, too, that came before there was one. What a list
// knows already does not change.
func (r *Runner) Replay(ctx context.Context, key string) error {
	var loads []load
	if err := r.DB.Select(ctx, &loads, loadsOfSQL, store.Params{"key": key}); err != nil {
		return fmt.Errorf("look for calls of audience %q: %w", key, err)
	}
	return inParts(loads, func(part []load) error { return r.apply(ctx, part, key) })
}

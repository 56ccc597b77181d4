package rollup

import (
	"context"
	"maps"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// horizonJob is the watermark that remembers the first metric day of which all raw events are there. It only grows: what was
// dropped does not come back when data is to be kept longer again.
const horizonJob = "horizon"

// retain applies how long tables keep their rows, and moves the horizon. Days before it are never computed again: part of their
// events may be gone, and their totals are what is left of them.
func (r *Runner) retain(ctx context.Context, done watermarks) error {
	if w, ok := done[horizonJob][0]; ok {
		r.horizon = max(r.horizon, Day(w.Seq))
	}
	const often = time.Minute
	if r.o.Retention == nil || r.patient && r.o.Now().Sub(r.retained) < often {
		return nil
	}
	r.retained = r.o.Now()
	days, err := r.o.Retention(ctx)
	if err != nil {
		return err
	}
	if raw := days["events"]; raw > 0 {
		horizon := DayIn(r.o.Zone, schema.Millis(r.o.Now().Add(-time.Duration(raw)*24*time.Hour).UnixMilli())) + 1
		if horizon > r.horizon {
			if err := r.advance(ctx, done, watermark{Seq: uint64(horizon)}, map[string]uint64{horizonJob: 0}); err != nil {
				return err
			}
			r.horizon = horizon
		}
	}
	return r.applyTTL(ctx, days)
}

// applyTTL tells the engine, where it does not know yet. The horizon was moved before: rows never go before it has passed them.
func (r *Runner) applyTTL(ctx context.Context, days map[string]int) error {
	if r.ttl == nil {
		var known []struct {
			Table  string `ch:"name"`
			Days   uint32 `ch:"days"`
			Packed bool   `ch:"packed"`
		}
		if err := r.all(ctx, "ttl_known", &known, nil); err != nil {
			return err
		}
		r.ttl = make(map[string]ttl)
		for _, k := range known {
			r.ttl[k.Table] = ttl{int(k.Days), k.Packed}
		}
	}
	for _, table := range schema.RetainedTables {
		known, wanted := r.ttl[table.Name], ttl{days[table.Name], table.Packed}
		if known == wanted {
			continue
		}
		o := maps.Clone(r.settings)
		if known.days == wanted.days {
			o["materialize_ttl_after_modify"] = 0 // parts learn of it when they are merged: nothing is rewritten at once
		}
		if err := r.db.Exec(ctx, "ALTER TABLE "+table.Name+" "+table.TTL(wanted.days), nil, store.WithSettings(o)); err != nil {
			return err
		}
		r.ttl[table.Name] = wanted
		if known.days != wanted.days {
			r.o.Log.Info("how long a table keeps its rows was changed", "table", table.Name, "days", wanted.days)
		}
	}
	return nil
}

// ttl is what the engine does with a table's rows when they are older.
type ttl struct {
	days   int // when they are dropped, 0 for never
	packed bool
}

// frozen says that a scope's day cannot be computed any more, for raw events that it is made of may be gone.
func (r *Runner) frozen(s scoped, day Day) bool {
	if s.m == nil && s.name != eventScope && s.name != activeScope {
		return false // users are made of active_days, which stay
	}
	back, _ := s.reach()
	return day < r.horizon+Day(back)
}

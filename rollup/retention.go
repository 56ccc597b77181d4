package rollup

import (
	"context"
	"strconv"
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
			Table string `ch:"name"`
			Days  uint32 `ch:"days"`
		}
		if err := r.all(ctx, "ttl_known", &known, nil); err != nil {
			return err
		}
		r.ttl = make(map[string]int)
		for _, k := range known {
			r.ttl[k.Table] = int(k.Days)
		}
	}
	for _, table := range schema.RetainedTables {
		if r.ttl[table.Name] == days[table.Name] {
			continue
		}
		// Names and columns are ours, and a number of days is a number: the engine takes no parameters here.
		text := "ALTER TABLE " + table.Name + " REMOVE TTL"
		if n := days[table.Name]; n > 0 {
			text = "ALTER TABLE " + table.Name + " MODIFY TTL " + table.Time + " + toIntervalDay(" + strconv.Itoa(n) + ")"
		}
		if err := r.db.Exec(ctx, text, nil, store.WithSettings(r.settings)); err != nil {
			return err
		}
		r.ttl[table.Name] = days[table.Name]
		r.o.Log.Info("how long a table keeps its rows was changed", "table", table.Name, "days", days[table.Name])
	}
	return nil
}

// frozen says that a scope's day cannot be computed any more, for raw events that it is made of may be gone.
func (r *Runner) frozen(s scoped, day Day) bool {
	if s.m == nil && s.name != eventScope && s.name != activeScope {
		return false // users are made of active_days, which stay
	}
	back, _ := s.reach()
	return day < r.horizon+Day(back)
}

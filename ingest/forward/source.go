package forward

import (
	"context"
	"embed"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/*.sql
var files embed.FS

// statement returns the text of sql/NAME.sql.
var statement = store.Statements(files)

const (
	// widest and narrowest bound the rows of a stretch. Rows that came in together do not stand together once their parts are merged: the engine
	// looks at all rows of the day for a stretch, however few it has. So it is as wide as what waits, unless the destination is slow.
	widest    = 1_000_000
	narrowest = 10_000
	// stretchLoads bounds how many loads are looked at for a stretch.
	stretchLoads = 10_000
	// gapSeconds is after how long a missing load's number is given up, as in rollup: numbers are recorded in order, so a gap behind a recorded
	// load is a replica that lags, or a number that was never used.
	gapSeconds = 600
	// oneThread keeps a destination that catches up from taking the machine.
	oneThread = 1
)

// load is one recorded load.
type load struct {
	Seq        uint64    `ch:"batch_seq"`
	Table      string    `ch:"into"`
	Rows       uint32    `ch:"row_count"`
	FirstDay   uint16    `ch:"first_day"`
	LastDay    uint16    `ch:"last_day"`
	Received   time.Time `ch:"received"`
	AgeSeconds int64     `ch:"age_seconds"`
}

// stretch is some consecutive loads of one spool, from a place in the first one on.
type stretch struct {
	spool             uint64
	from              place
	to                uint64
	rows, limit       uint64
	tables            []string
	firstDay, lastDay uint16
	received          time.Time
}

// cut takes loads until there is enough to do. It ends before a gap that may still be filled.
func cut(spool uint64, from place, limit uint64, loads []load) (s stretch, ok bool) {
	s = stretch{spool: spool, from: from, limit: limit, firstDay: math.MaxUint16}
	for next := from.batch; len(loads) > 0; loads = loads[1:] {
		l := loads[0]
		if l.Seq != next && l.AgeSeconds < gapSeconds || ok && s.rows+uint64(l.Rows) > limit {
			break
		}
		s.to, s.rows, s.received, ok = l.Seq, s.rows+uint64(l.Rows), l.Received, true
		s.firstDay, s.lastDay = min(s.firstDay, l.FirstDay), max(s.lastDay, l.LastDay)
		if !slices.Contains(s.tables, l.Table) {
			s.tables = append(s.tables, l.Table)
		}
		next = l.Seq + 1
	}
	return s, ok
}

// source reads what one destination wants.
type source struct {
	db *store.DB
	d  schema.Destination
}

func (s *source) all(ctx context.Context, name string, dest any, p store.Params) error {
	err := s.db.Select(ctx, dest, statement(name), p, store.WithSettings(map[string]any{"max_threads": oneThread}))
	if err != nil {
		return fmt.Errorf("read %s.sql: %w", name, err)
	}
	return nil
}

// begin finds where to begin in spools that the progress does not know yet.
func (s *source) begin(ctx context.Context, p *progress) error {
	var spools []struct {
		ID    uint64 `ch:"spool_id"`
		First uint64 `ch:"first_batch"`
	}
	if err := s.all(ctx, "spools", &spools, store.Params{"from": int64(s.d.From)}); err != nil {
		return err
	}
	for _, spool := range spools {
		if _, known := p.at(spool.ID); !known {
			p.move(spool.ID, place{batch: spool.First})
		}
	}
	return nil
}

// next finds the next stretch of a spool. ok is false when there is nothing to read yet.
func (s *source) next(ctx context.Context, spool uint64, from place, limit uint64) (st stretch, ok bool, err error) {
	var loads []load
	err = s.all(ctx, "loads", &loads, store.Params{"spool": spool, "next": from.batch, "limit": uint64(stretchLoads)})
	st, ok = cut(spool, from, limit, loads)
	return st, ok && err == nil, err
}

func (s *source) params(st *stretch) store.Params {
	included, excluded := []string{}, []string{}
	for _, r := range s.d.Events.Events {
		if r.Tracked {
			included = append(included, r.Name)
		} else {
			excluded = append(excluded, r.Name)
		}
	}
	return store.Params{
		"spool": st.spool, "from": st.from.batch, "to": st.to, "next": st.from.position, "first_day": st.firstDay, "last_day": st.lastDay,
		"since": int64(s.d.From), "segment": s.d.Type == schema.WebhookDestination && s.d.SegmentEvents,
		"included": included, "excluded": excluded, "include_new": s.d.Events.IncludeNew, "kinds": s.d.ExposureKinds(),
		"to_user": keysOf(s.d.Mapped(schema.ToUserID)), "to_anonymous": keysOf(s.d.Mapped(schema.ToAnonymousID)), "limit": st.limit,
	}
}

func keysOf(types []schema.UnitType) []string {
	keys := make([]string, len(types))
	for i, t := range types {
		keys[i] = t.Key()
	}
	return keys
}

// changes reads changes of definitions after the cursor.
func (s *source) changes(ctx context.Context, p *progress) (list []change, err error) {
	err = s.all(ctx, "changes", &list, store.Params{
		"changed_at": p.ChangedAt, "change": p.Change, "since": int64(s.d.From), "limit": uint64(1000),
	})
	return list, err
}

package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// A load that the engine refuses because of what is in it, so many times in a row, is taken apart to find the rows that are to blame.
// If they are more than mostRefused it is not the rows: then it waits for who runs the engine, as for an engine that is away.
const (
	refusals    = 5
	mostRefused = 1000
)

var errAllRefused = errors.New("the engine refuses so many rows of a load that the table must be at fault")

// span is rows of a batch, from one on and before another.
type span struct{ from, to int }

func (s span) rows() int { return s.to - s.from }

func (s span) halves() (span, span) {
	middle := s.from + s.rows()/2
	return span{s.from, middle}, span{middle, s.to}
}

// isolate brings those rows of a load into its table that the engine takes, in halves of halves, and sets the others aside. Each
// piece is asked for before it is sent, so it may be cut short anywhere and begun again: all pieces carry the load's number, and
// their rows have places of their own.
func (i *inserter) isolate(ctx context.Context, l *spool.Load, b targetBatch, r *round) error {
	i.log.Warn("the engine refuses a load because of rows in it; looking for them", "batch", l.Batch, "table", l.Table, "rows", b.rows())
	refused, pause := 0, newBackoff()
	for todo := []span{{0, b.rows()}}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		there, err := i.untilTold(ctx, *l, b.batch, s)
		if err != nil {
			return err
		}
		if there == uint64(s.rows()) {
			continue
		}
		if there == 0 {
			l.Attempt++
			if err := i.spool.Retry(l.Batch, l.Attempt); err != nil {
				return err
			}
			err := i.send(ctx, l.Table, i.queryID(*l), b.batch, s, l.Batch)
			switch {
			case err == nil:
				pause = newBackoff()
				continue
			case !store.RefusesRows(err):
				i.log.Warn("an insert failed; it is tried again", "batch", l.Batch, "table", l.Table, "rows", s.rows(), "error", err)
				todo = append(todo, s)
				if err := pause.wait(ctx); err != nil {
					return err
				}
				continue
			case s.rows() == 1:
				if refused++; refused > mostRefused {
					clear(r.refused)
					return errAllRefused
				}
				i.setAside(b, s.from, r, err)
				continue
			}
		}
		first, second := s.halves()
		todo = append(todo, second, first)
	}
	return nil
}

// untilTold asks how many rows of a span are in the table, until the engine says it.
func (i *inserter) untilTold(ctx context.Context, l spool.Load, b *batch, s span) (rows uint64, err error) {
	for pause := newBackoff(); ; {
		rows, err = i.probe(ctx, l, b.position.values[s.from], b.position.values[s.to-1])
		if err == nil {
			return rows, nil
		}
		i.log.Warn("the engine does not say whether a load arrived; asking again", "batch", l.Batch, "error", err)
		if err := pause.wait(ctx); err != nil {
			return 0, err
		}
	}
}

// setAside keeps the request of a row that the engine refuses where people can look at it, and counts the row as rejected.
func (i *inserter) setAside(b targetBatch, row int, r *round, reason error) {
	recordsPoisoned.Inc()
	seq, n := schema.Place(b.position.values[row])
	rec, err := i.spool.Read(seq).Next()
	path := ""
	if err == nil {
		path, err = i.spool.SetAside(&rec, reason.Error())
	}
	i.log.Error("the engine refuses a row; its request is set aside and the others go on", "seq", seq, "table", b.table, "error", reason,
		"kept_in", path, "keeping_failed", err)
	stored, counted := b.fate(row)
	if !counted {
		return
	}
	rec.Seq, rec.Source = seq, stored.source // also when it could not be read
	rejected := stored
	rejected.fate, rejected.reason = schema.Rejected, schema.RefusedByEngine
	r.refused.merge(tally{stored: 1}, -1)
	r.refused.merge(tally{rejected: 1}, 1)
	r.rejections.sample(&rec, []schema.Rejection{{
		Item: n, Reason: schema.RefusedByEngine, Name: stored.name, Sample: b.sample(row),
		Message: fmt.Sprintf("the engine refuses the row: %.500s; its request is kept in the spool's quarantine", reason.Error()),
	}})
}

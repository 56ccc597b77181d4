package ingest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/probe.sql
var probeSQL string

//go:embed sql/record_load.sql
var recordLoadSQL string

// inserter puts cuts into the tables, one after the other, each until it is there.
type inserter struct {
	db     *store.DB
	spool  *spool.Spool
	flight *flight
	pace   *pace
	jobs   <-chan job
	free   chan<- *round
	log    *slog.Logger
}

func (i *inserter) run(ctx context.Context) error {
	for j := range i.jobs {
		i.pace.begin()
		if err := i.finish(ctx, j); err != nil {
			return ignoreDone(ctx, err)
		}
		i.pace.end()
		j.round.reset()
		i.free <- j.round
	}
	return nil
}

// finish brings every load of a cut into its table, says so in loads, and lets the spool forget the cut.
func (i *inserter) finish(ctx context.Context, j job) error {
	batches := j.round.batches()
	for n, load := range j.cut.Loads {
		b, ok := find(batches, load)
		if !ok || uint32(b.rows()) != load.Rows || b.checksum != load.Checksum {
			i.log.Error("a load read back from the spool differs from what was cut; loading what could be read",
				"batch", load.Batch, "table", load.Table, "rows_cut", load.Rows)
		}
		if err := i.untilThere(ctx, load, b, j.round, j.doubtful); err != nil {
			return err
		}
		if err := i.untilRecorded(ctx, load, j.round); err != nil {
			return err
		}
		rowsLoaded(load.Table).Add(int(j.cut.Loads[n].Rows))
	}
	if err := i.untilCounted(ctx, j); err != nil {
		return err
	}
	if err := i.spool.Done(j.cut); err != nil {
		return err
	}
	i.flight.landed(j.cut.Last, j.round.fates)
	return nil
}

// untilCounted writes the cut's lines of the ledger and samples of what was rejected. Doing that again replaces them.
func (i *inserter) untilCounted(ctx context.Context, j job) error {
	fates := maps.Clone(j.round.fates)
	fates.merge(j.round.refused, 1)
	j.round.ledger.fill(fates)
	for table, b := range map[string]*batch{"ledger": &j.round.ledger.batch, "rejections": &j.round.rejections.batch} {
		for pause := newBackoff(); b.rows() > 0; {
			id := fmt.Sprintf("%s-%016x-%d-%s", table, i.spool.ID(), j.cut.Last, uuid.NewString())
			err := i.send(ctx, table, id, b, b.whole(), j.cut.Last)
			if err == nil {
				break
			}
			insertErrors.Inc()
			i.log.Warn("the fates of events could not be written; trying again", "table", table, "error", err)
			if err := pause.wait(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func find(batches []targetBatch, l spool.Load) (targetBatch, bool) {
	for _, b := range batches {
		if b.table == l.Table && strconv.Itoa(int(b.month)) == l.Partition {
			return b, true
		}
	}
	return targetBatch{batch: new(batch)}, false
}

// untilThere inserts a load, and after every doubtful answer asks the table before trying again. It returns nil only when
// the table has the load's rows, all but those that it refuses, and an error only when ctx ends or the spool fails.
func (i *inserter) untilThere(ctx context.Context, l spool.Load, b targetBatch, r *round, doubtful bool) error {
	refused := 0
	for pause := newBackoff(); ; {
		if doubtful {
			rows, err := i.probe(ctx, l, 0, math.MaxUint64)
			switch {
			case err == nil && b.rows() == int(l.Rows) && b.rows() > 0 && (refused >= refusals || rows > 0 && rows < uint64(l.Rows)):
				// Refused for what is in it, now or in an earlier life that did not come to the end of it.
				err := i.isolate(ctx, &l, b, r)
				if !errors.Is(err, errAllRefused) {
					return err
				}
				i.log.Error("a load cannot be inserted and waits; look at the table's columns and constraints", "batch", l.Batch, "table", l.Table, "error", err)
				refused = 0
				if err := pause.wait(ctx); err != nil {
					return err
				}
				continue
			case err != nil:
				i.log.Warn("the engine does not say whether a load arrived; asking again", "batch", l.Batch, "error", err)
				if err := pause.wait(ctx); err != nil {
					return err
				}
				continue
			case rows > 0:
				if rows != uint64(l.Rows) {
					i.log.Error("a load is in its table with an unexpected number of rows; left as it is",
						"batch", l.Batch, "table", l.Table, "rows", rows, "expected", l.Rows)
				}
				return nil
			case b.rows() == 0:
				return nil
			}
			l.Attempt++
			if err := i.spool.Retry(l.Batch, l.Attempt); err != nil {
				return err
			}
		}
		err := i.insert(ctx, l, b.batch)
		if err == nil {
			return nil
		}
		if refused++; !store.RefusesRows(err) {
			refused = 0
		}
		insertErrors.Inc()
		i.log.Warn("an insert failed; the spool keeps it and it is tried again", "batch", l.Batch, "table", l.Table, "rows", l.Rows, "error", err)
		doubtful = true
		if err := pause.wait(ctx); err != nil {
			return err
		}
	}
}

func (i *inserter) queryID(l spool.Load) string {
	return fmt.Sprintf("load-%016x-%d-%d", i.spool.ID(), l.Batch, l.Attempt)
}

// insert sends a load's batch as one Arrow stream. The token only spares the engine a repeat within its window; that the load is
// there exactly once is shown by probe alone (facts/perf.md §0.1).
func (i *inserter) insert(ctx context.Context, l spool.Load, b *batch) error {
	return i.send(ctx, l.Table, i.queryID(l), b, b.whole(), l.Batch)
}

func (i *inserter) send(ctx context.Context, table, id string, b *batch, s span, number uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	started := time.Now()
	read, write := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		write.CloseWithError(b.writeTo(write, s, number))
	}()
	err := i.db.InsertArrow(ctx, table, b.names(), read, store.WithQueryID(id),
		store.WithSettings(map[string]any{"insert_deduplication_token": id}))
	read.CloseWithError(errors.New("the insert has ended"))
	<-written
	insertSeconds.UpdateDuration(started)
	return err
}

// probe makes sure that no insert of this load is still running, then counts those of its rows that are in a range of positions.
func (i *inserter) probe(ctx context.Context, l spool.Load, from, to uint64) (rows uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := i.db.Kill(ctx, i.queryID(l)); err != nil {
		return 0, err
	}
	partition, err := strconv.ParseUint(l.Partition, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("read partition of load %d: %w", l.Batch, err)
	}
	err = i.db.Row(ctx, probeSQL, store.Params{
		"table": l.Table, "partition": partition, "spool_id": i.spool.ID(), "batch_seq": l.Batch, "from": from, "to": to,
	}).Scan(&rows)
	return rows, err
}

// untilRecorded writes the load's row in loads.
func (i *inserter) untilRecorded(ctx context.Context, l spool.Load, r *round) error {
	days := make([]int64, len(l.Days))
	for n, d := range l.Days {
		days[n] = int64(d)
	}
	for pause := newBackoff(); ; {
		err := i.db.Exec(ctx, recordLoadSQL, store.Params{
			"spool_id": i.spool.ID(), "batch_seq": l.Batch, "table": l.Table, "rows": uint64(l.Rows), "days": days,
			"received_to": int64(r.received) - receiptSlack.Milliseconds(),
		})
		if err == nil {
			return nil
		}
		i.log.Warn("a load could not be recorded; trying again", "batch", l.Batch, "error", err)
		if err := pause.wait(ctx); err != nil {
			return err
		}
	}
}

// receiptSlack covers requests that were received a little earlier but spooled a little later than the last one of a cut.
const receiptSlack = time.Second

// backoff waits 100 ms, then twice as long each time, up to five seconds: the engine may be away for hours, and when it is back
// nothing should wait for long.
type backoff struct{ next time.Duration }

func newBackoff() *backoff { return &backoff{100 * time.Millisecond} }

func (b *backoff) wait(ctx context.Context) error {
	timer := time.NewTimer(b.next)
	defer timer.Stop()
	b.next = min(2*b.next, 5*time.Second)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

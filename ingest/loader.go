package ingest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// The tables that loads go to.
const (
	eventsTable    = "events"
	exposuresTable = "exposures"
	erasuresTable  = "erasures"
)

// target is where a row goes: one load never spans two of them, so that it is always one part.
type target struct {
	table string
	month uint32 // yyyymm of receipt, the tables' partition key
}

// round is the rows collected for the next cut.
type round struct {
	spoolID     uint64
	first, last uint64
	received    schema.Millis // of the last record
	oldest      time.Time     // when the first record came in
	bytes, rows int
	fates       tally
	refused     tally // what the engine did not take: less stored, more rejected
	ledger      *ledgerBatch
	rejections  *rejectionBatch
	events      map[uint32]*eventBatch
	exposures   map[uint32]*exposureBatch
	erasures    map[uint32]*erasureBatch
}

func newRound(spoolID uint64) *round {
	return &round{
		spoolID: spoolID, fates: make(tally), refused: make(tally), ledger: newLedgerBatch(spoolID), rejections: newRejectionBatch(spoolID),
		events: make(map[uint32]*eventBatch), exposures: make(map[uint32]*exposureBatch),
		erasures: make(map[uint32]*erasureBatch),
	}
}

func (r *round) empty() bool { return r.last == 0 }

func (r *round) reset() {
	for _, b := range r.events {
		b.reset()
	}
	for _, b := range r.exposures {
		b.reset()
	}
	for _, b := range r.erasures {
		b.reset()
	}
	r.ledger.reset()
	r.rejections.reset()
	clear(r.fates)
	clear(r.refused)
	r.first, r.last, r.bytes, r.rows = 0, 0, 0, 0
}

// add appends the rows of one request. It depends on nothing but the record, so a cut can be built again after a crash.
func (r *round) add(rec *spool.Record, s *spooled, now time.Time) {
	if r.empty() {
		r.first, r.oldest = rec.Seq, now
	}
	r.last, r.received = rec.Seq, schema.Millis(rec.Received)
	r.bytes += s.bytes()
	r.fates.merge(s.tally, 1)
	rows := s.rows
	r.rejections.sample(rec, rows.Rejections)
	month, format := monthOf(rec.Received), kindOf(rec.Route)
	for i := range rows.Events {
		r.eventsOf(month).append(schema.Position(rec.Seq, i), rec.Source, format, &rows.Events[i])
	}
	for i := range rows.Exposures {
		r.exposuresOf(month).append(schema.Position(rec.Seq, i), rec.Source, format, &rows.Exposures[i])
	}
	for i := range rows.Erasures {
		r.erasuresOf(month).append(schema.Position(rec.Seq, i), rec.Source, &rows.Erasures[i])
	}
	r.rows += len(rows.Events) + len(rows.Exposures) + len(rows.Erasures)
}

func (r *round) eventsOf(month uint32) *eventBatch {
	if r.events[month] == nil {
		r.events[month] = newEventBatch(r.spoolID)
	}
	return r.events[month]
}

func (r *round) exposuresOf(month uint32) *exposureBatch {
	if r.exposures[month] == nil {
		r.exposures[month] = newExposureBatch(r.spoolID)
	}
	return r.exposures[month]
}

func (r *round) erasuresOf(month uint32) *erasureBatch {
	if r.erasures[month] == nil {
		r.erasures[month] = newErasureBatch(r.spoolID)
	}
	return r.erasures[month]
}

// batches lists the non-empty batches in a fixed order, so that a rebuilt cut has its loads in the same places.
func (r *round) batches() []targetBatch {
	var all []targetBatch
	for month, b := range r.events {
		all = append(all, targetBatch{target{eventsTable, month}, &b.batch})
	}
	for month, b := range r.exposures {
		all = append(all, targetBatch{target{exposuresTable, month}, &b.batch})
	}
	for month, b := range r.erasures {
		all = append(all, targetBatch{target{erasuresTable, month}, &b.batch})
	}
	all = slices.DeleteFunc(all, func(t targetBatch) bool { return t.rows() == 0 })
	slices.SortFunc(all, func(a, b targetBatch) int {
		if a.table != b.table {
			return map[bool]int{true: -1, false: 1}[a.table < b.table]
		}
		return int(a.month) - int(b.month)
	})
	return all
}

type targetBatch struct {
	target
	*batch
}

func monthOf(received int64) uint32 {
	t := time.UnixMilli(received).UTC()
	return uint32(t.Year()*100 + int(t.Month()))
}

// job is a cut on its way into the tables. doubtful says that some of it may be there already.
type job struct {
	cut      spool.Cut
	round    *round
	doubtful bool
}

// loader collects durable requests into cuts and hands each to the inserter, in order.
type loader struct {
	in    *Ingest
	spool *spool.Spool
	feed  *feed
	// reader is where reading from disk goes on, if it does.
	reader *spool.Reader
	jobs   chan job
	free   chan *round
	log    *slog.Logger
}

func newLoader(in *Ingest, s *spool.Spool, f *feed) *loader {
	l := &loader{in: in, spool: s, feed: f, jobs: make(chan job), free: make(chan *round, 2), log: in.options.Log}
	l.free <- newRound(s.ID())
	l.free <- newRound(s.ID())
	return l
}

// collect runs until ctx ends. What has been collected but not cut then is still in the spool.
func (l *loader) collect(ctx context.Context) error {
	defer close(l.jobs)
	if err := l.redo(ctx); err != nil {
		return ignoreDone(ctx, err)
	}
	current, next := <-l.free, l.spool.Resume()
	for ctx.Err() == nil {
		items, missed := l.feed.take()
		if len(items) == 0 && missed {
			items = l.readBack(next)
			if len(items) == 0 && l.feed.caughtUp(next) {
				continue
			}
		}
		for i := range items {
			l.take(current, &items[i])
			next = items[i].Seq + 1
			if l.full(current) {
				var err error
				if current, err = l.cut(ctx, current); err != nil {
					return ignoreDone(ctx, err)
				}
			}
		}
		if len(items) == 0 {
			l.wait(ctx, current)
		}
		if l.due(current) {
			var err error
			if current, err = l.cut(ctx, current); err != nil {
				return ignoreDone(ctx, err)
			}
		}
	}
	return nil
}

func (l *loader) full(r *round) bool {
	return r.rows >= l.in.options.FlushRows || r.bytes >= l.in.options.FlushBytes
}

func (l *loader) due(r *round) bool {
	return !r.empty() && time.Since(r.oldest) >= l.in.options.FlushEvery
}

// wait sleeps until something is delivered or the current round is due.
func (l *loader) wait(ctx context.Context, r *round) {
	pause := time.Minute
	if !r.empty() {
		pause = max(l.in.options.FlushEvery-time.Since(r.oldest), 0)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-l.feed.wake:
	case <-timer.C:
	}
}

// take adds one request to the round, decoding it if its rows did not come along.
func (l *loader) take(r *round, item *decodedRecord) {
	if item.spooled == nil {
		again, err := l.in.redecode(&item.Record)
		if err != nil {
			again = l.setAside(&item.Record, err)
		}
		item.spooled = &again
		l.in.erased.add(again.rows.Erasures) // of a request from before a restart
		l.in.flight.read(item.Seq, again.tally)
	}
	r.add(&item.Record, item.spooled, time.Now())
}

// setAside keeps a request that cannot be decoded any more where people can look at it, and counts its items as rejected. It must
// not hold up the others.
func (l *loader) setAside(rec *spool.Record, reason error) spooled {
	recordsPoisoned.Inc()
	path, err := l.spool.SetAside(rec, reason.Error())
	l.log.Error("a spooled request cannot be decoded any more and is set aside", "seq", rec.Seq, "route", rec.Route, "error", reason,
		"kept_in", path, "keeping_failed", err)
	m, err := metaOf(rec)
	if err != nil {
		m.Items = 1 // how many is not known any more
	}
	return spooled{poisonedRows(rec, reason), poisoned(rec, m.Items)}
}

// readBack reads some records from disk, from seq on. Damage is reported by the spool and skipped here.
func (l *loader) readBack(from uint64) []decodedRecord {
	const some = 16 << 20
	var items []decodedRecord
	if l.reader == nil || !l.reader.Wants(from) {
		l.reader = l.spool.Read(from)
	}
	for bytes := 0; bytes < some; {
		rec, err := l.reader.Next()
		var damage *spool.DamageError
		switch {
		case err == nil:
			items, bytes = append(items, decodedRecord{Record: rec}), bytes+recordBytes(&rec)
		case errors.As(err, &damage):
			l.log.Error("a spooled request was damaged on disk and is set aside", "error", err)
		case errors.Is(err, io.EOF):
			return items
		default:
			l.log.Error("reading the spool", "from", from, "error", err)
			return items
		}
	}
	return items
}

// cut writes down what the round will load, passes it on, and returns the next empty round.
func (l *loader) cut(ctx context.Context, r *round) (*round, error) {
	cut := spool.Cut{First: r.first, Last: r.last}
	for _, b := range r.batches() {
		cut.Loads = append(cut.Loads, spool.Load{
			Batch: l.spool.NextBatch(), Table: b.table, Partition: strconv.Itoa(int(b.month)),
			First: r.first, Last: r.last, Rows: uint32(b.rows()), Checksum: b.checksum, Days: b.sortedDays(),
		})
	}
	if err := l.spool.Intend(cut); err != nil {
		return nil, err
	}
	return l.pass(ctx, job{cut: cut, round: r})
}

func (l *loader) pass(ctx context.Context, j job) (*round, error) {
	select {
	case l.jobs <- j:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case r := <-l.free:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// redo builds every cut that an earlier life wrote down but did not finish, exactly as it was cut.
func (l *loader) redo(ctx context.Context) error {
	for _, cut := range l.spool.Pending() {
		r := <-l.free
		for next := cut.First; next <= cut.Last; {
			items := l.readBack(next)
			for i := range items {
				if items[i].Seq <= cut.Last {
					l.take(r, &items[i])
				}
			}
			if len(items) == 0 {
				break
			}
			next = items[len(items)-1].Seq + 1
		}
		l.log.Info("loading again what an earlier run did not finish", "first", cut.First, "last", cut.Last, "loads", len(cut.Loads))
		next, err := l.pass(ctx, job{cut: cut, round: r, doubtful: true})
		if err != nil {
			return err
		}
		l.free <- next
	}
	return nil
}

// ignoreDone drops the error of a cancelled wait: stopping is not a failure.
func ignoreDone(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

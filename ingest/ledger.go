package ingest

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// ledgerBatch is a cut's lines of the ledger.
type ledgerBatch struct {
	batch
	minute                     fixed[arrow.Timestamp]
	source, name, fate, reason category
	items                      fixed[uint64]
}

func newLedgerBatch(spoolID uint64) *ledgerBatch {
	b := &ledgerBatch{batch: batch{schema: schema.LedgerColumns, spoolID: spoolID}}
	b.columns = []column{&b.spool, &b.seq, &b.minute, &b.source, &b.name, &b.fate, &b.reason, &b.items}
	return b
}

// fill makes the batch say what a tally says, and nothing else.
func (b *ledgerBatch) fill(t tally) {
	b.reset()
	for l, n := range t {
		b.position.append(0) // counts the rows
		b.minute.append(arrow.Timestamp(l.minute * 60))
		b.source.append(l.source)
		b.name.append(l.name)
		b.fate.append(string(l.fate))
		b.reason.append(string(l.reason))
		b.items.append(uint64(n))
	}
}

func (b *ledgerBatch) reset() { b.batch.reset(); b.position.reset() }

// rejectionBatch is samples of a cut's rejected items.
type rejectionBatch struct {
	batch
	received fixed[arrow.Timestamp]
	source   category
	name     text
	reason   category
	message  text
	offset   fixed[uint64]
	body     text
	taken    map[sampled]int
}

// sampled is what samples are counted by: of each source and reason a few are kept.
type sampled struct {
	source string
	reason schema.Reason
}

const samplesPerCut = 10

func newRejectionBatch(spoolID uint64) *rejectionBatch {
	b := &rejectionBatch{batch: batch{schema: schema.RejectionColumns, spoolID: spoolID}, taken: make(map[sampled]int)}
	b.columns = []column{&b.spool, &b.seq, &b.position, &b.received, &b.source, &b.name, &b.reason, &b.message, &b.offset, &b.body}
	return b
}

func (b *rejectionBatch) reset() { b.batch.reset(); clear(b.taken) }

// sample takes the first few rejections of each source and reason.
func (b *rejectionBatch) sample(rec *spool.Record, rejections []schema.Rejection) {
	for _, r := range rejections {
		kind := sampled{rec.Source, r.Reason}
		if b.taken[kind]++; b.taken[kind] > samplesPerCut {
			continue
		}
		b.position.append(schema.Position(rec.Seq, r.Item))
		b.received.append(arrow.Timestamp(rec.Received))
		b.source.append(rec.Source)
		b.name.append(r.Name)
		b.reason.append(string(r.Reason))
		b.message.append(r.Message)
		b.offset.append(uint64(r.Offset))
		b.body.append(r.Sample)
	}
}

// poisonedRows is what is told of a request that cannot be decoded any more.
func poisonedRows(rec *spool.Record, reason error) *schema.Decoded {
	return &schema.Decoded{Rejections: []schema.Rejection{{
		Reason: schema.Undecodable, Message: fmt.Sprintf("spooled request %d cannot be decoded any more: %v; it is kept in the spool's quarantine", rec.Seq, reason),
	}}}
}

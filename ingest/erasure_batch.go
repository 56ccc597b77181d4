package ingest

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/pulsehouse/pulsehouse/schema"
)

// erasureBatch is a batch of orders to forget a unit.
type erasureBatch struct {
	batch
	received, before fixed[arrow.Timestamp]
	unitType         category
	id               hashes
	requestedBy      category
	message          text
}

func newErasureBatch(spoolID uint64) *erasureBatch {
	b := &erasureBatch{batch: batch{schema: schema.ErasureColumns, spoolID: spoolID}}
	b.columns = []column{&b.spool, &b.seq, &b.position, &b.received, &b.before, &b.unitType, &b.id, &b.requestedBy, &b.message}
	return b
}

func (b *erasureBatch) append(position uint64, source string, x *schema.Erasure) {
	b.add(position, x.Received.Day(), x.MessageID)
	b.received.append(arrow.Timestamp(x.Received))
	b.before.append(arrow.Timestamp(x.Before.Storable()))
	b.unitType.append(x.UnitType.Key())
	b.id.bytes = append(b.id.bytes, x.IDHash[:]...)
	b.requestedBy.append(source)
	b.message.append(x.MessageID)
}

// hashes is a column of SHA-256 sums.
type hashes struct{ bytes []byte }

func (c *hashes) reset() { c.bytes = c.bytes[:0] }

func (c *hashes) data(t arrow.DataType) arrow.ArrayData {
	n := len(c.bytes) / t.(*arrow.FixedSizeBinaryType).ByteWidth
	return array.NewData(t, n, []*memory.Buffer{nil, bytesOf(c.bytes)}, nil, 0, 0)
}

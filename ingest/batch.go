package ingest

import (
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/schema"
)

// column is one Arrow column under construction.
type column interface {
	data(arrow.DataType) arrow.ArrayData
	reset()
}

// batch is the rows of one load. Everything but the address columns is filled while requests come in; the load's number is
// known only when the cut is made, so the first two columns, spool and number, are filled then.
type batch struct {
	columns  []column
	schema   *arrow.Schema
	spoolID  uint64
	spool    fixed[uint64]
	seq      fixed[uint64]
	position fixed[uint64]
	checksum uint64
	days     map[int32]struct{}
	// fate is what a row is counted under in the ledger, if it is.
	fate func(row int) (line, bool)
}

func (b *batch) rows() int { return len(b.position.values) }

// add notes the address of a row and what makes its load recognisable.
func (b *batch) add(position uint64, day int32, messageID string) {
	b.position.append(position)
	b.checksum += xxh3.HashString(messageID) ^ position
	if b.days == nil {
		b.days = make(map[int32]struct{})
	}
	b.days[day] = struct{}{}
}

func (b *batch) reset() {
	for _, c := range b.columns {
		c.reset()
	}
	b.checksum = 0
	clear(b.days)
}

// whole is all rows of the batch.
func (b *batch) whole() span { return span{0, b.rows()} }

// writeTo writes rows of the batch as a closed Arrow IPC stream of one record.
func (b *batch) writeTo(w io.Writer, s span, batchSeq uint64) error {
	record := b.record(batchSeq)
	defer record.Release()
	part := record.NewSlice(int64(s.from), int64(s.to))
	defer part.Release()
	stream := ipc.NewWriter(w, ipc.WithSchema(b.schema))
	if err := stream.Write(part); err != nil {
		return err
	}
	return stream.Close()
}

// sample is a row as JSON, as far as samples go.
func (b *batch) sample(row int) string {
	record := b.record(0)
	defer record.Release()
	part := record.NewSlice(int64(row), int64(row)+1)
	defer part.Release()
	text, err := part.MarshalJSON()
	if err != nil {
		return ""
	}
	return string(text[:min(len(text), 1024)])
}

// record is the batch as Arrow sees it: its columns are those of the batch, not copies.
func (b *batch) record(batchSeq uint64) arrow.Record {
	b.seq.reset()
	b.spool.reset()
	for range b.rows() {
		b.seq.append(batchSeq)
		b.spool.append(b.spoolID)
	}
	arrays := make([]arrow.Array, len(b.columns))
	for i, c := range b.columns {
		arrays[i] = array.MakeFromData(c.data(b.schema.Field(i).Type))
	}
	return array.NewRecord(b.schema, arrays, int64(b.rows()))
}

// eventBatch is a batch of events.
type eventBatch struct {
	batch
	day                                         fixed[arrow.Date32]
	time, received                              fixed[arrow.Timestamp]
	original, sent                              optional[arrow.Timestamp]
	guessed                                     bits
	source, sourceKind, kind, name, event       category
	message, user, anonymous                    text
	unitIDs                                     units
	group, previous                             text
	value                                       optional[float64]
	environment                                 category
	properties, traits, userProperties, context text
	integrations, extra                         text
	library, audience                           category
}

func newEventBatch(spoolID uint64) *eventBatch {
	b := &eventBatch{batch: batch{schema: schema.EventColumns, spoolID: spoolID}}
	b.columns = []column{
		&b.spool, &b.seq, &b.position, &b.day, &b.time, &b.original, &b.sent, &b.received, &b.guessed, &b.source,
		&b.sourceKind, &b.kind, &b.name, &b.event, &b.message, &b.user, &b.anonymous, &b.unitIDs, &b.group, &b.previous,
		&b.value, &b.environment, &b.properties, &b.traits, &b.userProperties, &b.context, &b.integrations, &b.extra,
		&b.library, &b.audience,
	}
	b.fate = func(row int) (line, bool) {
		return line{minute: minuteOf(b.received.values[row]), source: b.source.at(row), name: b.name.at(row), fate: schema.Stored}, true
	}
	return b
}

func (b *eventBatch) append(position uint64, source string, wire schema.SourceKind, e *schema.Event) {
	at := e.Time.Storable()
	b.add(position, at.Day(), e.MessageID)
	b.day.append(arrow.Date32(at.Day()))
	b.time.append(arrow.Timestamp(at))
	b.original.append(arrow.Timestamp(e.Original.Storable()), e.Original != 0)
	b.sent.append(arrow.Timestamp(e.Sent.Storable()), e.Sent != 0)
	b.received.append(arrow.Timestamp(e.Received))
	b.guessed.append(e.TimeGuessed)
	b.source.append(source)
	b.sourceKind.append(string(wire))
	b.kind.append(string(e.Kind))
	b.name.append(e.Name)
	b.event.append(e.Event)
	b.message.append(e.MessageID)
	b.user.append(e.UserID)
	b.anonymous.append(e.AnonymousID)
	b.unitIDs.append(e.UnitIDs)
	b.group.append(e.GroupID)
	b.previous.append(e.PreviousID)
	b.value.append(e.Value, e.HasValue && !math.IsNaN(e.Value) && !math.IsInf(e.Value, 0))
	b.environment.append(e.Environment)
	b.properties.append(e.Properties)
	b.traits.append(e.Traits)
	b.userProperties.append(e.UserProperties)
	b.context.append(e.Context)
	b.integrations.append(e.Integrations)
	b.extra.append(e.Extra)
	b.library.append(e.Library)
	b.audience.append(string(e.Audience))
}

// exposureBatch is a batch of exposures.
type exposureBatch struct {
	batch
	day                                                   fixed[arrow.Date32]
	time, received                                        fixed[arrow.Timestamp]
	source, sourceKind, kind, name, layer, rule, ruleName category
	value, reason                                         category
	secondary                                             bits
	message, user, anonymous                              text
	unitIDs                                               units
	environment                                           category
	userProperties                                        text
	library                                               category
}

func newExposureBatch(spoolID uint64) *exposureBatch {
	b := &exposureBatch{batch: batch{schema: schema.ExposureColumns, spoolID: spoolID}}
	b.columns = []column{
		&b.spool, &b.seq, &b.position, &b.day, &b.time, &b.received, &b.source, &b.sourceKind, &b.kind, &b.name, &b.layer,
		&b.rule, &b.ruleName, &b.value, &b.reason, &b.secondary, &b.message, &b.user, &b.anonymous, &b.unitIDs,
		&b.environment, &b.userProperties, &b.library,
	}
	b.fate = b.fateOf
	return b
}

// fateOf leaves out what the ledger counts with another row: exposures unpacked from others, and those that are an event besides.
func (b *exposureBatch) fateOf(row int) (line, bool) {
	kind := schema.ExposureKind(b.kind.at(row))
	l := line{minute: minuteOf(b.received.values[row]), source: b.source.at(row), name: schema.ExposureName(kind), fate: schema.Stored}
	return l, !b.secondary.at(row) && kind != schema.Viewed
}

func minuteOf(at arrow.Timestamp) int64 { return int64(at) / time.Minute.Milliseconds() }

func (b *exposureBatch) append(position uint64, source string, wire schema.SourceKind, x *schema.Exposure) {
	at := x.Time.Storable()
	b.add(position, at.Day(), x.MessageID)
	b.day.append(arrow.Date32(at.Day()))
	b.time.append(arrow.Timestamp(at))
	b.received.append(arrow.Timestamp(x.Received))
	b.source.append(source)
	b.sourceKind.append(string(wire))
	b.kind.append(string(x.Kind))
	b.name.append(x.Name)
	b.layer.append(x.Layer)
	b.rule.append(x.Rule)
	b.ruleName.append(x.RuleName)
	b.value.append(x.Value)
	b.reason.append(x.Reason)
	b.secondary.append(x.Secondary)
	b.message.append(x.MessageID)
	b.user.append(x.UserID)
	b.anonymous.append(x.AnonymousID)
	b.unitIDs.append(x.UnitIDs)
	b.environment.append(x.Environment)
	b.userProperties.append(x.UserProperties)
	b.library.append(x.Library)
}

func (b *batch) names() []string {
	names := make([]string, b.schema.NumFields())
	for i := range names {
		names[i] = b.schema.Field(i).Name
	}
	return names
}

func (b *batch) sortedDays() []int32 { return slices.Sorted(maps.Keys(b.days)) }

package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/klauspost/compress/gzip"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/schema"
)

// batchSize is that of a busy client.
const batchSize = 100

// load is the same events in every form in which someone takes them.
type load struct {
	events  int
	plain   [][]byte // batches, as a client makes them
	packed  [][]byte // the same with gzip
	rawSize int
	*ready  // only while it is needed: it is large
}

// ready is the events in forms that need no more decoding, or none at all.
type ready struct {
	lines []byte // one raw call a line
	flat  []byte // one flat row a line, for JSONEachRow
	arrow []byte // an Arrow stream of one record
	gzip6 int    // the lines with gzip -6
}

func newLoad(seed uint64, batches int) (*load, error) {
	l, w := &load{events: batches * batchSize}, bench.Workload{Seed: seed}
	for n := range batches {
		body := w.AppendBatch(make([]byte, 0, bench.BatchBytes(batchSize)), uint64(n), batchSize)
		l.plain, l.packed = append(l.plain, body), append(l.packed, pack(body, gzip.BestSpeed))
		l.rawSize += len(body)
	}
	return l, nil
}

// prepare makes the forms that are ready.
func (l *load) prepare(context.Context) error {
	l.ready = new(ready)
	rows, err := l.rows()
	if err != nil {
		return err
	}
	for _, e := range rows {
		l.lines = append(append(l.lines, e.Raw...), '\n')
	}
	l.gzip6 = len(pack(l.lines, 6))
	return l.flatten(rows)
}

// rows are the events as they are decoded. Nobody keeps them while others are measured: who holds millions of pointers has every collection of
// garbage go through them.
func (l *load) rows() (rows []*schema.Event, err error) {
	for n, body := range l.plain {
		decoded, err := segment.Decode(body, segment.Request{Route: segment.Batch, Received: receipt, Names: schema.Names{Prefix: "segment::"}})
		if err != nil {
			return nil, err
		}
		if len(decoded.Events) != batchSize {
			return nil, fmt.Errorf("batch %d of the workload has %d good calls, want %d", n, len(decoded.Events), batchSize)
		}
		for i := range decoded.Events {
			rows = append(rows, &decoded.Events[i])
		}
	}
	return rows, nil
}

// forget drops them again.
func (l *load) forget() error {
	l.ready = nil
	return nil
}

// receipt is when the rows that are ready say that they were received.
const receipt = schema.Millis(1_769_000_000_000)

func pack(body []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err == nil {
		_, err = z.Write(body)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic("BUG: gzip into memory: " + err.Error())
	}
	return b.Bytes()
}

// flatten makes the rows that need no more decoding, as JSON and as Arrow.
func (l *load) flatten(rows []*schema.Event) error {
	b := array.NewRecordBuilder(memory.NewGoAllocator(), schema.EventColumns)
	defer b.Release()
	for i, e := range rows {
		text, err := json.Marshal(columnsOf(i, e, func(at schema.Millis) any { return at.Time().Format("2006-01-02 15:04:05.000") }, jsonMap))
		if err != nil {
			return fmt.Errorf("flatten: %w", err)
		}
		l.flat = append(append(l.flat, text...), '\n')
		text, err = json.Marshal(columnsOf(i, e, func(at schema.Millis) any { return int64(at) }, arrowMap))
		if err == nil {
			err = b.UnmarshalJSON(text)
		}
		if err != nil {
			return fmt.Errorf("flatten for Arrow: %w", err)
		}
	}
	record := b.NewRecord()
	defer record.Release()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema.EventColumns))
	if err := w.Write(record); err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	l.arrow = out.Bytes()
	return nil
}

// flatBatches is the flat rows cut into requests of the usual size.
func (l *load) flatBatches() [][]byte { return l.flatParts(l.events / batchSize) }

// flatParts is the flat rows in so many equal parts.
func (l *load) flatParts(parts int) (all [][]byte) {
	for rest := l.flat; len(rest) > 0; {
		end := 0
		for range l.events / parts {
			end += bytes.IndexByte(rest[end:], '\n') + 1
		}
		all, rest = append(all, rest[:end]), rest[end:]
	}
	return all
}

func jsonMap(ids schema.UnitIDs) any {
	m := map[string]string{}
	for _, id := range ids {
		m[id.Type.Key()] = id.Value
	}
	return m
}

func arrowMap(ids schema.UnitIDs) any {
	m := []map[string]string{}
	for _, id := range ids {
		m = append(m, map[string]string{"key": id.Type.Key(), "value": id.Value})
	}
	return m
}

// columnsOf is the row that an event becomes.
func columnsOf(n int, e *schema.Event, at func(schema.Millis) any, units func(schema.UnitIDs) any) map[string]any {
	optional := func(m schema.Millis) any {
		if m == 0 {
			return nil
		}
		return at(m)
	}
	row := map[string]any{
		"spool_id": 1, "batch_seq": 1, "position": n, "day": e.Time.Time().Format(time.DateOnly), "time": at(e.Time),
		"original_time": optional(e.Original), "sent_time": optional(e.Sent), "received_time": at(e.Received), "time_guessed": e.TimeGuessed,
		"source": "bench", "source_kind": "segment", "kind": e.Kind, "name": e.Name, "event": e.Event, "message_id": e.MessageID,
		"user_id": e.UserID, "anonymous_id": e.AnonymousID, "unit_ids": units(e.UnitIDs), "group_id": e.GroupID, "previous_id": e.PreviousID,
		"value": nil, "environment": e.Environment, "properties": e.Properties, "traits": e.Traits, "user_properties": e.UserProperties,
		"context": e.Context, "integrations": e.Integrations, "extra": e.Extra, "library": e.Library,
	}
	if e.HasValue {
		row["value"] = e.Value
	}
	for _, f := range schema.EventColumns.Fields() { // a column of which this bench does not know is empty
		if _, known := row[f.Name]; !known {
			row[f.Name] = ""
		}
	}
	return row
}

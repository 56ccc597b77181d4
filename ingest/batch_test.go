package ingest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Arrow's own reader is the judge of what we lay out by hand.
func readStream(t *testing.T, stream []byte) (rows []map[string]string) {
	t.Helper()
	allocator := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer allocator.AssertSize(t, 0)
	r, err := ipc.NewReader(bytes.NewReader(stream), ipc.WithAllocator(allocator))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	for r.Next() {
		rec := r.Record()
		for i := range int(rec.NumRows()) {
			row := map[string]string{}
			for c, f := range rec.Schema().Fields() {
				row[f.Name] = cell(rec.Column(c), i)
			}
			rows = append(rows, row)
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return rows
}

func cell(a any, i int) string {
	if d, ok := a.(*array.Dictionary); ok {
		return d.Dictionary().ValueStr(d.GetValueIndex(i))
	}
	return a.(interface{ ValueStr(int) string }).ValueStr(i)
}

func TestEventBatch(t *testing.T) {
	b := newEventBatch(7)
	b.append(schema.Position(3, 0), "k1", schema.FromSegment, &schema.Event{
		MessageID: "m1", Kind: schema.Track, Event: "Bought", Name: "segment::Bought", Time: 1_700_000_000_123, Received: 1_700_000_001_000,
		Original: 1_700_000_000_122, UserID: "u1", AnonymousID: "a1", Environment: "production", Value: 2.5, HasValue: true,
		UnitIDs: schema.UnitIDs{{Type: "companyID", Value: "c1"}, {Type: "Device", Value: "d1"}}, Properties: `{"a":"ü"}`, Library: "x/1",
	})
	b.append(schema.Position(3, 1), "k1", schema.FromSegment, &schema.Event{
		MessageID: "m2", Kind: schema.Page, Name: "segment::page", Time: 1_700_000_000_124, Received: 1_700_000_001_000, UserID: "u2",
		Environment: "staging", TimeGuessed: true,
	})
	b.append(schema.Position(4, 0), "k2", schema.FromStatsig, &schema.Event{
		MessageID: "m3", Kind: schema.Logged, Event: "x", Name: "x", Time: -5, Received: 1_700_000_001_000,
		UnitIDs: schema.UnitIDs{{Type: "stableID", Value: "s"}},
	})
	var out bytes.Buffer
	if err := b.writeTo(&out, b.whole(), 42); err != nil {
		t.Fatal(err)
	}
	rows := readStream(t, out.Bytes())
	want := []map[string]string{
		{
			"spool_id": "7", "batch_seq": "42", "position": "3145728", "day": "2023-11-14", "source": "k1", "kind": "track",
			"name": "segment::Bought", "event": "Bought", "message_id": "m1", "user_id": "u1", "anonymous_id": "a1", "value": "2.5",
			"unit_ids": `[{"key":"companyid","value":"c1"},{"key":"device","value":"d1"}]`, "properties": `{"a":"ü"}`, "library": "x/1",
			"sent_time": array.NullValueStr, "time_guessed": "false", "environment": "production",
		},
		{
			"position": "3145729", "kind": "page", "event": "", "value": array.NullValueStr, "original_time": array.NullValueStr,
			"environment": "staging", "time_guessed": "true", "unit_ids": `[]`, "source": "k1",
		},
		{
			"position": "4194304", "source": "k2", "source_kind": "statsig", "day": "1970-01-01",
			"unit_ids": `[{"key":"stableid","value":"s"}]`,
		},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, columns := range want {
		for name, value := range columns {
			if rows[i][name] != value {
				t.Errorf("row %d: %s = %q, want %q", i, name, rows[i][name], value)
			}
		}
	}
}

// A batch that was used, reset and filled again must write what a new one does.
func TestBatchReset(t *testing.T) {
	fill := func(b *exposureBatch, from int) {
		for n := range 5 {
			b.append(schema.Position(9, n), "k", schema.FromStatsig, &schema.Exposure{
				MessageID: fmt.Sprint("m", n), Kind: schema.GateExposure, Name: fmt.Sprint("gate", (n+from)%3), Rule: "r", UserID: "u", Time: 1000,
				UnitIDs: schema.UnitIDs{{Type: "a", Value: fmt.Sprint(n)}}, Environment: "production",
			})
		}
	}
	used, fresh := newExposureBatch(1), newExposureBatch(1)
	fill(used, 1)
	used.reset()
	if used.rows() != 0 || used.checksum != 0 {
		t.Fatalf("a reset batch has %d rows and checksum %d", used.rows(), used.checksum)
	}
	fill(used, 0)
	fill(fresh, 0)
	var a, b bytes.Buffer
	if err := used.writeTo(&a, used.whole(), 5); err != nil {
		t.Fatal(err)
	}
	if err := fresh.writeTo(&b, fresh.whole(), 5); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) || used.checksum != fresh.checksum {
		t.Error("a reset batch writes something else than a new one")
	}
}

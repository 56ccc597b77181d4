package ingest

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/schema"
)

const benchCalls = 100

// benchRows are decoded batches of the usual workload.
func benchRows(b *testing.B, batches int) (all []*schema.Decoded) {
	b.Helper()
	w := bench.Workload{Seed: 1}
	for n := range batches {
		body := w.AppendBatch(nil, uint64(n), benchCalls)
		rows, err := segment.Decode(body, segment.Request{Route: segment.Batch, Received: 1_769_000_000_000, Names: schema.Names{Prefix: "segment::"}})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, rows)
	}
	return all
}

func perEvent(b *testing.B, events int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*events), "ns/event")
}

// BenchmarkInflate is a compressed batch of 100 calls made plain.
func BenchmarkInflate(b *testing.B) {
	body := bench.Workload{Seed: 1}.AppendBatch(nil, 0, benchCalls)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(body); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		text, err := inflate(packed.Bytes(), encodingOf(packed.Bytes()), 8<<20)
		if err != nil || len(text) != len(body) {
			b.Fatal(len(text), err)
		}
	}
	perEvent(b, benchCalls)
}

// BenchmarkFilter is a filter of 50 rules over a batch of which it leaves out a few.
func BenchmarkFilter(b *testing.B) {
	f := schema.Open("bench")
	rules := []schema.EventRule{{Name: "segment::Product Viewed"}}
	for i := range 49 {
		rules = append(rules, schema.EventRule{Name: fmt.Sprintf("segment::Event %d", i), Tracked: i%2 == 0})
	}
	f.Set(rules)
	rows := benchRows(b, 1)[0]
	events, filtered := append([]schema.Event(nil), rows.Events...), 0
	b.ReportAllocs()
	for b.Loop() {
		again := schema.Decoded{Events: append([]schema.Event(nil), events...), Exposures: rows.Exposures[:len(rows.Exposures):len(rows.Exposures)]}
		filter(f, &again)
		filtered = len(again.Filtered)
	}
	if filtered == 0 || filtered == len(events) {
		b.Errorf("%d of %d are filtered", filtered, len(events))
	}
	perEvent(b, len(events))
}

// BenchmarkEventBatch is decoded events put into the columns of a load.
func BenchmarkEventBatch(b *testing.B) {
	all, events := benchRows(b, 50), 0
	batch := newEventBatch(1)
	b.ReportAllocs()
	for b.Loop() {
		batch.reset()
		events = 0
		for n, rows := range all {
			for i := range rows.Events {
				batch.append(schema.Position(uint64(n+1), i), "bench", schema.FromSegment, &rows.Events[i])
				events++
			}
		}
	}
	perEvent(b, events)
}

// BenchmarkArrow is a load written as an Arrow stream.
func BenchmarkArrow(b *testing.B) {
	batch := newEventBatch(1)
	for n, rows := range benchRows(b, 50) {
		for i := range rows.Events {
			batch.append(schema.Position(uint64(n+1), i), "bench", schema.FromSegment, &rows.Events[i])
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := batch.writeTo(io.Discard, batch.whole(), 1); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, batch.rows())
}

package ingest

import (
	"testing"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/schema"
)

// BenchmarkDecode is decoding a batch of 100 calls, in processor time and allocations an event.
func BenchmarkDecode(b *testing.B) {
	l, err := newLoad(1, 20)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(l.rawSize / len(l.plain)))
	b.ReportAllocs()
	before := bench.CPUTime()
	for i := 0; b.Loop(); i++ {
		_, err := segment.Decode(l.plain[i%len(l.plain)], segment.Request{Route: segment.Batch, Received: receipt, Names: schema.Names{Prefix: "segment::"}})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((bench.CPUTime()-before).Nanoseconds())/float64(b.N*batchSize), "cpu-ns/event")
}

package segment_test

import (
	"testing"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/schema"
)

// BenchmarkDecode is a batch of 100 calls of 1.2 kB, inflated already.
func BenchmarkDecode(b *testing.B) {
	const calls = 100
	body := bench.Workload{Seed: 1}.AppendBatch(nil, 0, calls)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		rows, err := segment.Decode(body, segment.Request{Route: segment.Batch, Received: 1_769_000_000_000, Names: schema.Names{Prefix: "segment::"}})
		if err != nil || len(rows.Events) != calls {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*calls), "ns/event")
}

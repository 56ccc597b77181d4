package forward

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// benchRows are events of a usual size.
func benchRows(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{
			Batch: 1, Position: uint64(i), Origin: eventsTable, At: 1767323045678, Wire: "statsig", Shown: "add_to_cart", Event: "add_to_cart",
			MessageID: fmt.Sprintf("sdk-%032x", i), UserID: fmt.Sprintf("user-%d", i%1000), CustomIDs: `{"stableid":"stable-1234"}`, StableID: "stable-1234",
			ToUser: fmt.Sprintf("user-%d", i%1000), ToAnonymous: "stable-1234", Tier: "production", Number: "19.5",
			User:     `{"email":"someone@example.com","country":"DE","custom":{"plan":"team"}}`,
			Metadata: `{"product_id":"123","category":"summer outdoor","quantity":"2","currency":"EUR","list":"recommended","position":"3"}`,
		}
	}
	return rows
}

// BenchmarkMessages is a row made into a message.
func BenchmarkMessages(b *testing.B) {
	rows, w := benchRows(1000), writer{d: &schema.Destination{ID: "out", Type: schema.SegmentDestination}, instance: "abc"}
	b.ReportAllocs()
	for b.Loop() {
		for i := range rows {
			w.messages(1, &rows[i])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
}

// BenchmarkBody is messages made into a compressed request.
func BenchmarkBody(b *testing.B) {
	rows, w := benchRows(500), writer{d: &schema.Destination{ID: "out", Type: schema.SegmentDestination}, instance: "abc"}
	var messages []message
	for i := range rows {
		messages = append(messages, w.messages(1, &rows[i])...)
	}
	var p packer
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.pack(body(schema.SegmentDestination, messages, time.Time{})); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/event")
}

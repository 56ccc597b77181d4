package live

import (
	"fmt"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// BenchmarkTake is a request of 100 events published to the live log, with nobody watching and with one who does.
func BenchmarkTake(b *testing.B) {
	for _, readers := range []int{0, 1} {
		b.Run(fmt.Sprint("readers=", readers), func(b *testing.B) {
			l, c := newLog()
			for range readers {
				r, err := l.Read("", schema.LiveFilter{})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(r.Close)
			}
			r := request("u1", 0, 100)
			b.ReportAllocs()
			for b.Loop() {
				c.at = c.at.Add(10_000_000) // 10 ms: ten thousand events a second
				l.take(r)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*100), "ns/event")
		})
	}
}

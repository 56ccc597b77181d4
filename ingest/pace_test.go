package ingest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// paced has a feed with room for ten bodies of 1 MiB, of which the loader has read all that there is.
func paced() *pace {
	p := &pace{clock: time.Now, feed: newFeed(10 << 20)}
	p.feed.caughtUp(1)
	return p
}

// deliver puts one more body into the feed.
func (p *pace) deliver() {
	one := &spooled{rows: &schema.Decoded{Text: 1<<20 - 1024}}
	p.feed.deliver([]spool.Delivered{{Record: spool.Record{Seq: p.feed.tail + 1}, Attached: one}})
}

// waited is how long a request waits, by the bubble's clock.
func (p *pace) waited(ctx context.Context) time.Duration {
	began := time.Now()
	p.wait(ctx)
	return time.Since(began).Round(time.Millisecond)
}

// While a load is on its way requests wait: from half a feed on, the longer the fuller it is, and longest while what did not fit has to be read
// from disk.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := paced()
		for bodies, want := range []time.Duration{0, 0, 0, 0, 0, 0, 20, 40, 60, 80, 100, 100} {
			p.begin()
			if got := p.waited(t.Context()); got != want*time.Millisecond {
				t.Errorf("with %d bodies of 10 a request waits %v, want %d ms", bodies, got, want)
			}
			p.deliver()
		}
		if items, missed := p.feed.take(); len(items) != 10 || !missed {
			t.Errorf("the feed holds %d bodies, missed %v; want 10, and the others on disk", len(items), missed)
		}
		if got := p.waited(t.Context()); got != longestPace {
			t.Errorf("while the loader has to read from disk a request waits %v, want %v", got, longestPace)
		}
		p.feed.caughtUp(p.feed.tail + 1)
		if got := p.waited(t.Context()); got != 0 {
			t.Errorf("when the loader has caught up a request waits %v", got)
		}
	})
}

// Without a load on its way, or with one that does not end, nobody waits.
func TestPaceForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := paced()
		for range 10 {
			p.deliver()
		}
		f := func(when string, want time.Duration) {
			t.Helper()
			if got := p.waited(t.Context()); got != want {
				t.Errorf("%s a request waits %v, want %v", when, got, want)
			}
		}
		f("with nothing being loaded", 0)
		p.begin()
		f("with a load on its way", longestPace)
		time.Sleep(hopeFor)
		f("with an engine that is away", 0)
		p.begin()
		f("with the next load on its way", longestPace)
		p.end()
		f("with that in its table", 0)

		p.begin()
		stopping, stop := context.WithCancel(t.Context())
		stop()
		if got := p.waited(stopping); got != 0 {
			t.Errorf("in a server that stops a request waits %v", got)
		}
	})
}

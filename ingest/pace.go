package ingest

import (
	"context"
	"sync/atomic"
	"time"
)

// pace has senders wait a moment while the tables fall behind. What does not fit into the feed is decoded a second time when its turn
// comes, with the very processor time that the tables lack: under more load than they can follow, that was a quarter of what the Go side
// did. A sender that waits for its predecessors costs nothing. For an engine that is away nobody waits: then requests go into the spool
// as fast as the disk takes them.
type pace struct {
	clock func() time.Time
	feed  *feed
	// began is when the load in hand was begun, in Unix nanoseconds; 0 when there is none.
	began atomic.Int64
}

const (
	// longestPace is how long a request waits at most, when the feed is full.
	longestPace = 100 * time.Millisecond
	// hopeFor is how long a load may take until we take the engine to be away, or too slow to wait for.
	hopeFor = 3 * time.Second
)

// begin and end are called around each load.
func (p *pace) begin() { p.began.Store(p.clock().UnixNano()) }
func (p *pace) end()   { p.began.Store(0) }

// delay is how long a request should wait now: longer the fuller the feed is, from half on.
func (p *pace) delay() time.Duration {
	began := p.began.Load()
	if began == 0 || p.clock().Sub(time.Unix(0, began)) > hopeFor {
		return 0
	}
	return time.Duration(max(2*p.feed.fullness()-1, 0) * float64(longestPace))
}

// wait lets a request wait its turn, unless ctx ends.
func (p *pace) wait(ctx context.Context) {
	d := p.delay()
	if d == 0 {
		return
	}
	started := p.clock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	pacedSeconds.Add(p.clock().Sub(started).Seconds())
}

package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Bounds of the log.
const (
	ringEntries = 8192
	ringBytes   = 32 << 20
	rawBytes    = 16 << 10 // of one item
	offersKept  = 64       // requests that wait to be looked at
	perSecond   = 2000     // items that enter as a sample; as many again that were not stored, or that a reader asked for
	batchMost   = 200      // entries that a reader gets at a time
)

// Request is one request whose items are to be logged, in the order of the spool.
type Request struct {
	Received   schema.Millis
	Source     string
	SourceKind schema.SourceKind
	Rows       *schema.Decoded
	// Refused is why the request was not acknowledged; then Rows is empty.
	Refused *schema.Error
}

// Log is the ring. Entry n is at n modulo its length; first ≤ n < next are there.
type Log struct {
	epoch  string // of this process: places of an earlier one mean nothing here
	offers chan Request
	missed atomic.Uint64 // items of requests that were not looked at
	now    func() time.Time

	mu          sync.Mutex
	ring        [ringEntries]schema.LiveEntry
	first, next uint64
	bytes       int
	skipped     uint64
	rate        rate
	readers     map[*Reader]struct{}
	closed      bool

	seen                    seen
	sample, unstored, asked bucket
}

// New makes the log. It starts nothing.
func New(now func() time.Time) *Log {
	return &Log{
		epoch: strconv.FormatUint(rand.Uint64()>>16, 36), offers: make(chan Request, offersKept), now: now,
		readers: make(map[*Reader]struct{}),
	}
}

// Offer gives a request to the log, or counts it as missed when the log is behind. It never waits.
func (l *Log) Offer(r Request) {
	select {
	case l.offers <- r:
	default:
		l.missed.Add(uint64(max(r.Rows.Items, 1)))
	}
}

// Run logs what is offered until ctx ends, then ends all readers.
func (l *Log) Run(ctx context.Context) error {
	defer l.close()
	for {
		select {
		case r := <-l.offers:
			l.take(&r)
		case <-ctx.Done():
			return nil
		}
	}
}

// take looks at each item of a request once.
func (l *Log) take(r *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, b := range []*bucket{&l.sample, &l.unstored, &l.asked} {
		b.refill(now)
	}
	l.skip(l.missed.Swap(0))
	if l.idle(r) {
		l.skip(uint64(r.Rows.Items))
		return
	}
	unseen := uint64(0) // once the sample is full
	look := func() bool {
		if l.idle(r) {
			unseen++
			return false
		}
		return true
	}
	entries(r, look, func(e *schema.LiveEntry, raw string) {
		if l.admits(e, raw) {
			l.append(e, raw)
		} else {
			l.skip(1)
		}
	})
	l.skip(unseen)
	for reader := range l.readers {
		reader.nudge()
	}
}

// idle says that nothing of a request can enter: the sample is full, and nobody asks for anything in particular. Under load that
// is what happens, and it costs nothing.
func (l *Log) idle(r *Request) bool {
	for reader := range l.readers {
		if !reader.filter.All() {
			return false
		}
	}
	unstored := r.Refused != nil || len(r.Rows.Filtered)+len(r.Rows.Rejections) > 0
	return l.sample.left < 1 && (l.unstored.left < 1 || !unstored)
}

// admits decides whether an item enters the ring.
func (l *Log) admits(e *schema.LiveEntry, raw string) bool {
	switch {
	case l.sample.take(), e.Fate != schema.Stored && l.unstored.take():
		return true
	}
	for reader := range l.readers {
		if !reader.filter.All() && reader.filter.Match(withRaw(*e, raw)) {
			return l.asked.take()
		}
	}
	return false
}

// withRaw is the entry with the item's text, sharing its memory.
func withRaw(e schema.LiveEntry, raw string) *schema.LiveEntry {
	e.RawText = raw
	return &e
}

// append puts a copy of the entry, which shares the request's memory, into the ring.
func (l *Log) append(e *schema.LiveEntry, raw string) {
	copied := clone(e, raw)
	copied.ID = l.place(l.next + 1)
	if e.MessageID != "" && e.Fate == schema.Stored && l.seen.again(e.MessageID) {
		copied.Fate, copied.Provisional = schema.Duplicate, true
	}
	l.bytes += size(&copied)
	for l.next-l.first == ringEntries || l.bytes > ringBytes && l.first < l.next {
		l.bytes -= size(&l.ring[l.first%ringEntries])
		l.ring[l.first%ringEntries] = schema.LiveEntry{}
		l.first++
	}
	l.ring[l.next%ringEntries] = copied
	l.next++
	l.rate.count(1, 0, l.now())
}

func (l *Log) skip(n uint64) {
	if n > 0 {
		l.skipped += n
		l.rate.count(0, n, l.now())
	}
}

// place is the text of a place in the log, and number its inverse.
func (l *Log) place(n uint64) string { return l.epoch + "-" + strconv.FormatUint(n, 10) }

func (l *Log) number(place string) (n uint64, ok bool) {
	epoch, text, _ := strings.Cut(place, "-")
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && epoch == l.epoch && n <= l.next
}

func (l *Log) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for reader := range l.readers {
		reader.nudge()
	}
}

// String tells the log's state, for people who debug.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("entries %d to %d, %d bytes, %d readers", l.first, l.next, l.bytes, len(l.readers))
}

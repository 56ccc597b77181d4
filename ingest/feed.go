package ingest

import (
	"sync"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
)

// decodedRecord is a spool record with its rows; they are nil when they have to be decoded again.
type decodedRecord struct {
	spool.Record
	*spooled
}

// feed carries durable requests to the loader in order. It never blocks the spool's writer: what does not fit into memory is
// dropped here and read back from the spool, since everything in it is already on disk.
//
//	next seq ─────────► tail
//	  [ from disk … ) [ items in memory ]
//
// items, when there are any, always start right behind what the loader has taken or will have read from disk.
type feed struct {
	mu    sync.Mutex
	items []decodedRecord
	bytes int
	limit int
	// tail is the last seq ever delivered; missed says that some before it are only on disk.
	tail   uint64
	missed bool
	wake   chan struct{}
}

func newFeed(limit int) *feed { return &feed{limit: limit, missed: true, wake: make(chan struct{}, 1)} }

// deliver is called by the spool's writer, in order, with what has just become durable.
func (f *feed) deliver(records []spool.Delivered) {
	f.mu.Lock()
	for _, r := range records {
		f.tail = r.Seq
		rows := r.Attached.(*spooled)
		size := rows.bytes()
		if f.missed || f.bytes+size > f.limit {
			f.missed = true
			continue
		}
		f.items = append(f.items, decodedRecord{r.Record, rows})
		f.bytes += size
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// take removes and returns what is in memory, in order; the loader reads from disk first when missed is true and items is
// empty.
func (f *feed) take() (items []decodedRecord, missed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	items, f.items, f.bytes = f.items, nil, 0
	return items, f.missed
}

// caughtUp is told by the loader, reading from disk, what it needs next. It returns true, and memory serves from then on,
// when nothing newer than that has been delivered.
func (f *feed) caughtUp(next uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if next <= f.tail {
		return false
	}
	f.missed = false
	return true
}

// fullness is how much of the feed is taken, from 0 to 1; 1 too while the loader still has to read from disk.
func (f *feed) fullness() float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.missed {
		return 1
	}
	return float64(f.bytes) / float64(f.limit)
}

// recordBytes estimates what a request that is read back will keep alive once it is decoded: its body, inflated about sevenfold, and the rows beside it.
func recordBytes(r *spool.Record) int {
	if encoding(r.Encoding) == plain {
		return 2*len(r.Body) + 1024
	}
	return 12*len(r.Body) + 1024
}

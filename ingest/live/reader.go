package live

import (
	"context"
	"errors"

	"github.com/pulsehouse/pulsehouse/schema"
)

// ErrEnded is what a reader gets when the log ends.
var ErrEnded = errors.New("the live log has ended")

// ErrTooMany refuses one reader too many.
var ErrTooMany = errors.New("too many readers of the live log")

const readersMost = 256

// Reader reads the log from a place on. It is used by one goroutine.
type Reader struct {
	log    *Log
	filter schema.LiveFilter
	wake   chan struct{}

	place   uint64 // the next entry to look at
	skipped uint64 // of the log, when the reader began
	dropped uint64
}

// Read begins to read after the entry with an ID, "" meaning now. When entries after it are gone, or it is of an earlier process,
// Dropped of the first batch says so.
func (l *Log) Read(after string, f schema.LiveFilter) (*Reader, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.readers) >= readersMost {
		return nil, ErrTooMany
	}
	r := &Reader{log: l, filter: f, wake: make(chan struct{}, 1), place: l.next, skipped: l.skipped}
	if after != "" {
		n, ok := l.number(after)
		if r.place = n; !ok {
			r.place, r.dropped = l.first, 1 // how many is not known
		}
	}
	l.readers[r] = struct{}{}
	r.nudge()
	return r, nil
}

// Close ends the reader.
func (r *Reader) Close() {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	delete(r.log.readers, r)
}

func (r *Reader) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Next waits until something wanted has come, or until ctx ends, and returns it: maybe nothing, with the counts as they are.
func (r *Reader) Next(ctx context.Context) (schema.LiveBatch, error) {
	for {
		batch, more, err := r.some()
		if err != nil || len(batch.Entries) > 0 {
			if more {
				r.nudge()
			}
			return batch, err
		}
		if more {
			continue
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
			return batch, nil
		}
	}
}

// some takes what is wanted of the next entries; more says that it did not come to the end.
func (r *Reader) some() (b schema.LiveBatch, more bool, err error) {
	l := r.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return b, false, ErrEnded
	}
	if r.place < l.first {
		r.dropped += l.first - r.place
		r.place = l.first
	}
	for looked := 0; r.place < l.next && len(b.Entries) < batchMost && looked < ringEntries/4; looked++ {
		if e := &l.ring[r.place%ringEntries]; r.filter.Match(e) {
			b.Entries = append(b.Entries, *e)
		}
		r.place++
	}
	b.Next, b.Dropped, b.Skipped, b.SampleRate = l.place(r.place), r.dropped, l.skipped-r.skipped, l.rate.share(l.now())
	return b, r.place < l.next, nil
}

package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Reader reads durable records in order. It holds a window of one segment in memory.
type Reader struct {
	s    *Spool
	next uint64 // the number wanted
	// the window, and what of the segment is durable
	name string
	end  int64
	base int64 // where the window begins
	b    []byte
	off  int
	last uint64 // number of the record before off
}

// windowBytes is how much is read from disk at a time; a larger record widens the window.
const windowBytes = 4 << 20

// Read returns a reader of the records from a number on.
func (s *Spool) Read(from uint64) *Reader { return &Reader{s: s, next: from} }

// Wants says whether the next record that the reader returns is the one with a number, or one behind it.
func (r *Reader) Wants(seq uint64) bool { return r.next == seq }

// Close frees the reader's memory.
func (r *Reader) Close() { r.b, r.name = nil, "" }

// Next returns the next record. Its memory is its own. io.EOF says that no more is durable yet; the same reader can be asked
// again. A *DamageError says that bytes were skipped, and the next call goes on behind them.
func (r *Reader) Next() (Record, error) {
	for {
		if err := r.fill(); err != nil {
			return Record{}, err
		}
		// Here the window holds a whole frame, or all there is.
		f, start, ok := nextFrame(r.b, r.off, r.last)
		if !ok {
			if err := r.leave(); err != nil {
				return Record{}, err
			}
			continue
		}
		if start != r.off {
			damage := r.damage(start)
			r.off = start
			return Record{}, damage
		}
		r.off, r.last = f.end, f.seq
		if f.seq < r.next {
			continue
		}
		r.next = f.seq + 1
		rec, err := parseRecord(f.seq, f.payload)
		if err != nil {
			return Record{}, &DamageError{r.name, r.base + int64(start), int64(f.end - start), f.seq - 1}
		}
		return rec, nil
	}
}

// fill widens the window until a whole frame begins at the current offset, or until it reaches to the end: what only looks like a
// frame, inside of one that is not whole in the window, must not be taken for one.
func (r *Reader) fill() error {
	if r.name == "" {
		g, ok := r.s.segmentOf(r.next)
		if !ok {
			return io.EOF
		}
		r.name, r.end, r.base, r.b, r.off, r.last = g.name, g.durable, 0, nil, 0, g.first-1
	}
	for {
		if f, ok := frameAt(r.b, r.off); ok && f.seq > r.last {
			return nil
		}
		if more, err := r.widen(); err != nil || !more {
			return err
		}
	}
}

// widen reads more of the segment behind what is in the window and not read yet.
func (r *Reader) widen() (more bool, err error) {
	unread, at := r.b[r.off:], r.base+int64(len(r.b))
	if at >= r.end {
		return false, nil
	}
	b := make([]byte, len(unread)+int(min(r.end-at, int64(max(windowBytes, len(unread))))))
	copy(b, unread)
	file, err := os.Open(r.name)
	if errors.Is(err, os.ErrNotExist) {
		r.Close()
		return false, io.EOF // done with and deleted meanwhile
	}
	if err != nil {
		return false, fmt.Errorf("read spool segment: %w", err)
	}
	defer file.Close()
	if _, err := file.ReadAt(b[len(unread):], at); err != nil {
		return false, fmt.Errorf("read spool segment: %w", err)
	}
	r.base, r.b, r.off = r.base+int64(r.off), b, 0
	return true, nil
}

// leave is called at the end of what is durable in the segment: there is more of it by now, or a later segment, or nothing yet.
func (r *Reader) leave() error {
	durable, after, more := r.s.beyond(r.name)
	if durable > r.end {
		r.end = durable
		return nil
	}
	var damage error
	if r.off < len(r.b) {
		damage = r.damage(len(r.b))
	}
	if more {
		r.next = max(r.next, after.first)
		r.Close()
	} else {
		r.base, r.b, r.off = r.base+int64(len(r.b)), nil, 0
	}
	switch {
	case damage != nil:
		r.next = max(r.next, r.last+1)
		return damage
	case more:
		return nil
	default:
		return io.EOF
	}
}

// damage reports the bytes from the current offset to the next whole record, and keeps a copy.
func (r *Reader) damage(end int) error {
	e := &DamageError{filepath.Base(r.name), r.base + int64(r.off), int64(end - r.off), r.last}
	r.s.mu.Lock()
	r.s.damaged++
	r.s.mu.Unlock()
	if err := r.s.quarantine(r.name, int(e.Offset), r.b[r.off:end]); err != nil {
		return errors.Join(e, err)
	}
	return e
}

// segmentOf finds the segment that holds a number, or the first one behind it.
func (s *Spool) segmentOf(seq uint64) (segment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq > s.last {
		return segment{}, false
	}
	for i := len(s.segments) - 1; i >= 0; i-- {
		if s.segments[i].first <= seq || i == 0 {
			return s.segments[i], true
		}
	}
	return segment{}, false
}

// beyond tells how much of a segment is durable by now, and which segment with records follows it.
func (s *Spool) beyond(name string) (durable int64, after segment, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		if g.name == name {
			durable = g.durable
		}
		if g.name > name && g.durable > 0 {
			return durable, g, true
		}
	}
	return durable, segment{}, false
}

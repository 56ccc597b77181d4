package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Reader reads durable records in order.
type Reader struct {
	s    *Spool
	next uint64 // the number wanted
	// the segment in memory
	name string
	b    []byte
	off  int
	last uint64 // number of the record before off
}

// Read returns a reader of the records from a number on.
func (s *Spool) Read(from uint64) *Reader { return &Reader{s: s, next: from} }

// Close frees the reader.
func (r *Reader) Close() { r.b = nil }

// Next returns the next record. Its memory is its own. io.EOF says that no more is durable yet; the same reader can be asked
// again. A *DamageError says that bytes were skipped, and the next call goes on behind them.
func (r *Reader) Next() (Record, error) {
	for {
		if r.b == nil {
			if err := r.load(); err != nil {
				return Record{}, err
			}
		}
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
			return Record{}, &DamageError{r.name, int64(start), int64(f.end - start), f.seq - 1}
		}
		return rec, nil
	}
}

// load reads into memory the durable part of the segment that holds the wanted number.
func (r *Reader) load() error {
	g, ok := r.s.segmentOf(r.next)
	if !ok {
		return io.EOF
	}
	b, err := os.ReadFile(g.name)
	if errors.Is(err, os.ErrNotExist) {
		return io.EOF // done with and deleted meanwhile
	}
	if err != nil {
		return fmt.Errorf("read spool segment: %w", err)
	}
	r.name, r.b, r.off, r.last = g.name, b[:min(int64(len(b)), g.durable)], 0, g.first-1
	return nil
}

// leave is called at the end of what was in memory: a later segment, or nothing yet.
func (r *Reader) leave() error {
	var damage error
	if r.off < len(r.b) {
		damage = r.damage(len(r.b))
	}
	after, more := r.s.segmentAfter(r.name)
	r.b = nil
	if more {
		r.next = max(r.next, after.first)
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
	e := &DamageError{filepath.Base(r.name), int64(r.off), int64(end - r.off), r.last}
	r.s.mu.Lock()
	r.s.damaged++
	r.s.mu.Unlock()
	if err := r.s.quarantine(r.name, r.off, r.b[r.off:end]); err != nil {
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

func (s *Spool) segmentAfter(name string) (segment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		if g.name > name && g.durable > 0 {
			return g, true
		}
	}
	return segment{}, false
}

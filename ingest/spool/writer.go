package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// waiter is one Append that has not been answered.
type waiter struct {
	record   Record
	attached any
	payload  []byte
	answer   chan error
}

// Append makes a record durable and returns its number. When ctx ends first it returns ctx's error, and the record may still
// become durable: its sender has not been told and will send it again.
func (s *Spool) Append(ctx context.Context, r Record, attached any) (seq uint64, err error) {
	payload, err := r.appendPayload(make([]byte, 0, fixedSize+len(r.Source)+len(r.Meta)+len(r.Body)))
	if err != nil {
		return 0, err
	}
	w := &waiter{record: r, attached: attached, payload: payload, answer: make(chan error, 1)}
	if err := s.enqueue(w); err != nil {
		return 0, err
	}
	select {
	case err := <-w.answer:
		return w.record.Seq, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (s *Spool) enqueue(w *waiter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != nil {
		return s.state
	}
	if s.bytes() >= s.o.MaxBytes {
		return ErrFull
	}
	s.pending = append(s.pending, w)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

// Run writes until ctx ends, then answers who still waits. It returns an error only when the disk failed.
func (s *Spool) Run(ctx context.Context) error {
	for {
		select {
		case <-s.wake:
		case <-ctx.Done():
			return s.close()
		}
		s.gather(ctx)
		for group := s.group(); len(group) > 0; group = s.group() {
			if err := s.commit(group); err != nil {
				return errors.Join(err, s.close())
			}
			s.gather(ctx)
		}
	}
}

// gatherFor is how long a group waits at most for those that are coming. An fsync takes about half a millisecond of processor time and
// two or three of waiting, however much it has to write.
const gatherFor = time.Millisecond

func (s *Spool) gather(ctx context.Context) {
	if s.o.Coming == nil || s.o.Coming() == 0 {
		return
	}
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	for s.o.Coming() > 0 {
		select {
		case <-s.wake:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// group takes who waits, up to GroupBytes but at least one.
func (s *Spool) group() (group []*waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, bytes := 0, 0
	for n < len(s.pending) && (n == 0 || bytes+len(s.pending[n].payload) <= s.o.GroupBytes) {
		bytes += len(s.pending[n].payload) + headerSize
		n++
	}
	group, s.pending = s.pending[:n:n], s.pending[n:]
	return group
}

// commit makes a group durable, answers it and delivers it. The error is final.
func (s *Spool) commit(group []*waiter) error {
	if err := s.rotate(); err != nil {
		return s.refuse(group, err)
	}
	current := &s.segments[len(s.segments)-1]
	var frames []byte
	seq := s.last
	for _, w := range group {
		seq++
		w.record.Seq = seq
		frames = appendFrame(frames, seq, w.payload)
	}
	if _, err := s.file.Write(frames); err != nil {
		if undo := s.file.Truncate(current.durable); undo != nil {
			return s.fail(group, errors.Join(err, undo))
		}
		return s.refuse(group, err)
	}
	if err := s.file.Sync(); err != nil {
		return s.fail(group, err)
	}
	s.mu.Lock()
	current.durable += int64(len(frames))
	s.last = seq
	s.mu.Unlock()
	s.deliver(group)
	return nil
}

func (s *Spool) deliver(group []*waiter) {
	records := make([]Delivered, len(group))
	for i, w := range group {
		records[i] = Delivered{w.record, w.attached}
	}
	s.o.Deliver(records)
	for _, w := range group {
		w.answer <- nil
	}
}

// refuse answers a group that could not be written, but after which writing may go on.
func (s *Spool) refuse(group []*waiter, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%w: %w", ErrFull, err)
	}
	s.o.Log.Error("the spool could not write; clients are told to try again", "error", err)
	for _, w := range group {
		w.answer <- err
	}
	return nil
}

// fail answers a group after which nothing can be promised any more.
func (s *Spool) fail(group []*waiter, err error) error {
	err = fmt.Errorf("%w: %w", ErrFailed, err)
	s.mu.Lock()
	s.state = err
	s.mu.Unlock()
	for _, w := range group {
		w.answer <- err
	}
	return err
}

// rotate makes sure that the last segment is open and has room.
func (s *Spool) rotate() error {
	n := len(s.segments)
	if s.file != nil && s.segments[n-1].durable < s.o.SegmentBytes {
		return nil
	}
	if s.file == nil && n > 0 && s.segments[n-1].durable < s.o.SegmentBytes {
		f, err := s.o.FS.OpenFile(s.segments[n-1].name, os.O_WRONLY|os.O_APPEND)
		if err != nil {
			return fmt.Errorf("open spool segment: %w", err)
		}
		s.file = f
		return nil
	}
	name := filepath.Join(s.dir, fmt.Sprintf("%020d.seg", s.last+1))
	f, err := s.o.FS.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("make spool segment: %w", err)
	}
	if err := s.o.FS.SyncDir(s.dir); err != nil {
		return errors.Join(fmt.Errorf("make spool segment: %w", err), f.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.file
	s.file, s.segments = f, append(s.segments, segment{name: name, first: s.last + 1})
	if old != nil {
		return old.Close()
	}
	return nil
}

// close refuses everyone from now on.
func (s *Spool) close() error {
	s.mu.Lock()
	waiting := s.pending
	s.pending = nil
	if s.state == nil {
		s.state = ErrClosed
	}
	state := s.state
	s.mu.Unlock()
	for _, w := range waiting {
		w.answer <- state
	}
	var err error
	if s.file != nil {
		err = s.file.Close()
	}
	return errors.Join(err, s.manifest.close())
}

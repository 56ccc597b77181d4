package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// NextBatch returns a load number that no durable intent has.
func (s *Spool) NextBatch() uint64 {
	s.manifest.mu.Lock()
	defer s.manifest.mu.Unlock()
	s.manifest.batch++
	return s.manifest.batch
}

// Intend writes down a cut. Only then may anything of it be inserted. Cuts are intended in the order of their records.
func (s *Spool) Intend(c Cut) error { return s.manifest.write(entry{Intend: &c}) }

// Retry writes down that a load is tried under another number of attempt.
func (s *Spool) Retry(batch uint64, number uint32) error {
	return s.manifest.write(entry{Retry: &attempt{batch, number}})
}

// Done says that all rows of a cut are in their tables, and deletes the segments that hold nothing else. Cuts are done in order.
func (s *Spool) Done(c Cut) error {
	if err := s.manifest.write(entry{Done: &c.Last}); err != nil {
		return err
	}
	return s.forget(c.Last)
}

// Pending lists the cuts that are intended but not done, in order.
func (s *Spool) Pending() []Cut {
	s.manifest.mu.Lock()
	defer s.manifest.mu.Unlock()
	pending := slices.Clone(s.manifest.pending)
	for i := range pending {
		pending[i].Loads = slices.Clone(pending[i].Loads)
	}
	return pending
}

// Resume is the first record that no cut covers.
func (s *Spool) Resume() uint64 { return s.manifest.covered() + 1 }

// forget deletes every segment but the last that has only records up to a number.
func (s *Spool) forget(done uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.segments) > 1 && s.segments[1].first <= done+1 {
		if err := os.Remove(s.segments[0].name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("delete spool segment: %w", err)
		}
		s.segments = s.segments[1:]
	}
	return nil
}

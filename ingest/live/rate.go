package live

import (
	"time"

	"github.com/zeebo/xxh3"
)

// bucket lets perSecond items through a second, at most half a second's worth at once.
type bucket struct {
	left float64
	at   time.Time
}

func (b *bucket) refill(now time.Time) {
	b.left = min(b.left+now.Sub(b.at).Seconds()*perSecond, perSecond/2)
	b.at = now
}

func (b *bucket) take() bool {
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// rate is which part of the items entered the log in about the last ten seconds.
type rate struct {
	entered, skipped, enteredBefore, skippedBefore uint64
	since                                          time.Time
}

func (r *rate) count(entered, skipped uint64, now time.Time) {
	r.turn(now)
	r.entered, r.skipped = r.entered+entered, r.skipped+skipped
}

func (r *rate) turn(now time.Time) {
	if now.Sub(r.since) < 5*time.Second {
		return
	}
	r.enteredBefore, r.skippedBefore = r.entered, r.skipped
	if now.Sub(r.since) > 10*time.Second {
		r.enteredBefore, r.skippedBefore = 0, 0
	}
	r.entered, r.skipped, r.since = 0, 0, now
}

func (r *rate) share(now time.Time) float64 {
	r.turn(now)
	entered, skipped := r.entered+r.enteredBefore, r.skipped+r.skippedBefore
	if skipped == 0 {
		return 1
	}
	return float64(entered) / float64(entered+skipped)
}

// seen remembers the ids of recent messages in two generations.
type seen struct{ young, old map[uint64]struct{} }

const generation = 1 << 16

func (s *seen) again(id string) bool {
	h := xxh3.HashString(id)
	_, young := s.young[h]
	_, old := s.old[h]
	if s.young == nil || len(s.young) >= generation {
		s.young, s.old = make(map[uint64]struct{}), s.young
	}
	s.young[h] = struct{}{}
	return young || old
}

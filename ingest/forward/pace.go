package forward

import (
	"context"
	"sync"
	"time"
)

// pace says when the lanes of a destination may send. While it takes what it gets all may. When it did not, all wait, for a pause
// that grows or as long as it asked for; then one tries, and the others go on when it was taken.
type pace struct {
	o *Options

	mu      sync.Mutex
	backoff *backoff  // nil while all is well
	until   time.Time // nobody sends before
	trying  bool      // one is on its way to see whether it is taken again
	bads    uint64    // how often pauses began
	changed chan struct{}
}

// turn is the permission to send one request: how many pauses had begun then.
type turn uint64

// next waits until a request may be sent. It is false when ctx ended first.
func (p *pace) next(ctx context.Context) (turn, bool) {
	for ctx.Err() == nil {
		t, pause, changed := p.ask()
		if pause == 0 {
			return t, true
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return 0, false
}

// ask gives a turn, or says how long to wait before asking again unless something changes.
func (p *pace) ask() (t turn, pause time.Duration, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	if p.backoff == nil {
		return turn(p.bads), 0, nil
	}
	if left := p.until.Sub(p.o.Now()); left > 0 {
		return 0, left, p.changed
	}
	if p.trying {
		return 0, time.Minute, p.changed
	}
	p.trying = true
	return turn(p.bads), 0, nil
}

// good says that a request with that turn was answered for good, and returns whether all may send: not when a pause began after it was sent.
func (p *pace) good(t turn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if turn(p.bads) != t {
		return p.backoff == nil
	}
	p.backoff, p.trying = nil, false
	p.wake()
	return true
}

// bad says that a request with that turn was not taken, and returns how long everybody waits. Requests that were in flight together are
// one reason to wait longer, not several.
func (p *pace) bad(t turn, asked time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.backoff == nil {
		p.backoff = &backoff{p.o.Backoff, p.o.MaxBackoff, p.o.Random}
	}
	left := p.until.Sub(p.o.Now())
	if turn(p.bads) != t && left > 0 && asked <= left {
		return left
	}
	next := p.backoff.next(asked)
	p.bads++
	p.until, p.trying = p.o.Now().Add(next), false
	p.wake()
	return next
}

// wake makes those who wait look again.
func (p *pace) wake() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

package forward

import (
	"context"
	"time"
)

// backoff doubles its pauses, up to a bound, and makes each a little shorter by chance, so that many senders do not come back at once.
type backoff struct {
	pause, longest time.Duration
	random         func() float64
}

func (x *exporter) backoff() *backoff { return &backoff{x.o.Backoff, x.o.MaxBackoff, x.o.Random} }

// next is how long to wait now: what was asked for, and up to a tenth more, else between half of the pause and all of it.
func (b *backoff) next(asked time.Duration) time.Duration {
	now := b.pause
	b.pause = min(2*b.pause, b.longest)
	if asked > 0 {
		return asked + time.Duration(0.1*b.random()*float64(asked))
	}
	return now/2 + time.Duration(b.random()*float64(now)/2)
}

// wait waits for the next pause; it is false when ctx ended first.
func (b *backoff) wait(ctx context.Context, asked time.Duration) bool {
	return sleep(ctx, b.next(asked))
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

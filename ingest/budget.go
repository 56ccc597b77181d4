package ingest

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/semaphore"
)

// budget bounds the memory of all requests between their first byte and their answer. Whoever does not get its share soon is told
// to come again: better a refusal that says when than a process that is killed with everything in it.
type budget struct{ bytes *semaphore.Weighted }

func newBudget(size int) *budget { return &budget{semaphore.NewWeighted(int64(size))} }

// errBusy is that there is no memory for a request now.
var errBusy = errors.New("too many requests at once")

// patience is how long a request waits for memory.
const patience = 5 * time.Second

// hold is one request's share. It grows while the body comes in and is decoded, and is given back at the answer.
type hold struct {
	b *budget
	n int64
}

// grow waits for more, up to a total.
func (h *hold) grow(ctx context.Context, total int) error {
	more := int64(total) - h.n
	if more <= 0 {
		return nil
	}
	if !h.b.bytes.TryAcquire(more) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if h.b.bytes.Acquire(ctx, more) != nil {
			return errBusy
		}
	}
	h.n += more
	return nil
}

func (h *hold) end() {
	h.b.bytes.Release(h.n)
	h.n = 0
}

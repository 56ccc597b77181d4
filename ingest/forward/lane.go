package forward

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema"
)

// lane sends one request after the other. A destination has several; a user's messages all go along one, so they keep their order while
// others are on their way.
type lane struct {
	*exporter
	packer   packer
	failures []failure // of the parcel that is being delivered
}

// run delivers parcels, in order, until ctx ends.
func (l *lane) run(ctx context.Context, way <-chan parcel) {
	for {
		select {
		case p := <-way:
			if !l.finish(ctx, p) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// finish brings a parcel to its end: delivered, or given up and written down. It is false when ctx ended first; then the parcel is sent
// again in the next life.
func (l *lane) finish(ctx context.Context, p parcel) bool {
	for _, m := range p.tooLarge {
		l.giveUp(m, string(schema.TooLarge), "the message is larger than the 32 KB that a destination takes")
	}
	sent, ok := l.deliver(ctx, p.messages)
	if !ok || !l.writeFailures(ctx) {
		return false
	}
	l.finished(p, sent, len(l.failures))
	l.failures = l.failures[:0]
	return true
}

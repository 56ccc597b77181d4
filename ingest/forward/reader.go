package forward

import (
	"context"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// lookEvery is how often definitions and new spools are looked at.
const lookEvery = 10 * time.Second

// reader runs ahead of the delivery by the few parcels that queue and lanes hold.
type reader struct {
	*exporter
	queue  chan<- parcel
	ahead  progress
	looked time.Time
	// changed is when changes of definitions were read last.
	changed time.Time
	// width bounds the rows of the next stretch.
	width uint64
	chunk []row
}

// round reads a stretch of each spool, and changes of definitions, and queues them. It returns how many rows it passed.
func (r *reader) round(ctx context.Context) (rows uint64, err error) {
	if err := r.look(ctx); err != nil {
		return 0, err
	}
	for i, spool := range r.ahead.Spools {
		n, err := r.spool(ctx, spool, place{r.ahead.Batches[i], r.ahead.Positions[i]})
		if err != nil {
			return rows, err
		}
		rows += n
	}
	if r.d.Sends(schema.SendConfigChanges) && r.o.Now().Sub(r.changed) >= r.o.Every {
		n, err := r.changes(ctx)
		if err != nil {
			return rows, err
		}
		rows += n
	}
	return rows, nil
}

// look finds new spools and reads what the experiments are called now and then.
func (r *reader) look(ctx context.Context) error {
	if len(r.ahead.Spools) > 0 && r.o.Now().Sub(r.looked) < lookEvery {
		return nil
	}
	if err := r.source.begin(ctx, &r.ahead); err != nil {
		return err
	}
	list, err := r.catalog.Experiments(ctx)
	if err != nil {
		return err
	}
	experiments := make(map[string]*schema.Experiment, 2*len(list))
	for i := range list {
		experiments[list[i].Name] = &list[i]
	}
	for i := range list {
		experiments[list[i].ID] = &list[i]
	}
	r.writer.experiments, r.looked = experiments, r.o.Now()
	return nil
}

// chunkRows is how many rows are in memory at once.
const chunkRows = 5000

// spool reads a stretch of a spool and queues it, some rows at a time. It returns how many rows it passed.
func (r *reader) spool(ctx context.Context, spool uint64, from place) (rows uint64, err error) {
	st, ok, err := r.source.next(ctx, spool, from, r.width)
	if err != nil || !ok {
		return 0, err
	}
	in, err := r.source.open(ctx, &st)
	if err != nil {
		return 0, err
	}
	defer in.close()
	stalled := false
	hurry := func() { // a query must not wait as long as a destination may be away
		stalled = true
		in.close()
	}
	for more := true; more && !stalled; {
		var end place
		if r.chunk, end, more, err = in.fill(r.chunk[:0], chunkRows); err != nil {
			return rows, err
		}
		if err := r.pass(ctx, spool, r.chunk, end, hurry); err != nil {
			return rows, err
		}
		rows += uint64(len(r.chunk))
	}
	r.width = min(4*r.width, widest)
	if stalled {
		r.width = narrowest
	}
	return max(rows, 1), nil
}

// pass queues what is to be sent of some rows. Behind them reading goes on at end.
func (r *reader) pass(ctx context.Context, spool uint64, rows []row, end place, stalled func()) (err error) {
	list, skipped := rows, 0
	if r.d.FirstExposuresOnly {
		if list, skipped, err = r.onlyFirst(ctx, spool, rows); err != nil {
			return err
		}
	}
	messages := make([]message, 0, len(list))
	for i := range list {
		messages = append(messages, r.writer.messages(spool, &list[i])...)
	}
	var received time.Time
	if len(list) > 0 {
		received = time.UnixMilli(list[len(list)-1].Received).UTC()
	}
	err = r.enqueue(ctx, messages, stalled, func(p *progress) {
		p.move(spool, end)
		p.Skipped += uint64(skipped)
		if !received.IsZero() {
			p.SentTo = received
		}
	})
	if err == nil {
		r.ahead.move(spool, end)
	}
	return err
}

func (r *reader) changes(ctx context.Context) (uint64, error) {
	list, err := r.source.changes(ctx, &r.ahead)
	if r.changed = r.o.Now(); err != nil || len(list) == 0 {
		return 0, err
	}
	messages := make([]message, len(list))
	for i := range list {
		messages[i] = r.writer.changed(&list[i])
	}
	last := list[len(list)-1]
	after := func(p *progress) { p.ChangedAt, p.Change = last.Changed, last.Change }
	if err := r.enqueue(ctx, messages, func() {}, after); err != nil {
		return 0, err
	}
	after(&r.ahead)
	return uint64(len(list)), nil
}

// enqueue passes messages on to be delivered. It waits as long as the destination needs, and calls stalled when that is long.
func (r *reader) enqueue(ctx context.Context, messages []message, stalled func(), after func(*progress)) error {
	patience := time.NewTimer(r.o.Patience)
	defer patience.Stop()
	for _, p := range r.lot(messages, after) {
		patience.Reset(r.o.Patience)
		for queued := false; !queued; {
			select {
			case r.queue <- p:
				queued = true
			case <-patience.C:
				stalled()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

package forward

import (
	"context"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// lookEvery is how often definitions and new spools are looked at.
const lookEvery = 10 * time.Second

// reader runs ahead of the delivery by the few parcels that the queue holds.
type reader struct {
	*exporter
	queue  chan<- parcel
	ahead  progress
	looked time.Time
	// changed is when changes of definitions were read last.
	changed time.Time
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

func (r *reader) spool(ctx context.Context, spool uint64, from place) (rows uint64, err error) {
	st, list, ok, err := r.source.next(ctx, spool, from)
	if err != nil || !ok {
		return 0, err
	}
	skipped := 0
	if r.d.FirstExposuresOnly {
		if list, skipped, err = r.onlyFirst(ctx, spool, list); err != nil {
			return 0, err
		}
	}
	var messages []message
	for i := range list {
		messages = append(messages, r.writer.messages(spool, &list[i])...)
	}
	err = r.enqueue(ctx, messages, func(p *progress) {
		p.move(spool, st.end)
		p.Skipped += uint64(skipped)
		if len(list) > 0 {
			p.SentTo = time.UnixMilli(list[len(list)-1].Received).UTC()
		}
	})
	if err != nil {
		return 0, err
	}
	r.ahead.move(spool, st.end)
	return max(st.rows, 1), nil
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
	if err := r.enqueue(ctx, messages, after); err != nil {
		return 0, err
	}
	after(&r.ahead)
	return uint64(len(list)), nil
}

func (r *reader) enqueue(ctx context.Context, messages []message, after func(*progress)) error {
	for _, p := range parcels(messages, after) {
		select {
		case r.queue <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

package rollup

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// absorb turns all new loads into identities, duplicates, first exposures and marks, and returns the watermarks it left.
// Everything it writes is a function of the raw rows and is replaced by key, so doing a stretch again is harmless; its
// watermark moves last, so a stretch that was interrupted is done again.
func (r *Runner) absorb(ctx context.Context, p *plan, sum *Report) (watermarks, error) {
	done, err := r.watermarks(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.catchUp(ctx, p, done, sum); err != nil {
		return nil, err
	}
	for {
		chunks, err := r.chunks(ctx, done[absorbJob])
		if err != nil || len(chunks) == 0 {
			return done, err
		}
		for i := range chunks {
			if err := r.absorbChunk(ctx, p, done, &chunks[i], sum); err != nil {
				return nil, err
			}
		}
	}
}

func (r *Runner) absorbChunk(ctx context.Context, p *plan, done watermarks, c *chunk, sum *Report) error {
	if c.jumped != 0 {
		r.o.Log.Warn("a spool's loads have a gap that nobody fills; going on behind it",
			"spool", c.spool, "expected", c.jumpedFrom, "found", c.jumped)
	}
	if c.rows > 0 {
		if err := r.absorbEvents(ctx, done, c, sum); err != nil {
			return err
		}
	}
	current, err := r.absorbExposures(ctx, p, done, c, sum)
	if err != nil {
		return err
	}
	current[absorbJob] = 0
	sum.Loads, sum.Rows = sum.Loads+c.loads, sum.Rows+c.rows+c.exposures
	loadsAbsorbed.Add(c.loads)
	return r.advance(ctx, done, watermark{Spool: c.spool, Seq: c.to, ReceivedTo: c.receivedTo}, current)
}

// readableJob is the watermark up to which rows may be counted: their copies are known.
const readableJob = "readable"

// absorbEvents decides which copies of the new messages count, makes the rows readable, and marks the days whose totals that
// changes. The marks come after what they are about: whoever started reading before a mark did not have to see it, and will
// be told.
func (r *Runner) absorbEvents(ctx context.Context, done watermarks, c *chunk, sum *Report) error {
	p := c.params()
	if err := r.exec(ctx, "absorb_ids", p); err != nil {
		return err
	}
	var repeated uint64
	if err := r.one(ctx, "absorb_repeated", p, &repeated); err != nil {
		return err
	}
	if repeated > 0 {
		if err := r.exec(ctx, "absorb_duplicates", p); err != nil {
			return err
		}
	}
	to := watermark{Spool: c.spool, Seq: c.to, ReceivedTo: c.receivedTo}
	if err := r.advance(ctx, done, to, map[string]uint64{readableJob: 0}); err != nil {
		return err
	}
	var days []uint16
	zone := store.Params{"zone": r.o.Zone.String(), "repeated": repeated > 0}
	if err := r.one(ctx, "absorb_days", with(p, zone), &days); err != nil {
		return err
	}
	sum.Repeated += repeated
	return r.mark(ctx, "", days, sum)
}

// mark says that days of a scope changed; scope "" is everything that reads the day.
func (r *Runner) mark(ctx context.Context, scope string, days []uint16, sum *Report) error {
	if len(days) == 0 {
		return nil
	}
	at, err := r.instant(ctx)
	if err != nil {
		return err
	}
	sum.Marked += len(days)
	return r.exec(ctx, "mark_days", store.Params{"scope": scope, "days": days, "at": at})
}

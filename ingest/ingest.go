package ingest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/ingest/live"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Ingest is the way in: an HTTP handler in front, the loader behind, the spool between them.
type Ingest struct {
	options  Options
	spool    *spool.Spool
	loader   *loader
	inserter *inserter
	flight   *flight
	live     *live.Log
	budget   *budget
	pace     *pace
	erased   *erasures
	stones   *catalog.Fresh[[]storedErasure]
	clock    func() time.Time // what durations are measured by
	decoding atomic.Int64     // requests that will soon be appended to the spool, or refused
}

// Open opens the spool in dir and puts the room together. It starts nothing.
func Open(dir string, db *store.DB, o Options, so spool.Options) (*Ingest, error) {
	o = o.withDefaults()
	f := newFeed(o.FeedBytes)
	in := &Ingest{options: o, live: live.New(o.Now), budget: newBudget(o.RequestBytes), erased: newErasures(db), clock: time.Now}
	in.stones = catalog.NewFresh("erasures", filepath.Join(filepath.Dir(dir), "erasures.json"), in.erased.read, in.erased.use)
	so.Deliver, so.Log, so.Coming = in.delivered(f), o.Log, func() int { return int(in.decoding.Load()) }
	s, err := spool.Open(dir, so)
	if err != nil {
		return nil, fmt.Errorf("open spool %q: %w", dir, err)
	}
	in.pace = &pace{clock: in.clock, feed: f}
	in.spool, in.flight = s, newFlight(s.Stats().Last, s.Stats().Waiting)
	in.loader = newLoader(in, s, f)
	in.inserter = &inserter{db: db, spool: s, flight: in.flight, pace: in.pace, jobs: in.loader.jobs, free: in.loader.free, log: o.Log}
	return in, nil
}

// delivered passes on what has become durable, in the order of the spool. It is called by the spool's writer and never blocks.
func (in *Ingest) delivered(f *feed) func([]spool.Delivered) {
	return func(records []spool.Delivered) {
		for i := range records {
			r, s := &records[i], records[i].Attached.(*spooled)
			in.flight.came(s.tally)
			in.live.Offer(live.Request{Received: schema.Millis(r.Received), Source: r.Source, SourceKind: kindOf(r.Route), Rows: s.rows})
		}
		f.deliver(records)
	}
}

// Run spools and loads until ctx ends. What is not loaded by then is loaded by the next Run.
func (in *Ingest) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return in.spool.Run(ctx) })
	g.Go(func() error { return in.live.Run(ctx) })
	g.Go(func() error { return in.loader.collect(ctx) })
	g.Go(func() error { return in.inserter.run(ctx) })
	g.Go(func() error { return in.keepErasures(ctx) })
	return g.Wait()
}

// Live reads the log of what comes in, after an entry with an ID or from now on.
func (in *Ingest) Live(after string, f schema.LiveFilter) (*live.Reader, error) {
	return in.live.Read(after, f)
}

// Spool tells the state of the durable queue, for readiness checks.
func (in *Ingest) Spool() spool.Stats { return in.spool.Stats() }

// Node names this server among those that share a database, the same after a restart: by its spool, which one process can have open.
func (in *Ingest) Node() string { return fmt.Sprintf("%016x", in.spool.ID()) }

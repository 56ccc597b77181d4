package ingest

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Ingest is the way in: an HTTP handler in front, the loader behind, the spool between them.
type Ingest struct {
	options  Options
	spool    *spool.Spool
	loader   *loader
	inserter *inserter
}

// Open opens the spool in dir and puts the room together. It starts nothing.
func Open(dir string, db *store.DB, o Options, so spool.Options) (*Ingest, error) {
	o = o.withDefaults()
	f := newFeed(o.FeedBytes)
	so.Deliver, so.Log = f.deliver, o.Log
	s, err := spool.Open(dir, so)
	if err != nil {
		return nil, fmt.Errorf("open spool %q: %w", dir, err)
	}
	in := &Ingest{options: o, spool: s}
	in.loader = newLoader(in, s, f)
	in.inserter = &inserter{db: db, spool: s, jobs: in.loader.jobs, free: in.loader.free, log: o.Log}
	return in, nil
}

// Run spools and loads until ctx ends. What is not loaded by then is loaded by the next Run.
func (in *Ingest) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return in.spool.Run(ctx) })
	g.Go(func() error { return in.loader.collect(ctx) })
	g.Go(func() error { return in.inserter.run(ctx) })
	return g.Wait()
}

// Spool tells the state of the durable queue, for readiness checks.
func (in *Ingest) Spool() spool.Stats { return in.spool.Stats() }

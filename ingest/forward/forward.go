package forward

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Options configure the room; the zero value of each field means its default.
type Options struct {
	// Node names this process among those that share the tables, the same after a restart: a random name.
	Node string
	// LeaseFor is how long after the death of the process that sent to a destination another one goes on: 30 s.
	LeaseFor time.Duration
	// Every is how often the definitions, and the loads when there was nothing to send, are looked at: 1 s.
	Every time.Duration
	// SaveEvery is how often the cursor is written while there is much to send: 1 s. A crash repeats what was sent since.
	SaveEvery time.Duration
	// Patience is how long what was read may wait for the destination before the engine's query is given up, to be asked again later: 20 s.
	Patience time.Duration
	// Timeout bounds one request: 30 s.
	Timeout time.Duration
	// Lanes is how many requests to one destination may be in flight, for different users: 4.
	Lanes int
	// Backoff is the first pause after a request that failed, MaxBackoff the longest: 500 ms and 2 min.
	Backoff, MaxBackoff time.Duration
	// Transport carries the requests: http.DefaultTransport's settings.
	Transport http.RoundTripper
	Now       func() time.Time
	// Random is between 0 and 1, for jitter.
	Random func() float64
	Log    *slog.Logger
}

func (o Options) withDefaults() Options {
	for field, value := range map[*time.Duration]time.Duration{
		&o.Every: time.Second, &o.LeaseFor: 30 * time.Second, &o.SaveEvery: time.Second, &o.Patience: 20 * time.Second, &o.Timeout: 30 * time.Second, &o.Backoff: 500 * time.Millisecond, &o.MaxBackoff: 2 * time.Minute,
	} {
		if *field == 0 {
			*field = value
		}
	}
	if o.Lanes == 0 {
		o.Lanes = 4
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Node == "" {
		o.Node = fmt.Sprintf("%016x", rand.Uint64())
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// Forwarder runs an exporter for each destination.
type Forwarder struct {
	db      *store.DB
	catalog *catalog.Catalog
	sealer  *catalog.Sealer
	options Options

	running map[string]*running // by destination; only Run's goroutine touches it
}

// running is an exporter at work.
type running struct {
	version int
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

// New puts the room together. It starts nothing.
func New(db *store.DB, c *catalog.Catalog, s *catalog.Sealer, o Options) *Forwarder {
	return &Forwarder{db: db, catalog: c, sealer: s, options: o.withDefaults(), running: make(map[string]*running)}
}

// Run keeps an exporter running for each destination that is not paused, and starts it anew when its definition changes, until ctx ends.
func (f *Forwarder) Run(ctx context.Context) error {
	tick := time.NewTicker(f.options.Every)
	defer tick.Stop()
	defer f.reconcile(ctx, nil)
	for {
		destinations, err := f.catalog.Destinations(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			f.options.Log.Debug("the destinations could not be read; those known go on", "error", err)
		default:
			f.reconcile(ctx, destinations)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// reconcile stops what is gone or changed and starts what is new.
func (f *Forwarder) reconcile(ctx context.Context, destinations []schema.Destination) {
	wanted := make(map[string]schema.Destination, len(destinations))
	for _, d := range destinations {
		wanted[d.ID] = d
	}
	for id, r := range f.running {
		if d, ok := wanted[id]; !ok || d.Version != r.version {
			r.stop()
			r.ended.Wait()
			delete(f.running, id)
			if !ok {
				forget(id)
			}
		}
	}
	for id, d := range wanted {
		if f.running[id] == nil {
			f.running[id] = f.start(ctx, d)
		}
	}
}

func (f *Forwarder) start(ctx context.Context, d schema.Destination) *running {
	ctx, stop := context.WithCancel(ctx)
	r := &running{version: d.Version, stop: stop}
	r.ended.Go(func() { f.exporter(d).run(ctx) })
	return r
}

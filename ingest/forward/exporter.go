package forward

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// The statuses of a destination.
const (
	statusRunning  = "running"
	statusRetrying = "retrying"
	statusBlocked  = "blocked"
	statusPaused   = "paused"
)

// exporter sends to one destination, as one version of its definition says.
type exporter struct {
	d       schema.Destination
	o       Options
	db      *store.DB
	catalog *catalog.Catalog
	sealer  *catalog.Sealer
	source  source
	writer  writer
	client  *http.Client
	packer  packer
	secret  string
	lease   *catalog.Lease
	meters  meters

	failures []failure // of the parcel that is being delivered
	saved    time.Time

	mu    sync.Mutex
	done  progress // what is delivered or given up
	dirty bool     // done was not saved
}

func (f *Forwarder) exporter(d schema.Destination) *exporter {
	return &exporter{
		d: d, o: f.options, db: f.db, catalog: f.catalog, sealer: f.sealer, source: source{f.db, d}, writer: writer{d: &d, instance: f.sealer.Instance()},
		client: &http.Client{Transport: f.options.Transport, Timeout: f.options.Timeout, CheckRedirect: stay}, meters: metersOf(d.ID),
		lease: catalog.NewLease(f.db, "forward/"+d.ID, f.options.Node, f.options.LeaseFor, f.options.Now),
	}
}

// stay does not follow redirects: the key would go along.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// run sends until ctx ends, whenever this process is the one that does.
func (x *exporter) run(ctx context.Context) {
	for x.elected(ctx) {
		x.term(ctx)
		x.meters.rest()
	}
}

// elected waits until this process has the destination's lease. It is false when ctx ended first.
func (x *exporter) elected(ctx context.Context) bool {
	for ctx.Err() == nil {
		mine, err := x.lease.Mine(ctx)
		if mine {
			return true
		}
		if err != nil {
			x.o.Log.Debug("waiting to forward", "destination", x.d.ID, "error", err)
		}
		sleep(ctx, x.o.Every)
	}
	return false
}

// hold prolongs the lease, and ends the term when another process has it. While the engine is away nobody can take it.
func (x *exporter) hold(ctx context.Context, end context.CancelFunc) {
	for ctx.Err() == nil {
		if mine, err := x.lease.Mine(ctx); err == nil && !mine {
			x.o.Log.Info("another server forwards to this destination now", "destination", x.d.ID)
			end()
			return
		}
		sleep(ctx, x.o.Every)
	}
}

// term sends until ctx ends or another process takes over.
func (x *exporter) term(ctx context.Context) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	if !x.load(ctx) {
		return
	}
	defer x.saveLast(ctx)
	var watch errgroup.Group
	defer func() { end(); _ = watch.Wait() }()
	watch.Go(func() error { x.hold(ctx, end); return nil })
	if x.d.Paused {
		x.stand(ctx, statusPaused, "")
		return
	}
	var err error
	if x.secret, err = x.sealer.Open(x.d.ID, x.d.Secret); err != nil {
		x.stand(ctx, statusBlocked, err.Error())
		return
	}
	x.report(statusRunning, "", time.Time{})
	watch.Go(func() error { x.watch(ctx); return nil })
	queue := make(chan parcel, 2)
	watch.Go(func() error { defer close(queue); x.read(ctx, queue); return nil })
	x.send(ctx, queue)
}

// stand says why nothing is sent, and waits for the end of the term.
func (x *exporter) stand(ctx context.Context, status, problem string) {
	x.report(status, problem, time.Time{})
	x.save(ctx)
	x.observe(ctx)
	<-ctx.Done()
}

// load reads how far an earlier life came. It is false when ctx ended first.
func (x *exporter) load(ctx context.Context) bool {
	for pause := x.backoff(); ; {
		d, err := x.catalog.Delivery(ctx, &x.d)
		if err == nil {
			x.done = progress{d}
			return true
		}
		x.o.Log.Debug("waiting to forward", "destination", x.d.ID, "error", err)
		if !pause.wait(ctx, 0) {
			return false
		}
	}
}

// read turns what is stored into parcels, ahead of what is delivered, until ctx ends.
func (x *exporter) read(ctx context.Context, queue chan<- parcel) {
	r := &reader{exporter: x, queue: queue, ahead: x.snapshot(), width: widest}
	for pause := x.backoff(); ctx.Err() == nil; {
		n, err := r.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			x.o.Log.Warn("what is to be forwarded could not be read; trying again", "destination", x.d.ID, "error", err)
			pause.wait(ctx, 0)
			continue
		case n == 0:
			sleep(ctx, x.o.Every)
		}
		pause = x.backoff()
	}
}

// send delivers parcels, in order. The cursor moves behind each, and is written at most every SaveEvery.
func (x *exporter) send(ctx context.Context, queue <-chan parcel) {
	tick := time.NewTicker(x.o.SaveEvery)
	defer tick.Stop()
	for {
		select {
		case p, ok := <-queue:
			if !ok || !x.finish(ctx, p) {
				return
			}
			if x.o.Now().Sub(x.saved) >= x.o.SaveEvery {
				x.save(ctx)
			}
		case <-tick.C:
			x.save(ctx)
		}
	}
}

// finish brings a parcel to its end: delivered, or given up and written down. It is false when ctx ended first; then the parcel is sent
// again in the next life.
func (x *exporter) finish(ctx context.Context, p parcel) bool {
	for _, m := range p.tooLarge {
		x.giveUp(m, string(schema.TooLarge), "the message is larger than the 32 KB that a destination takes")
	}
	sent, ok := x.deliver(ctx, p.messages)
	if !ok || !x.writeFailures(ctx) {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done.Sent += uint64(sent)
	x.done.Failed += uint64(len(x.failures))
	x.failures, x.dirty = x.failures[:0], true
	p.after(&x.done)
	return true
}

// report says how the destination is.
func (x *exporter) report(status, problem string, retryAt time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.dirty = x.dirty || x.done.Status != status || problem != ""
	x.done.Status, x.done.RetryAt = status, retryAt
	if problem != "" {
		x.done.Problem, x.done.ProblemAt = problem, x.o.Now()
	}
	x.meters.blocked.Set(map[bool]float64{true: 1}[status == statusBlocked])
	x.meters.retrying.Set(map[bool]float64{true: 1}[status == statusRetrying])
}

func (x *exporter) snapshot() progress {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.done.clone()
}

// save writes the progress if it changed. While the engine is away it stays in memory.
func (x *exporter) save(ctx context.Context) {
	x.mu.Lock()
	dirty, done := x.dirty, x.done.clone()
	x.dirty = false
	x.mu.Unlock()
	x.saved = x.o.Now()
	if !dirty {
		return
	}
	if err := x.catalog.SaveDelivery(ctx, &x.d, done.Delivery); err != nil {
		x.o.Log.Debug("the cursor could not be written; it is tried again", "destination", x.d.ID, "error", err)
		x.mu.Lock()
		x.dirty = true
		x.mu.Unlock()
	}
}

// saveLast writes the progress when the exporter ends.
func (x *exporter) saveLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	x.save(ctx)
}

// watch keeps the gauges of what waits up to date, also while a request hangs.
func (x *exporter) watch(ctx context.Context) {
	for ctx.Err() == nil {
		x.observe(ctx)
		sleep(ctx, 5*time.Second)
	}
}

func (x *exporter) observe(ctx context.Context) {
	p, err := x.catalog.Pending(ctx, &x.d, x.snapshot().Delivery)
	if err != nil {
		return // the engine is away: the gauges keep what was last known
	}
	x.meters.pending.Set(float64(p.Rows))
	x.meters.lag.Set(p.Lag.Seconds())
}

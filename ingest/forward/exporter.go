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
	secret  string
	lease   *catalog.Lease
	meters  meters

	pace   pace
	saving sync.Mutex // one save at a time, or an older state would overwrite a newer one

	mu    sync.Mutex
	done  progress // what is delivered or given up
	lots  []*lot   // behind it, in order
	dirty bool     // done was not saved
}

func (f *Forwarder) exporter(d schema.Destination) *exporter {
	return &exporter{
		d: d, o: f.options, db: f.db, catalog: f.catalog, sealer: f.sealer, source: source{f.db, d}, writer: writer{d: &d, instance: f.sealer.Instance()},
		client: &http.Client{Transport: f.options.Transport, Timeout: f.options.Timeout, CheckRedirect: stay}, meters: metersOf(d.ID),
		lease: catalog.NewLease(f.db, "forward/"+d.ID, f.options.Node, f.options.LeaseFor, f.options.Now),
		pace:  pace{o: &f.options},
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
	watch.Go(func() error { x.keep(ctx); return nil })
	queue := make(chan parcel, 2)
	watch.Go(func() error { x.read(ctx, queue); return nil })
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
			x.done, x.lots, x.pace.backoff = progress{d}, nil, nil
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

// lot cuts messages into parcels, and notes that what is true after them is true after all that was noted before.
func (x *exporter) lot(messages []message, after func(*progress)) []parcel {
	all := parcels(messages, x.o.Lanes, after)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lots = append(x.lots, all[0].lot)
	return all
}

// send gives parcels to their lanes, until ctx ends.
func (x *exporter) send(ctx context.Context, queue <-chan parcel) {
	var lanes sync.WaitGroup
	defer lanes.Wait()
	ways := make([]chan parcel, x.o.Lanes)
	for i := range ways {
		ways[i] = make(chan parcel, 1)
		lanes.Go(func() { (&lane{exporter: x}).run(ctx, ways[i]) })
	}
	for {
		select {
		case p := <-queue:
			select {
			case ways[p.lane] <- p:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// finished counts what became of a parcel, and moves the cursor behind the lots that are done with.
func (x *exporter) finished(p parcel, sent, failed int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p.lot.left--
	p.lot.sent += uint64(sent)
	p.lot.failed += uint64(failed)
	for len(x.lots) > 0 && x.lots[0].left == 0 {
		l := x.lots[0]
		x.lots[0] = nil
		x.lots = x.lots[1:]
		x.done.Sent += l.sent
		x.done.Failed += l.failed
		l.after(&x.done)
		x.dirty = true
	}
}

// keep writes the progress down every now and then.
func (x *exporter) keep(ctx context.Context) {
	for sleep(ctx, x.o.SaveEvery) {
		x.save(ctx)
	}
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
	x.saving.Lock()
	defer x.saving.Unlock()
	x.mu.Lock()
	dirty, done := x.dirty, x.done.clone()
	x.dirty = false
	x.mu.Unlock()
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

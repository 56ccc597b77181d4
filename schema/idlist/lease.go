package idlist

import (
	"context"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Of several servers on one database one writes. A server that wants to puts a claim into idlist_leases, waits until any claim that was
// begun earlier can be seen, and writes if its own is the oldest that has not run out. All times are the engine's. The holder moves its
// claim on; when it dies, the claim runs out and the next one who asks takes over.
//
//	claim ── settle ──► the oldest? ── yes ──► write, move the claim on when half of it is gone
//	                                └─ no ───► refuse, naming who writes
//
// A holder that was held up for longer than its lease may still want to commit: the commit itself asks for the lease (effects.sql) and fails
// without, and whoever takes over ends a commit that is running before it reads anything (writer.begin). What else a late
// writer writes is what its successor writes as well, or older than that, and older versions lose.
const (
	leaseFor    = 15 * time.Second
	settleClaim = 2 * time.Second // far longer than an insert of one row takes; one that took longer is not believed
)

// lease is this server's claim. It is the writer's.
type lease struct {
	since int64     // when it was claimed, in microseconds; 0 while there is none
	until time.Time // by the own clock, from before the claim was last moved on
}

// claim is one in the table.
type claim struct {
	Owner string `ch:"owner"`
	Since int64  `ch:"since_us"`
	Name  string `ch:"name"`
}

// holdLease makes sure that this server is the one that writes, or says which one does. Whoever has just taken over knows nothing.
func (w *writer) holdLease(ctx context.Context) error {
	l := w.lists
	if !l.o.Shared {
		return nil
	}
	if l.o.Now().Before(w.lease.until.Add(-leaseFor / 2)) {
		return nil
	}
	first, err := l.oldestClaim(ctx)
	if err != nil {
		return err
	}
	switch first.Owner {
	case l.owner:
		return w.moveClaim(ctx, first.Since)
	case "":
		w.loaded, w.lease = false, lease{}
		l.o.Log.Info("taking over the writing of ID lists")
		return w.takeClaim(ctx)
	default:
		w.loaded, w.lease = false, lease{}
		l.mine.Store(false)
		return elsewhere(first)
	}
}

func elsewhere(c claim) error {
	return schema.Errorf(503, "lists_written_elsewhere", "ID lists are changed by the server %s at present: send changes there; should it be gone, this one takes over within %v", c.Name, leaseFor+settleClaim)
}

// takeClaim claims, and finds out whether somebody was earlier.
func (w *writer) takeClaim(ctx context.Context) error {
	started, from := time.Now(), w.lists.o.Now()
	if err := w.lists.writeClaim(ctx, 0, leaseFor); err != nil {
		return err
	}
	took := time.Since(started)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settleClaim):
	}
	first, err := w.lists.oldestClaim(ctx)
	switch {
	case err != nil:
		return err
	case took > settleClaim/2 || first.Owner != w.lists.owner:
		return elsewhere(first)
	}
	w.lease = lease{first.Since, from.Add(leaseFor)}
	w.lists.mine.Store(true)
	return nil
}

// moveClaim lets the claim hold for another while from now on.
func (w *writer) moveClaim(ctx context.Context, since int64) error {
	from := w.lists.o.Now()
	if err := w.lists.writeClaim(ctx, since, leaseFor); err != nil {
		return err
	}
	w.lease = lease{since, from.Add(leaseFor)}
	w.lists.mine.Store(true)
	return nil
}

// writeClaim writes this server's claim; since 0 is now.
func (l *Lists) writeClaim(ctx context.Context, since int64, d time.Duration) error {
	return l.exec(ctx, "lease_take", store.Params{"owner": l.owner, "name": l.o.Name, "since": since, "milliseconds": d.Milliseconds()})
}

// oldestClaim is the one that counts, the zero claim when there is none.
func (l *Lists) oldestClaim(ctx context.Context) (claim, error) {
	var all []claim
	err := l.all(ctx, "lease", &all, nil)
	if err != nil || len(all) == 0 {
		return claim{}, err
	}
	return all[0], nil
}

// Writes says whether this server is the one that changes lists, as far as it knows. One that is alone with its engine always is.
func (l *Lists) Writes() bool { return !l.o.Shared || l.mine.Load() }

// leaseOwner is who must hold the lease for a commit; "" is anybody.
func (l *Lists) leaseOwner() string {
	if !l.o.Shared {
		return ""
	}
	return l.owner
}

// release gives the lease up, so that another server need not wait until it runs out.
func (w *writer) release(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.lists.o.Shared || w.lease.since == 0 {
		return
	}
	if err := w.lists.writeClaim(ctx, w.lease.since, 0); err != nil {
		w.lists.o.Log.Warn("the writing of ID lists could not be handed on; the next server takes over a little later", "error", err)
	}
	w.lease, w.loaded = lease{}, false
	w.lists.mine.Store(false)
}

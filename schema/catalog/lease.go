package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"sync"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/lease.sql
var leaseSQL string

//go:embed sql/lease_take.sql
var leaseTakeSQL string

// Lease says which of the processes that share a database does a job. It is advice that saves double work, and no lock: two that ask in
// the same moment may both be told yes until one of them looks again, half a lease later. What is done under it must bear that.
type Lease struct {
	db         *store.DB
	job, owner string
	lasts      time.Duration
	now        func() time.Time

	mu   sync.Mutex
	mine time.Time // until then it need not be looked at
}

// NewLease asks for nothing yet. The lease is prolonged when half of what it lasts is gone. An owner that is the same after a restart need
// not wait for what its former life held.
func NewLease(db *store.DB, job, owner string, lasts time.Duration, now func() time.Time) *Lease {
	return &Lease{db: db, job: job, owner: owner, lasts: lasts, now: now}
}

// Mine says whether the owner may work now; it takes a lease that is free.
func (l *Lease) Mine(ctx context.Context) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now().Before(l.mine) {
		return true, nil
	}
	asked := l.now()
	if owner, err := l.holder(ctx); err != nil || owner != "" && owner != l.owner {
		return false, err
	}
	if err := l.take(ctx); err != nil {
		return false, err
	}
	owner, err := l.holder(ctx) // somebody else may have asked in the same moment
	if err != nil || owner != l.owner {
		return false, err
	}
	l.mine = asked.Add(l.lasts / 2)
	return true, nil
}

// holder is who has it, "" when it is free.
func (l *Lease) holder(ctx context.Context) (owner string, err error) {
	if err := l.db.Row(ctx, leaseSQL, store.Params{"job": l.job}).Scan(&owner); err != nil {
		return "", fmt.Errorf("read the lease of %s: %w", l.job, err)
	}
	return owner, nil
}

func (l *Lease) take(ctx context.Context) error {
	err := l.db.Exec(ctx, leaseTakeSQL, store.Params{"job": l.job, "owner": l.owner, "milliseconds": l.lasts.Milliseconds()})
	if err != nil {
		return fmt.Errorf("take the lease of %s: %w", l.job, err)
	}
	return nil
}

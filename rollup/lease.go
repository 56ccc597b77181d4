package rollup

import (
	"context"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// leaseFor is how long a lease lasts. It is prolonged when half of it is gone.
const leaseFor = 30 * time.Second

// lease says whether this runner may work; it needs r.turn. It is advice that saves double work: between looking and taking
// another runner may do the same, both work for half a lease, and the one that wrote last keeps it.
func (r *Runner) lease(ctx context.Context) (mine bool, err error) {
	if r.o.Now().Before(r.leased) {
		return true, nil
	}
	p := store.Params{"job": "rollup", "owner": r.name, "milliseconds": leaseFor.Milliseconds()}
	var owner string
	if err := r.one(ctx, "lease", p, &owner); err != nil {
		return false, err
	}
	if owner != "" && owner != r.name {
		return false, nil
	}
	if err := r.exec(ctx, "lease_take", p); err != nil {
		return false, err
	}
	r.leased = r.o.Now().Add(leaseFor / 2)
	return true, nil
}

package rollup

import (
	"context"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// leaseFor is how long a lease lasts; it is prolonged by every cycle.
const leaseFor = 30 * time.Second

// lease says whether this runner may work. It is advice that saves double work: between looking and taking another runner
// may do the same, both work once, and the one that wrote last keeps it.
func (r *Runner) lease(ctx context.Context) (mine bool, err error) {
	p := store.Params{"job": "rollup", "owner": r.name, "milliseconds": leaseFor.Milliseconds()}
	var owner string
	if err := r.one(ctx, "lease", p, &owner); err != nil {
		return false, err
	}
	if owner != "" && owner != r.name {
		return false, nil
	}
	return true, r.exec(ctx, "lease_take", p)
}

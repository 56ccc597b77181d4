package rollup

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Clean removes rows of runs that were replaced or never published, half an hour after they started. Results do not change.
func (r *Runner) Clean(ctx context.Context) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	return r.clean(ctx, grace.Microseconds())
}

func (r *Runner) clean(ctx context.Context, graceMicros int64) error {
	now, err := r.instant(ctx)
	if err != nil {
		return err
	}
	p := store.Params{"before": numberOf(now - graceMicros)}
	for _, name := range []string{"clean_units", "clean_metrics", "clean_dimensions", "clean_events", "clean_active", "clean_marks"} {
		if err := r.exec(ctx, name, p); err != nil {
			return err
		}
	}
	return nil
}

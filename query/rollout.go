package query

import (
	"context"
	"fmt"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// rollOut takes the steps of automated rollouts that are due: it changes percentages as somebody would by hand, and the history says so.
// Of several servers each may do it; the second finds nothing to change, or changes the same.
func (r *rebuilder) rollOut(ctx context.Context) error {
	err := stepAll(ctx, r, catalog.Gates, r.gates, func(g *schema.Gate) []schema.Rule { return g.Rules })
	if err != nil {
		return err
	}
	return stepAll(ctx, r, catalog.Configs, r.configs, func(d *schema.DynamicConfig) []schema.Rule { return d.Rules })
}

func stepAll[T any, P catalog.Definition[T]](ctx context.Context, r *rebuilder, kind catalog.Kind[T, P], known map[string]T, rules func(*T) []schema.Rule) error {
	now := r.api.now()
	for id, v := range known {
		if next := schema.NextRollout(rules(&v)); next == 0 || next > now {
			continue
		}
		fresh, err := kind.Get(ctx, r.api.Catalog, id)
		if err != nil {
			return err
		}
		old, err := copyOf(fresh)
		if err != nil {
			return err
		}
		if !schema.RollOut(rules(fresh), now) {
			continue // somebody else did, and it will be read
		}
		P(fresh).Follow(old)
		if err := kind.Save(ctx, r.api.Catalog, "automated rollout", fresh); err != nil {
			return fmt.Errorf("roll %s %q out: %w", kind.Name, id, err)
		}
		known[id], r.due = *fresh, true
		r.seen[kind.Name+"/"+id] = uint64(P(fresh).Heading().Version)
		r.api.Log.Info("an automated rollout took a step", "kind", kind.Name, "id", id)
	}
	return nil
}

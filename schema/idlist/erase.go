package idlist

import (
	"context"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// erased is a unit in a list that somebody ordered to be forgotten.
type erased struct {
	Unit   string `ch:"unit_id"`
	Before int64  `ch:"before"`
}

// erase takes units that are to be forgotten out of all lists, and deletes what is kept of them up to the order. It looks again when
// there are more orders than before. Lines of files stay until the next compaction: they are 48 bits of a hash.
func (l *Lists) erase(ctx context.Context) error {
	if l.o.Types == nil {
		return nil
	}
	var orders uint64
	if err := l.one(ctx, "orders", nil, &orders); err != nil || orders == l.orders {
		return err
	}
	types, err := l.o.Types(ctx)
	if err != nil {
		return err
	}
	heads, err := l.heads(ctx)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if h.Deleted {
			continue
		}
		if err := l.eraseFrom(ctx, h, kinds(types[h.List])); err != nil {
			return err
		}
	}
	l.orders = orders
	return nil
}

// kinds are the types of unit whose IDs a list may hold: an audience's list of users may hold anonymous ones, too.
func kinds(t schema.UnitType) []string {
	people := []string{schema.UserID.Key(), schema.AnonymousID.Key()}
	if t == "" || slices.Contains(people, t.Key()) {
		return people
	}
	return []string{t.Key()}
}

func (l *Lists) eraseFrom(ctx context.Context, h head, types []string) error {
	var found []erased
	if err := l.all(ctx, "erase_find", &found, store.Params{"epoch": h.Epoch, "types": types}); err != nil {
		return err
	}
	for some := range slices.Chunk(found, 1000) {
		if err := l.forget(ctx, h, some); err != nil {
			return err
		}
	}
	return nil
}

// forget takes the units out as of their orders, and then deletes them. Cut short in between, it is done again.
func (l *Lists) forget(ctx context.Context, h head, found []erased) error {
	changes, units := make([]Change, len(found)), make([][]any, len(found))
	for i, e := range found {
		changes[i] = Change{List: h.List, Unit: e.Unit, Time: schema.Millis(e.Before)}
		units[i] = []any{e.Unit, e.Before}
	}
	if _, err := l.Apply(ctx, "erasure", changes); err != nil {
		return err
	}
	for _, name := range []string{"erase_members", "erase_effects", "erase_changes"} {
		if err := l.exec(ctx, name, store.Params{"epoch": h.Epoch, "list": h.List, "units": units}); err != nil {
			return err
		}
	}
	return nil
}

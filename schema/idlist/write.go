package idlist

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// writer makes changes, one after the other. What it knows it has read or written itself; after any doubt it reads again.
type writer struct {
	lists *Lists

	mu      sync.Mutex
	lease   lease
	loaded  bool
	heads   map[string]head
	version uint64          // the last change that was begun
	stamp   int64           // the last instant given to a change that came without one
	pending map[uint64]head // lists that are being filled, by epoch; no head names them yet
	untidy  bool            // there are epochs or files that are over
}

// Summary is what a change did to one list.
type Summary struct {
	Asked   int    `json:"asked"`
	Entered uint64 `json:"added"`
	Left    uint64 `json:"removed"`
	Count   uint64 `json:"count"` // units that are in now
}

// Apply makes changes to any number of lists, all or none, and returns when they are durable and can be read here. A change without
// a time happens now. Source says who made it.
func (l *Lists) Apply(ctx context.Context, source string, changes []Change) (map[string]Summary, error) {
	w := &l.write
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	w.date(changes)
	touched, err := w.touch(ctx, changes)
	if err == nil {
		var summaries map[string]Summary
		if summaries, err = w.commit(ctx, source, changes, touched); err == nil {
			return summaries, w.show(ctx, slices.Collect(maps.Values(touched)))
		}
	}
	w.loaded = false
	return nil, err
}

// date gives an instant to changes without one: now, and always a later one than before, whatever the clock does.
func (w *writer) date(changes []Change) {
	w.stamp = max(w.lists.o.Now().UnixMilli(), w.stamp+1)
	for i := range changes {
		if changes[i].Time == 0 {
			changes[i].Time = schema.Millis(w.stamp)
		}
	}
}

// touch returns the heads of the lists that are to change. A list that is not there yet is published empty: from then on its
// epoch is known, and a change to it that a crash cuts short can be finished.
func (w *writer) touch(ctx context.Context, changes []Change) (map[string]*head, error) {
	touched, fresh := make(map[string]*head), []head(nil)
	for _, c := range changes {
		if touched[c.List] != nil {
			continue
		}
		h, ok := w.heads[c.List]
		if !ok || h.Deleted {
			w.version++
			floor := h.Floor
			h = begin(c.List, max(w.lists.o.Now().UnixMilli(), h.Created+1), floor)
			h.Version = w.version
			fresh = append(fresh, h)
		}
		touched[c.List] = &h
	}
	if len(fresh) == 0 {
		return touched, nil
	}
	return touched, w.lists.publish(ctx, fresh...)
}

// commit decides what changes do and makes it durable. The heads are brought up to date but not published.
func (w *writer) commit(ctx context.Context, source string, changes []Change, heads map[string]*head) (map[string]Summary, error) {
	w.version++
	version := w.version
	if err := w.lists.stage(ctx, version, changes); err != nil {
		return nil, err
	}
	rows := make([][]any, 0, len(heads))
	for _, h := range heads {
		rows = append(rows, []any{h.List, h.Epoch, h.File, h.Floor, h.Lines})
	}
	p := store.Params{"version": version, "source": source, "heads": rows, "owner": w.lists.leaseOwner()}
	if err := w.lists.exec(ctx, "effects", p, store.WithQueryID(w.queryID())); err != nil {
		return nil, err
	}
	done, err := w.effects(ctx, version)
	if err != nil {
		return nil, err
	}
	summaries := make(map[string]Summary, len(heads))
	for _, h := range heads {
		summaries[h.List] = Summary{Count: h.Count}
	}
	if err := w.settle(ctx, version, done, heads); err != nil {
		return nil, err
	}
	for _, e := range done {
		summaries[e.List] = Summary{Entered: e.Entered, Left: e.Gone, Count: heads[e.List].Count}
	}
	for _, c := range changes {
		s := summaries[c.List]
		s.Asked++
		summaries[c.List] = s
	}
	return summaries, nil
}

// queryID names the insert that commits, so that an earlier one can be found and killed before its outcome is read.
func (w *writer) queryID() string { return "idlist-effects-" + w.lists.db.Database() }

// effect is what a change did to one list.
type effect struct {
	Version uint64 `ch:"version"`
	List    string `ch:"list"`
	Epoch   uint64 `ch:"epoch"`
	File    uint64 `ch:"file"`
	Lines   uint64 `ch:"new_lines"`
	Delta   int64  `ch:"growth"`
	Entered uint64 `ch:"entered"`
	Gone    uint64 `ch:"gone"`
}

// effects reads what changes from a version on did.
func (w *writer) effects(ctx context.Context, from uint64) (all []effect, err error) {
	err = w.lists.all(ctx, "unfinished", &all, store.Params{"from": from})
	return all, err
}

// settle writes what follows from a committed change, and notes it in the heads. It may be done again.
func (w *writer) settle(ctx context.Context, version uint64, done []effect, heads map[string]*head) error {
	if len(done) == 0 {
		return nil
	}
	for _, name := range []string{"members", "lines"} {
		if err := w.lists.exec(ctx, name, store.Params{"version": version}); err != nil {
			return err
		}
	}
	for _, e := range done {
		h := heads[e.List]
		h.Lines, h.Count, h.Version = h.Lines+e.Lines, uint64(int64(h.Count)+e.Delta), version
	}
	return nil
}

// show publishes heads, unless nothing about them is new, and waits until this process has followed.
func (w *writer) show(ctx context.Context, heads []*head) error {
	var changed []head
	for _, h := range heads {
		if old, ok := w.heads[h.List]; !ok || old.Version != h.Version {
			changed = append(changed, *h)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := w.lists.publish(ctx, changed...); err != nil {
		w.loaded = false
		return err
	}
	for _, h := range changed {
		h.Changed = w.lists.o.Now().UnixMilli()
		w.heads[h.List] = h
		if err := w.lists.followOne(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// begin makes sure that the writer may write and knows everything, and finishes what an earlier life left unfinished.
func (w *writer) begin(ctx context.Context) error {
	if err := w.holdLease(ctx); err != nil {
		return err
	}
	if w.loaded {
		return nil
	}
	if err := w.lists.db.Kill(ctx, w.queryID()); err != nil {
		return fmt.Errorf("end an earlier change of ID lists: %w", err)
	}
	all, err := w.lists.heads(ctx)
	if err != nil {
		return err
	}
	var published uint64
	var stamp int64
	if err := w.lists.one(ctx, "last", nil, &w.version, &stamp, &published); err != nil {
		return err
	}
	w.stamp, w.untidy = max(w.stamp, stamp), true
	w.heads = make(map[string]head, len(all))
	for _, h := range all {
		w.heads[h.List] = h
	}
	unfinished, err := w.effects(ctx, published+1)
	if err != nil {
		return err
	}
	if err := w.finish(ctx, unfinished); err != nil {
		return err
	}
	w.loaded = true
	return nil
}

// finish publishes changes that were committed but not shown. Those of epochs that no head names belong to a replacement that was
// never completed.
func (w *writer) finish(ctx context.Context, unfinished []effect) error {
	byVersion := make(map[uint64][]effect)
	for _, e := range unfinished {
		if w.heads[e.List].Epoch == e.Epoch {
			byVersion[e.Version] = append(byVersion[e.Version], e)
		}
	}
	for _, version := range slices.Sorted(maps.Keys(byVersion)) {
		heads := make(map[string]*head)
		for _, e := range byVersion[version] {
			h := w.heads[e.List]
			heads[e.List] = &h
		}
		w.lists.o.Log.Info("finishing a change of ID lists that an earlier run did not", "version", version, "lists", len(heads))
		if err := w.settle(ctx, version, byVersion[version], heads); err != nil {
			return err
		}
		if err := w.show(ctx, slices.Collect(maps.Values(heads))); err != nil {
			return err
		}
	}
	return nil
}

package idlist

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Units are those to fill a list with, some at a time. An error ends them.
type Units iter.Seq2[[]string, error]

// Replace gives a list other units, in another file. Nothing is seen of it before all are there; if it is cut short, the list
// stays as it was.
func (l *Lists) Replace(ctx context.Context, source, list string, units Units) (Summary, error) {
	w := &l.write
	fresh := begin(list, 0, 0)
	defer w.pend(fresh)()
	total := Summary{}
	for some, err := range units {
		if err == nil {
			err = w.fill(ctx, source, &fresh, some)
		}
		if err != nil {
			return Summary{}, err
		}
		total.Asked += len(some)
	}
	before, err := w.swap(ctx, fresh)
	total.Entered, total.Left, total.Count = fresh.Count, before, fresh.Count
	return total, err
}

// pend notes a list that is being filled, so that it is not tidied away.
func (w *writer) pend(h head) (done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending == nil {
		w.pending = make(map[uint64]head)
	}
	w.pending[h.Epoch] = h
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.pending, h.Epoch)
		w.untidy = true
	}
}

// Changing says whether a list is being filled anew.
func (l *Lists) Changing(list string) bool {
	l.write.mu.Lock()
	defer l.write.mu.Unlock()
	for _, h := range l.write.pending {
		if h.List == list {
			return true
		}
	}
	return false
}

// fill puts units into a list that nobody sees yet.
func (w *writer) fill(ctx context.Context, source string, fresh *head, units []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(ctx); err != nil {
		return err
	}
	changes := make([]Change, len(units))
	for i, u := range units {
		changes[i] = Change{List: fresh.List, Unit: u, Member: true}
	}
	w.date(changes)
	_, err := w.commit(ctx, source, changes, map[string]*head{fresh.List: fresh})
	if err != nil {
		w.loaded = false
	}
	return err
}

// swap puts a filled list in the place of the published one, and returns how many units that had. From here on, what happened
// before changes nothing.
func (w *writer) swap(ctx context.Context, fresh head) (before uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(ctx); err != nil {
		return 0, err
	}
	w.date(nil)
	old := w.heads[fresh.List]
	w.version++
	fresh.Version, fresh.Floor, fresh.Created = w.version, w.stamp, max(w.stamp, old.Created+1)
	if old.Deleted {
		old.Count = 0
	}
	return old.Count, w.show(ctx, []*head{&fresh})
}

// Drop deletes a list. It may come back, empty; what happened before stays forgotten.
func (l *Lists) Drop(ctx context.Context, list string) error {
	w := &l.write
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(ctx); err != nil {
		return err
	}
	h, ok := w.heads[list]
	if !ok || h.Deleted {
		return nil
	}
	w.date(nil)
	w.version++
	h.Version, h.Floor, h.Deleted, h.Count, h.Lines, w.untidy = w.version, w.stamp, true, 0, 0, true
	return w.show(ctx, []*head{&h})
}

// tidy writes files anew that have grown far beyond their lists, and deletes what no list needs any more.
func (w *writer) tidy(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(ctx); err != nil {
		return err
	}
	for _, h := range w.heads {
		if !h.Deleted && h.Lines > 2*h.Count+w.lists.o.CompactAbove {
			if err := w.compact(ctx, h); err != nil {
				return err
			}
		}
	}
	if !w.untidy {
		return nil
	}
	return w.sweep(ctx)
}

// compact puts another file in the place of a list's: a line for each hash that is in. SDKs read it from the beginning.
func (w *writer) compact(ctx context.Context, h head) error {
	fresh := begin(h.List, max(w.lists.o.Now().UnixMilli(), h.Created+1), h.Floor)
	p := store.Params{"file": fresh.File, "epoch": h.Epoch}
	if err := w.lists.exec(ctx, "compact", p); err != nil {
		return err
	}
	if err := w.lists.one(ctx, "compacted", p, &fresh.Lines); err != nil {
		return err
	}
	w.version++
	fresh.Epoch, fresh.Count, fresh.Version, w.untidy = h.Epoch, h.Count, w.version, true
	return w.show(ctx, []*head{&fresh})
}

// sweep deletes the rows of epochs and files that no list has, of replacements that were never completed too.
func (w *writer) sweep(ctx context.Context) error {
	epochs, files := []uint64{}, []uint64{}
	for _, h := range slices.Concat(slices.Collect(maps.Values(w.heads)), slices.Collect(maps.Values(w.pending))) {
		if !h.Deleted {
			epochs, files = append(epochs, h.Epoch), append(files, h.File)
		}
	}
	var over bool
	p := store.Params{"epochs": epochs, "files": files}
	if err := w.lists.one(ctx, "over", p, &over); err != nil {
		return err
	}
	for _, name := range []string{"sweep_members", "sweep_log"} {
		if !over {
			break
		}
		if err := w.lists.exec(ctx, name, p); err != nil {
			return err
		}
	}
	w.untidy = false
	return nil
}

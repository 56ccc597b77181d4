package catalog

import "context"

// Fresh is what the way in needs of the engine, read anew from time to time, with a snapshot in the data folder: requests are still
// understood, and acknowledged into the spool, when the engine is away at a start.
type Fresh[T any] struct {
	load     func(context.Context) (T, error)
	use      func(T)
	snapshot *snapshot
}

// NewFresh makes it from its snapshot, if there is one. use is given each new value, the snapshot's included.
func NewFresh[T any](what, path string, load func(context.Context) (T, error), use func(T)) *Fresh[T] {
	f := &Fresh[T]{load: load, use: use, snapshot: newSnapshot(what, path)}
	var value T
	if f.snapshot.load(&value) {
		use(value)
	}
	return f
}

// Reload reads the value from the engine; if it changed, it is taken into use and the snapshot is written.
func (f *Fresh[T]) Reload(ctx context.Context) error {
	value, err := f.load(ctx)
	if err != nil {
		return err
	}
	changed, err := f.snapshot.keep(value)
	if changed {
		f.use(value)
	}
	return err
}

// Note writes a value that is in use already into the snapshot.
func (f *Fresh[T]) Note(value T) error {
	_, err := f.snapshot.keep(value)
	return err
}

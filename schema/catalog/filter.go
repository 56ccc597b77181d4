package catalog

import (
	"context"
	"sync/atomic"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Filters are all event filters in memory, by source. As with keys, a snapshot lies in the data folder: what is filtered does
// not depend on whether the engine is there.
type Filters struct {
	catalog  *Catalog
	snapshot *snapshot
	bySource atomic.Pointer[map[string]*schema.EventFilter]
}

// NewFilters makes the filters from their snapshot, if there is one.
func NewFilters(c *Catalog, path string) *Filters {
	f := &Filters{catalog: c, snapshot: newSnapshot("event filters", path)}
	var all []schema.EventFilter
	f.snapshot.load(&all)
	f.set(all)
	return f
}

func (f *Filters) set(all []schema.EventFilter) {
	bySource := make(map[string]*schema.EventFilter, len(all))
	for i := range all {
		bySource[all[i].Source] = &all[i]
	}
	f.bySource.Store(&bySource)
}

// Of is the filter in force for a source, nil when there is none. It must not be changed.
func (f *Filters) Of(source string) *schema.EventFilter { return (*f.bySource.Load())[source] }

// Filter is a copy of the filter of a source that may be changed and saved.
func (f *Filters) Filter(ctx context.Context, source string) (*schema.EventFilter, error) {
	list, err := all[schema.EventFilter](ctx, f.catalog, filterKind, source)
	if err != nil || len(list) == 0 || source == "" {
		return schema.Open(source), err
	}
	return &list[0], nil
}

// Reload reads the filters from the engine, and writes the snapshot if they changed.
func (f *Filters) Reload(ctx context.Context) error {
	list, err := all[schema.EventFilter](ctx, f.catalog, filterKind, "")
	if err != nil {
		return err
	}
	changed, err := f.snapshot.keep(list)
	if changed {
		f.set(list)
	}
	return err
}

// Save makes or changes a filter, with its number and time, and takes it into use.
func (f *Filters) Save(ctx context.Context, author string, filter *schema.EventFilter) error {
	err := f.catalog.save(ctx, filterKind, filter.Source, author, func(version uint64, at schema.Millis) any {
		filter.Version, filter.LastModifiedTime = int(version), at
		return filter
	})
	if err != nil {
		return err
	}
	return f.Reload(ctx)
}

// History lists the versions of a source's filter, the newest first.
func (f *Filters) History(ctx context.Context, source string) ([]Version, error) {
	return f.catalog.History(ctx, filterKind, source)
}

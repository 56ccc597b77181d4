package catalog

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/audit.sql
var auditSQL string

//go:embed sql/changes.sql
var changesSQL string

// Change is one version of any definition, with the version before it.
type Change struct {
	Version
	Kind   string `ch:"kind"`
	Before string `ch:"before"`
	Total  uint64 `ch:"total"`
}

// Question asks for changes; zero values ask for all. From is inclusive, To is not. Action is create, update or delete.
type Question struct {
	Kind, ID, Action string
	From, To         time.Time
	Limit, Offset    int
}

// Audit lists changes of definitions, the newest first. Total, the same in each, is how many there are.
func (c *Catalog) Audit(ctx context.Context, q Question) (rows []Change, err error) {
	to := int64(math.MaxInt32) * 1000
	if !q.To.IsZero() {
		to = q.To.UnixMilli()
	}
	from := int64(0)
	if !q.From.IsZero() {
		from = q.From.UnixMilli()
	}
	err = c.db.Select(ctx, &rows, auditSQL, store.Params{
		"kind": q.Kind, "id": q.ID, "action": q.Action, "from": from, "to": to, "limit": uint32(q.Limit), "offset": uint32(q.Offset),
	})
	if err != nil {
		return nil, fmt.Errorf("read changes of definitions: %w", err)
	}
	return rows, nil
}

// Newest is the newest version of a definition of some kind.
type Newest struct {
	Version
	Kind string `ch:"kind"`
}

// Changes lists the newest version of each definition of some kinds that was changed since an instant, deleted ones included.
func (c *Catalog) Changes(ctx context.Context, kinds []string, since time.Time) (rows []Newest, err error) {
	from := int64(0)
	if !since.IsZero() {
		from = since.UnixMilli()
	}
	if err := c.db.Select(ctx, &rows, changesSQL, store.Params{"kinds": kinds, "since": from}); err != nil {
		return nil, fmt.Errorf("read changed definitions: %w", err)
	}
	return rows, nil
}

// Read decodes a version's body.
func (v *Version) Read(into any) error {
	if err := json.Unmarshal([]byte(v.Body), into); err != nil {
		return fmt.Errorf("read %q version %d: %w", v.ID, v.Version, err)
	}
	return nil
}

// Watch returns a channel that has something in it after definitions were saved by this process.
func (c *Catalog) Watch() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	watch := make(chan struct{}, 1)
	c.watchers = append(c.watchers, watch)
	return watch
}

// wake tells the watchers. It is called under the lock.
func (c *Catalog) wake() {
	c.saves.Add(1)
	for _, w := range c.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

package catalog

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Catalog is the definitions in the engine.
type Catalog struct {
	db  *store.DB
	now func() time.Time

	saves atomic.Uint64

	mu       sync.Mutex // one save at a time
	watchers []chan struct{}
}

// Saves counts what this process has saved: whoever keeps definitions in memory sees by it that they may have changed.
func (c *Catalog) Saves() uint64 { return c.saves.Load() }

// Open makes the catalogue without reading it.
func Open(db *store.DB) *Catalog { return &Catalog{db: db, now: time.Now} }

// The kinds of definition.
const (
	ExperimentKind = "experiment"
	SettingKind    = "setting"
	metricKind     = "metric"
	keyKind        = "key"
	filterKind     = "event_filter"
	idTypeKind     = "unit_id_type"
)

// Version is one row of a definition's history.
type Version struct {
	ID        string    `ch:"id" json:"id"`
	Version   uint64    `ch:"version" json:"version"`
	Body      string    `ch:"body" json:"body"`
	Deleted   bool      `ch:"deleted" json:"deleted"`
	Author    string    `ch:"author" json:"author"`
	ChangedAt time.Time `ch:"changed_at" json:"changedAt"`
}

//go:embed sql/newest.sql
var newestSQL string

//go:embed sql/history.sql
var historySQL string

//go:embed sql/save.sql
var saveSQL string

// newest lists the newest versions of a kind, deleted ones included; id "" means all.
func (c *Catalog) newest(ctx context.Context, kind, id string) (rows []Version, err error) {
	if err := c.db.Select(ctx, &rows, newestSQL, store.Params{"kind": kind, "id": id}); err != nil {
		return nil, fmt.Errorf("read %s definitions: %w", kind, err)
	}
	return rows, nil
}

// History lists all versions of one definition, the newest first.
func (c *Catalog) History(ctx context.Context, kind, id string) (rows []Version, err error) {
	if err := c.db.Select(ctx, &rows, historySQL, store.Params{"kind": kind, "id": id}); err != nil {
		return nil, fmt.Errorf("read history of %s %q: %w", kind, id, err)
	}
	return rows, nil
}

// save writes the next version of a definition. fill is told its number and makes the body; a nil body deletes.
func (c *Catalog) save(ctx context.Context, kind, id, author string, fill func(version uint64, at schema.Millis) any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	rows, err := c.newest(ctx, kind, id)
	if err != nil {
		return err
	}
	version, at := uint64(1), schema.Millis(c.now().UnixMilli())
	if len(rows) > 0 {
		version = rows[0].Version + 1
	}
	body, text := fill(version, at), []byte("{}")
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("write %s %q: %w", kind, id, err)
		}
	}
	err = c.db.Exec(ctx, saveSQL, store.Params{
		"kind": kind, "id": id, "version": version, "body": string(text), "deleted": body == nil, "author": author, "at": int64(at),
	})
	if err != nil {
		return fmt.Errorf("write %s %q: %w", kind, id, err)
	}
	c.wake()
	return nil
}

// all reads every definition of a kind that is not deleted.
func all[T any](ctx context.Context, c *Catalog, kind, id string) ([]T, error) {
	rows, err := c.newest(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	list := make([]T, 0, len(rows))
	for _, r := range rows {
		if r.Deleted {
			continue
		}
		var v T
		if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
			return nil, fmt.Errorf("read %s %q version %d: %w", kind, r.ID, r.Version, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// one reads a definition by id; the noun names it in the refusal when there is none.
func one[T any](ctx context.Context, c *Catalog, kind, id string) (*T, error) {
	list, err := all[T](ctx, c, kind, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || id == "" {
		return nil, schema.NotFound(kind, id)
	}
	return &list[0], nil
}

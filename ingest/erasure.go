package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/erasures.sql
var erasuresSQL string

// tombstone is a unit that was erased, by the hash of its ID.
type tombstone struct {
	unitType string
	id       [sha256.Size]byte
}

// erasures are all tombstones: those of the table, and those of deliveries that are still on their way into it.
type erasures struct {
	db *store.DB

	mu     sync.RWMutex
	before map[tombstone]schema.Millis
}

// storedErasure is a tombstone as the table and the snapshot have it.
type storedErasure struct {
	UnitType string `ch:"unit_type" json:"unitType"`
	ID       string `ch:"id" json:"id"` // hex
	Before   int64  `ch:"before" json:"before"`
}

func newErasures(db *store.DB) *erasures {
	return &erasures{db: db, before: make(map[tombstone]schema.Millis)}
}

// add takes erasures into force.
func (e *erasures) add(list []schema.Erasure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range list {
		e.set(tombstone{x.UnitType.Key(), x.IDHash}, x.Before)
	}
}

func (e *erasures) set(t tombstone, before schema.Millis) { e.before[t] = max(e.before[t], before) }

// cover says whether something that happened at a time belongs to a unit that was erased later. The caller holds mu.
func (e *erasures) cover(at schema.Millis, userID, anonymousID string, ids schema.UnitIDs) bool {
	if e.has(at, schema.UserID, userID) || e.has(at, schema.AnonymousID, anonymousID) {
		return true
	}
	for _, id := range ids {
		if e.has(at, id.Type, id.Value) {
			return true
		}
	}
	return false
}

func (e *erasures) has(at schema.Millis, t schema.UnitType, id string) bool {
	return id != "" && at < e.before[tombstone{t.Key(), schema.HashID(id)}]
}

// read adds the tombstones of the table to those known, and lists all: an order may still be on its way into the table.
func (e *erasures) read(ctx context.Context) (rows []storedErasure, err error) {
	if err := e.db.Select(ctx, &rows, erasuresSQL, nil); err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	e.use(rows)
	return e.all(), nil
}

// all lists the tombstones in a fixed order.
func (e *erasures) all() []storedErasure {
	e.mu.RLock()
	defer e.mu.RUnlock()
	rows := make([]storedErasure, 0, len(e.before))
	for t, before := range e.before {
		rows = append(rows, storedErasure{t.unitType, hex.EncodeToString(t.id[:]), int64(before)})
	}
	slices.SortFunc(rows, func(a, b storedErasure) int {
		return cmp.Or(cmp.Compare(a.UnitType, b.UnitType), cmp.Compare(a.ID, b.ID))
	})
	return rows
}

// use takes stored tombstones into force. None is ever taken out again.
func (e *erasures) use(rows []storedErasure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range rows {
		t := tombstone{unitType: r.UnitType}
		if _, err := hex.Decode(t.id[:], []byte(r.ID)); err == nil {
			e.set(t, schema.Millis(r.Before))
		}
	}
}

// erase takes the orders of a request that is durable into force, here and for the next start.
func (in *Ingest) erase(orders []schema.Erasure) {
	if len(orders) == 0 {
		return
	}
	in.erased.add(orders)
	if err := in.stones.Note(in.erased.all()); err != nil {
		in.options.Log.Error("an erasure could not be noted for the next start; it is in the spool", "error", err)
	}
}

// keepErasures reads the tombstones anew from time to time: other nodes erase, too.
func (in *Ingest) keepErasures(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		if err := in.stones.Reload(ctx); err != nil && ctx.Err() == nil {
			in.options.Log.Debug("the erasures could not be read; those known stay", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

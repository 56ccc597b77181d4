package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Delivery is how far a destination is, as it is in the tables.
type Delivery struct {
	// Cursor: of each spool the load, and the position within it, from which on nothing is delivered yet.
	Spools    []uint64 `ch:"spools"`
	Batches   []uint64 `ch:"batches"`
	Positions []uint64 `ch:"positions"`
	// Cursor in the definitions.
	ChangedAt int64  `ch:"changed_at"`
	Change    uint64 `ch:"change"`

	Sent      uint64    `ch:"sent"`
	Failed    uint64    `ch:"failed"`
	Skipped   uint64    `ch:"skipped"`
	Retries   uint64    `ch:"retries"`
	Status    string    `ch:"status"`
	Problem   string    `ch:"problem"`
	ProblemAt time.Time `ch:"problem_at"`
	RetryAt   time.Time `ch:"retry_at"`
	SentTo    time.Time `ch:"sent_to"`
}

//go:embed sql/delivery.sql
var deliverySQL string

//go:embed sql/delivery_save.sql
var deliverySaveSQL string

//go:embed sql/delivery_pending.sql
var deliveryPendingSQL string

// Delivery reads how far a destination is; the zero value when it has not begun.
func (c *Catalog) Delivery(ctx context.Context, d *schema.Destination) (v Delivery, err error) {
	var rows []Delivery
	if err := c.db.Select(ctx, &rows, deliverySQL, store.Params{"destination": d.ID, "replay": d.Replays}); err != nil {
		return v, fmt.Errorf("read delivery state of %q: %w", d.ID, err)
	}
	if len(rows) > 0 {
		return rows[0], nil
	}
	return v, nil
}

// SaveDelivery writes how far a destination is: cursor and counts in one row.
func (c *Catalog) SaveDelivery(ctx context.Context, d *schema.Destination, v Delivery) error {
	err := c.db.Exec(ctx, deliverySaveSQL, store.Params{
		"destination": d.ID, "replay": d.Replays, "spools": v.Spools, "batches": v.Batches, "positions": v.Positions,
		"changed_at": v.ChangedAt, "change": v.Change, "sent": v.Sent, "failed": v.Failed, "skipped": v.Skipped, "retries": v.Retries,
		"status": v.Status, "problem": v.Problem, "problem_at": orEpoch(v.ProblemAt), "retry_at": orEpoch(v.RetryAt), "sent_to": orEpoch(v.SentTo),
	})
	if err != nil {
		return fmt.Errorf("write delivery state of %q: %w", d.ID, err)
	}
	return nil
}

// orEpoch is what a column of DateTime64 can hold: 1970 stands for never.
func orEpoch(t time.Time) time.Time {
	if t.Unix() < 0 {
		return time.Unix(0, 0)
	}
	return t
}

// Pending is what lies behind a cursor: rows of the categories' tables that were not looked at yet, and since when the oldest waits.
type Pending struct {
	Rows uint64
	Lag  time.Duration
}

// Pending counts what a destination has not come to yet. Rows that need not be sent are among them: which ones is seen only when they are read.
func (c *Catalog) Pending(ctx context.Context, d *schema.Destination, v Delivery) (p Pending, err error) {
	var seconds int64
	err = c.db.Row(ctx, deliveryPendingSQL, store.Params{
		"spools": v.Spools, "batches": v.Batches, "from": int64(d.From), "tables": d.Tables(),
	}).Scan(&p.Rows, &seconds)
	if err != nil {
		return p, fmt.Errorf("count what waits for %q: %w", d.ID, err)
	}
	p.Lag = time.Duration(seconds) * time.Second
	return p, nil
}

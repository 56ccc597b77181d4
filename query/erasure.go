package query

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/erasures.sql
var erasuresSQL string

//go:embed sql/erasures_count.sql
var erasuresCountSQL string

// erasure is one order to forget a unit. Who it was is not known any more: only the hash of the ID is kept.
type erasure struct {
	UnitType     string    `ch:"unit_type" json:"unitType"`
	IDHash       string    `ch:"hash" json:"idHash"`
	ErasedBefore time.Time `ch:"erased_before" json:"erasedBefore"`
	ReceivedAt   time.Time `ch:"received_time" json:"receivedAt"`
	RequestedBy  string    `ch:"requested_by" json:"requestedBy"`
	MessageID    string    `ch:"message_id" json:"messageID"`
}

func (a *API) erasureRoutes() []route {
	return []route{{"GET", "erasures", a.listErasures}}
}

// listErasures lists orders to erase, the newest first; with ?id= only those of that ID, whatever its type.
func (a *API) listErasures(c *call) (any, error) {
	limit, number, err := c.paging()
	if err != nil {
		return nil, err
	}
	orders := []erasure{}
	var total uint64
	p := store.Params{"id": c.query("id"), "limit": limit, "offset": limit * (number - 1)}
	if err := a.DB.Select(c, &orders, erasuresSQL, p); err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	if err := a.DB.Row(c, erasuresCountSQL, store.Params{"id": c.query("id")}).Scan(&total); err != nil {
		return nil, fmt.Errorf("count erasures: %w", err)
	}
	return list{orders, c.pages(limit, number, int(total))}, nil
}

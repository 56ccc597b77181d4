package query

import (
	"context"
	_ "embed"
	"fmt"
	"sync"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/group_sizes.sql
var groupSizesSQL string

// groupSizes is how many units each group has, and how many units are not what they seem.
type groupSizes struct {
	units                  map[string]uint64
	crossovers, overridden uint64
}

// sizeCache keeps the newest count of each experiment until its moments change: counting reads every unit, and what it finds is
// as of the rollup anyway.
type sizeCache struct {
	mu    sync.Mutex // guards the fields below it
	known map[string]countedAt
}

type countedAt struct {
	until string
	as    time.Time
	sizes groupSizes
}

// cachedSizes counts units as of the end of a day, or remembers it when the moments are still those of an earlier count.
func (a *API) cachedSizes(ctx context.Context, x *schema.Experiment, until string, as time.Time) (groupSizes, error) {
	key := fmt.Sprintf("%s %d", x.VersionID(), x.Version)
	a.sizes.mu.Lock()
	have, ok := a.sizes.known[key]
	a.sizes.mu.Unlock()
	if ok && !as.IsZero() && have.as.Equal(as) && have.until == until {
		return have.sizes, nil
	}
	s, err := a.groupSizes(ctx, x, until)
	if err != nil {
		return s, err
	}
	const most = 1000
	a.sizes.mu.Lock()
	defer a.sizes.mu.Unlock()
	if a.sizes.known == nil || len(a.sizes.known) > most {
		a.sizes.known = make(map[string]countedAt)
	}
	a.sizes.known[key] = countedAt{until, as, s}
	return s, nil
}

// groupSizes counts units as of the end of a day.
func (a *API) groupSizes(ctx context.Context, x *schema.Experiment, until string) (groupSizes, error) {
	var rows []struct {
		Group      string `ch:"group_id"`
		Counted    uint64 `ch:"counted"`
		Crossovers uint64 `ch:"crossovers"`
		ByHand     uint64 `ch:"by_hand"`
	}
	p := store.Params(x.UnitParams(a.Zone()))
	p["until"] = until
	if err := a.DB.Select(ctx, &rows, schema.Fill(groupSizesSQL, "units", schema.UnitsSQL), p); err != nil {
		return groupSizes{}, fmt.Errorf("count exposed units of %s: %w", x.ID, err)
	}
	s := groupSizes{units: make(map[string]uint64)}
	for _, r := range rows {
		s.units[r.Group] = r.Counted
		s.crossovers, s.overridden = s.crossovers+r.Crossovers, s.overridden+r.ByHand
	}
	return s, nil
}

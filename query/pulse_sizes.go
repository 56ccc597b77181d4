package query

import (
	"context"
	_ "embed"
	"fmt"
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

// untilChanged is how long something is kept whose key changes with what it depends on.
const untilChanged = 24 * time.Hour

// cachedSizes counts units as of the end of a day, or remembers it while the moments are still those of an earlier count: counting reads
// every unit, and what it finds is as of the rollup anyway.
func (a *API) cachedSizes(ctx context.Context, x *schema.Experiment, until string, as time.Time) (groupSizes, error) {
	if as.IsZero() {
		return a.groupSizes(ctx, x, until)
	}
	key := fmt.Sprintf("%s %d %s %d", x.VersionID(), x.Version, until, as.UnixMicro())
	return a.sizes.get(key, a.Now(), untilChanged, func() (groupSizes, error) { return a.groupSizes(ctx, x, until) })
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

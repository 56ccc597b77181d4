package query

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/exposure_count.sql
var exposureCountSQL string

// exposureCount is how often something was seen.
type exposureCount struct {
	ID        string `json:"id"`
	PastDay   uint64 `json:"pastDay"`
	Past7Days uint64 `json:"past7Days"`
}

// exposureCounts are what was asked for, by noun.
type exposureCounts struct {
	Gates          []exposureCount `json:"gates"`
	Experiments    []exposureCount `json:"experiments"`
	DynamicConfigs []exposureCount `json:"dynamicConfigs"`
}

// exposureCounts counts raw exposures of the gates, experiments and configs that are asked for.
func (a *API) exposureCounts(c *call) (any, error) {
	gates, experiments, configs := c.queries("gates"), c.queries("experiments"), c.queries("dynamicConfigs")
	var rows []struct {
		Name string `ch:"name"`
		Sort string `ch:"sort"`
		Day  uint64 `ch:"past_day"`
		Week uint64 `ch:"past_week"`
	}
	names := slices.Concat([]string{}, gates, experiments, configs)
	if err := a.DB.Select(c, &rows, exposureCountSQL, store.Params{"names": names}); err != nil {
		return nil, fmt.Errorf("count exposures: %w", err)
	}
	counted := func(sort string, ids []string) []exposureCount {
		counts := make([]exposureCount, len(ids))
		for i, id := range ids {
			counts[i].ID = id
			for _, r := range rows {
				if r.Name == id && r.Sort == sort {
					counts[i].PastDay, counts[i].Past7Days = r.Day, r.Week
				}
			}
		}
		return counts
	}
	return exposureCounts{counted("gate", gates), counted("config", experiments), counted("config", configs)}, nil
}

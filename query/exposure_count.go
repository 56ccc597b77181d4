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

// exposureCounts counts raw exposures of the gates, experiments and configs that are asked for.
func (a *API) exposureCounts(c *call) (any, error) {
	asked := map[string][]string{"gates": c.queries("gates"), "experiments": c.queries("experiments"), "dynamicConfigs": c.queries("dynamicConfigs")}
	var rows []struct {
		Name string `ch:"name"`
		Sort string `ch:"sort"`
		Day  uint64 `ch:"past_day"`
		Week uint64 `ch:"past_week"`
	}
	names := slices.Concat([]string{}, asked["gates"], asked["experiments"], asked["dynamicConfigs"])
	if err := a.DB.Select(c, &rows, exposureCountSQL, store.Params{"names": names}); err != nil {
		return nil, fmt.Errorf("count exposures: %w", err)
	}
	answer := make(map[string][]exposureCount)
	for noun, ids := range asked {
		sort := "config"
		if noun == "gates" {
			sort = "gate"
		}
		answer[noun] = make([]exposureCount, 0, len(ids))
		for _, id := range ids {
			n := exposureCount{ID: id}
			for _, r := range rows {
				if r.Name == id && r.Sort == sort {
					n.PastDay, n.Past7Days = r.Day, r.Week
				}
			}
			answer[noun] = append(answer[noun], n)
		}
	}
	return answer, nil
}

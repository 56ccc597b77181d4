package query

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/cumulative_exposures.sql
var cumulativeExposuresSQL string

// groupExposures is one group's units over time.
type groupExposures struct {
	GroupID   string        `json:"groupID"`
	GroupName string        `json:"groupName"`
	Results   []dayExposure `json:"results"`
}

type dayExposure struct {
	Date      string `json:"date"`
	Exposures uint64 `json:"exposures"`
}

// cumulativeExposures counts, for each group and day, the units exposed up to the end of the day.
func (a *API) cumulativeExposures(c *call) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	return a.exposuresOf(c, x)
}

// exposuresOf counts them for what is compared like an experiment, too.
func (a *API) exposuresOf(c *call, x *schema.Experiment) (any, error) {
	var rows []struct {
		Group string `ch:"group_id"`
		Date  string `ch:"date"`
		Units uint64 `ch:"units"`
	}
	err := a.DB.Select(c, &rows, schema.Fill(cumulativeExposuresSQL, "units", schema.UnitsSQL), store.Params(x.UnitParams(a.Zone())))
	if err != nil {
		return nil, fmt.Errorf("count exposures of %s: %w", x.ID, err)
	}
	var dates []string
	fresh := make(map[[2]string]uint64)
	for _, r := range rows {
		dates = append(dates, r.Date)
		fresh[[2]string{r.Group, r.Date}] = r.Units
	}
	dates = slices.Compact(dates)
	groups := make([]groupExposures, len(x.Groups))
	for i, g := range x.Groups {
		groups[i] = groupExposures{g.ID, g.Name, []dayExposure{}}
		total := uint64(0)
		for _, date := range dates {
			total += fresh[[2]string{g.ID, date}]
			groups[i].Results = append(groups[i].Results, dayExposure{date, total})
		}
	}
	return groups, nil
}

package pulse

import (
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Report is the results of one experiment: one test group compared with control.
type Report struct {
	Experiment string      `json:"experimentID"`
	Control    string      `json:"control"`
	Test       string      `json:"test"`
	Confidence float64     `json:"confidence"` // percent
	DS         string      `json:"ds"`         // the last metric day that counts, yyyy-mm-dd
	Exposures  []GroupSize `json:"exposures"`
	Crossovers uint64      `json:"crossoverUnits"`
	SRM        *SRM        `json:"srm"`
	Applied    []string    `json:"applied"` // corrections and settings in force

	PrimaryMetrics   []Result `json:"primaryMetrics"`
	SecondaryMetrics []Result `json:"secondaryMetrics"`
	OtherMetrics     []Result `json:"otherMetrics"`

	AsOf           *schema.Millis `json:"asOf"`           // when the rollup began that these numbers come from
	DataCompleteTo *schema.Millis `json:"dataCompleteTo"` // receipt time up to which it saw every event
	QueryID        string         `json:"queryId"`
	RowsRead       uint64         `json:"rowsRead"`
	ElapsedMs      float64        `json:"elapsedMs"`
}

// GroupSize is how many units a group has, and should have.
type GroupSize struct {
	GroupID   string  `json:"groupID"`
	GroupName string  `json:"groupName"`
	Units     uint64  `json:"units"`
	Share     float64 `json:"share"`    // of all exposed units, in percent
	Expected  float64 `json:"expected"` // configured share, in percent
}

// SRM is the check for a sample ratio mismatch: do the groups have the sizes they were given?
type SRM struct {
	Status stats.Status   `json:"status"`
	PValue *float64       `json:"pValue"`
	Level  stats.SRMLevel `json:"level,omitempty"`
	Advice string         `json:"advice,omitempty"`
}

// CheckSRM is Pearson's chi-squared test of units against configured sizes, with Statsig's two-part rule for how loud to be.
func CheckSRM(sizes []GroupSize) *SRM {
	counts, weights := make([]float64, len(sizes)), make([]float64, len(sizes))
	for i, s := range sizes {
		counts[i], weights[i] = float64(s.Units), s.Expected
	}
	r := stats.SRM(counts, weights)
	check := &SRM{Status: r.Status}
	if r.Status != stats.OK {
		return check
	}
	check.PValue, check.Level = number(r.P), r.Level
	switch r.Level {
	case stats.SRMRed:
		check.Advice = "The groups do not have the sizes they were given; the results cannot be trusted. Look for exposures that are logged for one group only, redirects that lose users, or a group that crashes."
	case stats.SRMYellow:
		check.Advice = "The split is a little off; watch it."
	}
	return check
}

// Sizes compares the groups' units with their configured shares.
func Sizes(groups []schema.ExperimentGroup, units map[string]uint64) []GroupSize {
	total := uint64(0)
	for _, g := range groups {
		total += units[g.ID]
	}
	sizes := make([]GroupSize, len(groups))
	for i, g := range groups {
		sizes[i] = GroupSize{GroupID: g.ID, GroupName: g.Name, Units: units[g.ID], Expected: g.Size}
		if total > 0 {
			sizes[i].Share = 100 * float64(units[g.ID]) / float64(total)
		}
	}
	return sizes
}

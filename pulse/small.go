package pulse

import (
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// SmallCounts is what can be said of few conversions without large samples: Newcombe's interval of the difference of the two
// shares, and Fisher's exact p.
type SmallCounts struct {
	ConfidenceInterval *Bounds  `json:"confidenceInterval"`
	FisherPValue       *float64 `json:"fisherPValue"`
}

// smallCounts is filled for metrics whose units convert or not, when an arm has fewer than ten that do or that do not.
func smallCounts(c *contrast) *SmallCounts {
	if c.m.Aggregation() != schema.EventUser || c.m.RollupTimeWindow == schema.DailyParticipation {
		return nil
	}
	const few = 10
	control := stats.Proportion{N: c.control.N, Successes: c.control.TotalX}
	test := stats.Proportion{N: c.test.N, Successes: c.test.TotalX}
	if min(control.Successes, control.N-control.Successes, test.Successes, test.N-test.Successes) >= few {
		return nil
	}
	s := &SmallCounts{ConfidenceInterval: bounds(stats.ProportionDiff(control, test, c.options()).Newcombe, 1)}
	if f := stats.Table2x2(control, test).Fisher; f.Status == stats.OK {
		p := f.TwoSided
		switch c.o.Alternative {
		case stats.Greater:
			p = f.Greater
		case stats.Less:
			p = f.Less
		}
		s.FisherPValue = number(p)
	}
	return s
}

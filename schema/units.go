package schema

import _ "embed"

// UnitsSQL is the subquery that says which units an experiment has: rollups and reports read the same one. Its parameters are
// those of [Experiment.UnitParams].
//
//go:embed fragment/units.sql
var UnitsSQL string

// Forever is the last millisecond of ClickHouse's DateTime64(3), the end of experiments without one.
const Forever Millis = 10413791999999

// UnitParams are the parameters of [UnitsSQL] for days in a time zone.
func (x *Experiment) UnitParams(zone string) map[string]any {
	groups, shares := make([]string, len(x.Groups)), make([]float64, len(x.Groups))
	for i, g := range x.Groups {
		groups[i], shares[i] = g.ID, x.keptShare(g)
	}
	return map[string]any{
		"experiment": x.VersionID(), "groups": groups, "shares": shares, "end": int64(x.End()), "zone": zone,
		"overridden": x.Overridden(), "keep_crossovers": x.Crossovers == KeepCrossovers,
	}
}

// End is the instant from which on nothing counts any more.
func (x *Experiment) End() Millis {
	if x.EndTime == 0 {
		return Forever
	}
	return x.EndTime
}

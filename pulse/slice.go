package pulse

import "github.com/pulsehouse/pulsehouse/schema"

// Slice is a comparison of a part: of the events with one value of a dimension, of the units with one value of a property, of
// one day.
type Slice struct {
	Value string `json:"value"`
	// Complete is false for a day that is not over or not fully seen.
	Complete bool `json:"complete"`
	Result
}

// SliceArms is a slice before it is compared: each group's moments by the group's id.
type SliceArms struct {
	Value    string
	Complete bool
	Arms     map[string]Arm
}

// Breakdown compares the slices of a metric as its result was compared.
func (q Request) Breakdown(m schema.Metric, r Result, slices []SliceArms) []Slice {
	m.Directionality = r.Directionality
	o := Options{Alpha: r.Alpha, Alternative: q.alternative(m.Directionality), Sequential: q.Sequential, CUPED: q.CUPED, Window: q.Experiment.CUPEDWindow}
	all := make([]Slice, 0, len(slices))
	for _, s := range slices {
		all = append(all, Slice{s.Value, s.Complete, Compare(m, s.Arms[q.Control.ID], s.Arms[q.Test.ID], o)})
	}
	return all
}

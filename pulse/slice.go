package pulse

import "github.com/pulsehouse/pulsehouse/schema"

// Slice is a comparison of a part: of the events with one value of a dimension, of the units with one value of a property, of
// one day.
type Slice struct {
	Value string `json:"value"`
	// Complete is false for a day that is not over or not fully seen.
	Complete bool `json:"complete"`
	Result
	// Differs compares the slice's effect with that of all other units; only where each unit is in one slice.
	Differs *Differs `json:"differs,omitempty"`
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
	o := Options{Alpha: r.Alpha, Alternative: q.alternative(m.Directionality), Sequential: q.Sequential, CUPED: q.CUPED, Window: q.Experiment.Window(&m)}
	all := make([]Slice, 0, len(slices))
	for _, s := range slices {
		all = append(all, Slice{Value: s.Value, Complete: s.Complete, Result: Compare(m, s.Arms[q.Control.ID], s.Arms[q.Test.ID], o)})
	}
	return all
}

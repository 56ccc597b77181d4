package pulse

// Slice is a comparison of a part: of the events with one value of a dimension, of the units with one value of a property, of
// one day.
type Slice struct {
	Value string `json:"value"`
	// Complete is false for a day that is not over or not fully seen.
	Complete bool `json:"complete"`
	Result
}

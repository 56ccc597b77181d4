package schema

import "time"

// RollupStatus says how far the rollups are.
type RollupStatus struct {
	// CompleteTo is the receipt time up to which everything is absorbed; nil when nothing ever was. Lag is how long ago that
	// was while loads are waiting, else 0.
	CompleteTo *time.Time `json:"completeTo"`
	LagSeconds float64    `json:"lagSeconds"`
	// Waiting loads and rows are in their tables and not absorbed.
	WaitingLoads uint64 `json:"waitingLoads"`
	WaitingRows  uint64 `json:"waitingRows"`
	// RawDataFrom is the first metric day of which all raw events are there; nil while none were dropped. Earlier days keep their numbers and
	// cannot be computed again.
	RawDataFrom *string `json:"rawDataFrom"`
	// Dirty lists what has days to compute, Failures what cannot be computed.
	Dirty    []DirtyScope    `json:"dirty"`
	Failures []RollupFailure `json:"failures"`
	// Last is the last cycle that did something.
	Last *RollupCycle `json:"lastCycle"`
}

// DirtyScope is something with days to compute: "metric/METRIC", "EXPERIMENT/METRIC", "events", "active".
type DirtyScope struct {
	Scope string `json:"scope"`
	Days  int    `json:"days"`
}

// RollupFailure is something that failed while the others could be computed.
type RollupFailure struct {
	Scope string    `json:"scope"`
	Error string    `json:"error"`
	Since time.Time `json:"since"`
	Tries int       `json:"tries"`
}

// RollupCycle is what one cycle did.
type RollupCycle struct {
	Started     time.Time `json:"started"`
	TookSeconds float64   `json:"tookSeconds"`
	Loads       int       `json:"loads"`
	Rows        uint64    `json:"rows"`
	Windows     int       `json:"windows"`
	AsOfDays    int       `json:"asOfDays"`
}

// MetricSample is a stored event with what it adds to a metric.
type MetricSample struct {
	Time        time.Time         `ch:"time" json:"timestamp"`
	Name        string            `ch:"name" json:"name"`
	UserID      string            `ch:"user_id" json:"userID"`
	AnonymousID string            `ch:"anonymous_id" json:"anonymousID"`
	UnitIDs     map[string]string `ch:"unit_ids" json:"unitIDs"`
	MessageID   string            `ch:"message_id" json:"messageID"`
	Numerator   *float64          `ch:"x" json:"numerator"`
	Denominator *float64          `ch:"y" json:"denominator"`
	Properties  string            `ch:"properties" json:"-"`
}

// MetricDay is a metric's total of one day and unit type.
type MetricDay struct {
	Date        string   `ch:"date" json:"date"`
	UnitType    string   `ch:"unit_type" json:"unitType"`
	Value       *float64 `ch:"value" json:"value"`
	Numerator   float64  `ch:"numerator" json:"numerator"`
	Denominator float64  `ch:"denominator" json:"denominator"`
	Units       uint64   `ch:"units" json:"units"`
	InputRows   uint64   `ch:"input_rows" json:"inputRows"`
}

// SameNumbers says that two definitions are computed alike, whatever they are called or labelled.
func (m *Metric) SameNumbers(other *Metric) bool { return m.computed() == other.computed() }

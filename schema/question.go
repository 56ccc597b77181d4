package schema

// Question asks for results that no rollup keeps: of a part of the units or events, or by day.
type Question struct {
	Experiment *Experiment
	Metrics    []Metric
	View       View
	// Dimension breaks events down by a property, Property the units by what the user was at the first exposure, ByExposureDay
	// by when that was.
	Dimension     *Criterion
	Property      string
	ByExposureDay bool
	// Interacts breaks units down by the group that they have in another experiment.
	Interacts *Experiment
	// FromEvents computes from the raw events what could be had from what is kept of them.
	FromEvents bool
	// Filters have to hold of an event, UnitFilters of the user at the first exposure.
	Filters, UnitFilters []Criterion
	// Include and Exclude are ID lists.
	Include, Exclude []string
	// ExposedFrom and ExposedTo bound the first exposure, 0 for no bound.
	ExposedFrom, ExposedTo Millis
	// Until is the last metric day, yyyy-mm-dd; "" is the newest.
	Until string
}

// View is which of a unit's days make a value.
type View string

// The views.
const (
	Cumulative View = "cumulative" // all days since exposure
	Daily      View = "daily"      // each metric day by itself
	DaysSince  View = "days_since" // each day since exposure by itself, those before it included
)

// Views lists the views.
var Views = []string{string(Cumulative), string(Daily), string(DaysSince)}

// CheckUnitFilters refuses criteria that units cannot be told apart by.
func (q *Question) CheckUnitFilters() error {
	for i, c := range q.UnitFilters {
		if c.Type != "user" && c.Type != "user_custom" {
			return Invalid("unitFilter", "criterion %d: units are told apart by what the user was at first exposure: type user, not %q", i+1, c.Type)
		}
	}
	return nil
}

// NeedsEvents says that the question is about single events, which unit_days does not have.
func (q *Question) NeedsEvents() bool {
	return q.FromEvents || q.Dimension != nil || len(q.Filters) > 0
}

// CutsUnits says that each unit is in one slice.
func (q *Question) CutsUnits() bool { return q.Property != "" || q.ByExposureDay || q.Interacts != nil }

// Cuts is in how many ways the answer is to be cut into slices; one at most can be answered.
func (q *Question) Cuts() int {
	n := 0
	for _, asked := range []bool{q.View != Cumulative, q.Dimension != nil, q.Property != "", q.ByExposureDay, q.Interacts != nil} {
		if asked {
			n++
		}
	}
	return n
}

// Whole is the question without cuts.
func (q Question) Whole() Question {
	q.View, q.Dimension, q.Property, q.ByExposureDay, q.Interacts = Cumulative, nil, "", false, nil
	return q
}

// Limited says that the question is not about all units and events.
func (q *Question) Limited() bool {
	return len(q.Filters)+len(q.UnitFilters)+len(q.Include)+len(q.Exclude) > 0 || q.ExposedFrom != 0 || q.ExposedTo != 0
}

// Answer is how many units there are, and the moments of those that did something; the others are zeros.
type Answer struct {
	Sizes []SliceSize
	Parts []SlicePart
	// Last is the last metric day that was looked at.
	Last     string
	QueryID  string
	RowsRead uint64
}

// SliceSize is how many units were first exposed on a day, of a group and a slice of the units.
type SliceSize struct {
	Group string `ch:"group_id"`
	Slice string `ch:"slice"`
	Day   uint16 `ch:"day"`
	Units uint64 `ch:"units"`
}

// SlicePart is the moments of the units of a group and slice that did something, for the metric at a 1-based place in the
// question. C are centred sums of products.
type SlicePart struct {
	Place        uint32  `ch:"place"`
	Slice        string  `ch:"slice"`
	Group        string  `ch:"group_id"`
	Units        uint64  `ch:"p"`
	Participants uint64  `ch:"took"`
	Before       uint64  `ch:"had"`
	SumX         float64 `ch:"sum_x"`
	SumY         float64 `ch:"sum_y"`
	SumPX        float64 `ch:"sum_px"`
	SumPY        float64 `ch:"sum_py"`
	XX           float64 `ch:"p_xx"`
	YY           float64 `ch:"p_yy"`
	XY           float64 `ch:"p_xy"`
	PXPX         float64 `ch:"p_pxpx"`
	PYPY         float64 `ch:"p_pypy"`
	PXPY         float64 `ch:"p_pxpy"`
	XPX          float64 `ch:"p_xpx"`
	XPY          float64 `ch:"p_xpy"`
	YPX          float64 `ch:"p_ypx"`
	YPY          float64 `ch:"p_ypy"`
	Hat          float64 `ch:"hat"`
	Low          float64 `ch:"low"`
	High         float64 `ch:"high"`
}

package pulse

import (
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Status says whether there is a result, and if not why.
type Status string

// The statuses of a metric.
const (
	OK            Status = "ok"
	NoExposures   Status = "no_exposures"    // an arm has no units
	NoEvents      Status = "no_events"       // no unit of either arm has a contribution
	TooLittleData Status = "too_little_data" // no standard error can be computed
	Failed        Status = "failed"          // the moments are missing or impossible
	Pending       Status = "pending"         // not computed yet
	TimedOut      Status = "timed_out"       // the engine did not answer in time
)

// Result compares one metric of two groups, in the Console API's names. Standard errors are of the mean. Changes are test minus
// control, in the metric's unit or in percent of control; impacts are per day, relative ones in percent.
type Result struct {
	MetricID       string            `json:"metricID"`
	MetricName     string            `json:"metricName"`
	MetricType     schema.MetricType `json:"metricType"`
	Directionality string            `json:"directionality"`
	Status         Status            `json:"status"`
	Detail         string            `json:"detail,omitempty"`
	// AsOf is when the rollup began that these numbers come from.
	AsOf    *schema.Millis `json:"asOf,omitempty"`
	Methods []string       `json:"methods"`
	Verdict string         `json:"verdict,omitempty"`
	Alpha   float64        `json:"alpha"`

	AbsoluteChange                           *float64 `json:"absoluteChange"`
	ConfidenceIntervalDelta                  *float64 `json:"confidenceIntervalDelta"`
	SequentialTestingConfidenceIntervalDelta *float64 `json:"sequentialTestingConfidenceIntervalDelta"`
	PercentChange                            *float64 `json:"percentChange"`
	PercentConfidenceIntervalDelta           *float64 `json:"percentConfidenceIntervalDelta"`
	PercentSequentialConfidenceIntervalDelta *float64 `json:"percentSequentialTestingConfidenceIntervalDelta"`
	ConfidenceInterval                       *Bounds  `json:"confidenceInterval"`
	PercentConfidenceInterval                *Bounds  `json:"percentConfidenceInterval"`
	SequentialConfidenceInterval             *Bounds  `json:"sequentialTestingConfidenceInterval"`
	PercentSequentialConfidenceInterval      *Bounds  `json:"percentSequentialTestingConfidenceInterval"`
	TestMean                                 *float64 `json:"testMean"`
	ControlMean                              *float64 `json:"controlMean"`
	TestStd                                  *float64 `json:"testStd"`
	ControlStd                               *float64 `json:"controlStd"`
	TestUnits                                *float64 `json:"testUnits"`
	ControlUnits                             *float64 `json:"controlUnits"`
	TestParticipants                         uint64   `json:"testParticipants"`
	ControlParticipants                      uint64   `json:"controlParticipants"`
	TestTotal                                *float64 `json:"testTotal"`
	ControlTotal                             *float64 `json:"controlTotal"`
	PValue                                   *float64 `json:"pValue"`
	AdjustedPValue                           *float64 `json:"adjustedPValue,omitempty"`
	Log10PValue                              *float64 `json:"log10PValue"`
	SequentialPValue                         *float64 `json:"sequentialPValue"`
	ReversePower                             *float64 `json:"reversePower"`

	AbsoluteToplineImpact               *float64 `json:"absoluteToplineImpact"`
	AbsoluteToplineImpactDelta          *float64 `json:"absoluteToplineImpactDelta"`
	RelativeToplineImpact               *float64 `json:"relativeToplineImpact"`
	RelativeToplineImpactDelta          *float64 `json:"relativeToplineImpactDelta"`
	ProjectedAbsoluteToplineImpact      *float64 `json:"projectedAbsoluteToplineImpact"`
	ProjectedAbsoluteToplineImpactDelta *float64 `json:"projectedAbsoluteToplineImpactDelta"`
	ProjectedRelativeToplineImpact      *float64 `json:"projectedRelativeToplineImpact"`
	ProjectedRelativeToplineImpactDelta *float64 `json:"projectedRelativeToplineImpactDelta"`

	CUPED    *CUPED    `json:"cuped,omitempty"`
	Bayes    *Bayes    `json:"bayesian,omitempty"`
	SPRT     *SPRT     `json:"sprt,omitempty"`
	Coverage *Coverage `json:"joinCoverage,omitempty"`
	// SmallCounts is beside the usual interval where conversions are few.
	SmallCounts *SmallCounts `json:"smallCounts,omitempty"`

	// DimensionBreakdown is the same comparison for each value of the dimension that was asked for, Series for each day.
	DimensionBreakdown []Slice `json:"dimensionBreakdown,omitempty"`
	Series             []Slice `json:"series,omitempty"`
	// Heterogeneity says whether the effect differs between the slices of a breakdown by what units are, Interactions whether it
	// differs between the groups of another experiment.
	Heterogeneity *Heterogeneity `json:"heterogeneity,omitempty"`
	Interactions  []Interaction  `json:"interactions,omitempty"`
}

// CUPED says what looking at the time before exposure did.
type CUPED struct {
	Applied           bool     `json:"applied"`
	Reason            string   `json:"reason,omitempty"` // why it was not
	Theta             *float64 `json:"theta"`
	Correlation       *float64 `json:"correlation"`
	VarianceReduction *float64 `json:"varianceReduction"` // share of the variance that is gone
	UnitsBefore       uint64   `json:"unitsWithPreExposureData"`
	WindowDays        int      `json:"windowDays"`
}

// Bayes is the belief about the relative change, in percent, after the data.
type Bayes struct {
	PriorMean        float64  `json:"priorMean"`
	PriorStd         float64  `json:"priorStd"` // 0 is a flat prior
	PosteriorMean    *float64 `json:"posteriorMean"`
	PosteriorStd     *float64 `json:"posteriorStd"`
	CredibleInterval *Bounds  `json:"credibleInterval"`
	ChanceToBeat     *float64 `json:"chanceToBeatControl"`
	ExpectedLoss     *float64 `json:"expectedLoss"`
}

// Coverage says how many of the exposed units and of the metric's events could meet.
type Coverage struct {
	ExposedUnits    uint64  `json:"exposedUnits"`
	MatchableUnits  uint64  `json:"matchableUnits"` // those that any event carries
	Events          uint64  `json:"events"`         // of the metric, since the start
	EventsWithID    uint64  `json:"eventsWithID"`   // that carry the experiment's ID type
	EventsWithIDPct float64 `json:"eventsWithIDPercent"`
	Sentence        string  `json:"sentence"`
}

// Bounds is an interval that need not be symmetric. Kind is bounded, at_least or at_most (one-sided), complement (everything
// but the open interval between) or all_reals (nothing can be ruled out); bounds that do not exist are nil.
type Bounds struct {
	Kind  stats.IntervalKind `json:"kind"`
	Lower *float64           `json:"lower"`
	Upper *float64           `json:"upper"`
}

func (r Result) without(s Status, detail string) Result {
	r.Status, r.Detail = s, detail
	return r
}

// NoResult is a metric without numbers.
func NoResult(ref schema.MetricRef, s Status, detail string) Result {
	return Result{MetricID: ref.ID(), MetricName: ref.Name, MetricType: ref.Type, Status: s, Detail: detail, Methods: []string{}}
}

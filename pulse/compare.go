package pulse

import (
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Arm is one group's moments for one metric. X is the numerator per unit, Y the denominator of mean and ratio metrics.
type Arm struct {
	Group schema.ExperimentGroup
	stats.PairMoments
	// Participants is how many of the units have a contribution.
	Participants   uint64
	TotalX, TotalY float64
}

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
)

// Options are the wishes of who asks.
type Options struct {
	// Alpha is the error rate of the plain interval, after corrections, e.g. 0.05.
	Alpha float64
	// Days is how many days of exposures the moments cover, for the topline impact per day.
	Days int
}

// Result compares one metric of two groups, in the Console API's names. Standard errors are of the mean. Changes are test minus
// control, in the metric's unit or in percent of control.
type Result struct {
	MetricID       string            `json:"metricID"`
	MetricName     string            `json:"metricName"`
	MetricType     schema.MetricType `json:"metricType"`
	Directionality string            `json:"directionality"`
	Status         Status            `json:"status"`
	Detail         string            `json:"detail,omitempty"`
	Methods        []string          `json:"methods"`
	Verdict        string            `json:"verdict,omitempty"`
	Alpha          float64           `json:"alpha"`

	AbsoluteChange                           *float64 `json:"absoluteChange"`
	ConfidenceIntervalDelta                  *float64 `json:"confidenceIntervalDelta"`
	SequentialTestingConfidenceIntervalDelta *float64 `json:"sequentialTestingConfidenceIntervalDelta"`
	PercentChange                            *float64 `json:"percentChange"`
	PercentConfidenceIntervalDelta           *float64 `json:"percentConfidenceIntervalDelta"`
	PercentSequentialConfidenceIntervalDelta *float64 `json:"percentSequentialTestingConfidenceIntervalDelta"`
	ConfidenceInterval                       *Bounds  `json:"confidenceInterval"`
	PercentConfidenceInterval                *Bounds  `json:"percentConfidenceInterval"`
	TestMean                                 *float64 `json:"testMean"`
	ControlMean                              *float64 `json:"controlMean"`
	TestStd                                  *float64 `json:"testStd"`
	ControlStd                               *float64 `json:"controlStd"`
	TestUnits                                *float64 `json:"testUnits"`
	ControlUnits                             *float64 `json:"controlUnits"`
	TestParticipants                         uint64   `json:"testParticipants"`
	ControlParticipants                      uint64   `json:"controlParticipants"`
	PValue                                   *float64 `json:"pValue"`
	Log10PValue                              *float64 `json:"log10PValue"`
	SequentialPValue                         *float64 `json:"sequentialPValue"`
	AbsoluteToplineImpact                    *float64 `json:"absoluteToplineImpact"`
	AbsoluteToplineImpactDelta               *float64 `json:"absoluteToplineImpactDelta"`
}

// Bounds is an interval that need not be symmetric. Kind is bounded, complement (everything but the open interval between) or
// all_reals (nothing can be ruled out); bounds that do not exist are nil.
type Bounds struct {
	Kind  stats.IntervalKind `json:"kind"`
	Lower *float64           `json:"lower"`
	Upper *float64           `json:"upper"`
}

// Compare compares one metric of two groups: a difference in means (z; Welch when ν < 100) or, for mean and ratio metrics, of
// ratios of sums by the delta method over all exposed units; the relative change by Fieller's interval; and beside the plain
// interval the asymptotic confidence sequence, which is valid however often one looks. Formulas and sources: package stats.
func Compare(m schema.Metric, control, test Arm, o Options) Result {
	r := Result{
		MetricID: m.ID(), MetricName: m.Name, MetricType: m.Type, Directionality: m.Directionality, Alpha: o.Alpha,
		TestParticipants: test.Participants, ControlParticipants: control.Participants, Methods: []string{},
		TestUnits: number(test.N), ControlUnits: number(control.N),
	}
	switch {
	case test.N == 0 || control.N == 0:
		return r.without(NoExposures, "no unit has been exposed to one of the groups")
	case test.Participants == 0 && control.Participants == 0:
		return r.without(NoEvents, "none of the exposed units has had an event of this metric")
	}
	d := difference(m, control, test, o)
	switch d.Status {
	case stats.OK:
		r.Status = OK
		r.inferences(d, o)
	case stats.InconsistentMoments, stats.OutOfRange, stats.InvalidArgument:
		return r.without(Failed, string(d.Status))
	default:
		r = r.without(TooLittleData, "no standard error can be computed yet: "+string(d.Status))
	}
	if d.Status != stats.ZeroDenominator {
		r.means(d)
	}
	r.topline(m, d, test, o)
	return r
}

func (r Result) without(s Status, detail string) Result {
	r.Status, r.Detail = s, detail
	return r
}

// difference is the absolute comparison that the metric's type asks for.
func difference(m schema.Metric, control, test Arm, o Options) stats.DiffResult {
	so := stats.Options{Alpha: o.Alpha}
	if m.HasDenominator() {
		return stats.RatioDiff(control.PairMoments, test.PairMoments, so)
	}
	return stats.MeanDiff(control.X(), test.X(), so)
}

// means fills what each group has for itself.
func (r *Result) means(d stats.DiffResult) {
	r.ControlMean, r.TestMean = number(d.Control.Value), number(d.Test.Value)
	r.AbsoluteChange = number(d.Diff)
	if d.Control.DF > 0 {
		r.ControlStd = root(d.Control.Variance)
	}
	if d.Test.DF > 0 {
		r.TestStd = root(d.Test.Variance)
	}
	if d.Control.Value != 0 {
		r.PercentChange = number(100 * d.Diff / d.Control.Value)
	}
}

// inferences fills intervals and p-values.
func (r *Result) inferences(d stats.DiffResult, o Options) {
	i := d.Inference
	r.Methods = append(r.Methods, methodName(r.MetricType, i))
	r.PValue, r.Log10PValue = number(i.P), number(i.Log10P)
	r.ConfidenceInterval = bounds(i.CI, 1)
	r.ConfidenceIntervalDelta = number((i.CI.High - i.CI.Low) / 2)
	r.Verdict = verdict(d.Diff, i.P, o.Alpha, r.Directionality)

	lift := stats.RelativeLift(d.Control, d.Test, stats.Options{Alpha: o.Alpha})
	if r.PercentConfidenceInterval = bounds(lift.Fieller, 100); r.PercentConfidenceInterval != nil {
		r.Methods = append(r.Methods, "fieller")
	}
	if lift.Fieller.Kind == stats.Bounded {
		r.PercentConfidenceIntervalDelta = number(100 * (lift.Fieller.High - lift.Fieller.Low) / 2)
	}
	r.sequential(d, lift, o)
}

// sequential fills the anytime-valid interval, tuned to be narrowest at 5 000 units.
func (r *Result) sequential(d stats.DiffResult, lift stats.LiftResult, o Options) {
	n := *r.TestUnits + *r.ControlUnits
	s := stats.SequentialDiff(d, n, stats.SequentialOptions{Alpha: o.Alpha})
	if s.Status != stats.OK {
		return
	}
	r.Methods = append(r.Methods, "asymptotic_confidence_sequence")
	r.SequentialTestingConfidenceIntervalDelta, r.SequentialPValue = number(s.HalfWidth), number(s.P)
	if lift.Relative == nil {
		return
	}
	if relative := stats.SequentialCS(lift.Lift, lift.SE, n, stats.SequentialOptions{Alpha: o.Alpha}); relative.Status == stats.OK {
		r.PercentSequentialConfidenceIntervalDelta = number(100 * relative.HalfWidth)
	}
}

// topline is what the test group adds to a count or sum per day: Δ·n/days.
func (r *Result) topline(m schema.Metric, d stats.DiffResult, test Arm, o Options) {
	if r.Status != OK || o.Days < 1 || m.Type != schema.EventCount && m.Type != schema.Sum {
		return
	}
	perDay := test.N / float64(o.Days)
	r.AbsoluteToplineImpact = number(d.Diff * perDay)
	r.AbsoluteToplineImpactDelta = number(*r.ConfidenceIntervalDelta * perDay)
}

func methodName(t schema.MetricType, i *stats.Inference) string {
	name := "z"
	if i.Dist == stats.StudentT {
		name = "welch_t"
	}
	if t == schema.Mean || t == schema.Ratio {
		return "delta_method_" + name
	}
	return name
}

// verdict is the result in a word: better and worse by the metric's directionality.
func verdict(diff, p, alpha float64, directionality string) string {
	switch {
	case p > alpha:
		return "inconclusive"
	case diff > 0 == (directionality != "decrease"):
		return "better"
	default:
		return "worse"
	}
}

package stats

import "math"

// ToplineInput is what the whole product did while the experiment ran.
type ToplineInput struct {
	Diff       float64   // test − control per unit over the whole analysis, in the metric's unit
	SE         float64   // of Diff
	NTest      float64   // units in the test arm
	Days       float64   // length of the analysis
	Topline    float64   // the metric's total per day, all units; 0 when unknown
	Allocation []float64 // share of all units in the experiment's layer, day by day; empty when unknown
	TestShare  float64   // share of the layer in the test arm
}

// ToplineResult is what the experiment does, and would do after launch, to the product's daily total.
type ToplineResult struct {
	Status              Status
	PerDay              float64    // metric units per day, as the test ran
	SE                  float64    // of PerDay
	Inference           *Inference // of PerDay, z
	Relative            float64    // PerDay/(Topline − PerDay)
	RelativeSE          float64    // delta method with the topline fixed: SE·T/(T−I)²
	RelativeSEAsPrinted float64    // Statsig's documentation prints SE·|T−2I|/(T−I)²
	LaunchFactor        float64    // days/Σ(allocation·share)
	ProjectedPerDay     float64    // at full launch
	Projected           Interval   // of ProjectedPerDay
	ProjectedRelative   float64
}

// Topline is Statsig's topline and projected launch impact (docs, stats-engine/topline-impact): impact = Δ·n_t/days with
// variance SE²·n_t²/days² (the page omits days², its own example needs it). Relative and projected parts are zero when
// the topline or the allocation is not given. Errors: InvalidArgument, ZeroVariance, ZeroDenominator (impact equals the
// topline; no allocation), OutOfRange.
func Topline(in ToplineInput, o Options) ToplineResult {
	if !(in.Days > 0) || !(in.NTest >= 0) || !finite(in.Diff, in.SE, in.NTest, in.Days, in.Topline, in.TestShare) {
		return ToplineResult{Status: InvalidArgument}
	}
	o.Dist = Normal
	r := ToplineResult{PerDay: in.Diff * in.NTest / in.Days, SE: in.SE * in.NTest / in.Days}
	r.Inference, r.Status = infer(r.PerDay, r.SE, 0, o)
	if in.Topline != 0 {
		rest := in.Topline - r.PerDay
		r.Relative = r.PerDay / rest
		r.RelativeSE = r.SE * math.Abs(in.Topline/rest/rest)
		r.RelativeSEAsPrinted = r.SE * math.Abs((in.Topline-2*r.PerDay)/rest/rest)
	}
	if len(in.Allocation) > 0 {
		r.LaunchFactor = in.Days / (total(in.Allocation) * in.TestShare)
		r.ProjectedPerDay, r.ProjectedRelative = r.PerDay*r.LaunchFactor, r.Relative*r.LaunchFactor
		if r.Inference != nil {
			r.Projected = r.Inference.CI.mapped(func(x float64) float64 { return x * r.LaunchFactor })
		}
	}
	if !finite(r.PerDay, r.SE, r.Relative, r.RelativeSE, r.RelativeSEAsPrinted, r.LaunchFactor, r.ProjectedPerDay) {
		return ToplineResult{Status: ZeroDenominator}
	}
	return r
}

// ToplineRatioResult is the impact on a ratio of two daily totals.
type ToplineRatioResult struct {
	Status            Status
	Numerator         float64 // impact per day
	Denominator       float64
	Baseline          float64 // the ratio without the experiment
	Absolute          float64 // the ratio with it minus Baseline
	Relative          float64 // Absolute/Baseline
	Projected         float64 // at full launch, minus Baseline
	ProjectedRelative float64
}

// ToplineRatio is Statsig's topline impact of a ratio metric through the impacts on its numerator and denominator (docs,
// stats-engine/topline-impact): baseline B = (X−I_X)/(Y−I_Y), projected (X+(m−1)I_X)/(Y+(m−1)I_Y) − B. x and y are the
// daily totals, numDiff and denDiff the differences per unit. Errors: InvalidArgument, ZeroDenominator.
func ToplineRatio(x, y, numDiff, denDiff, nTest, days, launchFactor float64) ToplineRatioResult {
	if !(days > 0) || !(nTest >= 0) {
		return ToplineRatioResult{Status: InvalidArgument}
	}
	r := ToplineRatioResult{Status: OK, Numerator: numDiff * nTest / days, Denominator: denDiff * nTest / days}
	r.Baseline = (x - r.Numerator) / (y - r.Denominator)
	r.Absolute = x/y - r.Baseline
	r.Relative = r.Absolute / r.Baseline
	m := launchFactor - 1
	r.Projected = (x+m*r.Numerator)/(y+m*r.Denominator) - r.Baseline
	r.ProjectedRelative = r.Projected / r.Baseline
	if !finite(r.Baseline, r.Absolute, r.Relative, r.Projected, r.ProjectedRelative) {
		return ToplineRatioResult{Status: ZeroDenominator}
	}
	return r
}

// ScaledImpact is GrowthBook's estimate for all traffic per day: Δ·(n_t/share)/days and its standard error, in metric
// units (docs, app/experiment-results). Errors: InvalidArgument, or the difference's status.
func ScaledImpact(d DiffResult, nTest, trafficShare, days float64) (perDay, se float64, s Status) {
	if d.Status != OK {
		return 0, 0, d.Status
	}
	f := nTest / trafficShare / days
	if !(f > 0) || !finite(f, d.Diff*f, d.SE*f) {
		return 0, 0, InvalidArgument
	}
	return d.Diff * f, d.SE * f, OK
}

// GlobalLiftResult is an experiment's lift as a share of everything.
type GlobalLiftResult struct {
	Status        Status
	RolloutTest   float64 // total if all traffic had the test experience
	RolloutBase   float64 // total of the exposed traffic if all had control
	GlobalControl float64 // the global total had the experiment not run
	Lift          float64 // (RolloutTest − RolloutBase)/GlobalControl
	Coverage      float64 // share of the global total that the experiment saw
}

// GlobalLift is Eppo's global lift and coverage (docs, statistics/global-lift) from the metric's totals in both arms, the
// test arm's share, the share of traffic exposed and the global total. Errors: InvalidArgument, ZeroDenominator.
func GlobalLift(totalControl, totalTest, testShare, exposure, global float64) GlobalLiftResult {
	if !(testShare > 0 && testShare < 1) || !(exposure > 0 && exposure <= 1) {
		return GlobalLiftResult{Status: InvalidArgument}
	}
	r := GlobalLiftResult{
		Status:        OK,
		RolloutTest:   totalTest / (testShare * exposure),
		RolloutBase:   totalControl / ((1 - testShare) * exposure),
		GlobalControl: global - (totalTest - totalControl*testShare/(1-testShare)),
		Coverage:      (totalTest + totalControl) / global,
	}
	r.Lift = (r.RolloutTest - r.RolloutBase) / r.GlobalControl
	if !finite(r.RolloutTest, r.RolloutBase, r.GlobalControl, r.Lift, r.Coverage) {
		return GlobalLiftResult{Status: ZeroDenominator}
	}
	return r
}

// FalsePositiveRisk is the chance that a significant result is none: απ/(απ+(1−β)(1−π)) with π the share of ideas without
// effect (Kohavi, Deng & Vermeer 2022). oneDirection counts only wins: α/2. Errors: InvalidArgument.
func FalsePositiveRisk(alpha, power, successRate float64, oneDirection bool) (float64, Status) {
	if !probabilities([]float64{alpha, power, successRate}) {
		return 0, InvalidArgument
	}
	if oneDirection {
		alpha /= 2
	}
	wrong := alpha * (1 - successRate)
	fpr := wrong / (wrong + power*successRate)
	if !finite(fpr) {
		return 0, InvalidArgument
	}
	return fpr, OK
}

// AggregatedImpact is the sum of projected impacts, each discounted by its false positive risk: Σ(1−FPR)·impact (Statsig
// docs, pulse/aggregated-impact). Errors: InvalidArgument.
func AggregatedImpact(impacts, risks []float64) (float64, Status) {
	if len(impacts) != len(risks) || !probabilities(risks) || !finite(impacts...) {
		return 0, InvalidArgument
	}
	sum := 0.0
	for i := range impacts {
		sum += (1 - risks[i]) * impacts[i]
	}
	if !finite(sum) {
		return 0, OutOfRange
	}
	return sum, OK
}

// BanditFloor keeps every arm of a bandit at a minimum: p = f + (1 − n·f)·w (GrowthBook). Errors: InvalidArgument when the
// weights do not sum to one or the floors leave nothing.
func BanditFloor(weights []float64, floor float64) ([]float64, Status) {
	n := float64(len(weights))
	if !probabilities(weights) || math.Abs(total(weights)-1) > 1e-9 || !(floor >= 0 && n*floor <= 1) {
		return nil, InvalidArgument
	}
	out := make([]float64, len(weights))
	for i, w := range weights {
		out[i] = floor + (1-n*floor)*w
	}
	return out, OK
}

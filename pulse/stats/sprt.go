package stats

import "math"

// SPRTPlan is a sequential probability ratio test with futility.
type SPRTPlan struct {
	Alpha  float64 // false positives, default 0.05
	Beta   float64 // false negatives, default 0.2
	Effect float64 // standardised (Cohen's d), see [CohensD]
	Ratio  float64 // expected control over test units, default 1; only for the expected size
}

// Decision is what a sequential test says at a look.
type Decision string

// The decisions.
const (
	GoOn              Decision = "continue"
	AcceptAlternative Decision = "accept_alternative"
	AcceptNull        Decision = "accept_null"
)

// SPRTResult is the state of the test at a look.
type SPRTResult struct {
	Status    Status
	Theta     float64 // expected statistic under the alternative
	Statistic float64 // z of the difference
	LogRatio  float64 // log likelihood ratio
	Upper     float64 // ln((1−β)/α)
	Lower     float64 // ln(β/(1−α))
	Decision  Decision
	Size      Size // units at which the expected ratio reaches Upper when the effect is true
}

// CohensD is a relative effect in standard deviations: share·|mean|/sd (Cohen 1988). Errors: ZeroVariance.
func CohensD(share, mean, sd float64) (float64, Status) {
	d := share * math.Abs(mean) / sd
	if !(sd > 0) || !finite(d) {
		return 0, ZeroVariance
	}
	return d, OK
}

// SPRT is Wald's test (1945) as Statsig has it (docs, advanced-setup/sprt): θ = d/√(1/n_c+1/n_t), LLR = |z|θ − θ²/2, the
// alternative is accepted at ln((1−β)/α) and the null at ln(β/(1−α)). Errors: as [MeanDiff], InvalidArgument.
func SPRT(control, test Moments, plan SPRTPlan) SPRTResult {
	plan = plan.defaults()
	rates := plan.Alpha > 0 && plan.Beta > 0 && plan.Alpha+plan.Beta < 1
	if !rates || !(plan.Ratio > 0) || plan.Effect == 0 || !finite(plan.Effect, plan.Ratio) {
		return SPRTResult{Status: InvalidArgument}
	}
	d := MeanDiff(control, test, Options{Dist: Normal})
	if d.Status != OK {
		return SPRTResult{Status: d.Status}
	}
	r := SPRTResult{Status: OK, Statistic: d.Inference.Statistic, Decision: GoOn}
	r.Theta = math.Abs(plan.Effect) / math.Sqrt(1/control.N+1/test.N)
	r.LogRatio = math.Abs(r.Statistic)*r.Theta - r.Theta*r.Theta/2
	r.Upper, r.Lower = math.Log((1-plan.Beta)/plan.Alpha), math.Log(plan.Beta/(1-plan.Alpha))
	switch {
	case r.LogRatio >= r.Upper:
		r.Decision = AcceptAlternative
	case r.LogRatio <= r.Lower:
		r.Decision = AcceptNull
	}
	n := 2 * r.Upper * (1 + 1/plan.Ratio) / plan.Effect / plan.Effect
	r.Size = Size{Control: n * plan.Ratio, Test: n}
	if !finite(r.LogRatio, r.Size.Total()) {
		return SPRTResult{Status: OutOfRange}
	}
	return r
}

// defaults fills the zero fields.
func (p SPRTPlan) defaults() SPRTPlan {
	if p.Alpha == 0 {
		p.Alpha = 0.05
	}
	if p.Beta == 0 {
		p.Beta = 0.2
	}
	if p.Ratio == 0 {
		p.Ratio = 1
	}
	return p
}

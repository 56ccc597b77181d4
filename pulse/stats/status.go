package stats

import "math"

// Status says whether a result is defined, and if not, why. "ok" is the only status under which all of it is.
type Status string

// The statuses. Those with "error:" leave the inference undefined, those with "undefined:" only the relative lift,
// those with "fallback:" say that a simpler method was used.
const (
	OK                    Status = "ok"
	ZeroVariance          Status = "error:zero_variance"              // no standard error, hence no test
	InsufficientN         Status = "error:insufficient_n"             // fewer units than the method needs
	InsufficientArms      Status = "error:insufficient_arms"          // fewer than two arms with positive weight
	ZeroDenominator       Status = "error:zero_denominator"           // a ratio whose denominator sums to zero
	InconsistentMoments   Status = "error:inconsistent_moments"       // no data set has these moments
	PrecisionLoss         Status = "error:precision_loss"             // sums from which the variance cannot be recovered
	OutOfRange            Status = "error:out_of_range"               // a finite input whose result overflows
	InvalidArgument       Status = "error:invalid_argument"           // alpha, weights, ranks… outside their domain
	Singular              Status = "error:singular"                   // covariates are collinear
	NoSolution            Status = "error:no_solution"                // no effect or size reaches the asked power
	ZeroControlMean       Status = "undefined:zero_control_mean"      // a lift over nothing
	SignChange            Status = "undefined:sign_change"            // log ratio of means with different signs
	FallbackZeroCovariate Status = "fallback:zero_covariate_variance" // CUPED with a constant covariate: theta is 0
)

// OK reports whether the whole result is defined.
func (s Status) OK() bool { return s == OK }

// Alternative is the hypothesis against which the null is tested. The zero value is two-sided.
type Alternative string

// The alternatives; Greater and Less speak of test compared with control.
const (
	TwoSided Alternative = ""
	Greater  Alternative = "greater"
	Less     Alternative = "less"
)

// Dist is the reference distribution of a test statistic. The zero value lets the sample decide.
type Dist string

// The distributions. Auto is Student's t when the Welch degrees of freedom are below 100, else the normal: Statsig's
// rule (docs, stats-methods/p-value).
const (
	Auto     Dist = ""
	Normal   Dist = "z"
	StudentT Dist = "t"
)

// AutoDF is the number of degrees of freedom at which [Auto] changes from Student's t to the normal.
const AutoDF = 100

// Options are the choices common to all tests. The zero value is a two-sided test at 5 % with Statsig's choice of
// distribution.
type Options struct {
	Alpha       float64     // error rate, default 0.05; the interval has confidence 1 − Alpha
	Alternative Alternative // default two-sided
	Dist        Dist        // default Auto
}

// alpha returns the error rate and whether it is usable.
func (o Options) alpha() (float64, bool) {
	if o.Alpha == 0 {
		return 0.05, true
	}
	return o.Alpha, o.Alpha > 0 && o.Alpha < 1
}

// tail is the probability beyond one critical value.
func (o Options) tail() float64 {
	a, _ := o.alpha()
	if o.Alternative == TwoSided {
		return a / 2
	}
	return a
}

// dist resolves Auto for the given degrees of freedom; df 0 means a known variance.
func (o Options) dist(df float64) Dist {
	switch {
	case df == 0:
		return Normal
	case o.Dist != Auto:
		return o.Dist
	case df < AutoDF:
		return StudentT
	}
	return Normal
}

// finite reports whether none of the numbers is NaN or infinite.
func finite(xs ...float64) bool {
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// worst returns the first status that is not OK.
func worst(ss ...Status) Status {
	for _, s := range ss {
		if s != OK {
			return s
		}
	}
	return OK
}

package stats

import "math"

// IntervalKind says which set the ends of an interval describe. The zero value is the empty promise.
type IntervalKind string

// The kinds. Fieller's set for a ratio of means can be any of the last four (Fieller 1954); one-sided tests give the
// half lines.
const (
	Undefined  IntervalKind = ""           // no interval; Low and High mean nothing
	Bounded    IntervalKind = "bounded"    // Low ≤ x ≤ High
	AtLeast    IntervalKind = "at_least"   // x ≥ Low; High means nothing
	AtMost     IntervalKind = "at_most"    // x ≤ High; Low means nothing
	Complement IntervalKind = "complement" // x ≤ Low or x ≥ High: everything but the open interval between
	AllReals   IntervalKind = "all_reals"  // nothing can be ruled out
)

// Interval is a confidence set on the line, in the unit of the estimate. Its ends are always finite.
type Interval struct {
	Kind IntervalKind
	Low  float64
	High float64
}

// Contains reports whether x is in the set.
func (i Interval) Contains(x float64) bool {
	switch i.Kind {
	case Bounded:
		return i.Low <= x && x <= i.High
	case AtLeast:
		return x >= i.Low
	case AtMost:
		return x <= i.High
	case Complement:
		return x <= i.Low || x >= i.High
	case AllReals:
		return true
	}
	return false
}

// around is estimate ± half, open on the side that the alternative does not look at.
func around(estimate, half float64, alt Alternative) Interval {
	switch alt {
	case Greater:
		return Interval{Kind: AtLeast, Low: estimate - half}.checked()
	case Less:
		return Interval{Kind: AtMost, High: estimate + half}.checked()
	}
	return Interval{Kind: Bounded, Low: estimate - half, High: estimate + half}.checked()
}

// mapped applies a strictly increasing function to both ends.
func (i Interval) mapped(f func(float64) float64) Interval {
	if i.Kind == Undefined || i.Kind == AllReals {
		return i
	}
	j := Interval{Kind: i.Kind}
	if i.Kind != AtMost {
		j.Low = f(i.Low)
	}
	if i.Kind != AtLeast {
		j.High = f(i.High)
	}
	return j.checked()
}

// checked drops ends that overflowed.
func (i Interval) checked() Interval {
	if !finite(i.Low, i.High) {
		return Interval{}
	}
	return i
}

// ordered is the bounded interval between two numbers in whatever order they come.
func ordered(a, b float64) Interval {
	return Interval{Kind: Bounded, Low: math.Min(a, b), High: math.Max(a, b)}.checked()
}

package stats

import "math"

// Caps are the thresholds beyond which values are moved to the threshold: [Bounded], [AtMost], [AtLeast] or [AllReals].
type Caps struct{ Interval }

// CapRule says how to find the thresholds.
type CapRule struct {
	Upper        float64      // level of the upper threshold, 0 for none; Statsig's default is 0.999
	Lower        float64      // level of the lower threshold, 0 for none
	ExcludeZeros bool         // levels among non-zero values only (Statsig)
	Rule         QuantileRule // default InvertedCDF: nearest rank
}

// WinsorCaps finds the thresholds from the units of all arms together: thresholds per arm would bias the difference
// (Dixon 1960; Statsig docs, winsorization). Values and thresholds share a unit. Errors: InvalidArgument, InsufficientN
// when no value is left.
func WinsorCaps(values []float64, r CapRule) (Caps, Status) {
	if r.Rule == "" {
		r.Rule = InvertedCDF
	}
	used := values
	if r.ExcludeZeros {
		used = nil
		for _, x := range values {
			if x != 0 {
				used = append(used, x)
			}
		}
	}
	c := Caps{Interval{Kind: AllReals}}
	if r.Upper != 0 {
		q, s := Quantile(used, r.Upper, r.Rule)
		if s != OK {
			return Caps{}, s
		}
		c.Kind, c.High = AtMost, q
	}
	if r.Lower != 0 {
		q, s := Quantile(used, r.Lower, r.Rule)
		if s != OK {
			return Caps{}, s
		}
		c.Low = q
		c.Kind = map[IntervalKind]IntervalKind{AtMost: Bounded, AllReals: AtLeast}[c.Kind]
	}
	return c, OK
}

// CapAt is a fixed upper threshold.
func CapAt(high float64) Caps { return Caps{Interval{Kind: AtMost, High: high}} }

// Clamp moves one value to the nearest threshold.
func (c Caps) Clamp(x float64) float64 {
	if c.Kind == AtMost || c.Kind == Bounded {
		x = math.Min(x, c.High)
	}
	if c.Kind == AtLeast || c.Kind == Bounded {
		x = math.Max(x, c.Low)
	}
	return x
}

// Apply clamps a copy of the values and counts those that changed.
func (c Caps) Apply(values []float64) (capped []float64, changed int) {
	capped = make([]float64, len(values))
	for i, x := range values {
		capped[i] = c.Clamp(x)
		if capped[i] != x {
			changed++
		}
	}
	return capped, changed
}

package pulse

import (
	"math"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
)

// number is a value that exists: nil where it is none.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func root(v float64) *float64 {
	if v < 0 {
		return nil
	}
	return number(math.Sqrt(v))
}

// bounds scales an interval; nil when there is none.
func bounds(i stats.Interval, scale float64) *Bounds {
	b := &Bounds{Kind: i.Kind}
	switch i.Kind {
	case stats.Undefined:
		return nil
	case stats.Bounded, stats.Complement:
		b.Lower, b.Upper = number(scale*i.Low), number(scale*i.High)
	case stats.AtLeast:
		b.Lower = number(scale * i.Low)
	case stats.AtMost:
		b.Upper = number(scale * i.High)
	}
	return b
}

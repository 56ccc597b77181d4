package pulse

import (
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// FromPart is the arm of a group of which so many units are exposed, and of which the part did something. The others are zeros.
func FromPart(g schema.ExperimentGroup, p schema.SlicePart, exposed uint64) Arm {
	a := Arm{
		Group: g, Participants: p.Participants, Before: p.Before, TotalX: p.SumX, TotalY: p.SumY,
		Quantile: QuantileOf(p.SumY, p.Hat, p.Low, p.High),
	}
	if p.Units > 0 {
		n := float64(p.Units)
		a.RatioPairMoments = stats.RatioPairMoments{
			N: n, Mean: [4]float64{p.SumX / n, p.SumY / n, p.SumPX / n, p.SumPY / n},
			C: [4][4]float64{
				{p.XX, p.XY, p.XPX, p.XPY},
				{p.XY, p.YY, p.YPX, p.YPY},
				{p.XPX, p.YPX, p.PXPX, p.PXPY},
				{p.XPY, p.YPY, p.PXPY, p.PYPY},
			},
		}
	}
	if exposed > p.Units {
		a.RatioPairMoments = a.Merge(stats.RatioPairMoments{N: float64(exposed - p.Units)})
	}
	return a
}

// Add merges the moments of other units of the group. Quantiles cannot be merged and are dropped.
func (a Arm) Add(o Arm) Arm {
	a.RatioPairMoments = a.Merge(o.RatioPairMoments)
	a.Participants, a.Before = a.Participants+o.Participants, a.Before+o.Before
	a.TotalX, a.TotalY, a.Quantile = a.TotalX+o.TotalX, a.TotalY+o.TotalY, nil
	return a
}

// QuantileOf is a percentile of n values with the values at the ranks of its 95 % interval; nil without values.
func QuantileOf(n, hat, low, high float64) *stats.QuantileArm {
	if n == 0 {
		return nil
	}
	return &stats.QuantileArm{N: n, Hat: hat, Lower: low, Upper: high}
}

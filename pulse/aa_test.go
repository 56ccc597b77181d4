package pulse

import (
	"math"
	"math/rand/v2"
	"testing"
)

// aaUnits are n units of which some bought something, seeded.
func aaUnits(n int, seed uint64) []AAUnit {
	random := rand.New(rand.NewPCG(seed, 1))
	units := make([]AAUnit, n)
	for i := range units {
		units[i].Hash = random.Uint64()
		if random.IntN(4) == 0 {
			units[i].Y = float64(1 + random.IntN(5))
			units[i].X = units[i].Y * math.Exp(random.NormFloat64())
		}
	}
	return units
}

// TestAAUniform: revenue per unit and revenue per order over real-looking units find nothing in 1 000 splits but alpha's share.
func TestAAUniform(t *testing.T) {
	for _, quotient := range []bool{false, true} {
		r := SplitAA(aaUnits(4000, 7), quotient, 1000, 1, 0.05)
		if r.Tested != 1000 || r.Status != "ok" {
			t.Errorf("quotient %v: %+v", quotient, r)
		}
	}
}

// TestAAFinds: where the hash decides what a unit does, halves differ, and that is seen. A set whose variance cannot be known says so.
func TestAAFinds(t *testing.T) {
	units, seen := aaUnits(4000, 7), 0
	for seed := range uint64(10) {
		for i := range units { // an assignment that leaks into the value, for the first 64 splits of this seed
			units[i].X = units[i].Y + float64(mix(units[i].Hash^mix(seed))&1)
		}
		if r := SplitAA(units, false, 1, seed, 0.05); r.FalsePositives == 1 {
			seen++
		}
	}
	if seen != 10 {
		t.Errorf("a difference is seen in %d of 10 splits", seen)
	}
	if r := SplitAA(make([]AAUnit, 100), false, 10, 1, 0.05); r.Status != "too_little_data" {
		t.Errorf("units that did nothing: %+v", r)
	}
}

// TestAASplit: one split by hand, with sums that are not centred.
func TestAASplit(t *testing.T) {
	units := aaUnits(50, 3)
	var n, x, xx [2]float64
	for _, u := range units {
		arm := mix(u.Hash^mix(9)) & 1
		n[arm]++
		x[arm] += u.X
		xx[arm] += u.X * u.X
	}
	v := func(i int) float64 { return (xx[i] - x[i]*x[i]/n[i]) / (n[i] - 1) / n[i] }
	statistic := math.Abs(x[0]/n[0]-x[1]/n[1]) / math.Sqrt(v(0)+v(1))
	normal := math.Erfc(statistic / math.Sqrt2)
	r := SplitAA(units, false, 1, 9, 0.05)
	for i, bar := range r.Histogram {
		if bar == 1 && math.Abs(float64(i)+0.5-normal*AABins) > 1.5 { // Welch's t is a little wider than the normal
			t.Errorf("p is in bar %d, by hand it is %v", i, normal)
		}
	}
	if r.Tested != 1 {
		t.Errorf("%+v", r)
	}
}

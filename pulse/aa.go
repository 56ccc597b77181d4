package pulse

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
)

// AAUnit is an exposed unit: a hash of its ID, and what it did.
type AAUnit struct {
	Hash uint64  `ch:"hash"`
	X    float64 `ch:"x"` // value, or numerator
	Y    float64 `ch:"y"` // denominator, of a quotient
}

// AABins is how many bars the histogram of p-values has.
const AABins = 20

// AA is what happens when the units of an experiment are split in halves at random, again and again, and each split is tested as if it
// were an experiment. Nothing differs between the halves, so a test that can be trusted finds something in a share alpha of the splits,
// and its p-values are spread evenly.
type AA struct {
	Units  int     `json:"units"`
	Splits int     `json:"splits"`
	Tested int     `json:"tested"` // splits that could be tested at all
	Alpha  float64 `json:"alpha"`
	// FalsePositives is the share of p-values up to alpha; Low and High bound it with 99 % if the test is right (binomial).
	FalsePositives float64 `json:"falsePositives"`
	Low            float64 `json:"low"`
	High           float64 `json:"high"`
	// Histogram counts p-values in equal steps from 0 to 1; UniformP is the p-value of Pearson's chi-squared against equal bars.
	Histogram [AABins]int `json:"histogram"`
	UniformP  float64     `json:"uniformP"`
	Status    string      `json:"status"` // ok, suspect, too_little_data
}

// aaSums are centred sums of one half of one split.
type aaSums struct{ n, x, y, xx, yy, xy float64 }

// SplitAA splits units a number of times: the halves of a split are decided by the unit's hash and the split's number, so the same seed
// gives the same answer. quotient says that the metric is ΣX/ΣY.
func SplitAA(units []AAUnit, quotient bool, splits int, seed uint64, alpha float64) AA {
	r := AA{Units: len(units), Splits: splits, Alpha: alpha, Status: "too_little_data", UniformP: 1}
	mx, my := aaMeans(units)
	half := make([]aaSums, 64)
	for first := 0; first < splits; first += 64 {
		var all aaSums
		clear(half)
		for _, u := range units {
			one := aaSums{1, u.X - mx, u.Y - my, 0, 0, 0}
			one.xx, one.yy, one.xy = one.x*one.x, one.y*one.y, one.x*one.y
			all.add(one)
			coins := mix(u.Hash ^ mix(seed+uint64(first))) // 64 fair coins
			for i := range half {
				if coins>>i&1 == 1 {
					half[i].add(one)
				}
			}
		}
		for i := range min(64, splits-first) {
			if p, ok := aaTest(half[i], all.less(half[i]), mx, my, quotient); ok {
				r.Histogram[min(int(p*AABins), AABins-1)]++
				if r.Tested++; p <= alpha {
					r.FalsePositives++
				}
			}
		}
	}
	r.judge()
	return r
}

// aaMeans are the means of all units: sums are taken around them, so that nothing cancels.
func aaMeans(units []AAUnit) (mx, my float64) {
	for i, u := range units {
		mx += (u.X - mx) / float64(i+1)
		my += (u.Y - my) / float64(i+1)
	}
	return mx, my
}

func (s *aaSums) add(o aaSums) {
	s.n, s.x, s.y, s.xx, s.yy, s.xy = s.n+o.n, s.x+o.x, s.y+o.y, s.xx+o.xx, s.yy+o.yy, s.xy+o.xy
}

func (s aaSums) less(o aaSums) aaSums {
	return aaSums{s.n - o.n, s.x - o.x, s.y - o.y, s.xx - o.xx, s.yy - o.yy, s.xy - o.xy}
}

// moments of the half: what was centred around the means of all units is centred around its own.
func (s aaSums) moments(mx, my float64) stats.PairMoments {
	if s.n == 0 {
		return stats.PairMoments{}
	}
	return stats.PairMoments{
		N: s.n, MeanX: mx + s.x/s.n, MeanY: my + s.y/s.n,
		M2X: max(s.xx-s.x*s.x/s.n, 0), M2Y: max(s.yy-s.y*s.y/s.n, 0), CXY: s.xy - s.x*s.y/s.n,
	}
}

// aaTest tests two halves as Pulse tests two groups.
func aaTest(a, b aaSums, mx, my float64, quotient bool) (p float64, ok bool) {
	control, test := a.moments(mx, my), b.moments(mx, my)
	var d stats.DiffResult
	if quotient {
		d = stats.RatioDiff(control, test, stats.Options{})
	} else {
		d = stats.MeanDiff(stats.Moments{N: control.N, Mean: control.MeanX, M2: control.M2X},
			stats.Moments{N: test.N, Mean: test.MeanX, M2: test.M2X}, stats.Options{})
	}
	if d.Inference == nil {
		return 0, false
	}
	return d.Inference.P, true
}

// judge says whether the p-values are those of a test that can be trusted.
func (r *AA) judge() {
	if r.Tested == 0 {
		return
	}
	n := float64(r.Tested)
	r.FalsePositives /= n
	z := distuv.UnitNormal.Quantile(0.995)
	spread := z * math.Sqrt(r.Alpha*(1-r.Alpha)/n)
	r.Low, r.High = max(r.Alpha-spread, 0), r.Alpha+spread
	chi := 0.0
	for _, bar := range r.Histogram {
		d := float64(bar) - n/AABins
		chi += d * d / (n / AABins)
	}
	r.UniformP = distuv.ChiSquared{K: AABins - 1}.Survival(chi)
	// P-values of counts and shares come in steps, so that bars are a little uneven even where all is well.
	if r.Status = "ok"; r.FalsePositives < r.Low || r.FalsePositives > r.High || r.UniformP < 1e-6 {
		r.Status = "suspect"
	}
}

// mix spreads 64 bits over 64 bits (the finaliser of SplitMix64: Steele, Lea & Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

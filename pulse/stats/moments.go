package stats

import (
	"math"
	"math/big"
)

// Moments are the centred moments of one arm of one metric. Units: N in units, Mean in the metric's unit, M2 in its
// square.
type Moments struct {
	N    float64 // number of units, a whole number ≥ 0
	Mean float64
	M2   float64 // Σ(x−mean)²
}

// PairMoments are the centred moments of two values per unit: of a ratio metric X is the numerator and Y the
// denominator; for CUPED X is the value before exposure and Y the one after (see [CUPED]).
type PairMoments struct {
	N     float64
	MeanX float64
	MeanY float64
	M2X   float64 // Σ(x−meanX)²
	M2Y   float64 // Σ(y−meanY)²
	CXY   float64 // Σ(x−meanX)(y−meanY)
}

// Var is the sample variance M2/(N−1), 0 when N < 2 (see [Moments.Check]).
func (m Moments) Var() float64 {
	if m.N < 2 {
		return 0
	}
	return m.M2 / (m.N - 1)
}

// Check says whether a data set with these moments exists ([InconsistentMoments]) and has a variance ([InsufficientN]).
func (m Moments) Check() Status {
	if !finite(m.N, m.Mean, m.M2) || m.N < 0 || m.M2 < 0 {
		return InconsistentMoments
	}
	if m.N < 2 {
		return InsufficientN
	}
	return OK
}

// Merge adds the units of another arm or part: Chan, Golub & LeVeque 1979,
// M2 = M2_a + M2_b + δ²·n_a·n_b/n with δ the difference of the means. It is associative and commutative
// up to rounding, and an empty part changes nothing.
func (m Moments) Merge(o Moments) Moments {
	if m.N == 0 {
		return o
	}
	if o.N == 0 {
		return m
	}
	n, d := m.N+o.N, o.Mean-m.Mean
	return Moments{N: n, Mean: m.Mean + d*(o.N/n), M2: m.M2 + o.M2 + d*d*(m.N/n)*o.N}
}

// Merge adds the units of another part: Chan et al. 1979, with the co-moment of Bennett et al. 2009,
// C = C_a + C_b + δ_x·δ_y·n_a·n_b/n.
func (p PairMoments) Merge(o PairMoments) PairMoments {
	if p.N == 0 {
		return o
	}
	if o.N == 0 {
		return p
	}
	n, dx, dy := p.N+o.N, o.MeanX-p.MeanX, o.MeanY-p.MeanY
	w := p.N / n * o.N
	return PairMoments{
		N: n, MeanX: p.MeanX + dx*(o.N/n), MeanY: p.MeanY + dy*(o.N/n),
		M2X: p.M2X + o.M2X + dx*dx*w, M2Y: p.M2Y + o.M2Y + dy*dy*w, CXY: p.CXY + o.CXY + dx*dy*w,
	}
}

// X are the moments of the first value alone.
func (p PairMoments) X() Moments { return Moments{N: p.N, Mean: p.MeanX, M2: p.M2X} }

// Y are the moments of the second value alone.
func (p PairMoments) Y() Moments { return Moments{N: p.N, Mean: p.MeanY, M2: p.M2Y} }

// Swap exchanges X and Y.
func (p PairMoments) Swap() PairMoments {
	return PairMoments{N: p.N, MeanX: p.MeanY, MeanY: p.MeanX, M2X: p.M2Y, M2Y: p.M2X, CXY: p.CXY}
}

// Cov is the sample covariance CXY/(N−1), 0 when N < 2.
func (p PairMoments) Cov() float64 {
	if p.N < 2 {
		return 0
	}
	return p.CXY / (p.N - 1)
}

// slack is how far moments that were merged in floating point may miss an inequality they obey exactly.
const slack = 1e-9

// Check is [Moments.Check] for both values, and the inequality of Cauchy and Schwarz.
func (p PairMoments) Check() Status {
	if s := worst(p.X().Check(), p.Y().Check()); s != OK {
		return s
	}
	if !finite(p.CXY) || math.Abs(p.CXY) > p.X().blur()*p.Y().blur()*(1+slack) {
		return InconsistentMoments
	}
	return OK
}

// rounding is how well a value can be told from its neighbour, relative to the mean: four units in the last place.
const rounding = 0x1p-50

// blur is √M2 as large as it may be, given that each value was rounded.
func (m Moments) blur() float64 { return math.Sqrt(m.M2) + 16*rounding*math.Abs(m.Mean)*math.Sqrt(m.N) }

// constant reports whether the spread is nothing but rounding.
func (m Moments) constant() bool { return math.Sqrt(m.M2) <= rounding*math.Abs(m.Mean)*math.Sqrt(m.N) }

// linear are the moments of a·x + b·y.
func (p PairMoments) linear(a, b float64) Moments {
	xx, yy, xy := a*a*p.M2X, b*b*p.M2Y, 2*a*b*p.CXY
	return Moments{N: p.N, Mean: a*p.MeanX + b*p.MeanY, M2: nonNegative(xx+yy+xy, xx+yy)}
}

// nonNegative replaces what is zero up to the rounding of its terms by zero.
func nonNegative(x, scale float64) float64 {
	if x < 1e-14*scale {
		return 0
	}
	return x
}

// Of computes the moments of raw values (Welford 1962).
func Of(values []float64) Moments {
	var m Moments
	for _, x := range values {
		m.N++
		d := x - m.Mean
		m.Mean += d / m.N
		m.M2 += d * (x - m.Mean)
	}
	return m
}

// OfPairs computes the moments of raw pairs; it reads as many as the shorter slice has.
func OfPairs(x, y []float64) PairMoments {
	var p PairMoments
	for i := range min(len(x), len(y)) {
		p.N++
		dx, dy := x[i]-p.MeanX, y[i]-p.MeanY
		p.MeanX += dx / p.N
		p.MeanY += dy / p.N
		p.M2X += dx * (x[i] - p.MeanX)
		p.M2Y += dy * (y[i] - p.MeanY)
		p.CXY += dx * (y[i] - p.MeanY)
	}
	return p
}

// FromSums makes moments of n, Σx and Σx². The subtraction Σx² − (Σx)²/n is done exactly, but the sums themselves were
// rounded by whoever added them: a centred part that is nothing but that rounding is taken as zero, one that is not
// ten thousand times larger is [PrecisionLoss], and one that is negative by more [InconsistentMoments].
func FromSums(n, sum, sumSq float64) (Moments, Status) {
	if !finite(n, sum, sumSq) || n < 0 {
		return Moments{}, InconsistentMoments
	}
	if n == 0 {
		return Moments{}, InsufficientN
	}
	m2, s := sumStatus(centred(n, sumSq, sum, sum), sumSq)
	m := Moments{N: n, Mean: sum / n, M2: m2}
	return m, worst(s, m.Check())
}

// FromExactSums makes moments of n and of sums written as decimal numbers, as an Int128 or Decimal column prints them:
// nothing is lost however large the mean is against the spread. Errors: InvalidArgument for text that is no number,
// otherwise as [FromSums] but never PrecisionLoss.
func FromExactSums(n float64, sum, sumSq string) (Moments, Status) {
	s, okS := new(big.Rat).SetString(sum)
	q, okQ := new(big.Rat).SetString(sumSq)
	if !okS || !okQ {
		return Moments{}, InvalidArgument
	}
	if !finite(n) || n < 0 {
		return Moments{}, InconsistentMoments
	}
	if n == 0 {
		return Moments{}, InsufficientN
	}
	mean := new(big.Rat).Quo(s, new(big.Rat).SetFloat64(n))
	q.Sub(q, s.Mul(s, mean))
	if q.Sign() < 0 {
		return Moments{}, InconsistentMoments
	}
	m := Moments{N: n}
	m.Mean, _ = mean.Float64()
	m.M2, _ = q.Float64()
	return m, m.Check()
}

// sumStatus judges a centred sum of squares by the raw one it came from.
func sumStatus(m2, sumSq float64) (float64, Status) {
	noise := 4 * 0x1p-52 * math.Abs(sumSq)
	switch {
	case math.Abs(m2) <= noise:
		return 0, OK
	case m2 < 0:
		return 0, InconsistentMoments
	case m2 < 10000*noise:
		return m2, PrecisionLoss
	}
	return m2, OK
}

// PairFromSums makes pair moments of n, Σx, Σx², Σy, Σy² and Σxy; statuses as for [FromSums].
func PairFromSums(n, sumX, sumXX, sumY, sumYY, sumXY float64) (PairMoments, Status) {
	x, sx := FromSums(n, sumX, sumXX)
	y, sy := FromSums(n, sumY, sumYY)
	if s := worst(sx, sy); s != OK && s != InsufficientN {
		return PairMoments{}, s
	}
	if !finite(sumXY) || n == 0 {
		return PairMoments{}, worst(sx, InconsistentMoments)
	}
	p := PairMoments{N: n, MeanX: x.Mean, MeanY: y.Mean, M2X: x.M2, M2Y: y.M2, CXY: centred(n, sumXY, sumX, sumY)}
	return p, p.Check()
}

// centred is Σab − Σa·Σb/n without rounding until the end; 0 without units.
func centred(n, ab, a, b float64) float64 {
	const bits = 256
	if n == 0 || !finite(n, ab, a, b) {
		return 0
	}
	f := func(x float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(x) }
	q := f(a)
	q.Mul(q, f(b)).Quo(q, f(n))
	v, _ := q.Sub(f(ab), q).Float64()
	return v
}

// Binary are the moments of n zero-one values of which k are one.
func Binary(n, k float64) Moments {
	if n == 0 {
		return Moments{}
	}
	return Moments{N: n, Mean: k / n, M2: k * (n - k) / n}
}

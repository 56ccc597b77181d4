package stats

import (
	"math"
	"sort"
)

// QuantileRule says which value is the quantile of a finite sample.
type QuantileRule string

// The rules. PulseHouse uses [InvertedCDF] for inference, because its ranks are those of the order-statistic interval.
const (
	InvertedCDF     QuantileRule = "inverted_cdf"     // the value of rank ⌈level·n⌉ (Hyndman & Fan 1996, type 1)
	ClickHouseExact QuantileRule = "clickhouse_exact" // 0-based index ⌊level·n⌋: quantileExact
	Inclusive       QuantileRule = "inclusive_type7"  // linear, quantileExactInclusive, Excel PERCENTILE.INC
	Exclusive       QuantileRule = "exclusive_type6"  // linear, quantileExactExclusive
)

// Quantile is the quantile of values (in any order; not changed) by a rule, in their unit: Hyndman & Fan 1996. Errors:
// InsufficientN, InvalidArgument.
func Quantile(values []float64, level float64, rule QuantileRule) (float64, Status) {
	if !(level >= 0 && level <= 1) || !finite(values...) {
		return 0, InvalidArgument
	}
	if len(values) == 0 {
		return 0, InsufficientN
	}
	x := append([]float64(nil), values...)
	sort.Float64s(x)
	n := float64(len(x))
	switch rule {
	case InvertedCDF:
		return rankAt(x, math.Ceil(snap(level*n))), OK
	case ClickHouseExact:
		return rankAt(x, math.Floor(snap(level*n))+1), OK
	case Inclusive:
		return between(x, snap(level*(n-1))+1), OK
	case Exclusive:
		return between(x, snap(level*(n+1))), OK
	}
	return 0, InvalidArgument
}

// snap rounds a product like 0.9·140 to the whole number it means.
func snap(x float64) float64 {
	if r := math.Round(x); math.Abs(x-r) <= 1e-12*math.Max(1, math.Abs(x)) {
		return r
	}
	return x
}

// rankAt is the value of a 1-based rank, clamped.
func rankAt(sorted []float64, rank float64) float64 {
	return sorted[int(math.Max(1, math.Min(float64(len(sorted)), rank)))-1]
}

// between interpolates at a fractional 1-based rank, clamped.
func between(sorted []float64, rank float64) float64 {
	lo := rankAt(sorted, math.Floor(rank))
	if rank < 1 || rank == math.Floor(rank) {
		return lo
	}
	return lo + (rank-math.Floor(rank))*(rankAt(sorted, math.Floor(rank)+1)-lo)
}

// Ranks are the 1-based ranks of a quantile and of its order-statistic interval.
type Ranks struct {
	Hat, Lower, Upper float64
	Inside            bool // neither bound had to be clamped to the sample
}

// QuantileRanks are ⌈nν⌉ and nν ± z√(nν(1−ν)) rounded outward (Deng, Knoblich & Lu 2018, arXiv 1803.06336, §4), so that
// SQL can fetch three values instead of all. Errors: InsufficientN, InvalidArgument.
func QuantileRanks(n, level, alpha float64) (Ranks, Status) {
	if !(level > 0 && level < 1) || !(alpha > 0 && alpha < 1) {
		return Ranks{}, InvalidArgument
	}
	if !(n >= 1) || !finite(n) {
		return Ranks{}, InsufficientN
	}
	half := normUpper(alpha/2) * math.Sqrt(n*level*(1-level))
	lo, hi := math.Floor(snap(n*level-half)), math.Ceil(snap(n*level+half))
	r := Ranks{Hat: math.Max(1, math.Ceil(snap(n*level))), Lower: math.Max(1, lo), Upper: math.Min(n, hi)}
	r.Inside = lo >= 1 && hi <= n
	return r, OK
}

// QuantileArm is what one arm's quantile needs: the values at the three ranks of [QuantileRanks].
type QuantileArm struct {
	N                 float64 // number of values
	Hat, Lower, Upper float64
}

// outerVariance is ((Y_U − Y_L)/(2z))²: the variance of a quantile by its outer interval (Deng et al. 2018, §4).
func (q QuantileArm) outerVariance(alpha float64) float64 {
	s := (q.Upper - q.Lower) / (2 * normUpper(alpha/2))
	return s * s
}

// Estimate is the quantile with that variance times the design effect: 1 when each unit has one value, see
// [DesignEffect]. Errors: ZeroVariance when the bounds coincide on an atom, InconsistentMoments when they are out of
// order, InvalidArgument.
func (q QuantileArm) Estimate(alpha, designEffect float64) (Estimate, Status) {
	if !(alpha > 0 && alpha < 1) || !(designEffect >= 0) || !finite(q.N, q.Hat, q.Lower, q.Upper, designEffect) {
		return Estimate{}, InvalidArgument
	}
	if q.Lower > q.Hat || q.Hat > q.Upper {
		return Estimate{}, InconsistentMoments
	}
	e := Estimate{Value: q.Hat, Variance: q.outerVariance(alpha) * designEffect}
	if !finite(e.Variance) {
		return Estimate{}, OutOfRange
	}
	if e.Variance == 0 {
		return e, ZeroVariance
	}
	return e, OK
}

// ClusterEffect is how much values of one unit resemble each other.
type ClusterEffect struct {
	Status          Status
	VarianceIID     float64 // of the share of values at or below the quantile, values independent: ν(1−ν)/n
	VarianceCluster float64 // the same from the units: delta method for Σind/Σcount
	Effect          float64 // their ratio
}

// DesignEffect is the factor for quantiles of values when units have several: with I = 1{y ≤ q̂}, X the number of such
// values of a unit and Y the number of its values, Var(ΣX/ΣY) by the delta method over ν(1−ν)/n (Deng et al. 2018, §4;
// Yao, Li & Lu 2024, arXiv 2401.14549, alg. 1). GrowthBook's documentation prints the ratio upside down, its code does
// not. Errors: as [RatioDiff], InvalidArgument.
func DesignEffect(indicators PairMoments, level float64) ClusterEffect {
	if !(level > 0 && level < 1) {
		return ClusterEffect{Status: InvalidArgument}
	}
	e, s := indicators.Ratio()
	if s != OK {
		return ClusterEffect{Status: s}
	}
	values := indicators.N * indicators.MeanY
	r := ClusterEffect{Status: OK, VarianceIID: level * (1 - level) / values, VarianceCluster: e.Variance}
	r.Effect = r.VarianceCluster / r.VarianceIID
	if !(r.VarianceIID > 0) || !finite(r.Effect) {
		return ClusterEffect{Status: OutOfRange}
	}
	return r
}

// QuantileDiff compares two quantiles by the normal distribution; the estimates come from [QuantileArm.Estimate] or
// [GridArm.Estimate] and pass to [RelativeLift] as well. Errors: as [Diff].
func QuantileDiff(control, test Estimate, o Options) DiffResult {
	o.Dist = Normal
	return Diff(control, test, o)
}

// GridArm is GrowthBook's form: the bounds were fetched for a sample of NStar values from a fixed grid, not for N.
type GridArm struct {
	QuantileArm
	NStar float64
}

// gridZ is the quantile for which the grid's bounds were fetched.
const gridZ = 1.959963984540054

// Estimate is the quantile with the variance (n*/n)·((n−1)/n)·((U−L)/2z)² (GrowthBook docs, statistics/quantile). unit is
// n times that variance. Errors: InsufficientN unless n > z²ν/(1−ν) and n > z²(1−ν)/ν, ZeroVariance, InvalidArgument.
func (g GridArm) Estimate(level float64) (e Estimate, unit float64, s Status) {
	if !(level > 0 && level < 1) || !finite(g.N, g.NStar, g.Hat, g.Lower, g.Upper) || !(g.N > 0) || g.NStar < 0 {
		return Estimate{}, 0, InvalidArgument
	}
	half := (g.Upper - g.Lower) / (2 * gridZ)
	unit = g.NStar / g.N * (g.N - 1) * half * half
	e = Estimate{Value: g.Hat, Variance: unit / g.N}
	need := gridZ * gridZ * math.Max(level/(1-level), (1-level)/level)
	switch {
	case !finite(unit):
		return Estimate{}, 0, OutOfRange
	case g.N <= need:
		return e, unit, InsufficientN
	case unit == 0:
		return e, unit, ZeroVariance
	}
	return e, unit, OK
}

package stats

import (
	"math"
	"sort"
)

// Correction names a correction for testing several hypotheses at once.
type Correction string

// The corrections: the first five bound the chance of any false discovery, the last two the share of false ones among
// the discoveries.
const (
	Bonferroni         Correction = "bonferroni"          // Dunn 1961: m·p
	Sidak              Correction = "sidak"               // Šidák 1967: 1−(1−p)^m, independent tests
	Holm               Correction = "holm"                // Holm 1979: step-down Bonferroni
	HolmSidak          Correction = "holm_sidak"          // step-down Šidák
	Hochberg           Correction = "hochberg"            // Hochberg 1988: step-up
	BenjaminiHochberg  Correction = "benjamini_hochberg"  // Benjamini & Hochberg 1995
	BenjaminiYekutieli Correction = "benjamini_yekutieli" // Benjamini & Yekutieli 2001: any dependence
)

// Adjust returns adjusted p-values in the order of the input: a hypothesis is rejected when its adjusted p is at most
// alpha. The factor of each rank is that of the paper named at the constant; step-down methods take the running maximum
// from the smallest p, step-up ones the running minimum from the largest. Tiny p-values keep their relative accuracy.
// Errors: InvalidArgument for a p outside [0, 1] or an unknown correction.
func Adjust(p []float64, c Correction) ([]float64, Status) {
	factor, stepUp := c.rule(len(p))
	if factor == nil || !probabilities(p) {
		return nil, InvalidArgument
	}
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return p[order[a]] < p[order[b]] })
	adjusted := make([]float64, len(p))
	for rank, i := range order {
		adjusted[i] = math.Min(1, factor(p[i], float64(rank+1)))
	}
	if c != Bonferroni && c != Sidak {
		monotone(adjusted, order, stepUp)
	}
	return adjusted, OK
}

// rule is the adjustment of the p-value of a rank (1 is the smallest) among m.
func (c Correction) rule(m int) (factor func(p, rank float64) float64, stepUp bool) {
	n := float64(m)
	switch c {
	case Bonferroni:
		return func(p, _ float64) float64 { return n * p }, false
	case Sidak:
		return func(p, _ float64) float64 { return sidak(p, n) }, false
	case Holm:
		return func(p, rank float64) float64 { return (n - rank + 1) * p }, false
	case HolmSidak:
		return func(p, rank float64) float64 { return sidak(p, n-rank+1) }, false
	case Hochberg:
		return func(p, rank float64) float64 { return (n - rank + 1) * p }, true
	case BenjaminiHochberg:
		return func(p, rank float64) float64 { return p * n / rank }, true
	case BenjaminiYekutieli:
		h := harmonic(m)
		return func(p, rank float64) float64 { return p * n / rank * h }, true
	}
	return nil, false
}

// monotone makes adjusted p-values follow the order of the raw ones.
func monotone(adjusted []float64, order []int, stepUp bool) {
	if stepUp {
		for k := len(order) - 2; k >= 0; k-- {
			adjusted[order[k]] = math.Min(adjusted[order[k]], adjusted[order[k+1]])
		}
		return
	}
	for k := 1; k < len(order); k++ {
		adjusted[order[k]] = math.Max(adjusted[order[k]], adjusted[order[k-1]])
	}
}

// sidak is 1 − (1−p)^m without cancellation.
func sidak(p, m float64) float64 {
	if p == 1 {
		return 1
	}
	return -math.Expm1(m * math.Log1p(-p))
}

// harmonic is 1 + 1/2 + … + 1/m.
func harmonic(m int) float64 {
	h := 0.0
	for i := m; i > 0; i-- {
		h += 1 / float64(i)
	}
	return h
}

// probabilities reports whether all are in [0, 1].
func probabilities(p []float64) bool {
	for _, x := range p {
		if !(x >= 0 && x <= 1) {
			return false
		}
	}
	return true
}

// BHResult is Benjamini-Hochberg as Statsig shows it: a new alpha for intervals instead of adjusted p-values.
type BHResult struct {
	Status   Status
	Any      bool    // some hypothesis is rejected
	Alpha    float64 // the largest threshold alpha·rank/m that a p-value passes; meaningful when Any
	Rejected []bool  // in the order of the input
}

// BenjaminiHochbergAlpha finds the largest rank with p ≤ alpha·rank/m (Benjamini & Hochberg 1995) and gives that
// threshold as the alpha of the intervals (Statsig docs, benjamini-hochberg). Selected intervals at this level have the
// false coverage rate alpha of Benjamini & Yekutieli 2005. Errors: InvalidArgument.
func BenjaminiHochbergAlpha(p []float64, alpha float64) BHResult {
	if !probabilities(p) || !(alpha > 0 && alpha < 1) {
		return BHResult{Status: InvalidArgument}
	}
	sorted := append([]float64(nil), p...)
	sort.Float64s(sorted)
	r := BHResult{Status: OK, Rejected: make([]bool, len(p))}
	for k, x := range sorted {
		if t := alpha * float64(k+1) / float64(len(p)); x <= t {
			r.Any, r.Alpha = true, t
		}
	}
	for i := range p {
		r.Rejected[i] = r.Any && p[i] <= r.Alpha
	}
	return r
}

// AllocateAlpha splits alpha: a share to the primary metrics in equal parts, the rest to the secondary ones, all divided
// by the number of treatments (Statsig docs, bonferroni-correction; Eppo's preferential Bonferroni with one primary). An
// empty group has alpha 0. Errors: InvalidArgument.
func AllocateAlpha(alpha, primaryShare float64, primaries, secondaries, treatments int) (primary, secondary float64, s Status) {
	valid := alpha > 0 && alpha < 1 && primaryShare >= 0 && primaryShare <= 1
	if !valid || primaries < 0 || secondaries < 0 || treatments < 1 {
		return 0, 0, InvalidArgument
	}
	part := func(share float64, n int) float64 {
		if n == 0 {
			return 0
		}
		return alpha * share / float64(n) / float64(treatments)
	}
	return part(primaryShare, primaries), part(1-primaryShare, secondaries), OK
}

// AdjustedInterval backs a normal interval out of an adjusted p-value: sd = |estimate|/z_{p/2}, estimate ± z_{alpha/2}·sd
// (GrowthBook docs, multiple-corrections). It agrees with the p-value but is no coverage guarantee; see
// [BenjaminiHochbergAlpha]. Errors: InvalidArgument, ZeroVariance (p of 0), OutOfRange (p of 1: no finite interval).
func AdjustedInterval(estimate, pAdjusted, alpha float64) (ci Interval, sd float64, s Status) {
	if !finite(estimate) || !probabilities([]float64{pAdjusted}) || !(alpha > 0 && alpha < 1) {
		return Interval{}, 0, InvalidArgument
	}
	if pAdjusted == 0 || estimate == 0 {
		return Interval{}, 0, ZeroVariance
	}
	sd = math.Abs(estimate) / normUpper(pAdjusted/2)
	ci = around(estimate, normUpper(alpha/2)*sd, TwoSided)
	if !finite(sd) || sd < 0 || ci.Kind == Undefined {
		return Interval{}, 0, OutOfRange
	}
	return ci, sd, OK
}

package stats

import "math"

// GroupDesign is a trial that is looked at a few planned times.
type GroupDesign struct {
	Alpha     float64   // over all looks, default 0.05
	OneSided  bool      // default two-sided, symmetric
	Fractions []float64 // information at each look, rising, the last usually 1
}

// sides is 1 or 2.
func (d GroupDesign) sides() float64 {
	if d.OneSided {
		return 1
	}
	return 2
}

// perSide is the error rate of one side.
func (d GroupDesign) perSide() float64 {
	if d.Alpha == 0 {
		return 0.05 / d.sides()
	}
	return d.Alpha / d.sides()
}

// status checks the design.
func (d GroupDesign) status() Status {
	if a := d.perSide(); !(a > 0 && a < 0.5) {
		return InvalidArgument
	}
	return risingFractions(d.Fractions)
}

// risingFractions checks information fractions.
func risingFractions(fractions []float64) Status {
	last := 0.0
	for _, t := range fractions {
		if !(t > last) || !finite(t) {
			return InvalidArgument
		}
		last = t
	}
	if len(fractions) == 0 {
		return InsufficientN
	}
	return OK
}

// GroupBounds are the critical values of the looks.
type GroupBounds struct {
	Status          Status
	Z               []float64 // reject when |Z| (one-sided: Z) reaches it
	CumulativeAlpha []float64 // spent up to each look
	NominalP        []float64 // the p-value that Z corresponds to
}

// maxZ is the largest bound given: a look that may spend less than 1e-16.
const maxZ = 8.2

// AlphaSpending finds the bounds that spend the error rate as planned, by recursive numerical integration (Lan & DeMets
// 1983; Armitage, McPherson & Rowe 1969; Reboussin et al. 2000). Both sides of a two-sided design spend alpha/2. Errors:
// InvalidArgument (fractions that do not rise, alpha), InsufficientN (no looks).
func AlphaSpending(d GroupDesign, spend Spending) GroupBounds {
	b := GroupBounds{Status: d.status()}
	if b.Status != OK {
		return b
	}
	w, spent := newWalk(d.Fractions, 0), 0.0
	for _, t := range d.Fractions {
		next := math.Max(spent, spend(d.perSide(), t))
		if !(next < 1) {
			return GroupBounds{Status: InvalidArgument}
		}
		z := exitBound(w, t, next-spent)
		w.goOn(t, d.lower(z), z)
		spent = next
		b.Z = append(b.Z, z)
		b.CumulativeAlpha = append(b.CumulativeAlpha, d.sides()*spent)
		b.NominalP = append(b.NominalP, d.sides()*normSF(z))
	}
	return b
}

// lower mirrors an upper bound.
func (d GroupDesign) lower(z float64) float64 {
	if d.OneSided {
		return math.Inf(-1)
	}
	return -z
}

// exitBound is the z that a trial going on at t exceeds with probability p.
func exitBound(w *walk, t, p float64) float64 {
	if w.above(t, maxZ) >= p {
		return maxZ
	}
	return bisect(func(z float64) float64 { return p - w.above(t, z) }, -maxZ, maxZ)
}

// LastBound is the final critical value that keeps the error rate when the earlier looks had the given bounds, whatever
// their source (Reboussin et al. 2000). The design needs one fraction more than there are bounds. Errors:
// InvalidArgument, NoSolution when the early looks have spent it all.
func LastBound(d GroupDesign, early []float64) (float64, Status) {
	if s := d.status(); s != OK {
		return 0, s
	}
	if len(early) != len(d.Fractions)-1 || !finite(early...) {
		return 0, InvalidArgument
	}
	w, left := newWalk(d.Fractions, 0), d.perSide()
	for k, z := range early {
		left -= w.above(d.Fractions[k], z)
		w.goOn(d.Fractions[k], d.lower(z), z)
	}
	if !(left > 0) {
		return 0, NoSolution
	}
	return exitBound(w, d.Fractions[len(early)], left), OK
}

// GroupExit are the chances to stop at each look.
type GroupExit struct {
	Status Status
	Upper  []float64
	Lower  []float64
	Power  float64 // the sum of both
}

// ExitProbabilities gives the chance to cross each bound when the expected Z at the last look is drift; 0 gives the error
// rate (Armitage et al. 1969). Errors as [AlphaSpending].
func ExitProbabilities(d GroupDesign, z []float64, drift float64) GroupExit {
	e := GroupExit{Status: d.status()}
	if e.Status == OK && (len(z) != len(d.Fractions) || !finite(z...) || !finite(drift)) {
		e.Status = InvalidArgument
	}
	if e.Status != OK {
		return e
	}
	fractions := toLast(d.Fractions)
	w := newWalk(fractions, drift)
	for k, t := range fractions {
		up, low := w.above(t, z[k]), 0.0
		if !d.OneSided {
			low = w.below(t, -z[k])
		}
		w.goOn(t, d.lower(z[k]), z[k])
		e.Upper, e.Lower = append(e.Upper, up), append(e.Lower, low)
		e.Power += up + low
	}
	return e
}

// toLast scales information so that the last look has 1.
func toLast(fractions []float64) []float64 {
	out := make([]float64, len(fractions))
	for i, t := range fractions {
		out[i] = t / fractions[len(fractions)-1]
	}
	return out
}

// equalLooks are the fractions of k equally spaced looks.
func equalLooks(k int) []float64 {
	out := make([]float64, k)
	for i := range out {
		out[i] = float64(i+1) / float64(k)
	}
	return out
}

// ClassicalBounds are Wang & Tsiatis' (1987) bounds C·(k/K)^{delta−1/2} of k equally spaced looks: delta 1/2 is Pocock
// 1977, 0 is O'Brien & Fleming 1979. The last bound is C. Errors: InvalidArgument, InsufficientN.
func ClassicalBounds(looks int, delta, alpha float64, oneSided bool) GroupBounds {
	d := GroupDesign{Alpha: alpha, OneSided: oneSided, Fractions: equalLooks(max(0, looks))}
	b := GroupBounds{Status: d.status()}
	if b.Status != OK || !finite(delta) {
		b.Status = worst(b.Status, InvalidArgument)
		return b
	}
	shape := func(c float64) []float64 {
		z := make([]float64, looks)
		for k := range z {
			z[k] = math.Min(40, c*math.Pow(d.Fractions[k], delta-0.5))
		}
		return z
	}
	want := d.perSide() * d.sides()
	c := solve(func(c float64) float64 { return want - ExitProbabilities(d, shape(c), 0).Power }, 0, maxZ)
	b.Z = shape(c)
	e := ExitProbabilities(d, b.Z, 0)
	spent := 0.0
	for k, z := range b.Z {
		spent += e.Upper[k] + e.Lower[k]
		b.CumulativeAlpha = append(b.CumulativeAlpha, spent)
		b.NominalP = append(b.NominalP, d.sides()*normSF(z))
	}
	return b
}

// Inflation is how many times the units of a fixed design a group-sequential one needs at most for the same power
// (Jennison & Turnbull 2000): the squared drift that crosses upward with the power over (z_{1−α/side}+z_{power})². Errors:
// InvalidArgument, NoSolution.
func Inflation(d GroupDesign, z []float64, power float64) (float64, Status) {
	if e := ExitProbabilities(d, z, 0); e.Status != OK || !(power > e.Power && power < 1) {
		return 0, worst(e.Status, InvalidArgument)
	}
	f := func(drift float64) float64 { return total(ExitProbabilities(d, z, drift).Upper) - power }
	if f(30) < 0 {
		return 0, NoSolution
	}
	drift := solve(f, 0, 30)
	fixed := normUpper(d.perSide()) + normUpper(1-power)
	return drift / fixed * (drift / fixed), OK
}

// PeekingInflation is the false positive rate of comparing |Z| with the same z at equally spaced looks (Armitage et al.
// 1969). Errors: InvalidArgument, InsufficientN.
func PeekingInflation(looks int, z float64) (float64, Status) {
	if !(z > 0) || !finite(z) {
		return 0, InvalidArgument
	}
	bounds := make([]float64, max(0, looks))
	for i := range bounds {
		bounds[i] = z
	}
	e := ExitProbabilities(GroupDesign{Fractions: equalLooks(len(bounds))}, bounds, 0)
	return e.Power, e.Status
}

// StagewiseInterval is what a stopped trial says about the drift (the expected Z at the last look taken; divide by the
// square root of the information there for the effect).
type StagewiseInterval struct {
	Status         Status
	CI             Interval
	MedianUnbiased float64
	P              float64 // stage-wise one-sided p-value at no drift
}

// Stagewise gives the interval after stopping at the last of the fractions with statistic zFinal, having had bounds at
// the earlier looks, under the stage-wise ordering (Tsiatis, Rosner & Mehta 1984; Fairbanks & Madsen 1982): stopping
// earlier is more extreme. Errors: InvalidArgument.
func Stagewise(fractions, bounds []float64, zFinal, confidence float64) StagewiseInterval {
	valid := risingFractions(fractions) == OK && len(bounds) == len(fractions) && finite(bounds...) && finite(zFinal)
	if !valid || !(confidence > 0 && confidence < 1) {
		return StagewiseInterval{Status: InvalidArgument}
	}
	if zFinal < 0 {
		r := Stagewise(fractions, bounds, -zFinal, confidence)
		r.CI.Low, r.CI.High, r.MedianUnbiased = -r.CI.High, -r.CI.Low, -r.MedianUnbiased
		return r
	}
	t := toLast(fractions)
	p := func(drift float64) float64 { return stagewiseP(t, bounds, zFinal, drift) }
	at := func(target float64) float64 {
		return solve(func(drift float64) float64 { return p(drift) - target }, zFinal-20, zFinal+20)
	}
	a := (1 - confidence) / 2
	return StagewiseInterval{
		Status: OK, CI: Interval{Kind: Bounded, Low: at(a), High: at(1 - a)}, MedianUnbiased: at(0.5), P: p(0),
	}
}

// stagewiseP is the chance of an outcome at least as extreme upward.
func stagewiseP(t, bounds []float64, z, drift float64) float64 {
	w, p, last := newWalk(t, drift), 0.0, len(t)-1
	for k := range last {
		p += w.above(t[k], bounds[k])
		w.goOn(t[k], -bounds[k], bounds[k])
	}
	return p + w.above(t[last], z)
}

// ConditionalPower is the chance that the final statistic exceeds zCritical, given the interim one at information fraction
// t and the drift (expected final Z): the B-value of Lan & Wittes 1988,
// P(Z > (z_c − z√t − drift(1−t))/√(1−t)). Errors: InvalidArgument.
func ConditionalPower(zInterim, t, zCritical, drift float64) (float64, Status) {
	if !(t > 0 && t < 1) || !finite(zInterim, zCritical, drift) {
		return 0, InvalidArgument
	}
	return normSF((zCritical - zInterim*math.Sqrt(t) - drift*(1-t)) / math.Sqrt(1-t)), OK
}

// ProportionDrift is the expected pooled Z of two rates with n units in each arm: (p_t−p_c)√n/√(2p̄(1−p̄)). Errors:
// InvalidArgument, ZeroVariance.
func ProportionDrift(pC, pT, n float64) (float64, Status) {
	if !probabilities([]float64{pC, pT}) || !(n >= 0) || !finite(n) {
		return 0, InvalidArgument
	}
	null, _ := proportionSpread(pC, pT)
	if null == 0 {
		return 0, ZeroVariance
	}
	return (pT - pC) / null * math.Sqrt(n), OK
}

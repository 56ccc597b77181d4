package stats

import "math"

// ExactResult holds p-values of an exact test of counts.
type ExactResult struct {
	Status   Status
	TwoSided float64 // sum over the outcomes no more likely than the observed one
	Greater  float64
	Less     float64
}

// BinomialExact tests a rate against a fixed one by the binomial distribution (Clopper & Pearson 1934; two-sided by small
// p-values, as R's binom.test). Errors: as [OneProportion], OutOfRange beyond 1e10 units, where the sums take too long and
// the score test is as good.
func BinomialExact(p Proportion, null float64) ExactResult {
	if s := p.Check(); s != OK {
		return ExactResult{Status: s}
	}
	if !(null > 0 && null < 1) {
		return ExactResult{Status: InvalidArgument}
	}
	if p.N > maxExact {
		return ExactResult{Status: OutOfRange}
	}
	return binomial(math.Round(p.N), null).exact(math.Round(p.Successes))
}

// maxExact is the largest sample of the exact tests; the log-gammas keep five digits there.
const maxExact = 1e10

// unimodal is a distribution on the whole numbers lo…hi whose probabilities rise to a mode and fall after it.
type unimodal struct {
	lo, hi, mode float64
	lp           func(k float64) float64 // log probability
}

// binomial counts successes of n trials.
func binomial(n, p float64) unimodal {
	a, b := math.Log(p), math.Log1p(-p)
	return unimodal{
		hi: n, mode: math.Min(n, math.Floor((n+1)*p)),
		lp: func(k float64) float64 { return lchoose(n, k) + k*a + (n-k)*b },
	}
}

// fisher counts the test arm's successes given all margins (hypergeometric).
func fisher(control, test Proportion) unimodal {
	nc, nt := math.Round(control.N), math.Round(test.N)
	k := math.Round(control.Successes) + math.Round(test.Successes)
	all := lchoose(nc+nt, k)
	return unimodal{
		lo: math.Max(0, k-nc), hi: math.Min(nt, k), mode: math.Floor((nt + 1) * ((k + 1) / (nc + nt + 2))),
		lp: func(i float64) float64 { return lchoose(nt, i) + lchoose(nc, k-i) - all },
	}
}

// lchoose is the logarithm of a binomial coefficient.
func lchoose(n, k float64) float64 { return lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1) }

// exact gives all p-values of an outcome.
func (u unimodal) exact(k float64) ExactResult {
	return ExactResult{Status: OK, TwoSided: u.twoSided(k), Greater: u.upper(k), Less: u.lower(k)}
}

// upper is P(X ≥ k).
func (u unimodal) upper(k float64) float64 {
	switch {
	case k <= u.lo:
		return 1
	case k < u.mode:
		return math.Max(0, 1-u.outward(k-1, -1))
	}
	return u.outward(k, 1)
}

// lower is P(X ≤ k).
func (u unimodal) lower(k float64) float64 {
	switch {
	case k >= u.hi:
		return 1
	case k > u.mode:
		return math.Max(0, 1-u.outward(k+1, 1))
	}
	return u.outward(k, -1)
}

// outward sums from k away from the mode until the terms no longer count.
func (u unimodal) outward(k, step float64) float64 {
	sum := 0.0
	for i := k; i >= u.lo && i <= u.hi; i += step {
		p := math.Exp(u.lp(i))
		sum += p
		if p < 1e-17*sum || p == 0 {
			break
		}
	}
	return math.Min(1, sum)
}

// twoSided adds to the tail of k the outcomes on the other side that are no more likely; probabilities that differ by less
// than 1e-7 relative count as equal, as in R.
func (u unimodal) twoSided(k float64) float64 {
	limit := u.lp(k) + 1e-7
	if u.lp(u.mode) <= limit {
		return 1
	}
	if k < u.mode {
		return math.Min(1, u.outward(k, -1)+u.outward(u.cut(limit, u.mode, u.hi+1), 1))
	}
	return math.Min(1, u.outward(k, 1)+u.outward(u.cut(limit, u.mode, u.lo-1), -1))
}

// cut is the first outcome from the mode (more likely than the limit) towards end (outside) that is not more likely.
func (u unimodal) cut(limit, mode, end float64) float64 {
	for math.Abs(end-mode) > 1 {
		mid := math.Trunc(mode + (end-mode)/2)
		if u.lp(mid) > limit {
			mode = mid
		} else {
			end = mid
		}
	}
	return end
}

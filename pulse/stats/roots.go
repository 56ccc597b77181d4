package stats

import "math"

// bisect finds the root of a function that is negative at lo and positive at hi, or increasing; 200 halvings exhaust
// float64.
func bisect(f func(float64) float64, lo, hi float64) float64 {
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid == lo || mid == hi {
			break
		}
		if f(mid) < 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + (hi-lo)/2
}

// bracket doubles hi from start until f is positive there; it reports false when it never is.
func bracket(f func(float64) float64, start float64) (float64, bool) {
	for hi := start; !math.IsInf(hi, 0); hi *= 2 {
		if f(hi) >= 0 {
			return hi, true
		}
	}
	return 0, false
}

// solve finds the root of an increasing function in [lo, hi] by the Illinois method (Dowell & Jarratt 1971), to 1e-12.
func solve(f func(float64) float64, lo, hi float64) float64 {
	fl, fh := f(lo), f(hi)
	for range 100 {
		if hi-lo < 1e-12*math.Max(1, math.Abs(lo)) {
			break
		}
		x := (lo*fh - hi*fl) / (fh - fl)
		if !(x > lo && x < hi) {
			x = lo + (hi-lo)/2
		}
		switch y := f(x); {
		case y == 0:
			return x
		case y < 0:
			lo, fl, fh = x, y, fh/2
		default:
			hi, fh, fl = x, y, fl/2
		}
	}
	return lo + (hi-lo)/2
}

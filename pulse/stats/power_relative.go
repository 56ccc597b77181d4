package stats

import "math"

// Population is what a planned metric looks like: the mean and variance of one unit.
type Population struct {
	Mean     float64
	Variance float64
}

// NormalPrior is a normal belief about an effect. The zero value is flat.
type NormalPrior struct {
	Mean     float64
	Variance float64 // 0 is flat (improper), GrowthBook's and Statsig's default
}

// RelativeSE is the standard error of a lift with n units per arm when the true lift is effect: √(var/n·(1+(1+e)²))/|mean|
// (GrowthBook docs, power-technical; Deng et al. 2018). Errors: ZeroControlMean, InsufficientN, InvalidArgument.
func RelativeSE(p Population, n, effect float64) (float64, Status) {
	switch {
	case !finite(p.Mean, p.Variance, effect) || p.Variance < 0:
		return 0, InvalidArgument
	case p.Mean == 0:
		return 0, ZeroControlMean
	case !(n > 0):
		return 0, InsufficientN
	}
	se := math.Sqrt(p.Variance/n*(1+(1+effect)*(1+effect))) / math.Abs(p.Mean)
	if !finite(se) {
		return 0, OutOfRange
	}
	return se, OK
}

// PowerRelative is the power to see a lift with n units per arm, whose variance depends on that lift; with Tuning the
// standard error is inflated to the confidence sequence at 2n units (GrowthBook docs, statistics/power). Errors: as
// [RelativeSE] and [Power].
func PowerRelative(p Population, n, effect float64, d Design) (float64, Status) {
	se, s := RelativeSE(p, n, effect)
	if s != OK {
		return 0, s
	}
	d = d.defaults()
	return Power(effect, se*d.inflation(2*n), d)
}

// MDERelative is the smallest lift with the power: e = k·√(v(1+(1+e)²)) with v = var/(n·mean²) and k the reach of the
// design, a quadratic in e; no solution when k²v ≥ 1 (GrowthBook docs, power-technical). Errors: as [RelativeSE],
// NoSolution.
func MDERelative(p Population, n float64, d Design) (float64, Status) {
	d = d.defaults()
	if _, s := RelativeSE(p, n, 0); s != OK {
		return 0, s
	}
	if !d.valid() {
		return 0, InvalidArgument
	}
	k := d.reach() * d.inflation(2*n)
	u := k * k * (p.Variance / p.Mean / p.Mean / n)
	if !(u < 1) {
		return 0, NoSolution
	}
	return (u + math.Sqrt(u*u+2*u*(1-u))) / (1 - u), OK
}

// PowerBayes is the probability that the credible interval of a lift excludes zero when the lift is effect: with
// δ̂ ~ N(e, s²) the posterior mean is (μ/τ²+δ̂/s²)/(1/τ²+1/s²) (GrowthBook docs, power-technical). Errors: as [RelativeSE].
func PowerBayes(p Population, n, effect float64, prior NormalPrior, d Design) (float64, Status) {
	se, s := RelativeSE(p, n, effect)
	if s != OK {
		return 0, s
	}
	d = d.defaults()
	if !d.valid() || !(prior.Variance >= 0) {
		return 0, InvalidArgument
	}
	if prior.Variance == 0 {
		return Power(effect, se, d)
	}
	if se == 0 {
		return 0, ZeroVariance
	}
	// The interval excludes zero where δ̂ > cut or δ̂ < −cut − 2·shift.
	shift := prior.Mean / prior.Variance * se * se
	cut := normUpper(d.tail()) * math.Sqrt(1/prior.Variance+1/(se*se)) * se * se
	return normCDF((effect-cut+shift)/se) + normCDF((-effect-cut-shift)/se), OK
}

// MDEBayes is the smallest positive lift at which [PowerBayes] reaches the power, found by bisection. Errors: as
// [PowerBayes], NoSolution when no lift below 1000 does.
func MDEBayes(p Population, n float64, prior NormalPrior, d Design) (float64, Status) {
	d = d.defaults()
	if _, s := PowerBayes(p, n, 0, prior, d); s != OK {
		return 0, s
	}
	f := func(e float64) float64 { v, _ := PowerBayes(p, n, e, prior, d); return v - d.Power }
	hi := 1e-4
	for ; f(hi) < 0; hi *= 1.05 {
		if hi > 1000 {
			return 0, NoSolution
		}
	}
	return bisect(f, 0, hi), OK
}

// MidExperiment says how much more data a running experiment needs.
type MidExperiment struct {
	Status  Status
	Scaling float64 // further units over the units so far; 0 when the power is reached
	Power   float64 // at that size
}

// MidExperimentPower finds by how much the sample must grow for a target lift to have the power, given the variance of
// the estimated lift at n units so far: SE² = V/(1+k) (GrowthBook gbstats, midexperimentpower; fixed-horizon or sequential
// by [Design.Tuning], which here raises the critical value at the final size). Errors: InvalidArgument, ZeroVariance,
// NoSolution.
func MidExperimentPower(liftVariance, n, target float64, d Design) MidExperiment {
	d = d.defaults()
	if !d.valid() || !(liftVariance >= 0) || !(n > 0) || target == 0 || !finite(liftVariance, n, target) {
		return MidExperiment{Status: InvalidArgument}
	}
	if liftVariance == 0 {
		return MidExperiment{Status: ZeroVariance}
	}
	f := func(k float64) float64 {
		q := normUpper(d.tail()) * d.inflation(n*(1+k))
		return rejects(target/math.Sqrt(liftVariance/(1+k)), q, d.Alternative) - d.Power
	}
	hi, ok := 0.0, true
	if f(0) < 0 {
		hi, ok = bracket(f, 1)
	}
	if !ok {
		return MidExperiment{Status: NoSolution}
	}
	k := bisect(f, 0, hi)
	return MidExperiment{Status: OK, Scaling: k, Power: f(k) + d.Power}
}

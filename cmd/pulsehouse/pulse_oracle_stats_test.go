package main

import (
	"cmp"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/pulsehouse/pulsehouse/schema"
)

// oracleReport is what a report must say: numbers by their path in the answer, of the whole and of each metric.
type oracleReport struct {
	whole   map[string]float64
	metrics map[string]map[string]float64
}

// oracleUnit is an exposed unit.
type oracleUnit struct {
	id, group string
	since     time.Time
}

// units finds who is exposed: in the group seen first, unless a second one was seen or it was put there by hand before.
func (d *oracleData) units(x oracleExperiment) (counted []oracleUnit, whole map[string]float64) {
	type seen struct {
		first         oracleExposure
		groups        map[string]bool
		byHand, found bool
	}
	all := map[string]*seen{}
	slices.SortFunc(d.exposures, func(a, b oracleExposure) int { return a.at.Compare(b.at) })
	for _, e := range d.exposures {
		s := all[e.unit]
		if s == nil {
			s = &seen{groups: map[string]bool{}}
			all[e.unit] = s
		}
		switch {
		case e.byHand:
			s.byHand = s.byHand || !s.found || !e.at.After(s.first.at)
		case !s.found:
			s.first, s.found = e, true
			fallthrough
		default:
			s.groups[e.group] = true
		}
	}
	whole = map[string]float64{"crossoverUnits": 0, "overriddenUnits": 0}
	sizes := map[string]float64{}
	for unit, s := range all {
		if !s.found {
			continue
		}
		if len(s.groups) > 1 {
			whole["crossoverUnits"]++
		}
		if s.byHand {
			whole["overriddenUnits"]++
		}
		if !s.byHand && (len(s.groups) == 1 || x.crossovers == schema.KeepCrossovers) {
			counted = append(counted, oracleUnit{unit, s.first.group, s.first.at})
			sizes[s.first.group]++
		}
	}
	chi := 0.0
	for i, g := range oracleGroups {
		want := float64(len(counted)) * g.Size / 100
		chi += (sizes[g.ID] - want) * (sizes[g.ID] - want) / want
		whole["exposures."+string(rune('0'+i))+".units"] = sizes[g.ID]
	}
	whole["srm.pValue"] = math.Exp(-chi / 2) // the tail of chi-squared with two degrees of freedom
	return counted, whole
}

// spans are what a unit did since its exposure, and on the days before the day of that which the metric looks at.
func (d *oracleData) spans(x oracleExperiment, u oracleUnit, m oracleMetric) (after, before oracleSpan) {
	first := d.date(u.since)
	after = oracleSpan{first: first, asOf: d.date(d.end.Add(-time.Millisecond))}
	before = oracleSpan{first: first, asOf: after.asOf, early: true, past: cmp.Or(m.past, 7)}
	for _, e := range d.inOrder(u.id) {
		switch {
		case !e.at.Before(d.end):
		case e.day < first && e.day >= first-before.past:
			before.events = append(before.events, e)
		case x.attribution == schema.FromDay && e.day >= first, !e.at.Before(u.since):
			after.events = append(after.events, e)
		}
	}
	return after, before
}

func (d *oracleData) inOrder(unit string) []oracleEvent {
	events := slices.Clone(d.events[unit])
	slices.SortStableFunc(events, func(a, b oracleEvent) int { return a.at.Compare(b.at) })
	return events
}

// oracleArm is a group's units, one place each.
type oracleArm struct {
	x, y, px, py []float64
	values       [][]float64
	used, before float64
}

// report is the whole report, value by value.
func (d *oracleData) report(x oracleExperiment, cuped bool) oracleReport {
	units, whole := d.units(x)
	r := oracleReport{whole, map[string]map[string]float64{}}
	for _, m := range x.metrics() {
		c := m.compared(d.arms(x, m, units), cuped)
		if m.counts {
			c.topline(float64(d.date(d.end)-d.date(d.start)+1), d.total(m))
		}
		r.metrics[m.id] = c.say
	}
	return r
}

// compared compares test with control.
func (m oracleMetric) compared(arms map[string]*oracleArm, cuped bool) oracleComparison {
	m.winsorize(arms)
	c := oracleComparison{m: m, control: arms["control"], test: arms["test"], say: map[string]float64{}}
	c.compare(cuped)
	return c
}

// arms puts units into their groups.
func (d *oracleData) arms(x oracleExperiment, m oracleMetric, units []oracleUnit) map[string]*oracleArm {
	arms := map[string]*oracleArm{}
	for _, g := range oracleGroups {
		arms[g.ID] = &oracleArm{}
	}
	for _, u := range units {
		after, before := d.spans(x, u, m)
		arms[u.group].add(m, after, before)
	}
	return arms
}

func (a *oracleArm) add(m oracleMetric, after, before oracleSpan) {
	x, y, values, used := m.value(after)
	px, py, _, early := m.value(before)
	a.x, a.y, a.px, a.py = append(a.x, x), append(a.y, y), append(a.px, px), append(a.py, py)
	a.values = append(a.values, values)
	if used {
		a.used++
	}
	if early {
		a.before++
	}
}

// total is what everybody did on the experiment's days, exposed or not, winsorized never.
func (d *oracleData) total(m oracleMetric) (sum float64) {
	from, to := d.date(d.start), d.date(d.end)
	for unit := range d.events {
		s := oracleSpan{first: from, asOf: to}
		for _, e := range d.inOrder(unit) {
			if e.day >= from && e.day <= to {
				s.events = append(s.events, e)
			}
		}
		x, _, _, _ := m.value(s)
		sum += x
	}
	return sum
}

// winsorize pulls values other than 0 to the value of rank ceil(p·n) of all groups' values other than 0.
func (m oracleMetric) winsorize(arms map[string]*oracleArm) {
	if m.high == 0 {
		return
	}
	for _, of := range []func(*oracleArm) []float64{func(a *oracleArm) []float64 { return a.x }, func(a *oracleArm) []float64 { return a.px }} {
		var all []float64
		for _, a := range arms {
			for _, v := range of(a) {
				if v != 0 {
					all = append(all, v)
				}
			}
		}
		slices.Sort(all)
		low, high := all[oracleRank(m.low, len(all))], all[oracleRank(m.high, len(all))]
		for _, a := range arms {
			for i, v := range of(a) {
				if v != 0 {
					of(a)[i] = min(max(v, low), high)
				}
			}
		}
	}
}

func oracleRank(p float64, n int) int { return max(int(math.Ceil(p*float64(n)-1e-9)), 1) - 1 }

// oracleEstimate is a number with the variance of its estimate; df 0 means that the variance is known.
type oracleEstimate struct{ value, variance, df float64 }

type oracleComparison struct {
	m             oracleMetric
	control, test *oracleArm
	say           map[string]float64
}

const oracleZ = 1.959963984540054 // the normal distribution's 97.5 % quantile

func (c *oracleComparison) compare(cuped bool) {
	for name, a := range map[string]*oracleArm{"control": c.control, "test": c.test} {
		c.say[name+"Units"], c.say[name+"Participants"] = float64(len(a.x)), a.used
		if c.m.percentile == 0 {
			c.say[name+"Total"] = sum(a.x)
		}
	}
	control, test := c.estimate(c.control), c.estimate(c.test)
	q, n := c.interval(control, test), float64(len(c.control.x)+len(c.test.x))
	if adjusted := c.adjust(cuped, control, test); !adjusted {
		c.fieller(control, test, q)
	}
	// Waudby-Smith et al. 2021, tuned to 5 000 units.
	rho2 := (-2*math.Log(0.05) + math.Log(1-2*math.Log(0.05))) / 5000
	k := n*rho2 + 1
	se := math.Hypot(c.say["controlStd"], c.say["testStd"])
	c.say["sequentialTestingConfidenceIntervalDelta"] = se * math.Sqrt(n) * math.Sqrt(2*k/(n*n*rho2)*math.Log(math.Sqrt(k)/0.05))
}

// estimate is a group's number by itself.
func (c *oracleComparison) estimate(a *oracleArm) oracleEstimate {
	if c.m.percentile > 0 {
		return c.quantile(a)
	}
	values := linear(a.x, a.y, c.m.quotient)
	return oracleEstimate{mean(values), variance(values) / float64(len(values)), float64(len(values) - 1)}
}

// linear is each unit's value; of a quotient R = Σx/Σy its linear approximation (x − R·y)/ȳ + R.
func linear(x, y []float64, quotient bool) []float64 {
	if !quotient {
		return x
	}
	values := make([]float64, len(x))
	ratio, per := sum(x)/sum(y), mean(y)
	for i := range x {
		values[i] = (x[i]-ratio*y[i])/per + ratio
	}
	return values
}

// quantile is the value of rank ceil(p·n) of all the group's values, with the variance of Deng, Knoblich & Lu 2018: from the distance of
// two ranks around it, times how much the shares of units at or below it vary more than single values' would.
func (c *oracleComparison) quantile(a *oracleArm) oracleEstimate {
	all := slices.Concat(a.values...)
	slices.Sort(all)
	n, p := float64(len(all)), c.m.percentile
	hat, spread := all[oracleRank(p, len(all))], oracleZ*math.Sqrt(n*p*(1-p))
	low, high := all[max(int(math.Floor(n*p-spread)), 1)-1], all[min(int(math.Ceil(n*p+spread)), len(all))-1]
	below, count := make([]float64, len(a.x)), make([]float64, len(a.x))
	for i, values := range a.values {
		count[i] = float64(len(values))
		for _, v := range values {
			if v <= hat {
				below[i]++
			}
		}
	}
	shares := linear(below, count, true)
	effect := variance(shares) / float64(len(shares)) / (p * (1 - p) / n)
	return oracleEstimate{hat, math.Pow((high-low)/(2*oracleZ), 2) * effect, 0}
}

// interval says means, difference, interval and p-value, and returns the quantile that the interval is made with: Welch's t below 100
// degrees of freedom, else z.
func (c *oracleComparison) interval(control, test oracleEstimate) (q float64) {
	v := control.variance + test.variance
	diff, se := test.value-control.value, math.Sqrt(v)
	q, p := oracleZ, math.Erfc(math.Abs(diff)/se/math.Sqrt2)
	if control.df > 0 {
		df := v * v / (control.variance*control.variance/control.df + test.variance*test.variance/test.df)
		if df < 100 {
			t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
			q, p = t.Quantile(0.975), 2*t.CDF(-math.Abs(diff)/se)
		}
	}
	c.say["controlMean"], c.say["testMean"] = control.value, test.value
	c.say["controlStd"], c.say["testStd"] = math.Sqrt(control.variance), math.Sqrt(test.variance)
	c.say["absoluteChange"], c.say["confidenceIntervalDelta"], c.say["pValue"] = diff, q*se, p
	return q
}

// fieller says the relative change: all L with (Δ − L·c)² ≤ q²(k_t + (1 + L)²·k_c), where that is one interval.
func (c *oracleComparison) fieller(control, test oracleEstimate, q float64) {
	diff, kc, kt := test.value-control.value, q*q*control.variance, q*q*test.variance
	c.say["percentChange"] = 100 * diff / control.value
	a, b, constant := control.value*control.value-kc, -2*(diff*control.value+kc), diff*diff-kt-kc
	if a <= 0 {
		return
	}
	root := math.Sqrt(b*b - 4*a*constant)
	c.say["percentConfidenceInterval.lower"], c.say["percentConfidenceInterval.upper"] = 100*(-b-root)/(2*a), 100*(-b+root)/(2*a)
}

// adjust takes from each unit's value θ times its value before, as Deng, Xu, Kohavi & Walker 2013 do, if that may be: more than 100
// units, more than 5 % of them with a past, and less variance. The lift divides by the control mean as it was seen.
func (c *oracleComparison) adjust(asked bool, control, test oracleEstimate) bool {
	if !asked || c.m.percentile > 0 {
		return false
	}
	n, before := float64(len(c.control.x)+len(c.test.x)), c.control.before+c.test.before
	c.say["cuped.unitsWithPreExposureData"], c.say["cuped.applied"] = before, 0
	now := linear(slices.Concat(c.control.x, c.test.x), slices.Concat(c.control.y, c.test.y), c.m.quotient)
	past := linear(slices.Concat(c.control.px, c.test.px), slices.Concat(c.control.py, c.test.py), c.m.quotient)
	theta, centre := covariance(now, past)/variance(past), mean(past)
	adjusted := func(a *oracleArm) (e oracleEstimate, now, past []float64) {
		now, past = linear(a.x, a.y, c.m.quotient), linear(a.px, a.py, c.m.quotient)
		values := make([]float64, len(now))
		for i := range values {
			values[i] = now[i] - theta*(past[i]-centre)
		}
		return oracleEstimate{mean(values), variance(values) / float64(len(values)), float64(len(values) - 1)}, now, past
	}
	ac, nowC, pastC := adjusted(c.control)
	at, _, _ := adjusted(c.test)
	cut := 1 - (ac.variance+at.variance)/(control.variance+test.variance)
	c.say["cuped.theta"], c.say["cuped.varianceReduction"] = theta, cut
	if n <= 100 || before <= 0.05*n || cut <= 0 {
		return false
	}
	c.say["cuped.applied"] = 1
	q, base, diff := c.interval(ac, at), control.value, at.value-ac.value
	gradient := make([]float64, len(nowC))
	for i := range gradient {
		gradient[i] = theta/base*pastC[i] - (diff+base)/(base*base)*nowC[i]
	}
	se := math.Sqrt(at.variance/(base*base) + variance(gradient)/float64(len(gradient)))
	c.say["percentChange"], c.say["percentConfidenceIntervalDelta"] = 100*diff/base, 100*q*se
	return true
}

// topline is what test adds to a day's total: the unadjusted difference times its units over the days; and what everybody would, of whom
// test are 40 %.
func (c *oracleComparison) topline(days, total float64) {
	control, test := c.estimate(c.control), c.estimate(c.test)
	n := float64(len(c.test.x))
	impact, se := (test.value-control.value)*n/days, math.Sqrt(control.variance+test.variance)*n/days
	c.say["absoluteToplineImpact"], c.say["absoluteToplineImpactDelta"] = impact, oracleZ*se
	c.say["projectedAbsoluteToplineImpact"] = impact / 0.4
	c.say["relativeToplineImpact"] = 100 * impact / (total/days - impact)
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

func mean(v []float64) float64 { return sum(v) / float64(len(v)) }

func covariance(a, b []float64) (s float64) {
	ma, mb := mean(a), mean(b)
	for i := range a {
		s += (a[i] - ma) * (b[i] - mb)
	}
	return s / float64(len(a)-1)
}

func variance(v []float64) float64 { return covariance(v, v) }

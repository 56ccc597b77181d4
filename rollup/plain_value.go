package rollup

import (
	"math"
	"slices"
)

// unitDay is what a unit did on one day for one metric, from its events.
type unitDay struct {
	day   uint16
	since int32
	x, y  float64
	terms []plainTerm
}

// plainUnitDays are the days of a unit: from its first exposure on, and those before the day of that which the metric looks at.
func plainUnitDays(x *experiment, m *metric, s *subject, terms []plainTerm) (days []unitDay) {
	window := int32(x.Window(&m.Metric))
	byDay := make(map[uint16][]plainTerm)
	for _, e := range terms {
		since := int32(e.Day) - int32(s.first)
		exposed := e.Millis >= s.at
		if x.byDay() {
			exposed = since >= 0
		}
		if exposed || since < 0 && since >= -window {
			byDay[e.Day] = append(byDay[e.Day], e)
		}
	}
	for _, day := range sortedKeys(byDay) {
		today := byDay[day]
		d := unitDay{day: day, since: int32(day) - int32(s.first), terms: today}
		d.x, d.y = plainFold(m, today)
		days = append(days, d)
	}
	return days
}

// unitValue is what a unit's days come to as of a day, and what those before its exposure did.
type unitValue struct {
	group         string
	x, y, px, py  float64
	active, early bool
	values        []float64 // of a percentile
}

func plainValue(x *experiment, m *metric, s *subject, days []unitDay, asOf Day) unitValue {
	from, to := m.daysSince()
	v := unitValue{group: s.group}
	var now, past []unitDay
	for _, d := range days {
		switch {
		case d.since < 0:
			past = append(past, d)
		case d.since >= from && d.since <= to && d.day <= uint16(asOf):
			now = append(now, d)
		}
	}
	v.active, v.early = len(now) > 0, len(past) > 0
	v.x, v.y = m.comesTo(now, int32(asOf), float64(asOf-s.first+1))
	v.px, v.py = m.comesTo(past, math.MaxInt32, float64(x.Window(&m.Metric)))
	for _, d := range now {
		for _, e := range d.terms {
			if m.percentile() > 0 {
				v.values = append(v.values, *e.X)
			}
		}
	}
	return v
}

// comesTo is x and y of some days of a unit, of so many that there could have been.
func (m *metric) comesTo(days []unitDay, asOf int32, possible float64) (x, y float64) {
	if len(days) == 0 {
		return 0, 0
	}
	first, last := days[0], days[len(days)-1]
	low, high, texts := math.Inf(1), math.Inf(-1), make(map[string]bool)
	var most unitDay
	var all []plainTerm
	for _, d := range days {
		x, y = x+d.x, y+d.y
		low, high = min(low, d.x), max(high, d.x)
		most.x, most.y = max(most.x, d.x), max(most.y, d.y)
		all = append(all, d.terms...)
		for _, e := range d.terms {
			if e.Text != nil {
				texts[*e.Text] = true
			}
		}
	}
	switch m.kind() {
	case kindDaily:
		return x / possible, 0
	case kindOnce, kindWindow:
		return 1, 0
	case kindMin:
		return low, 1
	case kindMax:
		return high, 1
	case kindFirst:
		return first.x, 1
	case kindLatest:
		return last.x, 1
	case kindDistinct:
		return float64(len(texts)), 0
	case kindUsers:
		return most.x, most.y
	case kindSteps:
		return plainFunnel(m, all, anyStart)
	case kindRetention:
		return m.kept(days, asOf)
	default:
		return x, y
	}
}

// kept counts the days on which a retention started whose time is over, and of those the ones with a return.
func (m *metric) kept(days []unitDay, asOf int32) (x, y float64) {
	end, length := m.retention()
	for _, start := range days {
		if start.y == 0 || int32(start.day)+int32(end) > asOf {
			continue
		}
		y++
		if slices.ContainsFunc(days, func(d unitDay) bool {
			return d.x > 0 && d.day > start.day+end-length && d.day <= start.day+end
		}) {
			x++
		}
	}
	return x, y
}

// momentFields are the numbers that are compared, in the order of verify_moments.sql.
var momentFields = []string{
	"units", "participants", "before", "mean_x", "mean_y", "mean_px", "mean_py", "m2_x", "m2_y", "c_xy", "m2_px", "m2_py", "c_pxpy", "c_xpx", "c_xpy", "c_ypx", "c_ypy",
	"total_x", "total_y", "q_hat", "q_low", "q_high",
}

// plainMoments are the moments of one group's values, of all units of the experiment, and for each how large its parts were: what is left of
// large parts is not exact.
func plainMoments(m *metric, all []unitValue, group string) (moments, scale []float64) {
	values := make([]unitValue, 0, len(all))
	var quantiles []float64
	for _, v := range m.winsorized(all) {
		if v.group == group {
			values = append(values, v)
			quantiles = append(quantiles, v.values...)
		}
	}
	n := float64(len(values))
	moments, scale = make([]float64, len(momentFields)), make([]float64, len(momentFields))
	if n == 0 {
		return moments, scale
	}
	hat, low, high := m.quantiles(quantiles)
	columns := [4][]float64{}
	for _, v := range values {
		if v.active {
			moments[1]++
		}
		if v.early {
			moments[2]++
		}
		if m.percentile() > 0 {
			v.y, v.x = float64(len(v.values)), 0
			for _, one := range v.values {
				if one <= hat {
					v.x++
				}
			}
		}
		for i, c := range []float64{v.x, v.y, v.px, v.py} {
			columns[i] = append(columns[i], c)
		}
	}
	mean := func(i int) (sum float64) {
		for _, v := range columns[i] {
			sum += v
		}
		return sum / n
	}
	moments[0], moments[17], moments[18] = n, mean(0)*n, mean(1)*n
	moments[19], moments[20], moments[21] = hat, low, high
	for i := range 4 {
		moments[3+i] = mean(i)
	}
	for at, pair := range [][2]int{{0, 0}, {1, 1}, {0, 1}, {2, 2}, {3, 3}, {2, 3}, {0, 2}, {0, 3}, {1, 2}, {1, 3}} {
		a, b := columns[pair[0]], columns[pair[1]]
		ma, mb := mean(pair[0]), mean(pair[1])
		for i := range a {
			moments[7+at] += (a[i] - ma) * (b[i] - mb)
			scale[7+at] += math.Abs(a[i]*b[i]) + math.Abs(ma*mb)
		}
	}
	return moments, scale
}

// winsorized pulls values other than 0 to the quantiles of those of all groups that the metric asks for.
func (m *metric) winsorized(all []unitValue) []unitValue {
	o := &m.Options
	if o.WinsorizationLow == 0 && o.WinsorizationHigh == 0 {
		return all
	}
	pull := func(of func(*unitValue) *float64) {
		var sorted []float64
		for i := range all {
			if v := *of(&all[i]); v != 0 {
				sorted = append(sorted, v)
			}
		}
		if len(sorted) == 0 {
			return
		}
		slices.Sort(sorted)
		for i := range all {
			v := of(&all[i])
			if *v != 0 && o.WinsorizationHigh > 0 {
				*v = min(*v, sorted[rankOf(o.WinsorizationHigh, len(sorted))-1])
			}
			if *v != 0 && o.WinsorizationLow > 0 {
				*v = max(*v, sorted[rankOf(o.WinsorizationLow, len(sorted))-1])
			}
		}
	}
	all = slices.Clone(all)
	pull(func(v *unitValue) *float64 { return &v.x })
	pull(func(v *unitValue) *float64 { return &v.px })
	return all
}

// rankOf is the rank of a quantile, from 1.
func rankOf(level float64, n int) int {
	return max(1, int(math.Ceil(math.Round(level*float64(n)*1e9)/1e9)))
}

// quantiles are the percentile of all values and the two ranks whose distance tells its variance.
func (m *metric) quantiles(values []float64) (hat, low, high float64) {
	if m.percentile() == 0 || len(values) == 0 {
		return 0, 0, 0
	}
	slices.Sort(values)
	n, level := float64(len(values)), m.percentile()/100
	spread := 1.959963984540054 * math.Sqrt(n*level*(1-level))
	at := func(rank float64) float64 { return values[int(min(n, max(1, rank)))-1] }
	return values[rankOf(level, len(values))-1], at(math.Floor(n*level - spread)), at(math.Ceil(n*level + spread))
}

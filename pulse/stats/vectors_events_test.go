package stats

import (
	"encoding/json"
	"math"
	"sort"
)

// A small interpreter of event logs, written for the vectors: semantics in "about" of scipy_event_scenarios.json. The
// real ones are SQL; this one only shows that the moments they must give lead to the expected results.

var eventSolvers = map[string]solver{
	"events_population": solvePopulation,
	"events_metric":     solveEvents,
}

// scenario is one log.
type scenario struct {
	Start, End float64
	Variants   []string
	Exposures  [][]any
	Events     [][]any
}

// logEvent is one event row.
type logEvent struct {
	name  string
	at    float64
	value *float64
	id    string
}

// unit is one unit of the analysis.
type unit struct {
	variant string
	exposed float64
	events  []logEvent // in order of time, before and after exposure
}

func (c vector) scenario() scenario {
	var s scenario
	if err := json.Unmarshal(c.scenarios[c.Input.text("scenario")], &s); err != nil {
		panic("BUG: scenario: " + err.Error())
	}
	return s
}

// population assigns units; it counts and drops those seen in two variants.
func (s scenario) population() (units map[string]*unit, crossovers int) {
	units = map[string]*unit{}
	crossed := map[string]bool{}
	for _, row := range s.Exposures {
		id, variant, at := row[0].(string), row[1].(string), row[2].(float64)
		if at < s.Start || at >= s.End {
			continue
		}
		u := units[id]
		if u == nil {
			u = &unit{variant: variant, exposed: at}
			units[id] = u
		}
		u.exposed = math.Min(u.exposed, at)
		if u.variant != variant {
			crossed[id] = true
		}
	}
	for id := range crossed {
		delete(units, id)
	}
	for _, row := range s.Events {
		u := units[row[0].(string)]
		if u == nil || row[2].(float64) >= s.End {
			continue
		}
		e := logEvent{name: row[1].(string), at: row[2].(float64)}
		if v, ok := row[3].(float64); ok {
			e.value = &v
		}
		e.id, _ = row[4].(string)
		u.events = append(u.events, e)
	}
	for _, u := range units {
		sort.SliceStable(u.events, func(i, j int) bool { return u.events[i].at < u.events[j].at })
	}
	return units, len(crossed)
}

func solvePopulation(c vector) record {
	s := c.scenario()
	units, crossovers := s.population()
	counts, weights := make([]float64, len(s.Variants)), make([]float64, len(s.Variants))
	sizes := record{}
	for i, v := range s.Variants {
		for _, u := range units {
			if u.variant == v {
				counts[i]++
			}
		}
		sizes[v], weights[i] = counts[i], 1
	}
	r := SRM(counts, weights)
	return only(r.Status, record{"units": sizes, "crossover_units": float64(crossovers), "srm_chi2": r.Chi2, "srm_p": r.P})
}

// between lists events of a name in [from, to).
func (u *unit) between(name string, from, to float64) []logEvent {
	var out []logEvent
	for _, e := range u.events {
		if e.name == name && e.at >= from && e.at < to {
			out = append(out, e)
		}
	}
	return out
}

// after lists events of a name from exposure to the end of the window.
func (u *unit) after(name string, metric record) []logEvent {
	to := math.Inf(1)
	if metric.has("window_s") {
		to = u.exposed + metric.num("window_s")
	}
	return u.between(name, u.exposed, to)
}

// sum adds the values that are there and counts them.
func sum(events []logEvent) (s, n float64) {
	for _, e := range events {
		if e.value != nil {
			s, n = s+*e.value, n+1
		}
	}
	return s, n
}

// atLeastOne is 1 or 0.
func atLeastOne(n int) float64 { return math.Min(1, float64(n)) }

// single is the value of a unit for metrics with one number a unit.
func (u *unit) single(m record) float64 {
	events := u.after(m.text("event"), m)
	switch m.text("type") {
	case "count":
		return float64(len(events))
	case "sum":
		s, _ := sum(events)
		return s
	case "participation":
		return atLeastOne(len(events))
	case "count_distinct":
		ids := map[string]bool{}
		for _, e := range events {
			if e.id != "" {
				ids[e.id] = true
			}
		}
		return float64(len(ids))
	case "retention_window":
		return atLeastOne(len(u.between(m.text("event"), u.exposed+m.num("from_s"), u.exposed+m.num("to_s"))))
	}
	panic("BUG: metric type " + m.text("type"))
}

// double is numerator and denominator of a unit.
func (u *unit) double(m record, s scenario) (x, y float64) {
	switch m.text("type") {
	case "mean_of_values":
		return sum(u.after(m.text("event"), m))
	case "ratio":
		num := u.after(m.text("num_event"), m)
		x = float64(len(num))
		if m.text("num_agg") == "sum" {
			x, _ = sum(num)
		}
		return x, float64(len(u.after(m.text("den_event"), m)))
	case "retention_rolling":
		return u.rolling(m, s)
	case "cuped_sum":
		y, _ = sum(u.after(m.text("event"), m))
		x, _ = sum(u.between(m.text("event"), u.exposed-m.num("lookback_s"), u.exposed))
		return x, y
	}
	panic("BUG: metric type " + m.text("type"))
}

// rolling counts start days whose window is over, and those with a completion in it.
func (u *unit) rolling(m record, s scenario) (x, y float64) {
	day := func(at float64) float64 { return math.Floor(at / 86400) }
	last := day(s.End - 1)
	complete := map[float64]bool{}
	for _, e := range u.after(m.text("complete_event"), m) {
		complete[day(e.at)] = true
	}
	seen := map[float64]bool{}
	for _, e := range u.after(m.text("start_event"), m) {
		d := day(e.at)
		end := d + m.num("duration_days")
		if seen[d] || end > last {
			continue
		}
		seen[d] = true
		y++
		for k := end - m.num("lookback_days") + 1; k <= end; k++ {
			if complete[k] {
				x++
				break
			}
		}
	}
	return x, y
}

// steps is how far a unit came in a funnel.
func (u *unit) steps(m record) int {
	windows, _ := m["windows_s"].([]any)
	at, reached := u.exposed, 0
	for i, name := range m["steps"].([]any) {
		found := math.Inf(1)
		for _, e := range u.between(name.(string), at, math.Inf(1)) {
			if !(m.flag("strict") && i > 0 && e.at == at) {
				found = e.at
				break
			}
		}
		if w, ok := windows[i].(float64); ok && found > at+w {
			break
		}
		if math.IsInf(found, 1) {
			break
		}
		at, reached = found, i+1
	}
	return reached
}

func solveEvents(c vector) record {
	s := c.scenario()
	units, _ := s.population()
	var arms [2][]*unit
	for _, u := range units {
		switch u.variant {
		case c.Input.text("control"):
			arms[0] = append(arms[0], u)
		case c.Input.text("treatment"):
			arms[1] = append(arms[1], u)
		}
	}
	m := c.Params.sub("metric")
	switch m.text("type") {
	case "funnel":
		return funnelFields(arms, m, c.alpha())
	case "count", "sum", "participation", "count_distinct", "retention_window":
		return singleFields(arms, m, c.alpha())
	}
	return doubleFields(arms, m, s, c.alpha())
}

func singleFields(arms [2][]*unit, m record, alpha float64) record {
	out := record{}
	var mom [2]Moments
	for a, suffix := range []string{"_c", "_t"} {
		var x []float64
		for _, u := range arms[a] {
			x = append(x, u.single(m))
		}
		mom[a] = Of(x)
		out["n"+suffix], out["sum"+suffix], out["sum_sq"+suffix] = mom[a].N, total(x), dot(x, x)
		out["mean"+suffix] = mom[a].Mean
	}
	merge(out, diffFields(func(o Options) DiffResult { return MeanDiff(mom[0], mom[1], o) }, alpha), "")
	return merge(out, liftFields(func(o Options) LiftResult { return MeanLift(mom[0], mom[1], o) }, alpha), "")
}

func doubleFields(arms [2][]*unit, m record, s scenario, alpha float64) record {
	names := [2]string{"m", "d"}
	if m.text("type") == "cuped_sum" {
		names = [2]string{"x", "y"}
	}
	out := record{}
	var mom [2]PairMoments
	for a, suffix := range []string{"_c", "_t"} {
		var x, y []float64
		for _, u := range arms[a] {
			p, q := u.double(m, s)
			if !(m.flag("drop_zero_denominator") && q == 0) {
				x, y = append(x, p), append(y, q)
			}
		}
		mom[a] = OfPairs(x, y)
		out["n"+suffix] = mom[a].N
		out[names[0]+"_sum"+suffix], out[names[0]+"_sum_sq"+suffix] = total(x), dot(x, x)
		out[names[1]+"_sum"+suffix], out[names[1]+"_sum_sq"+suffix] = total(y), dot(y, y)
		out[names[0]+names[1]+"_sum"+suffix] = dot(x, y)
	}
	if names[0] == "x" {
		return merge(out, cupedFields(mom[0], mom[1], alpha), "")
	}
	merge(out, diffFields(func(o Options) DiffResult { return RatioDiff(mom[0], mom[1], o) }, alpha), "")
	merge(out, ratioArmFields(mom[0], "_c"), "")
	merge(out, ratioArmFields(mom[1], "_t"), "")
	return merge(out, liftFields(func(o Options) LiftResult { return RatioLift(mom[0], mom[1], o) }, alpha), "")
}

func funnelFields(arms [2][]*unit, m record, alpha float64) record {
	steps := m["steps"].([]any)
	var reached [2][][]float64 // per arm, per step (0 is exposed), one 0/1 a unit
	out := record{}
	for a, suffix := range []string{"_c", "_t"} {
		reached[a] = make([][]float64, len(steps)+1)
		for _, u := range arms[a] {
			far := u.steps(m)
			for k := range reached[a] {
				v := 0.0
				if k <= far {
					v = 1
				}
				reached[a][k] = append(reached[a][k], v)
			}
		}
		var counts []float64
		for _, r := range reached[a][1:] {
			counts = append(counts, total(r))
		}
		out["n"+suffix], out["step_units"+suffix] = float64(len(arms[a])), counts
	}
	rate := func(name string, to, from int) record {
		c, t := OfPairs(reached[0][to], reached[0][from]), OfPairs(reached[1][to], reached[1][from])
		return merge(rateFields(c, t, alpha), record{"name": name}, "")
	}
	last := "exposed"
	var rates []record
	for k, step := range steps {
		rates = append(rates, rate(last+"->"+step.(string), k+1, k))
		last = step.(string)
	}
	out["rates"] = append(rates, rate("overall from first step", len(steps), 1), rate("overall from exposure", len(steps), 0))
	return out
}

func rateFields(c, t PairMoments, alpha float64) record {
	out := diffFields(func(o Options) DiffResult { return RatioDiff(c, t, o) }, alpha)
	if l := RatioLift(c, t, Options{}); l.Status == OK {
		out["lift"] = l.Lift
	}
	for suffix, p := range map[string]PairMoments{"_c": c, "_t": t} {
		if e, s := p.Ratio(); s == OK {
			out["rate"+suffix] = e.Value
		}
	}
	return out
}

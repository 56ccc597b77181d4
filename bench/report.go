package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// Report is what a run found.
type Report struct {
	Environment Environment `json:"environment"`
	Cases       []Result    `json:"cases"`
	Curves      []Curve     `json:"curves,omitempty"`
	// Took is how long each suite took, preparations included.
	Took []Took `json:"took,omitempty"`
}

// Took is one suite's time.
type Took struct {
	Suite   string  `json:"suite"`
	Seconds float64 `json:"seconds"`
}

// Result is one case.
type Result struct {
	Suite string  `json:"suite"`
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	By    Measure `json:"by"`
	Curve string  `json:"curve,omitempty"`
	XName string  `json:"xName,omitempty"`
	X     float64 `json:"x,omitempty"`
	// Error is why there are no numbers.
	Error string `json:"error,omitempty"`
	Lines []Line `json:"contestants"`
}

// Line is one contestant of a case.
type Line struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
	// PerSecond is units of work a second of wall time; CPUMicros and WallMicros are microseconds a unit.
	PerSecond  Summary `json:"perSecond"`
	CPUMicros  Summary `json:"cpuMicros"`
	WallMicros Summary `json:"wallMicros"`
	// Ratio is this contestant's cost over that of the first of ours, the median of the ratios within a round; 0 for that one itself.
	Ratio Summary `json:"ratio"`
	// Apart says that the line is of another run than ours, so that Ratio is that of the medians.
	Apart  bool               `json:"apart,omitempty"`
	Extra  map[string]Summary `json:"extra,omitempty"`
	Rounds int                `json:"rounds"`
}

// Curve is how one contestant's cost grows along the cases of a curve.
type Curve struct {
	Suite      string `json:"suite"`
	Name       string `json:"name"`
	XName      string `json:"xName"`
	Contestant string `json:"contestant"`
	// Of is which number grows: "cost of a unit of work" and every Extra.
	Of string    `json:"of"`
	X  []float64 `json:"x"`
	Y  []float64 `json:"y"`
	Growth
}

// cost is the measure of a line that counts.
func (l *Line) cost(by Measure) Summary {
	if by == Wall {
		return l.WallMicros
	}
	return l.CPUMicros
}

func (s Sample) cost(by Measure) float64 {
	if by == Wall {
		return s.Wall.Seconds() * 1e6 / s.Ops
	}
	return s.CPU.Seconds() * 1e6 / s.Ops
}

func (r *Result) fill(c *Case, samples [][]Sample) {
	reference := slices.IndexFunc(c.Contestants, func(c Contestant) bool { return c.Role == Ours })
	for k, own := range samples {
		l := Line{Name: c.Contestants[k].Name, Role: c.Contestants[k].Role, Rounds: len(own)}
		l.PerSecond = summariseOf(own, func(s Sample) float64 { return s.Ops / s.Wall.Seconds() })
		l.CPUMicros = summariseOf(own, func(s Sample) float64 { return s.cost(CPU) })
		l.WallMicros = summariseOf(own, func(s Sample) float64 { return s.cost(Wall) })
		if reference >= 0 && k != reference {
			l.Ratio = ratio(own, samples[reference], r.By)
		}
		l.Extra = extras(own)
		r.Lines = append(r.Lines, l)
	}
}

func summariseOf(samples []Sample, f func(Sample) float64) Summary {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = f(s)
	}
	return summarise(values)
}

// ratio sets what a and b cost in the same round against each other.
func ratio(a, b []Sample, by Measure) Summary {
	var values []float64
	for i := range a {
		if cost := b[i].cost(by); cost > 0 {
			values = append(values, a[i].cost(by)/cost)
		}
	}
	return summarise(values)
}

func extras(samples []Sample) map[string]Summary {
	values := make(map[string][]float64)
	for _, s := range samples {
		for name, v := range s.Extra {
			values[name] = append(values[name], v)
		}
	}
	if len(values) == 0 {
		return nil
	}
	all := make(map[string]Summary, len(values))
	for name, v := range values {
		all[name] = summarise(v)
	}
	return all
}

// Merge adds another run's cases, those of the peers' module. Cases of the same suite and name become one.
func (r *Report) Merge(other *Report) {
	for _, c := range other.Cases {
		i := slices.IndexFunc(r.Cases, func(own Result) bool { return own.Suite == c.Suite && own.Name == c.Name })
		if i < 0 {
			r.Cases = append(r.Cases, c)
			continue
		}
		for _, l := range c.Lines {
			if !slices.ContainsFunc(r.Cases[i].Lines, func(own Line) bool { return own.Name == l.Name }) {
				r.Cases[i].join(l)
			}
		}
	}
	r.fit()
}

// join adds a line of another run. If ours took no part in that one, what it costs against ours is the ratio of the medians; the spread is
// that of both.
func (r *Result) join(l Line) {
	if l.Ratio.Median != 0 {
		r.Lines = append(r.Lines, l)
		return
	}
	if i := slices.IndexFunc(r.Lines, func(l Line) bool { return l.Role == Ours }); i >= 0 {
		if ours, theirs := r.Lines[i].cost(r.By), l.cost(r.By); ours.Median > 0 {
			l.Ratio, l.Apart = Summary{theirs.Median / ours.Median, theirs.Spread + ours.Spread}, true
		}
	}
	r.Lines = append(r.Lines, l)
}

// Failed names the cases without numbers.
func (r *Report) Failed() (names []string) {
	for _, c := range r.Cases {
		if c.Error != "" {
			names = append(names, fmt.Sprintf("%s/%s: %s", c.Suite, c.Name, c.Error))
		}
	}
	return names
}

// ReadReport reads a report that was written as JSON.
func ReadReport(file string) (*Report, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	r := new(Report)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read report %q: %w", file, err)
	}
	return r, nil
}

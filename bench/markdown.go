package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Markdown writes the report for people.
func (r *Report) Markdown(w io.Writer) error {
	p := &page{w: w}
	e := r.Environment
	p.line("# How fast\n")
	p.line("| | |\n|---|---|")
	p.line("| processor | %s, %d threads |", e.CPU, e.Cores)
	p.line("| memory | %.1f GiB |", float64(e.MemoryBytes)/(1<<30))
	p.line("| system | %s, %s, ClickHouse %s |", e.OS, e.Go, orDash(e.ClickHouse))
	p.line("| run | scale %s, seed %d, %d rounds in turns, commit %s, load %s, %s |", e.Scale, e.Seed, e.Rounds, orDash(e.Commit), orDash(e.Load), e.Made.Format("2006-01-02 15:04"))
	took := make([]string, len(r.Took))
	for i, t := range r.Took {
		took[i] = fmt.Sprintf("%s %.0f s", t.Suite, t.Seconds)
	}
	p.line("| took | %s |", orDash(strings.Join(took, ", ")))
	p.line("\nMedians ± half the interquartile range. *Cost to ours* is the median of the ratios within a round: above 1 the other is dearer. ≈ is a ratio of\nmedians of two runs.")
	suite := ""
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.Suite != suite {
			suite = c.Suite
			p.line("\n## %s", suite)
		}
		p.result(c)
	}
	p.curves(r.Curves)
	p.projection(r.Project())
	return p.err
}

type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *page) result(c *Result) {
	p.line("\n### %s\n", c.Name)
	if c.Error != "" {
		p.line("No numbers: %s", c.Error)
		return
	}
	var extras []string
	for _, l := range c.Lines {
		for name := range l.Extra {
			if !slices.Contains(extras, name) {
				extras = append(extras, name)
			}
		}
	}
	slices.Sort(extras)
	head := append([]string{"", "role", "per second", "CPU µs/" + c.Unit, "wall µs/" + c.Unit, "cost to ours (" + string(c.By) + ")"}, extras...)
	p.line("| %s |\n|%s", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, l := range c.Lines {
		cells := []string{l.Name, string(l.Role), l.PerSecond.String(), l.CPUMicros.String(), l.WallMicros.String(), ""}
		if l.Role == Ours {
			cells[5] = "1"
		}
		if l.Ratio.Median != 0 {
			cells[5] = map[bool]string{true: "≈ "}[l.Apart] + fmt.Sprintf("%.3g × ±%.0f %%", l.Ratio.Median, 100*l.Ratio.Spread)
		}
		for _, name := range extras {
			s, ok := l.Extra[name]
			cells = append(cells, map[bool]string{true: s.String(), false: ""}[ok])
		}
		p.line("| %s |", strings.Join(cells, " | "))
	}
}

func (p *page) curves(all []Curve) {
	if len(all) == 0 {
		return
	}
	p.line("\n## Growth\n\ncost = a · x^b, fitted on logarithms.\n")
	p.line("| curve | contestant | of | b | a | points |\n|---|---|---|---|---|---|")
	for _, c := range all {
		b := fmt.Sprintf("%.3f", c.Exponent)
		if c.Error != nil {
			b += fmt.Sprintf(" ± %.3f", *c.Error)
		}
		var points []string
		for i := range c.X {
			points = append(points, short(c.X[i])+": "+short(c.Y[i]))
		}
		p.line("| %s: %s, by %s | %s | %s | %s | %s | %s |", c.Suite, c.Name, c.XName, c.Contestant, c.Of, b, short(c.Factor), strings.Join(points, ", "))
	}
}

// String is the median with its spread in percent.
func (s Summary) String() string {
	return short(s.Median) + fmt.Sprintf(" ±%.0f %%", 100*s.Spread)
}

// short writes a number with three or four digits and a suffix.
func short(v float64) string {
	for _, unit := range []struct {
		from float64
		name string
	}{{1e9, " G"}, {1e6, " M"}, {1e4, " k"}} {
		if v >= unit.from {
			scale := map[string]float64{" G": 1e9, " M": 1e6, " k": 1e3}[unit.name]
			return fmt.Sprintf("%.4g%s", v/scale, unit.name)
		}
	}
	return fmt.Sprintf("%.4g", v)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

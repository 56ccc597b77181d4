package bench

import (
	"fmt"
	"math"
	"slices"
)

// Change is how one number of ours moved against a baseline.
type Change struct {
	Suite, Case, Contestant string
	// What was compared: "cost", or "cost over NAME" on another machine, where only ratios mean anything.
	What string
	// Before and Now are costs, so more is worse; Noise is the relative change that the spreads of both explain.
	Before, Now, Noise float64
}

// Relative is the change: 0.1 is ten percent dearer.
func (c Change) Relative() float64 { return c.Now/c.Before - 1 }

// Regression says that it became dearer beyond the noise.
func (c Change) Regression() bool { return c.Relative() > c.Noise }

// Improvement says that it became cheaper beyond the noise.
func (c Change) Improvement() bool { return 1-c.Now/c.Before > c.Noise }

func (c Change) String() string {
	return fmt.Sprintf("%s/%s %s: %s %.4g -> %.4g (%+.1f %%, noise %.1f %%)", c.Suite, c.Case, c.Contestant, c.What, c.Before, c.Now, 100*c.Relative(), 100*c.Noise)
}

// leastNoise is the change that is never called one, however steady the rounds of two runs were: the same binary moves by this much
// between two runs on a shared machine.
const leastNoise = 0.10

// machineSuite measures what needs none of ours.
const machineSuite = "machine"

// Pace is how much dearer the processor was than in a baseline, by the median of what the machine suite measures that is not ours: 1.3 for a
// machine whose neighbours took a quarter of it; 1 where either did not measure it.
func (r *Report) Pace(baseline *Report) float64 {
	var paces []float64
	for _, now := range r.Cases {
		for _, before := range baseline.Cases {
			if now.Suite != machineSuite || before.Suite != machineSuite || now.Name != before.Name || now.By != CPU {
				continue
			}
			for _, n := range now.Lines {
				for _, b := range before.Lines {
					if n.Name == b.Name && n.Role != Ours && b.CPUMicros.Median > 0 {
						paces = append(paces, n.CPUMicros.Median/b.CPUMicros.Median)
					}
				}
			}
		}
	}
	if len(paces) == 0 {
		return 1
	}
	slices.Sort(paces)
	return paces[len(paces)/2]
}

// Comparable says that times of two runs may be compared: they are of the same kind of machine and scale, and it went at the same pace.
func (r *Report) Comparable(baseline *Report) bool {
	return r.Environment.sameMachine(baseline.Environment) && math.Abs(r.Pace(baseline)-1) <= leastNoise
}

// Compare sets ours against a baseline: costs where times are [Report.Comparable], else ratios to each ceiling, which were measured in turns with
// ours in either run.
func (r *Report) Compare(baseline *Report) (changes []Change) {
	times := r.Comparable(baseline)
	for _, now := range r.Cases {
		for _, before := range baseline.Cases {
			if before.Suite == now.Suite && before.Name == now.Name && before.By == now.By {
				changes = append(changes, compareCase(now, before, times)...)
			}
		}
	}
	return changes
}

func compareCase(now, before Result, times bool) (changes []Change) {
	for _, n := range now.Lines {
		for _, b := range before.Lines {
			if n.Name != b.Name {
				continue
			}
			c := Change{Suite: now.Suite, Case: now.Name, Contestant: n.Name}
			switch {
			case n.Role == Ours && times:
				c.What, c.Before, c.Now, c.Noise = "cost", b.cost(now.By).Median, n.cost(now.By).Median, noise(b.cost(now.By), n.cost(now.By))
			case n.Role == Ceiling && !times && b.Ratio.Median > 0 && n.Ratio.Median > 0:
				// Ratio is the ceiling's cost over ours; ours over the ceiling's is what may grow.
				c.What, c.Contestant = "cost over "+n.Name, "ours"
				c.Before, c.Now, c.Noise = 1/b.Ratio.Median, 1/n.Ratio.Median, noise(b.Ratio, n.Ratio)
			}
			if c.Before > 0 {
				changes = append(changes, c)
			}
		}
	}
	return changes
}

func noise(a, b Summary) float64 { return max(leastNoise, 2*(a.Spread+b.Spread)) }

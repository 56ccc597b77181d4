package bench

import (
	"cmp"
	"maps"
	"slices"
)

// costOfWork is what every curve shows of each contestant.
const costOfWork = "µs a unit of work"

// fit finds the growth along every curve of the report.
func (r *Report) fit() {
	type key struct{ suite, curve, contestant, of string }
	type points struct {
		xName string
		x, y  []float64
	}
	found := make(map[key]*points)
	add := func(c *Result, contestant, of string, y float64) {
		k := key{c.Suite, c.Curve, contestant, of}
		if found[k] == nil {
			found[k] = &points{xName: c.XName}
		}
		found[k].x, found[k].y = append(found[k].x, c.X), append(found[k].y, y)
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.Curve == "" || c.Error != "" {
			continue
		}
		for _, l := range c.Lines {
			add(c, l.Name, costOfWork, l.cost(c.By).Median)
			for name, s := range l.Extra {
				add(c, l.Name, name, s.Median)
			}
		}
	}
	r.Curves = nil
	byAll := func(a, b key) int {
		return cmp.Or(cmp.Compare(a.suite, b.suite), cmp.Compare(a.curve, b.curve), cmp.Compare(a.contestant, b.contestant), cmp.Compare(a.of, b.of))
	}
	for _, k := range slices.SortedFunc(maps.Keys(found), byAll) {
		p := found[k]
		if g, ok := fitGrowth(p.x, p.y); ok {
			r.Curves = append(r.Curves, Curve{k.suite, k.curve, p.xName, k.contestant, k.of, p.x, p.y, g})
		}
	}
}

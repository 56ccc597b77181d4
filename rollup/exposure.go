package rollup

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// catchUp brings experiments that are new, were changed, or failed before up to where the others are.
func (r *Runner) catchUp(ctx context.Context, p *plan, done watermarks, sum *Report) error {
	for spool, w := range done[absorbJob] {
		for i := range p.experiments {
			x := &p.experiments[i]
			from := x.next(done, spool)
			if from > w.Seq {
				continue
			}
			ok, err := r.attempt(ctx, x.version, func() error { return r.expose(ctx, x, spool, from, w.Seq, sum) })
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if err := r.advance(ctx, done, w, map[string]uint64{x.job(): x.definition}); err != nil {
				return err
			}
		}
	}
	return nil
}

// absorbExposures takes a chunk's exposures and returns the jobs that are current with the chunk after that: experiments
// that failed stay behind, for catchUp.
func (r *Runner) absorbExposures(ctx context.Context, p *plan, done watermarks, c *chunk, sum *Report) (map[string]uint64, error) {
	named, err := r.namedIn(ctx, p, c)
	if err != nil {
		return nil, err
	}
	current := make(map[string]uint64)
	for i := range p.experiments {
		x := &p.experiments[i]
		if before, ok := done[absorbJob][c.spool]; ok && x.next(done, c.spool) != before.Seq+1 {
			continue // it is behind: catchUp's
		}
		if named[i] {
			ok, err := r.attempt(ctx, x.version, func() error { return r.expose(ctx, x, c.spool, c.from, c.to, sum) })
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		current[x.job()] = x.definition
	}
	return current, nil
}

// namedIn tells which experiments a chunk has exposures of.
func (r *Runner) namedIn(ctx context.Context, p *plan, c *chunk) (map[int]bool, error) {
	named := make(map[int]bool)
	if c.exposures == 0 || len(p.experiments) == 0 {
		return named, nil
	}
	ids, names := []string{}, []string{}
	for i := range p.experiments {
		x := &p.experiments[i]
		ids, names = append(ids, x.exposedAs(x.ID)), append(names, x.exposedAs(x.Name))
	}
	var places []struct {
		Place uint32 `ch:"place"`
	}
	err := r.all(ctx, "exposed_which", &places, store.Params{"spool": c.spool, "from": c.from, "to": c.to, "ids": ids, "names": names})
	for _, row := range places {
		named[int(row.Place)-1] = true
	}
	return named, err
}

// expose takes one experiment's first exposures from a stretch of loads, then marks the days that changes. Which days is
// read from the table afterwards and from the same stretch, not from what the insert changed: so it comes out the same
// when the insert was done before by a run that died, or at the same time by another one.
func (r *Runner) expose(ctx context.Context, x *experiment, spool, from, to uint64, sum *Report) error {
	p := with(x.params(r.o.Zone.String()), store.Params{"spool": spool, "from": from, "to": to})
	text := fill(statement("exposed"), "unit", x.unit)
	if x.Comparison.Kind != "" {
		text = fill(text, "group", armOf)
	}
	if err := r.execText(ctx, "exposed", text, p); err != nil {
		return err
	}
	var days []uint16
	if err := r.oneText(ctx, "exposed_days", fill(statement("exposed_days"), "unit", x.unit), p, &days); err != nil {
		return err
	}
	if len(days) > 0 {
		if err := r.mark(ctx, x.version+early, daysBefore(days[0], x.longestPast(x.metrics)), sum); err != nil {
			return err
		}
	}
	return r.mark(ctx, x.version, days, sum)
}

// armOf finds the arm of an exposure to a rule of a gate, or to a holdout: its second group is the one the gate says true for
// when it is a rule, its first when it is a holdout.
const armOf = `if(kind != 'gate' OR {rule:String} != '' AND rule != {rule:String}, 0, if((value = 'true') = ({rule:String} != ''), 2, 1))`

// early is what a scope ends with whose marks speak of the days before newly exposed units' exposure only.
const early = "<"

// daysBefore lists the days before one, not further back than the calendar goes.
func daysBefore(day uint16, n int) []uint16 {
	days := []uint16{}
	for d := max(int(day)-n, 0); d < int(day); d++ {
		days = append(days, uint16(d))
	}
	return days
}

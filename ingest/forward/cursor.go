package forward

import (
	"cmp"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// place is where reading goes on: the first load, and the first position in it, that was not read.
type place struct{ batch, position uint64 }

// against says whether a row is before a place (-1), at it, or behind it.
func (r row) against(p place) int {
	return cmp.Or(cmp.Compare(r.Batch, p.batch), cmp.Compare(r.Position, p.position))
}

// progress is the cursor and the counts of one destination, as catalog.Delivery keeps them.
type progress struct{ catalog.Delivery }

func (p *progress) clone() progress {
	c := *p
	c.Spools, c.Batches, c.Positions = slices.Clone(p.Spools), slices.Clone(p.Batches), slices.Clone(p.Positions)
	return c
}

// at is the place in a spool, false when the spool is new.
func (p *progress) at(spool uint64) (place, bool) {
	if i := slices.Index(p.Spools, spool); i >= 0 {
		return place{p.Batches[i], p.Positions[i]}, true
	}
	return place{}, false
}

// move sets the place in a spool.
func (p *progress) move(spool uint64, to place) {
	i := slices.Index(p.Spools, spool)
	if i < 0 {
		i = len(p.Spools)
		p.Spools, p.Batches, p.Positions = append(p.Spools, spool), append(p.Batches, 0), append(p.Positions, 0)
	}
	p.Batches[i], p.Positions[i] = to.batch, to.position
}

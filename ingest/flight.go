package ingest

import (
	"sync"

	"github.com/pulsehouse/pulsehouse/schema"
)

// flight counts the items that are acknowledged but not in their tables yet. Together with the ledger's rows, which are
// written with each cut, that is everything that was ever received.
type flight struct {
	mu     sync.Mutex
	counts tally
	// nameless says that there were too many different names, and that none is kept until everything has landed.
	nameless bool
	// Requests that an earlier life of the process left in the spool are counted when they are read: of those up to oldest,
	// unread are not yet.
	oldest, unread uint64
	// last is the last record whose cut has landed.
	last uint64
}

// flightLines bounds the memory of names while the engine is away.
const flightLines = 100_000

// newFlight is told the last record in the spool at the start, and how many are not in their tables.
func newFlight(last, waiting uint64) *flight {
	return &flight{counts: make(tally), oldest: last, unread: waiting, last: last - waiting}
}

// came is called in the order of the spool, with a request that has become durable.
func (f *flight) came(t tally) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.change(t, 1)
}

// read is called with a request that was read back from disk.
func (f *flight) read(seq uint64, t tally) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq <= f.oldest {
		f.change(t, 1)
		f.unread -= min(f.unread, 1)
	}
}

// landed is called when a cut with these items, up to a record, is in its tables.
func (f *flight) landed(last uint64, t tally) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.change(t, -1)
	f.last = last
	if last >= f.oldest {
		f.unread = 0 // what was damaged on disk was skipped and never read
	}
	f.nameless = f.nameless && len(f.counts) > 0
}

func (f *flight) change(t tally, sign int64) {
	if f.nameless {
		t = t.nameless()
	}
	f.counts.merge(t, sign)
	if len(f.counts) > flightLines && !f.nameless {
		f.counts, f.nameless = f.counts.nameless(), true
	}
}

// InFlight is what is acknowledged and not in its tables, as of one moment.
func (in *Ingest) InFlight() schema.Flight {
	f := in.flight
	f.mu.Lock()
	defer f.mu.Unlock()
	all := schema.Flight{Spool: in.spool.ID(), Landed: f.last, Unread: f.unread, Lines: make([]schema.LedgerLine, 0, len(f.counts))}
	for l, n := range f.counts {
		all.Lines = append(all.Lines, schema.LedgerLine{
			Minute: schema.Millis(l.minute * 60_000), Source: l.source, Name: l.name, Fate: l.fate, Reason: l.reason, Items: n,
		})
	}
	return all
}

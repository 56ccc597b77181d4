package ingest

import (
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// line is what items are counted under in the ledger: when and from where they came, and what became of them.
type line struct {
	minute       int64 // of receipt, in minutes since 1970
	source, name string
	fate         schema.Fate
	reason       schema.Reason
}

// tally is the fates of items, counted, and all items once more as [schema.Received].
type tally map[line]int64

// add counts n items; names are copied, since they share the memory of their request.
func (t tally) add(l line, n int64) {
	if _, known := t[l]; !known {
		l.source, l.name = strings.Clone(l.source), strings.Clone(l.name)
		l.reason = schema.Reason(strings.Clone(string(l.reason)))
	}
	t[l] += n
}

// merge adds another tally, sign times.
func (t tally) merge(other tally, sign int64) {
	for l, n := range other {
		if t[l] += sign * n; t[l] == 0 {
			delete(t, l)
		}
	}
}

// nameless is the tally without the names of events.
func (t tally) nameless() tally {
	all := make(tally)
	for l, n := range t {
		l.name = ""
		all[l] += n
	}
	return all
}

// tallyOf counts what became of the items of one request.
func tallyOf(rec *spool.Record, rows *schema.Decoded) tally {
	t := make(tally, 8)
	l := line{minute: rec.Received / time.Minute.Milliseconds(), source: rec.Source}
	put := func(name string, fate schema.Fate, reason schema.Reason) {
		l.name, l.fate, l.reason = name, fate, reason
		t.add(l, 1)
	}
	l.fate = schema.Received
	t.add(l, int64(rows.Items))
	for i := range rows.Events {
		put(rows.Events[i].Name, schema.Stored, "")
	}
	rows.ExposureOnly(func(x *schema.Exposure) { put(schema.ExposureName(x.Kind), schema.Stored, "") })
	rows.ErasureItems(func(*schema.Erasure) { put(schema.ErasureName, schema.Stored, "") })
	for i := range rows.Filtered {
		put(rows.Filtered[i].Name, schema.Filtered, rows.Filtered[i].Reason)
	}
	for i := range rows.Rejections {
		put(rows.Rejections[i].Name, schema.Rejected, rows.Rejections[i].Reason)
	}
	return t
}

// poisoned is the tally of a request that cannot be decoded any more: what it held when it came, all rejected.
func poisoned(rec *spool.Record, items int) tally {
	l := line{minute: rec.Received / time.Minute.Milliseconds(), source: rec.Source, fate: schema.Received}
	t := tally{l: int64(items)}
	l.fate, l.reason = schema.Rejected, schema.Undecodable
	t[l] = int64(items)
	return t
}

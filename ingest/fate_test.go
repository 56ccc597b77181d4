package ingest

import (
	"encoding/json"
	"maps"
	"strconv"
	"testing"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

func testIngest() *Ingest { return &Ingest{options: Options{}.withDefaults()} }

const mixedBatch = `{"batch":[{"type":"track","event":"A","userId":"u"},{"type":"track","event":"B","userId":"u"},
	{"type":"track","event":"Experiment Viewed","userId":"u","properties":{"experiment_id":"x","variation_id":"v"}},{"type":"track","event":"A"}]}`

// What a filter leaves out is noted with the request: decoding it again leaves out the same, whatever the filter says by then.
func TestFilteredAgain(t *testing.T) {
	in := testIngest()
	f := &schema.EventFilter{IncludeNew: false}
	f.Set([]schema.EventRule{{Name: "segment::B", Tracked: true}, {Name: "segment::A", Tracked: false}})
	rec := spool.Record{Received: 1_700_000_000_000, Source: "s", Body: []byte(mixedBatch)}
	m := meta{Prefix: "segment::"}
	rows, err := in.decode(&rec, &m, m.resolve)
	if err != nil {
		t.Fatal(err)
	}
	m.Filtered, m.Items = filter(f, rows), rows.Items
	first := tallyOf(&rec, rows)
	if len(rows.Events) != 1 || rows.Events[0].Event != "B" || len(rows.Filtered) != 2 || len(rows.Exposures) != 0 || len(rows.Rejections) != 1 {
		t.Fatalf("filtered to %+v", rows)
	}
	if rec.Meta, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	again, err := in.redecode(&rec)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(first, again.tally) || len(again.rows.Events) != 1 || again.rows.Events[0].Event != "B" {
		t.Errorf("decoded again it is %v, at first it was %v", again.tally, first)
	}
}

// Which events a filter stores.
func TestFilterStores(t *testing.T) {
	f := func(includeNew bool, name string, want bool) {
		t.Helper()
		filter := &schema.EventFilter{IncludeNew: includeNew}
		filter.Set([]schema.EventRule{{Name: "yes", Tracked: true}, {Name: "no"}, {Name: "changed"}})
		filter.Set([]schema.EventRule{{Name: "changed", Tracked: true}})
		if got := filter.Stores(name); got != want {
			t.Errorf("with new events %v, %q is stored: %v, want %v", includeNew, name, got, want)
		}
	}
	f(true, "yes", true)
	f(true, "no", false)
	f(true, "new", true)
	f(true, "changed", true)
	f(false, "yes", true)
	f(false, "no", false)
	f(false, "new", false)
	var none *schema.EventFilter
	if !none.Stores("anything") {
		t.Error("a source without a filter does not store everything")
	}
}

// What is in flight comes, lands, and is gone; beyond a bound its names go, never its numbers.
func TestFlight(t *testing.T) {
	f := newFlight(7, 2)
	sum := func() (n int64) {
		for _, items := range f.counts {
			n += items
		}
		return n
	}
	left := tally{line{name: "left", fate: schema.Stored}: 3}
	f.read(6, left)
	f.read(8, left) // of this life: it has come already
	if sum() != 3 || f.unread != 1 {
		t.Fatalf("in flight are %d items and %d unread requests, want 3 and 1", sum(), f.unread)
	}
	many := make(tally)
	for i := range flightLines + 10 {
		many[line{minute: int64(i % 2), name: strconv.Itoa(i), fate: schema.Stored}]++
	}
	f.came(many)
	want := int64(len(many)) + 3
	if sum() != want {
		t.Errorf("%d items are in flight, want %d", sum(), want)
	}
	f.landed(8, left)
	f.landed(9, many)
	if len(f.counts) != 0 || f.nameless || f.unread != 0 || f.last != 9 {
		t.Errorf("after everything has landed it is %+v", f)
	}
}

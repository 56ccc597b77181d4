package rollup

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCutChunks: stretches have no gaps, end with their spool, and are bounded.
func TestCutChunks(t *testing.T) {
	events := func(spool, seq uint64, rows uint32) load {
		return load{Spool: spool, Seq: seq, Table: "events", Rows: rows, FirstDay: 10, LastDay: 11}
	}
	old := func(l load) load { l.AgeSeconds = gapSeconds; return l }
	done := map[uint64]watermark{1: {Spool: 1, Seq: 4}}
	f := func(want string, loads ...load) {
		t.Helper()
		got := []string{}
		for _, c := range cutChunks(loads, done) {
			got = append(got, fmt.Sprintf("%d:%d-%d", c.spool, c.from, c.to))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	f("")
	f("1:5-6", events(1, 5, 1), events(1, 6, 1))
	f("1:5-5", events(1, 5, 1), events(1, 7, 1), events(1, 8, 1))
	f("2:7-7", events(1, 6, 1), events(2, 7, 1))
	f("1:6-7", old(events(1, 6, 1)), events(1, 7, 1))
	f("1:5-5 1:7-7", events(1, 5, 1), old(events(1, 7, 1)))
	f("1:5-5 2:0-1", events(1, 5, 1), events(2, 0, 1), events(2, 1, 1))
	f("1:5-6 1:7-7", events(1, 5, chunkRows/2), events(1, 6, chunkRows/2), events(1, 7, 1))
	f("1:5-5 1:6-6", events(1, 5, chunkRows*2), events(1, 6, 1))
}

// TestUTCDates: the UTC dates cover the metric days, in UTC exactly.
func TestUTCDates(t *testing.T) {
	f := func(zone, day, want string) {
		t.Helper()
		at, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		first, last := utcDates(at, mustDay(t, day), mustDay(t, day))
		if got := first.String() + " " + last.String(); got != want {
			t.Errorf("%s in %s: %s, want %s", day, zone, got, want)
		}
	}
	f("UTC", "2024-03-10", "2024-03-10 2024-03-10")
	f("America/New_York", "2024-03-10", "2024-03-10 2024-03-11")
	f("Asia/Tokyo", "2024-03-10", "2024-03-09 2024-03-10")
	f("Pacific/Kiritimati", "2024-03-10", "2024-03-09 2024-03-10")
	f("America/Sao_Paulo", "2018-11-04", "2018-11-03 2018-11-05") // begins at 01:00
}

// TestBatches: what is dirty together is computed together, up to a week and two dozen metrics.
func TestBatches(t *testing.T) {
	x, y := &experiment{version: "x"}, &experiment{version: "y"}
	scopes := []scoped{{"x/a", x, nil}, {"x/b", x, nil}, {"y/a", y, nil}}
	f := func(want string, dirty ...dirtyDay) {
		t.Helper()
		got := []string{}
		for _, b := range batches(scopes, dirty, daysAtOnce) {
			got = append(got, fmt.Sprintf("%s:%d-%d", strings.Join(b.names(), ","), b.from, b.to))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	f("")
	f("x/a,x/b:5-6", dirtyDay{1, 5}, dirtyDay{2, 5}, dirtyDay{1, 6}, dirtyDay{2, 6})
	f("x/a:5-5 x/a,x/b:6-6", dirtyDay{1, 5}, dirtyDay{1, 6}, dirtyDay{2, 6})
	f("x/a:5-5 x/a:7-7", dirtyDay{1, 5}, dirtyDay{1, 7})
	f("x/a:1-7 x/a:8-8", dirtyDay{1, 1}, dirtyDay{1, 2}, dirtyDay{1, 3}, dirtyDay{1, 4}, dirtyDay{1, 5}, dirtyDay{1, 6}, dirtyDay{1, 7}, dirtyDay{1, 8})
	f("y/a:5-5", dirtyDay{3, 5})
}

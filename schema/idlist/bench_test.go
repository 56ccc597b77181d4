package idlist

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// benchUnits is how many units the benchmarks' list has.
func benchUnits() int {
	if n, err := strconv.Atoi(os.Getenv("IDLIST_UNITS")); err == nil {
		return n
	}
	return 1_000_000
}

// stopwatch says what each statement took.
type stopwatch struct {
	last  time.Time
	spent map[string]time.Duration
}

func (w *stopwatch) lap(name string) error {
	now := time.Now()
	w.spent[name] += now.Sub(w.last)
	w.last = now
	return nil
}

func (w *stopwatch) report(b *testing.B) {
	b.Helper()
	for _, name := range slices.Sorted(maps.Keys(w.spent)) {
		b.ReportMetric(float64(w.spent[name].Milliseconds())/float64(b.N), name+"-ms")
	}
}

// BenchmarkLarge replaces a large list by chunks as an upload does, then changes it as one request may.
func BenchmarkLarge(b *testing.B) {
	l, n := openLists(b, openDB(b)), benchUnits()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("user-%012d", i*7919)
	}
	replace := func(b *testing.B) {
		_, err := l.Replace(b.Context(), "bench", "large", func(yield func([]string, error) bool) {
			for some := range slices.Chunk(ids, 500_000) {
				if !yield(some, nil) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	timed := func(name string, f func(b *testing.B, round int)) {
		b.Run(name, func(b *testing.B) {
			w := &stopwatch{time.Now(), map[string]time.Duration{}}
			l.afterEach = w.lap
			defer func() { l.afterEach = nil }()
			for round := 0; b.Loop(); round++ {
				f(b, round)
			}
			w.report(b)
		})
	}
	replace(b)
	if s, _ := l.Status("large"); s.Count != uint64(n) {
		b.Fatalf("%d units are in, want %d", s.Count, n)
	}
	timed("replace", func(b *testing.B, _ int) { replace(b) })
	add := func(b *testing.B, prefix string, count int) {
		changes := make([]Change, count)
		for i := range changes {
			changes[i] = Change{List: "large", Unit: prefix + strconv.Itoa(i), Member: true}
		}
		if done, err := l.Apply(b.Context(), "bench", changes); err != nil || done["large"].Entered != uint64(count) {
			b.Fatal(done, err)
		}
	}
	timed("add one", func(b *testing.B, round int) { add(b, fmt.Sprint("one", b.N, "-", round, "-"), 1) })
	timed("add a request", func(b *testing.B, round int) { add(b, fmt.Sprint("many", b.N, "-", round, "-"), MaxIDs) })
}

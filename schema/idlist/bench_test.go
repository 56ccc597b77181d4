package idlist

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
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

// engineCPU is the CPU time of the engine, the child of this process: on a busy machine it says more than the clock.
func engineCPU() (total time.Duration) {
	children, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	for _, name := range children {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if parent, _ := strconv.Atoi(fields[1]); parent != os.Getpid() {
			continue
		}
		for _, ticks := range fields[11:13] {
			n, _ := strconv.Atoi(ticks)
			total += time.Duration(n) * time.Second / 100
		}
	}
	return total
}

// heap is what is in use once garbage is collected.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// stopwatch says what each statement took.
type stopwatch struct {
	last  time.Time
	cpu   time.Duration
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
	b.ReportMetric(float64((engineCPU()-w.cpu).Milliseconds())/float64(b.N), "engine-cpu-ms")
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
			w := &stopwatch{time.Now(), engineCPU(), map[string]time.Duration{}}
			l.afterEach = w.lap
			defer func() { l.afterEach = nil }()
			for round := 0; b.Loop(); round++ {
				f(b, round)
			}
			w.report(b)
		})
	}
	b.Run("first", func(b *testing.B) { // once: what it leaves behind is measured
		before, cpu := heap(), engineCPU()
		replace(b)
		b.ReportMetric(float64((engineCPU() - cpu).Milliseconds()), "engine-cpu-ms")
		b.ReportMetric(float64(heap()-before)/float64(n), "heap-bytes/unit")
		s, _ := l.Status("large")
		b.ReportMetric(float64(s.Size)/float64(n), "file-bytes/unit")
		var disk uint64
		if err := l.db.Row(b.Context(), `SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table LIKE 'idlist%'`, nil).Scan(&disk); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(disk)/float64(n), "tables-bytes/unit")
		if s.Count != uint64(n) {
			b.Fatalf("%d units are in, want %d", s.Count, n)
		}
	})
	if os.Getenv("IDLIST_ONCE") != "" {
		return
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

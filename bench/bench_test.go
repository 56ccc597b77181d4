package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"math"
	"strings"
	"testing"
	"time"
)

// TestSummary uses R's default quantiles (type 7): quantile(c(1,2,3,4,10)) gives 2, 3 and 4.
func TestSummary(t *testing.T) {
	s := summarise([]float64{10, 1, 3, 2, 4})
	if s.Median != 3 || math.Abs(s.Spread-1.0/3) > 1e-12 {
		t.Errorf("got %+v, want median 3, spread 1/3", s)
	}
	if one := summarise([]float64{7}); one.Median != 7 || one.Spread != 0 {
		t.Errorf("one value: %+v", one)
	}
}

// TestGrowth: points on 3·x^1.5 give that back; noise has an error: lm(log(y) ~ log(x)) of (1,1) (2,4) (4,4) has slope 1 ± 0.5774.
func TestGrowth(t *testing.T) {
	g, ok := fitGrowth([]float64{1, 4, 16}, []float64{3, 24, 192})
	if !ok || math.Abs(g.Exponent-1.5) > 1e-12 || math.Abs(g.Factor-3) > 1e-12 || math.Abs(g.At(100)-3000) > 1e-8 {
		t.Errorf("got %+v", g)
	}
	g, _ = fitGrowth([]float64{1, 2, 4}, []float64{1, 4, 4})
	if math.Abs(g.Exponent-1) > 1e-12 || g.Error == nil || math.Abs(*g.Error-0.57735) > 1e-5 {
		t.Errorf("got %+v", g)
	}
	if _, ok := fitGrowth([]float64{1, 1}, []float64{1, 2}); ok {
		t.Error("two points at one place have no growth")
	}
}

// TestTurns: contestants take turns, each begins a round, the warm-up does not count.
func TestTurns(t *testing.T) {
	var order []string
	contestant := func(name string, role Role, cost time.Duration) Contestant {
		return Contestant{Name: name, Role: role, Run: func(context.Context) (Sample, error) {
			order = append(order, name)
			return Sample{Ops: 10, Wall: cost, CPU: cost, Check: "same", Extra: map[string]float64{"x": 4}}, nil
		}}
	}
	suite := Suite{Name: "s", Open: func(context.Context, *Env) ([]Case, error) {
		return []Case{{Name: "c", Unit: "op", Contestants: []Contestant{
			contestant("a", Ours, 10*time.Microsecond), contestant("b", Peer, 30*time.Microsecond), contestant("c", Ceiling, 5*time.Microsecond),
		}}}, nil
	}}
	r, err := Run(t.Context(), []Suite{suite}, Options{Rounds: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, ""); got != "abcabcbcacab" {
		t.Errorf("order %s", got)
	}
	c := r.Cases[0]
	if c.Error != "" || len(c.Lines) != 3 || c.Lines[0].Rounds != 3 {
		t.Fatalf("%+v", c)
	}
	if c.Lines[0].CPUMicros.Median != 1 || c.Lines[1].Ratio.Median != 3 || c.Lines[2].Ratio.Median != 0.5 || math.Abs(c.Lines[0].PerSecond.Median-1e6) > 1 {
		t.Errorf("%+v", c.Lines)
	}
	var text bytes.Buffer
	if err := r.Markdown(&text); err != nil || !strings.Contains(text.String(), "| b | peer | 333.3 k ±0 % | 3 ±0 % | 3 ±0 % | 3 × ±0 % | 4 ±0 % |") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// TestDisagreement: contestants that made different things have no numbers.
func TestDisagreement(t *testing.T) {
	made := func(check string) func(context.Context) (Sample, error) {
		return func(context.Context) (Sample, error) { return Sample{Ops: 1, Check: check}, nil }
	}
	f := func(want string, cs ...Contestant) {
		t.Helper()
		r := measure(t.Context(), "s", &Case{Name: "c", Contestants: cs}, Options{}.withDefaults())
		if !strings.Contains(r.Error, want) || len(r.Lines) != 0 {
			t.Errorf("error %q, want %q", r.Error, want)
		}
	}
	f("did not do the same work", Contestant{Name: "a", Run: made("1")}, Contestant{Name: "b", Run: made("2")})
	f("a: broken", Contestant{Name: "a", Run: func(context.Context) (Sample, error) { return Sample{}, errors.New("broken") }})
	f("did nothing", Contestant{Name: "a", Run: func(context.Context) (Sample, error) { return Sample{}, nil }})
}

// TestCompare: dearer beyond the noise is a regression; on another machine only the ratio to the ceiling counts.
func TestCompare(t *testing.T) {
	report := func(cpu string, ours, ceiling, spread float64) *Report {
		cost := func(v float64) Summary { return Summary{v, spread} }
		return &Report{Environment: Environment{CPU: cpu}, Cases: []Result{{Suite: "s", Name: "c", By: CPU, Lines: []Line{
			{Name: "us", Role: Ours, CPUMicros: cost(ours)},
			{Name: "top", Role: Ceiling, CPUMicros: cost(ceiling), Ratio: cost(ceiling / ours)},
		}}}}
	}
	f := func(want string, now *Report) {
		t.Helper()
		got := ""
		for _, c := range now.Compare(report("x", 10, 2, 0.01)) {
			got += map[bool]string{true: "worse ", false: "same "}[c.Regression()] + c.What
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("same cost", report("x", 10.9, 2, 0.01))
	f("worse cost", report("x", 11.1, 2, 0.01))
	f("same cost", report("x", 11.1, 2, 0.1))
	f("same cost over top", report("y", 50, 10, 0.01))
	f("worse cost over top", report("y", 50, 9, 0.01))

	// The same machine, of which neighbours take a third: what needs none of ours says so.
	slower := func(r *Report, copying float64) *Report {
		r.Cases = append(r.Cases, Result{Suite: "machine", Name: "m", By: CPU, Lines: []Line{
			{Name: "copy", Role: Ceiling, CPUMicros: Summary{Median: copying}}, {Name: "ours", Role: Ours, CPUMicros: Summary{Median: 100 * copying}},
		}})
		return r
	}
	g := func(want string, comparable bool, now, before *Report) {
		t.Helper()
		if got := now.Comparable(before); got != comparable {
			t.Errorf("comparable: %v", got)
		}
		for _, c := range now.Compare(before) {
			if c.Suite == "s" && c.What != want {
				t.Errorf("compares %q, want %q", c.What, want)
			}
		}
	}
	g("cost over top", false, slower(report("x", 15, 3, 0.01), 1.5), slower(report("x", 10, 2, 0.01), 1))
	g("cost", true, slower(report("x", 15, 3, 0.01), 1.05), slower(report("x", 10, 2, 0.01), 1))
}

// TestMerge: peers' lines join ours; a curve is fitted over both.
func TestMerge(t *testing.T) {
	r := &Report{}
	for x := 1.0; x <= 4; x *= 2 {
		r.Cases = append(r.Cases, Result{Suite: "s", Name: short(x), By: CPU, Curve: "size", X: x, Lines: []Line{{Name: "us", CPUMicros: Summary{Median: x}}}})
	}
	peers := &Report{Cases: []Result{{Suite: "s", Name: "2", By: CPU, Lines: []Line{{Name: "them"}, {Name: "us"}}}, {Suite: "s", Name: "other"}}}
	r.Merge(peers)
	if len(r.Cases) != 4 || len(r.Cases[1].Lines) != 2 || len(r.Curves) != 1 || math.Abs(r.Curves[0].Exponent-1) > 1e-12 {
		t.Errorf("%+v", r)
	}
}

// TestProjection: by hand: 10 + 20 µs an event, peaks of 3 at 0.6: 1000 a second need 1000 · 30e-6 · 3 / 0.6 = 0.15 cores; a billion take 30 000 s
// of work, paid for five times over: 41.67 hours; a month of 1000 a second at 100 bytes is 2.592e9 events and 0.2592 TB.
func TestProjection(t *testing.T) {
	ours := func(us float64) []Line {
		return []Line{{Name: "top", Role: Ceiling}, {Name: "us", Role: Ours, CPUMicros: Summary{Median: us}, Extra: map[string]Summary{"bytes stored per event": {Median: 100}}}}
	}
	r := &Report{Cases: []Result{
		{Suite: "ingest", Name: "request to row", Lines: ours(10)},
		{Suite: "forward", Name: "stored event to sink", Lines: ours(20)},
		{Suite: "rollup", Name: "20 metrics of an experiment", Error: "broken", Lines: ours(99)},
	}}
	p := r.Project()
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("µs an event", p.CPUMicros(), 30)
	near("cores", p.Cores(1000), 0.15)
	near("core hours", p.CoreHours(), 150_000./3600)
	near("TB", p.Terabytes(1000), 0.2592)
	var text bytes.Buffer
	if err := r.Markdown(&text); err != nil || !strings.Contains(text.String(), "| 1000 | 2.592 G | 0.15 | 0.2592 TB |") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// TestWorkload: the same seed makes the same bytes, every batch is JSON, and the shares are those that doc.go states.
func TestWorkload(t *testing.T) {
	const batches, size = 200, 100
	w := Workload{Seed: 1, Units: 5000, PerDay: 5000}
	sum, kinds, ids, bytesOf := fnv.New64a(), map[string]int{}, map[string]int{}, 0
	exposures, anonymous, money := 0, 0, 0
	for n := range uint64(batches) {
		body := w.AppendBatch(nil, n, size)
		sum.Write(body)
		bytesOf += len(body)
		var batch struct {
			Batch []struct {
				Type, MessageID, UserID, Event string
				Timestamp                      time.Time
				Properties                     map[string]any
			}
		}
		if err := json.Unmarshal(body, &batch); err != nil || len(batch.Batch) != size {
			t.Fatalf("batch %d: %v, %d calls", n, err, len(batch.Batch))
		}
		for _, c := range batch.Batch {
			kinds[c.Type]++
			ids[c.MessageID]++
			if c.UserID == "" {
				anonymous++
			}
			if c.Event == "Experiment Viewed" {
				exposures++
			}
			if _, ok := c.Properties["revenue"]; ok {
				money++
			}
		}
	}
	total := float64(batches * size)
	within := func(what string, got int, low, high float64) {
		t.Helper()
		if share := float64(got) / total; share < low || share > high {
			t.Errorf("share of %s is %.4f, want %.3f to %.3f", what, share, low, high)
		}
	}
	within("track", kinds["track"], 0.69, 0.73)
	within("page", kinds["page"], 0.20, 0.24)
	within("anonymous alone", anonymous, 0.1, 0.35)
	within("exposures", exposures, 0.02, 0.03)
	within("duplicates", int(total)-len(ids), 0.007, 0.013)
	within("revenue", money, 0.03, 0.12)
	if mean := float64(bytesOf) / total; mean < 800 || mean > 1300 {
		t.Errorf("%.0f bytes a call", mean)
	}
	again := fnv.New64a()
	for n := range uint64(batches) {
		again.Write(w.AppendBatch(nil, n, size))
	}
	if sum.Sum64() != again.Sum64() {
		t.Error("the same seed made other bytes")
	}
	w.Seed = 2
	if bytes.Equal(w.AppendBatch(nil, 0, size), Workload{Seed: 1, Units: 5000, PerDay: 5000}.AppendBatch(nil, 0, size)) {
		t.Error("another seed made the same bytes")
	}
}

// TestCPUTime: work takes processor time, a child's too.
func TestCPUTime(t *testing.T) {
	before, x := CPUTime(), 0.0
	for started := time.Now(); time.Since(started) < 100*time.Millisecond; {
		x += math.Sqrt(x + 1)
	}
	if used := CPUTime() - before; used < 20*time.Millisecond || used > time.Minute || x == 0 {
		t.Errorf("100 ms of work took %v", used)
	}
	if RSS() < 1<<20 {
		t.Errorf("RSS %d", RSS())
	}
}

func BenchmarkWorkload(b *testing.B) {
	w, body := Workload{Seed: 1}, make([]byte, 0, BatchBytes(100))
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		body = w.AppendBatch(body[:0], n, 100)
	}
	b.SetBytes(int64(len(body)))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

package bench

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// Workload makes Segment calls; the package comment says which. Any call can be made alone, from its number.
type Workload struct {
	Seed  uint64
	Units int // default 100 000
	Days  int // default 14
	// Start is the first instant, default Days before 2026-01-15.
	Start time.Time
	// Experiment is what Experiment Viewed names, default "bench_experiment" with variations control and test.
	Experiment string
	// PerDay is how many calls make a day's worth, so that calls in order are roughly in the order of time; default 1 M.
	PerDay int
}

func (w Workload) withDefaults() Workload {
	if w.Units == 0 {
		w.Units = 100_000
	}
	if w.Days == 0 {
		w.Days = 14
	}
	if w.Start.IsZero() {
		w.Start = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -w.Days)
	}
	if w.Experiment == "" {
		w.Experiment = "bench_experiment"
	}
	if w.PerDay == 0 {
		w.PerDay = 1_000_000
	}
	return w
}

// BatchBytes is a good first guess of a batch's size.
func BatchBytes(size int) int { return 1200*size + 200 }

// AppendBatch appends the body of the n-th batch of size calls for /v1/batch.
func (w Workload) AppendBatch(b []byte, n uint64, size int) []byte {
	w = w.withDefaults()
	b = append(b, `{"batch":[`...)
	for i := range uint64(size) {
		if i > 0 {
			b = append(b, ',')
		}
		b = w.appendCall(b, n*uint64(size)+i, uint64(size))
	}
	b = append(b, `],"sentAt":"`...)
	last := w.at(n*uint64(size)+uint64(size)-1, 0)
	b = last.UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, `"}`...)
}

// AppendCall appends the i-th call, as it stands in batches of 100.
func (w Workload) AppendCall(b []byte, i uint64) []byte {
	w = w.withDefaults()
	return w.appendCall(b, i, 100)
}

const (
	late      = 0.02 // share of calls that come up to three days late
	duplicate = 0.01 // share of calls that are a repetition
	lookBack  = 50   // batches between a call and its repetition, at most
)

func (w *Workload) random(i uint64) *rand.Rand { return rand.New(rand.NewPCG(w.Seed, i)) }

// appendCall makes the call, or repeats an earlier one.
func (w *Workload) appendCall(b []byte, i, batch uint64) []byte {
	r := w.random(i)
	if back := 1 + r.Uint64N(lookBack*batch); r.Float64() < duplicate && back <= i {
		i -= back
		r = w.random(i)
		r.Uint64N(lookBack * batch)
		r.Float64()
	}
	return w.appendOriginal(b, i, r)
}

func (w *Workload) appendOriginal(b []byte, i uint64, r *rand.Rand) []byte {
	user := zipf(r, w.Units, 1.05)
	c := client(r)
	b = append(b, `{"type":"`...)
	kind := kindOf(r, i)
	b = append(append(b, kind...), `","messageId":"`...)
	b = appendHex(append(b, c.idPrefix...), w.Seed*0x9E3779B97F4A7C15^i, r.Uint64())
	b = append(b, `","anonymousId":"`...)
	b = appendHex(b, uint64(user)*0xBF58476D1CE4E5B9, w.Seed)
	if user%10 < 7 {
		b = strconv.AppendInt(append(b, `","userId":"user-`...), int64(user), 10)
	}
	b = append(b, `","timestamp":"`...)
	b = w.at(i, r.Float64()).AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `",`...)
	b = w.appendPayload(b, kind, i, user, r)
	b = append(b, `,"context":`...)
	return append(c.appendContext(b, user, r), '}')
}

// at is the time of a call: busier in the afternoon, and sometimes late.
func (w *Workload) at(i uint64, u float64) time.Time {
	at := float64(i) / float64(w.PerDay)
	day := math.Floor(math.Mod(at, float64(w.Days)))
	share := at - math.Floor(at)
	// A cosine of amplitude 0.6 over the day, inverted to the second order: enough for a shape.
	share -= 0.6 / (2 * math.Pi) * math.Sin(2*math.Pi*share)
	t := w.Start.Add(time.Duration((day*24 + share*24) * float64(time.Hour)))
	if u > 0 && u < late {
		t = t.Add(-time.Duration(u / late * 72 * float64(time.Hour)))
	}
	return t
}

// everyExposure is how often a call is Experiment Viewed.
const everyExposure = 40

func kindOf(r *rand.Rand, i uint64) string {
	u := r.Float64()
	switch {
	case i%everyExposure == 0, u < 0.70:
		return "track"
	case u < 0.92:
		return "page"
	case u < 0.96:
		return "identify"
	case u < 0.98:
		return "group"
	default:
		return "screen"
	}
}

func (w *Workload) appendPayload(b []byte, kind string, i uint64, user int, r *rand.Rand) []byte {
	switch {
	case kind == "track" && i%everyExposure == 0:
		b = append(append(append(b, `"event":"Experiment Viewed","properties":{"experiment_id":"`...), w.Experiment...), `","variation_id":"`...)
		return append(append(b, w.Variation(user)...), `"}`...)
	case kind == "track":
		n := zipf(r, len(eventNames), 1.1)
		b = append(append(append(b, `"event":"`...), eventNames[n]...), `","properties":`...)
		return appendProperties(b, r, n < 6)
	case kind == "page", kind == "screen":
		b = append(append(append(b, `"name":"`...), pages[r.IntN(len(pages))]...), `","properties":`...)
		return appendProperties(b, r, false)
	case kind == "group":
		b = strconv.AppendInt(append(b, `"groupId":"company-`...), int64(user%997), 10)
		return append(append(b, `","traits":`...), `{"plan":"team","employees":42}`...)
	default:
		b = append(append(b, `"traits":{"plan":"`...), words[r.IntN(len(words))]...)
		b = fmt.Appendf(b, `","email":"user%d@example.com","logins":%d}`, user, r.IntN(500))
		return b
	}
}

// Variation is the group that a user got.
func (w Workload) Variation(user int) string {
	h := fnv.New64a()
	var n [16]byte
	binary.LittleEndian.PutUint64(n[:], uint64(user))
	binary.LittleEndian.PutUint64(n[8:], w.Seed)
	h.Write(n[:])
	if h.Sum64()>>33&1 == 0 {
		return "control"
	}
	return "test"
}

// zipf draws 0 ≤ k < n with probability falling as (k+1)^-s, by inverting the continuous distribution.
func zipf(r *rand.Rand, n int, s float64) int {
	t := math.Pow(float64(n)+1, 1-s)
	x := math.Pow(1+r.Float64()*(t-1), 1/(1-s))
	return min(int(x)-1, n-1)
}

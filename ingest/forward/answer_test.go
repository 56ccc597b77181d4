package forward

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestJudge(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := func(status int, header, body string, want verdict, after time.Duration, code string) {
		t.Helper()
		h := make(http.Header)
		if name, value, ok := strings.Cut(header, ": "); ok {
			h.Set(name, value)
		}
		a := judge(status, h, []byte(body), now)
		if a.verdict != want || a.after != after || a.code != code {
			t.Errorf("%d %s: verdict %d after %v code %s; want %d, %v, %s", status, header, a.verdict, a.after, a.code, want, after, code)
		}
	}
	f(200, "", `{"success":true}`, taken, 0, "http_200")
	f(202, "", ``, taken, 0, "http_202")
	f(302, "Location: https://elsewhere", ``, blocked, 0, "http_302")
	f(400, "", `{"code":"invalid_json"}`, refused, 0, "invalid_json")
	f(401, "", ``, blocked, 0, "http_401")
	f(403, "", ``, blocked, 0, "http_403")
	f(404, "", ``, blocked, 0, "http_404")
	f(408, "", ``, retry, 0, "http_408")
	f(413, "", ``, refused, 0, "http_413")
	f(418, "", ``, refused, 0, "http_418")
	f(422, "", ``, refused, 0, "http_422")
	f(429, "", ``, retry, 0, "http_429")
	f(429, "Retry-After: 7", ``, retry, 7*time.Second, "http_429")
	f(429, "X-RateLimit-Reset: 3", ``, retry, 3*time.Second, "http_429")
	f(503, "Retry-After: Fri, 02 Jan 2026 03:05:05 GMT", ``, retry, time.Minute, "http_503")
	f(503, "Retry-After: Fri, 02 Jan 2026 03:00:00 GMT", ``, retry, 0, "http_503")
	f(503, "Retry-After: 999999", ``, retry, longestWait, "http_503")
	f(503, "Retry-After: soon", ``, retry, 0, "http_503")
	f(503, "Retry-After: -1", ``, retry, 0, "http_503")
	f(599, "", ``, retry, 0, "http_599")
}

// TestBackoff: pauses double up to the longest, each between half and all of it; what was asked for is never shortened.
func TestBackoff(t *testing.T) {
	b := &backoff{time.Second, 5 * time.Second, func() float64 { return 0.5 }}
	for _, want := range []time.Duration{750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second, 3750 * time.Millisecond, 3750 * time.Millisecond} {
		if got := b.next(0); got != want {
			t.Errorf("waits %v, want %v", got, want)
		}
	}
	if got := b.next(10 * time.Second); got != 10500*time.Millisecond {
		t.Errorf("waits %v where 10 s were asked for", got)
	}
}

// TestParcels: limits of bytes and numbers are kept, order too, and a lot knows how many parcels it has.
func TestParcels(t *testing.T) {
	f := func(sizes []int, want []int, wantTooLarge int) {
		t.Helper()
		var messages []message
		for _, n := range sizes {
			messages = append(messages, message{json: make([]byte, n)})
		}
		all, tooLarge := parcels(messages, 1, nil), 0
		for i, p := range all {
			size := 0
			for _, m := range p.messages {
				size += len(m.json)
			}
			if i >= len(want) || len(p.messages) != want[i] || size > maxParcelBytes {
				t.Errorf("parcel %d has %d messages, %d bytes", i, len(p.messages), size)
			}
			if p.lot != all[0].lot || p.lot.left != len(want) {
				t.Errorf("parcel %d is of a lot of %d, want %d", i, p.lot.left, len(want))
			}
			tooLarge += len(p.tooLarge)
		}
		if len(all) != len(want) || tooLarge != wantTooLarge {
			t.Errorf("%d parcels, %d too large", len(all), tooLarge)
		}
	}
	many := func(n, size int) (s []int) {
		for range n {
			s = append(s, size)
		}
		return s
	}
	f(nil, []int{0}, 0)
	f(many(1, 100), []int{1}, 0)
	f(many(2501, 10), []int{2500, 1}, 0)
	f(many(31, 32_000), []int{15, 15, 1}, 0)
	f([]int{10, 32_001, 10}, []int{2}, 1)
	f([]int{32_001}, []int{0}, 1)
}

// Lanes take turns, a user's messages are all in one, in order, and everything is in some.
func TestParcelsOfLanes(t *testing.T) {
	var messages []message
	for i := range 20_000 {
		messages = append(messages, message{json: make([]byte, 300), who: uint64(i * i % 101), position: uint64(i)})
	}
	laneOf, last, n := map[uint64]int{}, map[uint64]uint64{}, 0
	for i, p := range parcels(messages, 3, nil) {
		if i < 9 && p.lane != i%3 {
			t.Errorf("parcel %d is of lane %d", i, p.lane)
		}
		for _, m := range p.messages {
			if lane, ok := laneOf[m.who]; ok && (lane != p.lane || last[m.who] >= m.position) {
				t.Fatalf("message %d of user %d is in lane %d behind %d in lane %d", m.position, m.who, p.lane, last[m.who], lane)
			}
			laneOf[m.who], last[m.who] = p.lane, m.position
			n++
		}
	}
	if n != len(messages) {
		t.Errorf("%d messages are in parcels", n)
	}
}

// All lanes send while all goes well; when it does not, all wait once, one tries, and the others follow when it was taken.
func TestPace(t *testing.T) {
	now := time.UnixMilli(0)
	p := &pace{o: &Options{Now: func() time.Time { return now }, Backoff: time.Second, MaxBackoff: time.Minute, Random: func() float64 { return 1 }}}
	ask := func(want time.Duration) turn {
		t.Helper()
		got, pause, _ := p.ask()
		if pause != want {
			t.Fatalf("a lane that asks waits %v, want %v", pause, want)
		}
		return got
	}
	bad := func(turn turn, asked, want time.Duration) {
		t.Helper()
		if got := p.bad(turn, asked); got != want {
			t.Fatalf("after a bad answer all wait %v, want %v", got, want)
		}
	}
	first, second, third := ask(0), ask(0), ask(0)
	bad(first, 0, time.Second)
	bad(second, 0, time.Second) // the same trouble
	if p.good(third) {
		t.Error("an answer to what was sent before the trouble ends it")
	}
	ask(time.Second)
	now = now.Add(time.Second)
	first = ask(0)
	ask(time.Minute) // one tries
	bad(first, 0, 2*time.Second)
	now = now.Add(2 * time.Second)
	first = ask(0)
	bad(first, 30*time.Second, 33*time.Second) // asked for, and up to a tenth more
	bad(second, 0, 33*time.Second)
	ask(33 * time.Second)
	now = now.Add(33 * time.Second)
	if first = ask(0); !p.good(first) {
		t.Error("what was taken does not end the trouble")
	}
	first, _ = ask(0), ask(0)
	bad(first, 0, time.Second) // another trouble begins with the shortest pause
}

// TestSignature: the digest is Python's hmac.new(b"whsec", b'v0:1767323045678:{"data":[{}]}', sha256).
func TestSignature(t *testing.T) {
	at, signed := signature("whsec", 1767323045678, []byte(`{"data":[{}]}`))
	if at != "1767323045678" || signed != "v0=e612f4ff983296067c9040e159da45c32456397b11707a523285d2371238fe97" {
		t.Errorf("%s %s", at, signed)
	}
}

// FuzzJudge: whatever a destination answers, it is one of the verdicts, what is said of it is short and valid text, and no wait is negative or longer
// than an hour.
func FuzzJudge(f *testing.F) {
	f.Add(200, []byte(`{"success":true,"rejected":[{"index":3,"code":"bad","message":"no"},{"index":-1},{"index":1e99}]}`), "", "")
	f.Add(429, []byte(`<html>`), "Wed, 25 Nov 2026 03:00:00 GMT", "1e300")
	f.Add(400, []byte("{\"code\":\"\xff\",\"rejected\":{}}"), "-1", "NaN")
	f.Add(503, []byte(nil), "1e9", "Inf")
	f.Fuzz(func(t *testing.T, status int, body []byte, after, reset string) {
		a := judge(status, http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}, body, time.UnixMilli(1_795_000_000_000))
		if a.verdict < taken || a.verdict > refused || a.after < 0 || a.after > longestWait || len(a.detail) > 2000 || !utf8.ValidString(a.detail) {
			t.Fatalf("%+v", a)
		}
		if (status >= 200 && status < 300) != (a.verdict == taken) || len(a.rejected) > 0 && a.verdict != taken {
			t.Fatalf("status %d is %+v", status, a)
		}
		l := &lane{exporter: &exporter{meters: metersOf("fuzz")}}
		if sent := l.took(make([]message, 5), a); sent+len(l.failures) != 5 {
			t.Fatalf("of 5 messages %d are sent and %d failed", sent, len(l.failures))
		}
	})
}

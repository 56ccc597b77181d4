package forward

import (
	"net/http"
	"strings"
	"testing"
	"time"
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

// TestParcels: limits of bytes and numbers are kept, order too, and only the last says that all is done.
func TestParcels(t *testing.T) {
	f := func(sizes []int, want []int, wantTooLarge int) {
		t.Helper()
		var messages []message
		for _, n := range sizes {
			messages = append(messages, message{json: make([]byte, n)})
		}
		done, tooLarge := 0, 0
		for i, p := range parcels(messages, func(*progress) { done++ }) {
			size := 0
			for _, m := range p.messages {
				size += len(m.json)
			}
			if i >= len(want) || len(p.messages) != want[i] || size > maxParcelBytes {
				t.Errorf("parcel %d has %d messages, %d bytes", i, len(p.messages), size)
			}
			if (done == 1) != (i == len(want)) {
				t.Errorf("done at parcel %d", i)
			}
			p.after(nil)
			tooLarge += len(p.tooLarge)
		}
		if done != 1 || tooLarge != wantTooLarge {
			t.Errorf("done %d times, %d too large", done, tooLarge)
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

// TestSignature: the digest is Python's hmac.new(b"whsec", b'v0:1767323045678:{"data":[{}]}', sha256).
func TestSignature(t *testing.T) {
	at, signed := signature("whsec", 1767323045678, []byte(`{"data":[{}]}`))
	if at != "1767323045678" || signed != "v0=e612f4ff983296067c9040e159da45c32456397b11707a523285d2371238fe97" {
		t.Errorf("%s %s", at, signed)
	}
}

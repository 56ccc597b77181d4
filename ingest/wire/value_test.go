package wire

import (
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Every format that Segment's documentation and clients were seen to write (facts: segment.md §1.6), and what is none.
func TestTime(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		at, ok := Time([]byte(text))
		switch got := at.Time().Format("2006-01-02T15:04:05.000Z"); {
		case !ok && want != "":
			t.Errorf("%s cannot be read, want %s", text, want)
		case ok && got != want:
			t.Errorf("%s = %s, want %q", text, got, want)
		}
	}
	f(`"2026-11-24T10:20:30.123Z"`, "2026-11-24T10:20:30.123Z")
	f(`"2026-11-24T10:20:30.123456789+02:00"`, "2026-11-24T08:20:30.123Z")
	f(`"2026-11-24T10:20:30+00:00"`, "2026-11-24T10:20:30.000Z")
	f(`"2026-11-24T10:20:30.5+0530"`, "2026-11-24T04:50:30.500Z")
	f(`" 2026-11-24T10:20:30Z "`, "2026-11-24T10:20:30.000Z")
	f(`"2015-2-02T00:30:08.276Z"`, "2015-02-02T00:30:08.276Z")
	f(`"2021-04-30T22:06:11"`, "2021-04-30T22:06:11.000Z")
	f(`"2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.29"`, "2020-05-09T23:54:49.209Z")
	f(`"2020-05-09 23:54:49.209808489 +0200 CEST"`, "2020-05-09T21:54:49.209Z")
	f(`"2020-05-09 23:54:49"`, "2020-05-09T23:54:49.000Z")
	f(`"2020-05-09"`, "2020-05-09T00:00:00.000Z")
	f(`"Mon, 02 Jan 2006 15:04:05 GMT"`, "2006-01-02T15:04:05.000Z")
	f(`1655231253265`, "2022-06-14T18:27:33.265Z")
	f(`"1655231253265"`, "2022-06-14T18:27:33.265Z")
	f(`1655231253`, "2022-06-14T18:27:33.000Z")
	f(`1655231253.5`, "2022-06-14T18:27:33.500Z")
	for _, text := range []string{``, `null`, `""`, `"yesterday"`, `"2026-13-45"`, `true`, `{}`, `[]`, `0`, `-5`, `1e300`, `"NaN"`, `"1850-01-01"`, `"0000-00-00"`} {
		f(text, "")
	}
}

// The corrected time by hand: received − (sent − original) only where the clock is plainly wrong.
func TestCorrected(t *testing.T) {
	const received = schema.Millis(1_700_000_000_000)
	ago := func(d time.Duration) schema.Millis { return received - schema.Millis(d.Milliseconds()) }
	f := func(name string, original, sent schema.Millis, retry bool, want schema.Millis) {
		t.Helper()
		if got := Corrected(original, sent, received, retry); got != want {
			t.Errorf("%s: %v before receipt, want %v", name, time.Duration(received-got)*time.Millisecond, time.Duration(received-want)*time.Millisecond)
		}
	}
	f("a good clock", ago(5*time.Second), ago(time.Second), false, ago(5*time.Second))
	f("no time at all", 0, ago(time.Second), false, received)
	f("no sentAt", ago(3*time.Hour), 0, false, ago(3*time.Hour))
	f("a retry that kept its sentAt for 50 minutes", ago(51*time.Minute), ago(50*time.Minute), false, ago(51*time.Minute))
	f("a clock two days behind", ago(48*time.Hour+3*time.Second), ago(48*time.Hour), false, ago(3*time.Second))
	f("a marked retry after two days", ago(48*time.Hour+3*time.Second), ago(48*time.Hour), true, ago(48*time.Hour+3*time.Second))
	f("a clock a day ahead", ago(-24*time.Hour), ago(-24*time.Hour-5*time.Second), false, ago(5*time.Second))
	f("a clock a day ahead on a marked retry", ago(-24*time.Hour), ago(-24*time.Hour-5*time.Second), true, ago(5*time.Second))
	f("a clock 30 s ahead", ago(-20*time.Second), ago(-30*time.Second), false, received)
	f("a sentAt older than the event", received+5000, ago(14*24*time.Hour), false, received)
	f("history sent now", ago(365*24*time.Hour), ago(time.Second), false, ago(365*24*time.Hour))
	f("before 1970", 1, ago(-24*time.Hour), false, 0)
}

func TestNumberAndID(t *testing.T) {
	number := func(text string, want float64, ok bool) {
		t.Helper()
		if got, gotOK := Number([]byte(text)); got != want || gotOK != ok {
			t.Errorf("Number(%s) = %v, %v, want %v, %v", text, got, gotOK, want, ok)
		}
	}
	number(`19.5`, 19.5, true)
	number(`-1e3`, -1000, true)
	number(`" 30 "`, 30, true)
	number(`"58.0"`, 58, true)
	for _, none := range []string{`null`, `true`, `""`, `"NaN"`, `"Infinity"`, `"0x10"`, `"1_000"`, `"$5"`, `1e999`, `[1]`, `{}`, ``} {
		number(none, 0, false)
	}
	id := func(text, want string) {
		t.Helper()
		if got := ID([]byte(text)); got != want {
			t.Errorf("ID(%s) = %q, want %q", text, got, want)
		}
	}
	id(`"u\u00fc"`, "uü")
	id(`12345678901234567890`, "12345678901234567890")
	id(`true`, "true")
	id(`null`, "")
	id(`{"a":1}`, "")
	id(`["a"]`, "")
	long := strings.Repeat("ü", 300)
	if got := Identity(long, [16]byte{}, 0); len(got) > 256 || got == Identity(long+"x", [16]byte{}, 0) {
		t.Errorf("a long identity becomes %q", got)
	}
	if got := Identity("", [16]byte{1}, 7); got != "ph-01000000000000000000000000000000-7" {
		t.Errorf("a missing identity becomes %q", got)
	}
}

func TestGet(t *testing.T) {
	f := func(object, path, want string) {
		t.Helper()
		if got := string(Get([]byte(object), path)); got != want {
			t.Errorf("Get(%s, %q) = %s, want %s", object, path, got, want)
		}
	}
	f(`{"a":{"b":{"c":1}}}`, "a.b.c", `1`)
	f(`{"a.b":2,"a":{"b":1}}`, "a.b", `2`)
	f(`{"a":{"b.c":3}}`, "a.b.c", `3`)
	f(`{"a":1,"a":2}`, "a", `2`)
	f(`{"\u0061":4}`, "a", `4`)
	f(`{"a":"x"}`, "a.b", ``)
	f(`[1]`, "a", ``)
}

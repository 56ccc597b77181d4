package wire

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/schema"
)

// ID reads an identity: a string, or a number or boolean as its text, since many callers send ids as numbers.
func ID(b []byte) string {
	switch {
	case IsString(b):
		return Text(b)
	case IsNumber(b), len(b) > 0 && (b[0] == 't' || b[0] == 'f'):
		return Share(b)
	default:
		return ""
	}
}

// Identity is an item's identity: as sent, shortened if absurdly long, else made from where the item stood, so that decoding the
// same request again gives the same.
func Identity(sent string, requestID [16]byte, n int) string {
	switch {
	case sent == "":
		return "ph-" + hex.EncodeToString(requestID[:]) + "-" + strconv.Itoa(n)
	case len(sent) > 256:
		return fmt.Sprintf("%s-%016x", strings.ToValidUTF8(sent[:200], ""), xxh3.HashString(sent))
	default:
		return sent
	}
}

// Number reads a number, or a string that holds one. Infinities and NaN are none.
func Number(b []byte) (float64, bool) {
	text := Share(b)
	if IsString(b) {
		text = strings.TrimSpace(Text(b))
	} else if !IsNumber(b) {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || strings.ContainsAny(text, "xXpP_") {
		return 0, false
	}
	return v, true
}

// layouts are the ways in which clients write times. Go's parser takes a fraction of a second behind any seconds field.
var layouts = []string{
	time.RFC3339, "2006-1-2T15:04:05Z07:00", "2006-1-2T15:04:05", "2006-1-2T15:04:05Z0700", "2006-1-2 15:04:05 -0700 MST",
	"2006-1-2 15:04:05Z07:00", "2006-1-2 15:04:05", "2006-1-2T15:04Z07:00", "2006-1-2", time.RFC1123, time.RFC1123Z,
}

// Time reads a point in time: RFC 3339 and what clients make of it (single-digit months, no zone, Go's own String), or Unix
// seconds or milliseconds as number or string. ok is false for what cannot be read.
func Time(b []byte) (at schema.Millis, ok bool) {
	if IsNumber(b) {
		return epoch(Share(b))
	}
	text := strings.TrimSpace(Text(b))
	if text == "" {
		return 0, false
	}
	if dated := len(text) > 4 && text[4] == '-'; !dated { // what a date looks like is no number, and finding that out is dear
		if at, ok := epoch(text); ok {
			return at, true
		}
	}
	if i := strings.Index(text, " m="); i > 0 { // the monotonic reading in Go's Time.String
		text = text[:i]
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return millis(t)
		}
	}
	return 0, false
}

func millis(t time.Time) (schema.Millis, bool) {
	if y := t.Year(); y < 1970 || y > 9999 {
		return 0, false
	}
	return schema.Millis(t.UnixMilli()), true
}

// epoch reads seconds or milliseconds since 1970: numbers below the year 5138 in seconds are seconds.
func epoch(text string) (schema.Millis, bool) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v < 253402300800000) {
		return 0, false
	}
	if v < 1e11 {
		v *= 1000
	}
	return schema.Millis(v), true
}

// The clock of a client is corrected only when it is plainly wrong, since what looks like a small skew is mostly a retry that
// kept its first sentAt (DESIGN.md §5).
const (
	skewAhead  = schema.Millis(60_000)
	skewBehind = schema.Millis(3_600_000)
)

// Corrected is the time of an event by our clock: Segment's received − (sent − original) where the client's clock is plainly
// wrong, else the original; never after receipt. Zero means unknown. A retry may carry the sentAt of its first attempt, which says
// nothing of the clock; but no retry was sent in the future.
func Corrected(original, sent, received schema.Millis, retry bool) schema.Millis {
	if original == 0 {
		return received
	}
	ahead, behind := sent > received+skewAhead, sent < received-skewBehind
	if sent != 0 && (ahead || behind && !retry) {
		original = received - (sent - original)
	}
	return min(max(original, 0), received)
}

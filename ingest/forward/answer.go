package forward

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// verdict is what an answer means for the parcel.
type verdict int

const (
	taken   verdict = iota
	retry           // the destination cannot at the moment
	blocked         // it is about us: the key, the address
	refused         // something in the parcel is not wanted, now or ever
)

// answer is what came back.
type answer struct {
	verdict verdict
	// code and detail say what was wrong, for failures and for people.
	code, detail string
	// after is how long the destination asked us to wait, 0 when it did not.
	after    time.Duration
	rejected []rejection
}

// rejection is a message of a parcel that was taken which was not taken itself.
type rejection struct {
	Index   int    `json:"index"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

const (
	// answerBytes is how much of an answer is looked at.
	answerBytes = 64 << 10
	// longestWait bounds Retry-After: a destination that says more is asked again anyway.
	longestWait = time.Hour
)

// judge reads an answer.
func judge(status int, header http.Header, body []byte, now time.Time) answer {
	a := answer{code: "http_" + strconv.Itoa(status), detail: fmt.Sprintf("status %d: %s", status, shorten(string(body), 300))}
	var said struct {
		Code     string      `json:"code"`
		Rejected []rejection `json:"rejected"`
	}
	if json.Unmarshal(body, &said) == nil && said.Code != "" {
		a.code = said.Code
	}
	switch {
	case status >= 200 && status < 300:
		a.verdict, a.rejected = taken, said.Rejected
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500 && status != http.StatusNotImplemented:
		a.verdict, a.after = retry, retryAfter(header, now)
	case aboutUs(status):
		a.verdict = blocked
	default:
		a.verdict = refused
	}
	return a
}

// aboutUs are the answers that would be the same for any parcel: redirects, which are not followed because the key would go along,
// and what the key or the address is to blame for. Losing everything over a mistyped key would be wrong.
func aboutUs(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusGone:
		return true
	default:
		return status < 400
	}
}

// retryAfter reads Retry-After, seconds or a date, else X-RateLimit-Reset in seconds.
func retryAfter(h http.Header, now time.Time) time.Duration {
	for _, text := range []string{h.Get("Retry-After"), h.Get("X-RateLimit-Reset")} {
		if seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && seconds > 0 && seconds < 1e9 {
			return min(time.Duration(seconds*float64(time.Second)), longestWait)
		}
		if at, err := http.ParseTime(text); err == nil && at.After(now) {
			return min(at.Sub(now), longestWait)
		}
	}
	return 0
}

// shorten cuts a text for people, at a rune's end.
func shorten(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

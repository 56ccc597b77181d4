package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// A real client whose answers get lost sends everything again, and one that is killed and started anew sends its queue once
// more: however often a call is delivered, it counts once.
func TestRetriesCountOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	s.console("POST", "/metrics", map[string]any{
		"name": "orders", "type": "event_count_custom", "metricEvents": []any{map[string]any{"name": "segment::Order Completed"}},
	}, nil)
	proxy, lost := forgetful(t, s.URL)
	clients := filepath.Join(repository(t), "testdata", "clients")
	run := func() {
		t.Helper()
		cmd := exec.Command("go", "run", ".", proxy, testWriteKey, "same")
		cmd.Dir = filepath.Join(clients, "go")
		callsOf(t, cmd)
	}
	run()
	run() // what a client does that was killed before it heard: it sends the same calls again
	if lost.Load() == 0 {
		t.Fatal("no answer was lost: the test shows nothing")
	}
	s.waitLoaded()

	type value struct{ Value float64 }
	var values []value
	day := time.Now().Add(-time.Minute).UTC().Format(time.DateOnly) // the client says a minute ago
	// Copies that are in the table and not yet absorbed may be counted for a moment; from their absorption on, never again.
	s.until("the order counts once", 60*time.Second, func() bool {
		s.console("GET", "/metrics/values?metricName=orders&date="+day, nil, &values)
		return len(values) > 0 && !slices.ContainsFunc(values, func(v value) bool { return v.Value != 1 })
	})
	s.stop()
	if n := storedIDs(t, dir)["go-same-track"]; n < 3 {
		t.Errorf("the order was delivered %d times; the test wants at least 3 deliveries", n)
	}
}

// forgetful is a proxy that passes every request on and drops the answer of every second one.
func forgetful(t *testing.T, target string) (address string, lost *atomic.Int64) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	lost = new(atomic.Int64)
	var requests atomic.Int64
	forward := httputil.NewSingleHostReverseProxy(u)
	forward.ModifyResponse = func(r *http.Response) error {
		if requests.Add(1)%2 == 0 {
			return nil
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return err
		}
		lost.Add(1)
		panic(http.ErrAbortHandler) // the connection breaks before the answer
	}
	server := httptest.NewServer(forward)
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	return server.URL, lost
}

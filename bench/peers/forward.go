package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/segmentio/analytics-go/v3"

	"github.com/pulsehouse/pulsehouse/bench"
)

// forward adds Segment's own Go library to the case of the same name. It sends from memory, uncompressed, with no cursor: less work
// than ours, which reads the events from the engine and remembers what arrived.
var forward = bench.Suite{Name: "forward", Open: func(_ context.Context, env *bench.Env) ([]bench.Case, error) {
	n := bench.Pick(env.Scale, 60_000, 500_000, 5_000_000)
	var arrived atomic.Int64
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		arrived.Add(k)
		io.WriteString(w, `{"success":true}`)
	}))
	env.Defer(func() error { sink.Close(); return nil })
	return []bench.Case{{Name: "stored event to sink", Unit: "event", Contestants: []bench.Contestant{{
		Name: "Segment's analytics-go, from memory", Role: bench.Peer,
		Run: func(context.Context) (bench.Sample, error) { return send(sink.URL, n) },
	}}}}, nil
}}

// counter notes what the library says became of its messages.
type counter struct{ sent, failed atomic.Int64 }

func (c *counter) Success(analytics.Message)        { c.sent.Add(1) }
func (c *counter) Failure(analytics.Message, error) { c.failed.Add(1) }

func send(url string, n int) (bench.Sample, error) {
	var c counter
	client, err := analytics.NewWithConfig("bench", analytics.Config{Endpoint: url, BatchSize: 500, Interval: time.Minute, Callback: &c})
	if err != nil {
		return bench.Sample{}, err
	}
	metadata := map[string]any{"product_id": "123", "category": "summer outdoor", "quantity": "2", "currency": "EUR", "list": "recommended", "position": "3"}
	for i := range n {
		err := client.Enqueue(analytics.Track{
			MessageId: fmt.Sprintf("bench-%032x", i), UserId: fmt.Sprintf("user-%d", i%1000), AnonymousId: "stable-1234", Event: "event_1", Timestamp: time.Unix(1767614400, 0),
			Properties: analytics.Properties{"value": 19.5, "metadata": metadata},
			Context: &analytics.Context{Extra: map[string]any{
				"user": map[string]any{"userID": "user-1", "email": "someone@example.com", "country": "DE"}, "value": 19.5, "metadata": metadata, "stableID": "stable-1234",
			}},
		})
		if err != nil {
			return bench.Sample{}, errors.Join(err, client.Close())
		}
	}
	if err := client.Close(); err != nil {
		return bench.Sample{}, err
	}
	if got := int(c.sent.Load()); got != n {
		return bench.Sample{}, fmt.Errorf("%d of %d messages were sent, %d failed", got, n, c.failed.Load())
	}
	return bench.Sample{Ops: float64(n)}, nil
}

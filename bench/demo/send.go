package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// Target is where the demo is sent, and with which keys.
type Target struct {
	URL       string // e.g. http://localhost:8080
	WriteKey  string // for Segment's /v1/batch
	ServerKey string // for /v1/log_event
	Client    *http.Client
	// Progress is told how many events have been acknowledged so far.
	Progress func(events int)
}

const (
	batchSize   = 200
	connections = 4
)

// batch is one request: only Segment calls or only SDK events.
type batch struct {
	path, key string
	events    int
	body      []byte
}

// Send makes the plan's events and sends them. It returns how many items were acknowledged, repeats included.
func (p Plan) Send(ctx context.Context, t Target) (acknowledged int, err error) {
	batches, acks := make(chan batch, connections), make(chan int, connections)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { defer close(batches); return p.batches(ctx, t, batches) })
	senders, sctx := errgroup.WithContext(ctx)
	for range connections {
		senders.Go(func() error {
			for b := range batches {
				if err := t.post(sctx, b); err != nil {
					return err
				}
				acks <- b.events
			}
			return nil
		})
	}
	g.Go(func() error { defer close(acks); return senders.Wait() })
	for n := range acks {
		acknowledged += n
		if t.Progress != nil {
			t.Progress(acknowledged)
		}
	}
	return acknowledged, g.Wait()
}

// batches fills requests in the order of the events; an event marked so is sent again in a later request.
func (p Plan) batches(ctx context.Context, t Target, out chan<- batch) error {
	segment := &builder{path: "/v1/batch", key: t.WriteKey}
	statsig := &builder{path: "/v1/log_event", key: t.ServerKey}
	var repeats []json.RawMessage
	flush := func(b *builder) error {
		if len(b.items) == 0 { // the last request was just full
			return nil
		}
		full := b.build()
		select {
		case out <- full:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for e := range p.Events() {
		b, item := segment, segmentCall(e)
		if e.Kind == AAExposure {
			b, item = statsig, sdkEvent(e)
		}
		b.items = append(b.items, item)
		if e.Repeat {
			repeats = append(repeats, item)
		}
		if len(b.items) < batchSize {
			continue
		}
		if b == segment {
			b.items, repeats = append(b.items, segmentOnly(repeats)...), nil
		}
		if err := flush(b); err != nil {
			return err
		}
	}
	for _, b := range []*builder{segment, statsig} {
		if err := flush(b); err != nil {
			return err
		}
	}
	return nil
}

// segmentOnly leaves out SDK exposures, which the other route carries.
func segmentOnly(items []json.RawMessage) (kept []json.RawMessage) {
	for _, i := range items {
		if bytes.Contains(i, []byte(`"messageId"`)) {
			kept = append(kept, i)
		}
	}
	return kept
}

type builder struct {
	path, key string
	items     []json.RawMessage
}

func (b *builder) build() batch {
	request := map[string]any{"batch": b.items, "sentAt": time.Now().UTC()}
	if b.path == "/v1/log_event" {
		request = map[string]any{"events": b.items, "statsigMetadata": map[string]string{
			"sdkType": "pulsehouse-demo", "sdkVersion": "1.0", "sessionID": "demo",
		}}
	} else {
		request["context"] = map[string]any{"library": map[string]string{"name": "pulsehouse-demo", "version": "1.0"}}
	}
	full := batch{path: b.path, key: b.key, events: len(b.items), body: must(json.Marshal(request))}
	b.items = nil
	return full
}

// segmentCall is the event as a Segment library would send it.
func segmentCall(e Event) json.RawMessage {
	call := map[string]any{
		"messageId": e.ID, "timestamp": e.Time, "userId": e.UserID(), "anonymousId": e.AnonymousID(), "type": "track",
	}
	properties := map[string]any{"statsigCustomIDs": []string{string(Device), e.DeviceID()}}
	switch e.Kind {
	case PageView:
		call["type"], call["name"] = "page", "Product"
		properties["path"] = "/product"
	case Order:
		call["event"] = "Order Completed"
		properties["revenue"], properties["currency"] = e.Value, "EUR"
	case ABExposure:
		call["event"] = "Experiment Viewed"
		properties["experiment_id"], properties["variation_id"] = ABTest, e.Group
	}
	call["properties"] = properties
	return must(json.Marshal(call))
}

// sdkEvent is the exposure as a Statsig server SDK would log it.
func sdkEvent(e Event) json.RawMessage {
	return must(json.Marshal(map[string]any{
		"eventName": "statsig::config_exposure",
		"time":      e.Time.UnixMilli(),
		"user":      map[string]any{"userID": e.UserID(), "customIDs": map[string]string{string(Device): e.DeviceID()}},
		"metadata":  map[string]string{"config": AATest, "ruleID": e.Group, "reason": "Network"},
		"value":     nil,
	}))
}

// post sends one request and wants its acknowledgement; 429 and 503 are tried again.
func (t Target) post(ctx context.Context, b batch) error {
	var packed bytes.Buffer
	z := must(gzip.NewWriterLevel(&packed, gzip.BestSpeed))
	z.Write(b.body)
	z.Close()
	for attempt := 0; ; attempt++ {
		status, answer, err := t.try(ctx, b, packed.Bytes())
		switch {
		case err != nil:
			return fmt.Errorf("send to %s: %w", t.URL, err)
		case status < 300:
			return nil
		case attempt == 20 || status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable:
			return fmt.Errorf("send to %s%s: status %d: %s", t.URL, b.path, status, answer)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (t Target) try(ctx context.Context, b batch, packed []byte) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL+b.path, bytes.NewReader(packed))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Encoding", "gzip")
	if b.path == "/v1/batch" {
		req.SetBasicAuth(b.key, "")
	} else {
		req.Header.Set("STATSIG-API-KEY", b.key)
	}
	client := t.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return v
}

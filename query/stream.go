package query

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// LiveReader reads the log of what is coming in. Next waits until something has come or ctx ends; its error ends the reader.
type LiveReader interface {
	Next(ctx context.Context) (schema.LiveBatch, error)
	Close()
}

func (a *API) streamRoutes() []route {
	return []route{{"GET", "stream", a.stream}}
}

const (
	// heartbeat is how often a stream says something: only a failing write tells that a reader has gone.
	heartbeat = 3 * time.Second
	// writeWithin is how long a reader may take nothing before it is cut off.
	writeWithin = 30 * time.Second
)

// stream answers with the live log as server-sent events, without end:
//
//	id: …  data: a schema.LiveEntry
//	event: state  data: {dropped, skipped, sampleRate, next}   at least every few seconds
//
// A reader that comes again with Last-Event-ID goes on where it was, as far as the log still has it; what it has not is dropped
// in the next state.
func (a *API) stream(c *call) (any, error) {
	after := string(c.Request.Header.Peek("Last-Event-ID"))
	if after == "" {
		after = c.query("lastEventId")
	}
	filter := c.liveFilter()
	if err := firstError(c.refuseParameters(c.asked), a.checkLiveFilter(c, filter)); err != nil {
		return nil, err
	}
	reader, err := a.Live(after, filter)
	if err != nil {
		return nil, schema.Errorf(503, "too_many_streams", "the live log has too many readers: %v; close one", err)
	}
	conn := c.Conn()
	return streamed{func(w *bufio.Writer) {
		defer reader.Close()
		err := copyLive(a.alive, reader, func() error {
			if err := conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
				return err
			}
			return w.Flush()
		}, w)
		a.Log.Debug("a reader of the live log has gone", "reader", addressOf(conn), "error", err)
	}}, nil
}

func addressOf(conn net.Conn) string { return conn.RemoteAddr().String() }

// liveFilter reads the filter; event, exclude and fate may come more than once.
func (c *call) liveFilter() schema.LiveFilter {
	all := func(name string) []string {
		return slices.DeleteFunc(c.queries(name), func(v string) bool { return v == "" })
	}
	return schema.LiveFilter{
		Events: all("event"), Exclude: all("exclude"), Fates: all("fate"), ID: c.query("id"), Text: c.query("text"),
		Source: c.query("source"), Environment: c.query("environment"),
	}
}

// checkLiveFilter refuses what no entry can be, which would be waited for in vain.
func (a *API) checkLiveFilter(ctx context.Context, f schema.LiveFilter) error {
	if err := eachOf("fate", f.Fates, schema.LiveFates); err != nil {
		return err
	}
	if f.Source == "" {
		return nil
	}
	_, err := a.Keys.Key(ctx, f.Source)
	if e, refused := schema.AsError(err); refused && e.Status == 404 {
		return schema.Invalid("source", "no key has the id %q: see GET %skeys", f.Source, prefix)
	}
	return nil // keys that cannot be read now are no reason not to watch
}

// copyLive writes batches until ctx ends, or the reader or whoever reads the answer has gone.
func copyLive(ctx context.Context, reader LiveReader, flush func() error, w *bufio.Writer) error {
	fmt.Fprint(w, "retry: 1000\n\n")
	for ctx.Err() == nil {
		waiting, cancel := context.WithTimeout(ctx, heartbeat)
		batch, err := reader.Next(waiting)
		cancel()
		if err != nil {
			return err
		}
		if err := writeBatch(w, &batch); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// liveState is what a stream says about itself.
type liveState struct {
	Dropped    uint64  `json:"dropped"`
	Skipped    uint64  `json:"skipped"`
	SampleRate float64 `json:"sampleRate"`
	Next       string  `json:"next"`
}

func writeBatch(w *bufio.Writer, batch *schema.LiveBatch) error {
	for i := range batch.Entries {
		text, err := json.Marshal(&batch.Entries[i])
		if err != nil {
			return fmt.Errorf("write live entry: %w", err)
		}
		fmt.Fprintf(w, "id: %s\ndata: %s\n\n", batch.Entries[i].ID, text)
	}
	text, err := json.Marshal(liveState{batch.Dropped, batch.Skipped, batch.SampleRate, batch.Next})
	if err != nil {
		return fmt.Errorf("write live state: %w", err)
	}
	_, err = fmt.Fprintf(w, "id: %s\nevent: state\ndata: %s\n\n", batch.Next, text)
	return err
}

// streamed is an answer that is written bit by bit.
type streamed struct{ write func(*bufio.Writer) }

func (s streamed) send(c *call) {
	h := &c.Response.Header
	h.SetContentType("text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies pass it on as it comes
	c.SetConnectionClose()
	c.SetBodyStreamWriter(s.write)
}

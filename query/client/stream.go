package client

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Message is one server-sent event.
type Message struct {
	ID, Event string
	Data      []byte
}

// Stream reads the live log after an entry, or from now on, and calls f with each message until f returns an error, ctx ends or the
// connection breaks; all of these are errors.
func (c *Client) Stream(ctx context.Context, query url.Values, after string, f func(Message) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/console/v1/stream?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	req.Header.Set("STATSIG-API-KEY", c.Key)
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w (is pulsehouse serve running at %s?)", ErrUnreachable, err, c.URL)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, err := io.ReadAll(res.Body)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		return refusal(res.StatusCode, text)
	}
	return readMessages(res.Body, f)
}

// readMessages reads the format of the HTML standard's section on server-sent events, as our server writes it.
func readMessages(body io.Reader, f func(Message) error) error {
	lines := bufio.NewReaderSize(body, 64<<10)
	var m Message
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		text = bytes.TrimRight(text, "\r\n")
		field, value, _ := bytes.Cut(text, []byte(": "))
		switch {
		case len(text) == 0 && m.Data != nil:
			if err := f(m); err != nil {
				return err
			}
			m = Message{ID: m.ID}
		case string(field) == "id":
			m.ID = string(value)
		case string(field) == "event":
			m.Event = string(value)
		case string(field) == "data":
			m.Data = append(m.Data, value...)
		}
	}
}

// Package client is a small client of the Console API, for the command line.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Client talks to one server.
type Client struct {
	URL string // e.g. http://localhost:8080
	Key string // a console key
}

// ErrUnreachable is a server that does not answer.
var ErrUnreachable = errors.New("the server cannot be reached")

// Error is a refusal.
type Error struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// do asks and decodes the answer's data.
func (c *Client) do(ctx context.Context, method, path string, body, data any) error {
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, payload)
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	req.Header.Set("STATSIG-API-KEY", c.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w (is pulsehouse serve running at %s?)", ErrUnreachable, err, c.URL)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if res.StatusCode >= 300 {
		return refusal(res.StatusCode, text)
	}
	if data == nil {
		return nil
	}
	if err := json.Unmarshal(text, &struct{ Data any }{data}); err != nil {
		return fmt.Errorf("%s does not answer %s as PulseHouse does: %w (is it the address of --listen, not that of --admin?)", c.URL, path, err)
	}
	return nil
}

func refusal(status int, text []byte) error {
	e := &Error{Status: status}
	if json.Unmarshal(text, e) != nil || e.Message == "" {
		e.Message = fmt.Sprintf("status %d: %s", status, text)
	}
	return e
}

// Ready says whether the server is ready.
func (c *Client) Ready(ctx context.Context) error {
	err := c.do(ctx, http.MethodGet, "/readyz", nil, nil)
	var refused *Error
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: it is not ready: %w", ErrUnreachable, err)
	}
	return err
}

// Zone is the project's time zone, in which a metric day begins.
func (c *Client) Zone(ctx context.Context) (*time.Location, error) {
	var project struct{ Timezone string }
	if err := c.do(ctx, http.MethodGet, "/console/v1/project", nil, &project); err != nil {
		return nil, err
	}
	return time.LoadLocation(project.Timezone)
}

// SaveMetric creates a metric; one of the same name and type stays as it is.
func (c *Client) SaveMetric(ctx context.Context, m schema.Metric) error {
	err := c.do(ctx, http.MethodPost, "/console/v1/metrics", m, nil)
	if exists(err) {
		return nil
	}
	return err
}

// SaveExperiment creates an experiment, or puts the one of the same id back to set-up and replaces it.
func (c *Client) SaveExperiment(ctx context.Context, x schema.Experiment) error {
	err := c.do(ctx, http.MethodPost, "/console/v1/experiments", x, nil)
	if !exists(err) {
		return err
	}
	path := "/console/v1/experiments/" + url.PathEscape(x.ID)
	if err := c.do(ctx, http.MethodPut, path+"/reset", nil, nil); err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, x, nil)
}

func exists(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == http.StatusConflict
}

// StartExperiment starts it; exposures count from an instant on.
func (c *Client) StartExperiment(ctx context.Context, id string, from time.Time) error {
	body := map[string]any{"analysisStartTime": from.UTC().Format(time.RFC3339)}
	return c.do(ctx, http.MethodPut, "/console/v1/experiments/"+url.PathEscape(id)+"/start", body, nil)
}

// HasExperiment says whether there is one.
func (c *Client) HasExperiment(ctx context.Context, id string) (bool, error) {
	err := c.Get(ctx, nil, "experiments", id)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// Get asks for what is below /console/v1/ at a path.
func (c *Client) Get(ctx context.Context, data any, path ...string) error {
	at := "/console/v1"
	for _, segment := range path {
		at += "/" + url.PathEscape(segment)
	}
	return c.do(ctx, http.MethodGet, at, nil, data)
}

// Pulse asks for the results of an experiment; query may hold control, test, confidence and so on.
func (c *Client) Pulse(ctx context.Context, id string, query url.Values) (r pulse.Report, err error) {
	err = c.do(ctx, http.MethodGet, "/console/v1/experiments/"+url.PathEscape(id)+"/pulse_results?"+query.Encode(), nil, &r)
	return r, err
}

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Job is work that was asked for.
type Job struct {
	ID     string          `json:"id"`
	Kind   string          `json:"kind"`
	State  string          `json:"state"` // waiting, running, done, failed, cancelled
	From   string          `json:"from"`
	To     string          `json:"to"`
	Metric string          `json:"metricID"`
	Done   uint64          `json:"done"`
	Total  uint64          `json:"total"`
	Result json.RawMessage `json:"result"`
	// Notice says which of its days are left as they are, and why.
	Notice string `json:"notice,omitempty"`
}

// CreateJob asks for work over days; empty ones mean all there are, an empty metric everything.
func (c *Client) CreateJob(ctx context.Context, kind, metric, from, to string) (j Job, err error) {
	body := map[string]string{"kind": kind, "metricID": metric, "from": from, "to": to}
	err = c.do(ctx, http.MethodPost, "/console/v1/jobs", body, &j)
	return j, err
}

// Job tells how far one is.
func (c *Client) Job(ctx context.Context, id string) (j Job, err error) {
	err = c.do(ctx, http.MethodGet, "/console/v1/jobs/"+url.PathEscape(id), nil, &j)
	return j, err
}

// TurnJob cancels or resumes one.
func (c *Client) TurnJob(ctx context.Context, id, verb string) (j Job, err error) {
	err = c.do(ctx, http.MethodPut, "/console/v1/jobs/"+url.PathEscape(id)+"/"+verb, nil, &j)
	return j, err
}

// Jobs lists the newest.
func (c *Client) Jobs(ctx context.Context) (jobs []Job, err error) {
	err = c.do(ctx, http.MethodGet, "/console/v1/jobs?limit=10", nil, &jobs)
	return jobs, err
}

// RollupStatus tells how far the rollups are.
func (c *Client) RollupStatus(ctx context.Context) (s schema.RollupStatus, err error) {
	err = c.do(ctx, http.MethodGet, "/console/v1/rollups/status", nil, &s)
	return s, err
}

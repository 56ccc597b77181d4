package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/pulsehouse/pulsehouse/pulse"
)

// AA is an A/A test of a metric over the units of an experiment.
type AA struct {
	Experiment string `json:"experiment"`
	Metric     string `json:"metric"`
	Reason     string `json:"reason,omitempty"`
	pulse.AA
}

// AA asks for A/A tests of an experiment's metrics, or, where there is no such experiment, of a metric.
func (c *Client) AA(ctx context.Context, name string, splits, seed int) (results []AA, err error) {
	path := fmt.Sprintf("/console/v1/aa/%s?splits=%d&seed=%d", url.PathEscape(name), splits, seed)
	err = c.do(ctx, http.MethodGet, path, nil, &results)
	return results, err
}

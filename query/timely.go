package query

import (
	"context"
	"errors"
	"time"
)

// A call is the context of all that is asked for it: it ends with the server, and when the answer takes too long.

// Deadline is that of context.Context.
func (c *call) Deadline() (time.Time, bool) { return c.context().Deadline() }

// Done is that of context.Context.
func (c *call) Done() <-chan struct{} { return c.context().Done() }

// Err is that of context.Context.
func (c *call) Err() error { return c.context().Err() }

func (c *call) context() context.Context {
	if c.limited == nil {
		return c.RequestCtx
	}
	return c.limited
}

// lasting are the reads that go on while there is something to send.
var lasting = map[string]bool{"stream": true, "experiments/*/export": true, "reports/download": true, "aa/*": true}

// timely answers a read within a quarter more than a question may take, so that a report still comes, and says which of its metrics took
// too long, before it is given up itself.
func (a *API) timely(r route, c *call) (any, error) {
	if r.method != "GET" || lasting[r.path] {
		return guarded(r.handle, c)
	}
	limit := a.QueryTimeout * 5 / 4
	ctx, cancel := context.WithTimeout(c.RequestCtx, limit)
	defer cancel()
	c.limited = ctx
	data, err := guarded(r.handle, c)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = &lateError{limit, err}
	}
	return data, err
}

// lateError is why an answer was given up.
type lateError struct {
	limit time.Duration
	cause error
}

func (e *lateError) Error() string {
	return "no answer within " + e.limit.String() + ": " + e.cause.Error()
}
func (e *lateError) Unwrap() error { return e.cause }

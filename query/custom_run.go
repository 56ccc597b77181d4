package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

const (
	// queriesEvery is how often schedules are looked at.
	queriesEvery = 5 * time.Second
	// queryLimit is how long one run of a custom query may take.
	queryLimit = 10 * time.Minute
)

// RunQueries asks custom queries that are due or were asked for, one after the other, until ctx ends. Of several servers the one that
// holds the lease does it. What was running when its server died is run again.
func (a *API) RunQueries(ctx context.Context, node string) error {
	lease := catalog.NewLease(a.DB, "custom_queries", node, time.Minute, a.Now)
	tick := time.NewTicker(queriesEvery)
	defer tick.Stop()
	for {
		mine, err := lease.Mine(ctx)
		if err == nil && mine {
			err = a.dueQueries(ctx, lease)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrAway) {
			a.Log.Error("custom queries could not be looked at; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.askedQueries:
		case <-tick.C:
		}
	}
}

// dueQueries notes the runs that schedules ask for, and runs what waits.
func (a *API) dueQueries(ctx context.Context, lease *catalog.Lease) error {
	queries, err := a.Catalog.CustomQueries(ctx)
	if err != nil || len(queries) == 0 {
		return err
	}
	newest, err := a.customRuns(ctx, "", 1)
	if err != nil {
		return err
	}
	byID := make(map[string]*schema.CustomQuery, len(queries))
	for i := range queries {
		q := &queries[i]
		byID[q.ID] = q
		due := q.Schedule.Last(a.Now().In(a.location()))
		asked := q.LastModifiedTime // a schedule begins after it was made
		if last := showQuery(*q, newest).LastRun; last != nil {
			asked = max(asked, schema.Millis(last.Created))
		}
		if !due.IsZero() && asked < schema.Millis(due.UnixMilli()) {
			if _, err := a.askCustomQuery(ctx, q.ID, "schedule"); err != nil {
				return err
			}
		}
	}
	waiting, err := a.customRuns(ctx, "", 100, "waiting", "running")
	if err != nil {
		return err
	}
	for i := len(waiting) - 1; i >= 0; i-- { // the oldest first
		if mine, err := lease.Mine(ctx); err != nil || !mine {
			return err
		}
		if err := a.runQuery(ctx, byID[waiting[i].Query], &waiting[i]); err != nil {
			return err
		}
	}
	return nil
}

// runQuery runs one and keeps its answer. An error is the engine's; what is wrong with the query is kept with the run.
func (a *API) runQuery(ctx context.Context, q *schema.CustomQuery, r *customRun) error {
	r.State, r.Started = "running", int64(a.now())
	if err := a.saveRun(ctx, r, 0); err != nil {
		return err
	}
	answer, err := a.answerQuery(ctx, q)
	if ctx.Err() != nil || errors.Is(err, store.ErrAway) {
		return err // it stays running, and is run again
	}
	refused, isRefusal := schema.AsError(err)
	switch r.State, r.Finished = "failed", int64(a.now()); {
	case err == nil:
		r.State = "done"
	case isRefusal:
		r.Error = refused.Message
	case errors.Is(err, context.DeadlineExceeded):
		r.Error = "it took longer than " + queryLimit.String() + "; ask for fewer days, metrics or events"
	default:
		a.Log.Error("a custom query failed", "query", r.Query, "run", r.ID, "error", err)
		r.Error = "the engine could not compute it; the log has the reason"
	}
	parts, err := a.saveAnswer(ctx, r, string(answer))
	if err != nil {
		return err
	}
	return a.saveRun(ctx, r, parts)
}

// saveAnswer keeps an answer in pieces that are small enough for the address of a request, in which values travel.
func (a *API) saveAnswer(ctx context.Context, r *customRun, answer string) (parts int, err error) {
	const piece = 64 << 10
	for ; answer != ""; parts++ {
		n := min(piece, len(answer))
		for n < len(answer) && n > 0 && !utf8.RuneStart(answer[n]) {
			n--
		}
		p := store.Params{"query": r.Query, "run": r.ID, "part": uint32(parts), "text": answer[:n]}
		if err := a.DB.Exec(ctx, customAnswerSaveSQL, p); err != nil {
			return parts, fmt.Errorf("keep the answer of custom query %q: %w", r.Query, err)
		}
		answer = answer[n:]
	}
	return parts, nil
}

// answerQuery is the report as JSON.
func (a *API) answerQuery(ctx context.Context, q *schema.CustomQuery) ([]byte, error) {
	if q == nil {
		return nil, schema.Errorf(404, "deleted", "the query has been deleted")
	}
	c, err := customCall(q)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	report, err := guarded(func(c *call) (any, error) {
		x, err := a.Catalog.Experiment(ctx, q.ExperimentID)
		if err != nil {
			return nil, err
		}
		started := a.Now()
		asked, err := a.pulseRequest(c, x)
		if err != nil {
			return nil, err
		}
		r, err := a.report(ctx, asked)
		r.ElapsedMs = float64(a.Now().Sub(started).Microseconds()) / 1000
		return r, err
	}, c)
	if err != nil {
		return nil, err
	}
	return json.Marshal(report.(pulse.Report))
}

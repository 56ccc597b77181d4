package query

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

var (
	//go:embed sql/custom_runs.sql
	customRunsSQL string
	//go:embed sql/custom_run_save.sql
	customRunSaveSQL string
	//go:embed sql/custom_answer.sql
	customAnswerSQL string
	//go:embed sql/custom_answer_save.sql
	customAnswerSaveSQL string
)

func (a *API) customQueryRoutes() []route {
	const path = "experiments/*/custom_queries"
	return []route{
		{"GET", path, a.listCustomQueries},
		{"POST", path, a.createCustomQuery},
		{"GET", path + "/*", a.getCustomQuery},
		{"PATCH", path + "/*", a.patchCustomQuery},
		{"DELETE", path + "/*", a.deleteCustomQuery},
		{"POST", path + "/*/run", a.runCustomQuery},
		{"GET", path + "/*/runs", a.listCustomRuns},
		{"GET", path + "/*/result", a.customResult},
	}
}

// customRun is one time that a custom query was asked.
type customRun struct {
	Query    string `ch:"query" json:"-"`
	ID       string `ch:"id" json:"id"`
	State    string `ch:"state" json:"state"` // waiting, running, done, failed
	Author   string `ch:"author" json:"author"`
	Created  int64  `ch:"created" json:"createdTime"`
	Started  int64  `ch:"started" json:"startedTime,omitempty"`
	Finished int64  `ch:"finished" json:"finishedTime,omitempty"`
	Error    string `ch:"error" json:"error,omitempty"`
}

// shownQuery is a custom query with its newest run.
type shownQuery struct {
	schema.CustomQuery
	LastRun *customRun `json:"lastRun"`
}

// customRuns lists runs of a query ("" for all), the newest first.
func (a *API) customRuns(ctx context.Context, query string, each int, states ...string) ([]customRun, error) {
	runs := []customRun{}
	err := a.DB.Select(ctx, &runs, customRunsSQL, store.Params{"query": query, "states": append([]string{}, states...), "each": uint32(each)})
	if err != nil {
		return nil, fmt.Errorf("read runs of custom queries: %w", err)
	}
	return runs, nil
}

func (a *API) listCustomQueries(c *call) (any, error) {
	if _, err := a.Catalog.Experiment(c, c.id); err != nil {
		return nil, err
	}
	all, err := a.Catalog.CustomQueries(c)
	if err != nil {
		return nil, err
	}
	runs, err := a.customRuns(c, "", 1)
	if err != nil {
		return nil, err
	}
	shown := []shownQuery{}
	for _, q := range all {
		if q.ExperimentID == c.id {
			shown = append(shown, showQuery(q, runs))
		}
	}
	return page(c, shown)
}

func showQuery(q schema.CustomQuery, runs []customRun) shownQuery {
	shown := shownQuery{CustomQuery: q}
	if i := slices.IndexFunc(runs, func(r customRun) bool { return r.Query == q.ID }); i >= 0 {
		shown.LastRun = &runs[i]
	}
	return shown
}

// customQuery is the one that the path names.
func (a *API) customQuery(c *call) (*schema.CustomQuery, error) {
	q, err := a.Catalog.CustomQuery(c, c.ids[1])
	if err == nil && q.ExperimentID != c.id {
		err = schema.NotFound("custom_query", c.ids[1])
	}
	return q, err
}

func (a *API) getCustomQuery(c *call) (any, error) {
	q, err := a.customQuery(c)
	if err != nil {
		return nil, err
	}
	return a.withLastRun(c, q)
}

func (a *API) withLastRun(ctx context.Context, q *schema.CustomQuery) (any, error) {
	runs, err := a.customRuns(ctx, q.ID, 1)
	return showQuery(*q, runs), err
}

// createCustomQuery saves a query and has it run a first time.
func (a *API) createCustomQuery(c *call) (any, error) {
	var q schema.CustomQuery
	if err := c.body(&q); err != nil {
		return nil, err
	}
	q.ID, q.ExperimentID, q.CreatedTime = uuid.NewString(), c.id, 0
	if err := a.saveCustomQuery(c, &q); err != nil {
		return nil, err
	}
	run, err := a.askCustomQuery(c, q.ID, c.author)
	if err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return shownQuery{q, run}, nil
}

// saveCustomQuery refuses what pulse_results would refuse, and saves.
func (a *API) saveCustomQuery(c *call, q *schema.CustomQuery) error {
	if err := q.Validate(); err != nil {
		return err
	}
	x, err := a.Catalog.Experiment(c, q.ExperimentID)
	if err != nil {
		return err
	}
	asked, err := customCall(q)
	if err != nil {
		return err
	}
	_, err = a.pulseRequest(asked, x)
	if err == nil {
		err = asked.refuseParameters(asked.asked)
	}
	if err != nil {
		if e, ok := schema.AsError(err); ok && e.Status == 400 {
			return schema.Invalid("parameters."+e.Field, "%s", strings.TrimPrefix(e.Message, e.Field+": "))
		}
		return err
	}
	return a.Catalog.SaveCustomQuery(c, c.author, q)
}

// patchCustomQuery changes name, parameters or schedule.
func (a *API) patchCustomQuery(c *call) (any, error) {
	q, err := a.customQuery(c)
	if err != nil {
		return nil, err
	}
	changed := *q
	changed.Parameters = nil // an object that is given replaces the old one
	if err := c.body(&changed); err != nil {
		return nil, err
	}
	if changed.Parameters == nil {
		changed.Parameters = q.Parameters
	}
	changed.ID, changed.ExperimentID, changed.CreatedTime = q.ID, q.ExperimentID, q.CreatedTime
	if err := a.saveCustomQuery(c, &changed); err != nil {
		return nil, err
	}
	return a.withLastRun(c, &changed)
}

func (a *API) deleteCustomQuery(c *call) (any, error) {
	q, err := a.customQuery(c)
	if err != nil {
		return nil, err
	}
	return nil, a.Catalog.DeleteCustomQuery(c, c.author, q.ID)
}

func (a *API) runCustomQuery(c *call) (any, error) {
	q, err := a.customQuery(c)
	if err != nil {
		return nil, err
	}
	c.SetStatusCode(202)
	return a.askCustomQuery(c, q.ID, c.author)
}

// askCustomQuery notes that a query is to be run, and wakes who runs it.
func (a *API) askCustomQuery(ctx context.Context, query, author string) (*customRun, error) {
	run := &customRun{Query: query, ID: uuid.NewString(), State: "waiting", Author: author, Created: int64(a.now())}
	if err := a.saveRun(ctx, run, 0); err != nil {
		return nil, err
	}
	select {
	case a.askedQueries <- struct{}{}:
	default:
	}
	return run, nil
}

func (a *API) saveRun(ctx context.Context, r *customRun, parts int) error {
	err := a.DB.Exec(ctx, customRunSaveSQL, store.Params{
		"query": r.Query, "id": r.ID, "state": r.State, "author": r.Author, "created": r.Created, "started": r.Started,
		"finished": r.Finished, "error": r.Error, "parts": uint32(parts),
	})
	if err != nil {
		return fmt.Errorf("note a run of custom query %q: %w", r.Query, err)
	}
	return nil
}

func (a *API) listCustomRuns(c *call) (any, error) {
	q, err := a.customQuery(c)
	if err != nil {
		return nil, err
	}
	const shown = 1000
	runs, err := a.customRuns(c, q.ID, shown)
	if err != nil {
		return nil, err
	}
	return page(c, runs)
}

// customAnswer is what a run of a query found.
type customAnswer struct {
	Query  *schema.CustomQuery `json:"query"`
	Run    string              `json:"run"`
	Report json.RawMessage     `json:"report"`
}

// customResult is the report of the newest run that is done, or of run=.
func (a *API) customResult(c *call) (any, error) {
	q, err := a.customQuery(c)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Run  string `ch:"run"`
		Text string `ch:"text"`
	}
	if err := a.DB.Select(c, &rows, customAnswerSQL, store.Params{"query": q.ID, "run": c.query("run")}); err != nil {
		return nil, fmt.Errorf("read the answer of custom query %q: %w", q.ID, err)
	}
	if len(rows) == 0 {
		return nil, schema.Errorf(404, "no_result", "custom query %q has no result yet; GET …/runs says how far it is", q.Name)
	}
	report := ""
	for _, r := range rows {
		report += r.Text
	}
	return customAnswer{q, rows[0].Run, json.RawMessage(report)}, nil
}

// customCall is the call that a custom query stands for.
func customCall(q *schema.CustomQuery) (*call, error) {
	values := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(q.Parameters)) {
		list, ok := q.Parameters[name].([]any)
		if !ok {
			list = []any{q.Parameters[name]}
		}
		for _, v := range list {
			text, ok := v.(string)
			if !ok {
				raw, err := json.Marshal(v)
				if err != nil {
					return nil, schema.Invalid("parameters."+name, "cannot be read: %v", err)
				}
				text = string(raw)
			}
			values.Add(name, text)
		}
	}
	ctx := new(fasthttp.RequestCtx)
	ctx.Init(&fasthttp.Request{}, nil, nil)
	ctx.Request.SetRequestURI(prefix + "experiments/" + url.PathEscape(q.ExperimentID) + "/pulse_results?" + values.Encode())
	return &call{RequestCtx: ctx, id: q.ExperimentID}, nil
}

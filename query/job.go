package query

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

var (
	//go:embed sql/jobs.sql
	jobsSQL string
	//go:embed sql/job_create.sql
	jobCreateSQL string
	//go:embed sql/job_turn.sql
	jobTurnSQL string
)

// job is work that somebody asked for: days computed again (rollup), or rollups compared with raw events (verify).
type job struct {
	ID     string `ch:"id" json:"id"`
	Kind   string `ch:"kind" json:"kind"`
	State  string `ch:"state" json:"state"` // waiting, running, done, failed, cancelled
	Author string `ch:"author" json:"author"`
	From   string `ch:"first_day" json:"from"`
	To     string `ch:"last_day" json:"to"`
	Metric string `ch:"metric" json:"metricID"`
	// Done of Total days of metrics are computed; Progress is that as a share, null before it is known.
	Done     uint64          `ch:"done" json:"done"`
	Total    uint64          `ch:"total" json:"total"`
	Progress *float64        `json:"progress"`
	Found    string          `ch:"result" json:"-"`
	Result   json.RawMessage `json:"result"` // what a verify found, or why it failed
	Created  int64           `ch:"created" json:"createdTime"`
	Updated  int64           `ch:"updated" json:"updatedTime"`
	// Notice says which of its days are left as they are, and why; empty of none.
	Notice string `ch:"-" json:"notice,omitempty"`
}

// jobKinds are what can be asked for.
var jobKinds = []string{"rollup", "verify"}

func (a *API) jobRoutes() []route {
	return []route{
		{"GET", "jobs", a.listJobs},
		{"POST", "jobs", a.createJob},
		{"GET", "jobs/*", a.getJob},
		{"PUT", "jobs/*/cancel", a.cancelJob},
		{"PUT", "jobs/*/resume", a.resumeJob},
		{"GET", "rollups/status", a.rollupStatus},
	}
}

func (a *API) jobs(ctx context.Context, id string) ([]job, error) {
	jobs := []job{}
	if err := a.DB.Select(ctx, &jobs, jobsSQL, store.Params{"id": id}); err != nil {
		return nil, err
	}
	var w watermark
	if err := a.readWatermark(ctx, &w); err != nil {
		return nil, err
	}
	for i := range jobs {
		jobs[i].finish()
		jobs[i].notice(w.RawDataFrom)
	}
	return jobs, nil
}

// notice says what a job cannot do because raw events were dropped.
func (j *job) notice(rawFrom *string) {
	if rawFrom != nil && j.From < *rawFrom {
		j.Notice = fmt.Sprintf("raw events of days before %s were dropped (retentionDays): what is made of them keeps its numbers and is not %s",
			*rawFrom, map[string]string{"rollup": "computed again", "verify": "compared"}[j.Kind])
	}
}

func (j *job) finish() {
	if j.Found != "" {
		j.Result = json.RawMessage(j.Found)
	}
	share := 1.0
	switch {
	case j.State == "done":
	case j.Total > 0:
		share = float64(j.Done) / float64(j.Total)
	default:
		return
	}
	j.Progress = &share
}

func (a *API) listJobs(c *call) (any, error) {
	jobs, err := a.jobs(c, "")
	if err != nil {
		return nil, err
	}
	return page(c, jobs)
}

func (a *API) getJob(c *call) (any, error) {
	jobs, err := a.jobs(c, c.id)
	if err != nil {
		return nil, err
	}
	if len(jobs) == 0 {
		return nil, schema.NotFound("job", c.id)
	}
	return jobs[0], nil
}

// cancelJob stops a job that is not over. What it has done stays; days that it has not come to are as they were before.
func (a *API) cancelJob(c *call) (any, error) {
	return a.turnJob(c, "cancelled", "it is over", "waiting", "running")
}

// resumeJob goes on with a job that was cancelled or failed, with what is left of it.
func (a *API) resumeJob(c *call) (any, error) {
	return a.turnJob(c, "running", "only a job that was cancelled or failed can go on", "cancelled", "failed")
}

// turnJob changes the state of a job that is in one of some states, of a kind that can be asked for.
func (a *API) turnJob(c *call, state, refusal string, from ...string) (any, error) {
	found, err := a.getJob(c)
	if err != nil {
		return nil, err
	}
	j := found.(job)
	if j.State == state {
		return j, nil
	}
	if !slices.Contains(from, j.State) || !slices.Contains(jobKinds, j.Kind) {
		return nil, schema.Errorf(409, "conflict", "job %q is %s: %s", j.ID, j.State, refusal)
	}
	if err := a.DB.Exec(c, jobTurnSQL, store.Params{"id": j.ID, "state": state}); err != nil {
		return nil, err
	}
	return a.getJob(c)
}

// createJob asks for work over days from … to: kind rollup (default) computes them again, kind verify compares them.
func (a *API) createJob(c *call) (any, error) {
	var body struct{ Kind, From, To, MetricID string }
	if err := c.body(&body); err != nil {
		return nil, err
	}
	if body.Kind == "" {
		body.Kind = jobKinds[0]
	}
	if !slices.Contains(jobKinds, body.Kind) {
		return nil, schema.Invalid("kind", "%q is not one of %v", body.Kind, jobKinds)
	}
	var m *schema.Metric
	if body.MetricID != "" {
		var err error
		if m, err = a.Catalog.Metric(c, body.MetricID); err != nil {
			return nil, err
		}
	}
	c.SetStatusCode(202)
	return a.startJob(c, body.Kind, m, body.From, body.To)
}

// startJob writes a job down, about one metric or (nil) everything. Days that are not given are all there are.
func (a *API) startJob(c *call, kind string, m *schema.Metric, from, to string) (*job, error) {
	if from == "" {
		from = "1970-01-01"
	}
	if to == "" {
		to = a.today().AddDate(0, 0, 1).Format(time.DateOnly)
	}
	for name, text := range map[string]string{"from": from, "to": to} {
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, schema.Invalid(name, "%q is not a day as yyyy-mm-dd", text)
		}
	}
	if last := a.today().AddDate(0, 0, 1).Format(time.DateOnly); from > last {
		return nil, schema.Invalid("from", "%s is in the future: nothing has happened then", from)
	}
	if from > to {
		return nil, schema.Invalid("from", "%s is after %s", from, to)
	}
	var w watermark
	if err := a.readWatermark(c, &w); err != nil {
		return nil, err
	}
	if w.RawDataFrom != nil && to < *w.RawDataFrom {
		return nil, schema.Invalid("to", "raw events of days before %s were dropped (retentionDays): the days up to %s keep their numbers and can be neither computed again nor compared", *w.RawDataFrom, to)
	}
	metricID, scopes := "", []string{}
	if m != nil {
		metricID = m.ID()
	}
	if m != nil && kind == "rollup" {
		scopes = append(scopes, windowsOf(m)) // of this version: cancelled, its days are held, not those of a version to come
	}
	j := &job{ID: uuid.NewString(), Kind: kind, State: "waiting", Author: c.author, From: from, To: to, Metric: metricID, Created: int64(a.now()), Updated: int64(a.now())}
	j.notice(w.RawDataFrom)
	return j, a.DB.Exec(c, jobCreateSQL, store.Params{
		"id": j.ID, "kind": kind, "author": j.Author, "from": from, "to": to, "metric": metricID, "scopes": scopes, "at": j.Created,
	})
}

// offerBackfill is the job that computes a new metric's history.
func (a *API) offerBackfill(c *call, m *schema.Metric) (*job, error) {
	return a.startJob(c, "rollup", m, "", "")
}

// reloadMetric computes a metric's days again, from … to, or all.
func (a *API) reloadMetric(c *call) (any, error) {
	m, err := a.Catalog.Metric(c, c.id)
	if err != nil {
		return nil, err
	}
	c.SetStatusCode(202)
	return a.startJob(c, "rollup", m, c.query("from"), c.query("to"))
}

func (a *API) rollupStatus(c *call) (any, error) {
	if a.Rollups == nil {
		return nil, errNoRollups
	}
	return a.Rollups.Status(c)
}

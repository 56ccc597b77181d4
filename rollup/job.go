package rollup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// job is work that somebody asked for. That of a rollup is marks in dirty_days under a scope of its own, job/ID, which cycles work off
// as any other for as long as the job runs: a job that is interrupted goes on by itself, one that is cancelled leaves the days that are not computed
// again as they were, and goes on with just those when it is resumed. Its row only tells how far it is.
type job struct {
	ID      string   `ch:"id"`
	Kind    string   `ch:"kind"`
	State   string   `ch:"state"`
	Author  string   `ch:"author"`
	From    uint16   `ch:"first_day"`
	To      uint16   `ch:"last_day"`
	Metric  string   `ch:"metric"`
	Scopes  []string `ch:"scopes"`
	Done    uint64   `ch:"done"`
	Total   uint64   `ch:"total"`
	Result  string   `ch:"result"`
	Created int64    `ch:"created"`
	saved   time.Time
}

// The states of a job.
const (
	jobWaiting = "waiting"
	jobRunning = "running"
	jobDone    = "done"
	jobFailed  = "failed"
	// A job is cancelled by a row that the API writes; a runner never writes over it (job_save.sql).
)

// scope is where the marks of a job of kind rollup are, target what they speak of: everything, or one metric's days.
func (j *job) scope() string { return "job/" + j.ID }

func (j *job) target() string {
	if j.Metric == "" || len(j.Scopes) == 0 {
		return ""
	}
	return j.Scopes[0]
}

// jobMarks are parameters of statements that look for dirty days: whose marks count beside the others, and what they speak of.
func jobMarks(jobs []job) store.Params {
	scopes, targets := []string{"job/"}, []string{"job/"} // never empty: transform wants arrays of a type
	for i := range jobs {
		if j := &jobs[i]; j.Kind == "rollup" && j.State == jobRunning {
			scopes, targets = append(scopes, j.scope()), append(targets, j.target())
		}
	}
	return store.Params{"jobs": scopes, "targets": targets}
}

// openJobs reads the jobs and starts those that wait. A job that cannot be done fails alone.
func (r *Runner) openJobs(ctx context.Context, p *plan, sum *Report) error {
	r.jobs = nil
	if err := r.all(ctx, "jobs_open", &r.jobs, nil); err != nil {
		return err
	}
	for i := range r.jobs {
		j := &r.jobs[i]
		if j.State != jobWaiting && j.Kind != "verify" {
			continue
		}
		var err error
		switch j.Kind {
		case "rollup":
			err = r.startRollup(ctx, p, j, sum)
		case "verify":
			err = r.verifyJob(ctx, p, j)
		default:
			err = fmt.Errorf("job %q: %q is no kind of job", j.ID, j.Kind)
		}
		if r.gone(ctx, err) {
			return err
		}
		if errors.Is(err, errNotYet) {
			continue
		}
		if err != nil {
			j.State, j.Result = jobFailed, jsonText(map[string]string{"error": err.Error()})
		}
		if err := r.saveJob(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// errNotYet leaves a job waiting for the next cycle: a metric that was made a moment ago may be younger than the definitions that
// this cycle works with, though its job is not.
var errNotYet = errors.New("the metric is not known yet")

// definedWithin is for how long a job waits for its metric to be known.
const definedWithin = time.Minute

// startRollup marks what the job wants computed again. Which days there are is found before, so a job about days without
// data is done at once.
func (r *Runner) startRollup(ctx context.Context, p *plan, j *job, sum *Report) error {
	var days []uint16
	if err := r.one(ctx, "rebuild", dayParams(r.o.Zone, Day(j.From), Day(j.To)), &days); err != nil {
		return err
	}
	ofUnits, ofMetrics := p.scopes()
	all := slices.Concat(ofUnits, ofMetrics, autoScopes["event_days"], autoScopes["active_days"], autoScopes["user_days"])
	if j.Metric != "" {
		at := slices.IndexFunc(ofMetrics, func(s scoped) bool { return s.m.ID() == j.Metric })
		if at < 0 && r.o.Now().UnixMilli()-j.Created < definedWithin.Milliseconds() {
			return errNotYet
		}
		if at < 0 {
			return fmt.Errorf("metric %q is not defined, or archived", j.Metric)
		}
		all = ofMetrics[at : at+1]
	}
	j.Scopes = nil
	for _, s := range all {
		j.Scopes = append(j.Scopes, s.name)
	}
	if err := r.mark(ctx, j.scope(), days, sum); err != nil {
		return err
	}
	j.State = jobRunning
	left, err := r.left(ctx, p, j)
	j.Total, j.Done = uint64(left), 0
	return err
}

// left counts the days that a job's scopes still have to compute in its range.
func (r *Runner) left(ctx context.Context, p *plan, j *job) (int, error) {
	wanted := make(map[string]bool, len(j.Scopes))
	for _, s := range j.Scopes {
		wanted[s] = true
	}
	n := 0
	err := r.dirty(ctx, p, r.jobs, r.dirtyUnits, func(scope string, day Day) {
		if wanted[scope] && day >= Day(j.From) && day <= Day(j.To) {
			n++
		}
	})
	return n, err
}

// dirty tells of every day that any scope has to compute, for the jobs that run too; units finds those of experiments.
func (r *Runner) dirty(ctx context.Context, p *plan, jobs []job, units findDirty, tell func(scope string, day Day)) error {
	ofUnits, ofMetrics := p.scopes()
	for _, auto := range autoScopes {
		ofMetrics = append(ofMetrics, auto...)
	}
	for _, of := range []struct {
		scopes []scoped
		find   findDirty
	}{{ofUnits, units}, {ofMetrics, r.dirtyMetrics}} {
		for part := range slices.Chunk(of.scopes, scopesAtOnce) {
			days, err := of.find(ctx, part, jobMarks(jobs))
			if err != nil {
				return err
			}
			for _, d := range days {
				tell(part[d.Place-1].name, Day(d.Day))
			}
		}
	}
	return nil
}

// closeJobs says how far the running jobs are after a cycle, and which are done.
func (r *Runner) closeJobs(ctx context.Context, p *plan) error {
	for i := range r.jobs {
		j := &r.jobs[i]
		if j.State != jobRunning || j.Kind != "rollup" {
			continue
		}
		left, err := r.left(ctx, p, j)
		if err != nil {
			return err
		}
		j.Done = j.Total - min(uint64(left), j.Total)
		if left == 0 {
			j.State = jobDone
		} else if failed := r.failedOf(j); len(failed) > 0 {
			j.State, j.Result = jobFailed, jsonText(map[string]any{"failed": failed})
		}
		if err := r.saveJob(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// failedOf lists the scopes of a job that could not be computed.
func (r *Runner) failedOf(j *job) map[string]string {
	failed := make(map[string]string)
	for _, f := range r.failed() {
		if slices.Contains(j.Scopes, f.Scope) {
			failed[f.Scope] = f.Err.Error()
		}
	}
	return failed
}

// progressed counts windows that were published towards the running jobs, and writes that down now and then.
func (r *Runner) progressed(ctx context.Context, b *batch) error {
	const often = 2 * time.Second
	for i := range r.jobs {
		j := &r.jobs[i]
		if j.State != jobRunning {
			continue
		}
		for _, s := range b.scopes {
			if from, to := max(b.from, Day(j.From)), min(b.to, Day(j.To)); from <= to && slices.Contains(j.Scopes, s.name) {
				j.Done = min(j.Done+uint64(to-from+1), j.Total)
			}
		}
		if r.o.Now().Sub(j.saved) < often {
			continue
		}
		if err := r.saveJob(ctx, j); err != nil {
			return err
		}
		if err := r.cancelled(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// errCancelled ends a cycle whose work nobody wants any more; the next one looks anew for what there is to do.
var errCancelled = errors.New("the job was cancelled")

func (r *Runner) cancelled(ctx context.Context, j *job) error {
	var state string
	if err := r.one(ctx, "job_state", store.Params{"id": j.ID}, &state); err != nil || state != "cancelled" {
		return err
	}
	return errCancelled
}

func (r *Runner) saveJob(ctx context.Context, j *job) error {
	j.saved = r.o.Now()
	return r.exec(ctx, "job_save", store.Params{
		"id": j.ID, "kind": j.Kind, "state": j.State, "author": j.Author, "first_day": j.From, "last_day": j.To, "metric": j.Metric,
		"scopes": append([]string{}, j.Scopes...), "done": j.Done, "total": j.Total, "result": j.Result, "created": j.Created,
	})
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return strings.TrimSpace(string(text))
}

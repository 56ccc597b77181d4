package query

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

var (
	//go:embed sql/load_days.sql
	loadDaysSQL string
	//go:embed sql/load_mark.sql
	loadMarkSQL string
	//go:embed sql/load_save.sql
	loadSaveSQL string
	//go:embed sql/load_history.sql
	loadHistorySQL string
	//go:embed sql/load_waiting.sql
	loadWaitingSQL string
	//go:embed sql/load_finish.sql
	loadFinishSQL string
)

// loadRequest is the body of load_pulse; the query may say the same.
type loadRequest struct {
	Refresh   string   `json:"refresh"`
	MetricIDs []string `json:"metricIDs"`
	RuleID    string   `json:"ruleId"`
	TurboMode bool     `json:"turboMode"`
}

// pulseLoad is one load in the history, in the Console API's names.
type pulseLoad struct {
	ID          string        `json:"id"`
	Creator     string        `json:"creatorName"`
	Created     schema.Millis `json:"createdTime"`
	Finished    schema.Millis `json:"finishedTime,omitempty"`
	State       string        `json:"finishedState,omitempty"`
	StartDs     string        `json:"startDs"`
	EndDs       string        `json:"endDs"`
	ReloadType  string        `json:"reloadType"`
	TurboMode   bool          `json:"turboMode"`
	MetricIDs   []string      `json:"metricIDs,omitempty"`
	DaysWaiting uint64        `json:"daysWaiting"`
}

// startedLoad is a load that was asked for.
type startedLoad struct {
	ID      string `json:"id"`
	Message string `json:"message"`
}

// loadPulse has the days of what is compared computed again by the rollup: full all of them, incremental the last one, which brings
// everything up to what has arrived; metric all days, of the named metrics alone.
func (a *API) loadPulse(c *call, x *schema.Experiment, asked loadRequest) (any, error) {
	if asked.Refresh == "" {
		asked.Refresh = "incremental"
	}
	if asked.Refresh != "full" && asked.Refresh != "incremental" && asked.Refresh != "metric" {
		return nil, schema.Invalid("refresh", "%q is not one of full, incremental, metric", asked.Refresh)
	}
	scopes, err := a.scopesToLoad(c, x, &asked)
	if err != nil {
		return nil, err
	}
	var first, last uint16
	var days uint64
	p := store.Params{"experiment": x.VersionID(), "scopes": scopes, "metric_ids": asked.MetricIDs}
	if err := a.DB.Row(c, loadDaysSQL, p).Scan(&first, &last, &days); err != nil {
		return nil, fmt.Errorf("find the days of %s: %w", x.ID, err)
	}
	if asked.Refresh == "incremental" {
		first = last
	}
	id := uuid.NewString()
	p["id"], p["creator"], p["reload_type"], p["first"], p["last"], p["state"] = id, c.author, asked.Refresh, first, last, ""
	if days == 0 {
		p["state"] = "success" // nobody has been exposed: there is nothing to compute
	}
	if err := a.DB.Exec(c, loadSaveSQL, p); err != nil {
		return nil, fmt.Errorf("note a load of %s: %w", x.ID, err)
	}
	if days > 0 {
		if err := a.DB.Exec(c, loadMarkSQL, p); err != nil {
			return nil, fmt.Errorf("mark the days of %s: %w", x.ID, err)
		}
		if a.Rollups != nil {
			a.Rollups.Look()
		}
	}
	c.SetStatusCode(200)
	return startedLoad{id, "the rollup computes these days again; see pulse_load_history"}, nil
}

// scopesToLoad is what the rollup keeps for the metrics that are named, none when all are meant.
func (a *API) scopesToLoad(ctx context.Context, x *schema.Experiment, asked *loadRequest) ([]string, error) {
	if asked.Refresh != "metric" {
		asked.MetricIDs = []string{}
		return asked.MetricIDs, nil
	}
	if len(asked.MetricIDs) == 0 {
		return nil, schema.Invalid("metricIDs", "must name the metrics to compute again, as name::type; full computes all of them")
	}
	metrics, err := a.metricsOf(ctx, x)
	if err != nil {
		return nil, err
	}
	var scopes []string
	for _, id := range asked.MetricIDs {
		ref, err := schema.ParseMetricID(id)
		m, ok := metrics[ref]
		if err != nil || !ok {
			return nil, schema.Invalid("metricIDs", "%q is none of the metrics of %q", id, x.ID)
		}
		scopes = append(scopes, scopeOf(x, m))
	}
	return scopes, nil
}

// loadLimit is how long a load may take before it counts as lost.
const loadLimit = 6 * time.Hour

// loadHistory lists the loads, and notes those that have ended.
func (a *API) loadHistory(c *call, x *schema.Experiment) (any, error) {
	var rows []struct {
		ID        string   `ch:"id"`
		Creator   string   `ch:"creator"`
		Created   int64    `ch:"created"`
		Type      string   `ch:"reload_type"`
		Scopes    []string `ch:"scopes"`
		MetricIDs []string `ch:"metric_ids"`
		First     uint16   `ch:"first"`
		Last      uint16   `ch:"last"`
		Finished  int64    `ch:"finished"`
		State     string   `ch:"state"`
	}
	if err := a.DB.Select(c, &rows, loadHistorySQL, store.Params{"experiment": x.VersionID()}); err != nil {
		return nil, fmt.Errorf("read the loads of %s: %w", x.ID, err)
	}
	day := func(n uint16) string { return time.Unix(int64(n)*24*3600, 0).UTC().Format(time.DateOnly) }
	loads := []pulseLoad{}
	for _, r := range rows {
		l := pulseLoad{
			ID: r.ID, Creator: r.Creator, Created: schema.Millis(r.Created / 1000), Finished: schema.Millis(r.Finished), State: r.State,
			StartDs: day(r.First), EndDs: day(r.Last), ReloadType: r.Type, MetricIDs: r.MetricIDs,
		}
		if r.State == "" {
			p := store.Params{"experiment": x.VersionID(), "id": r.ID, "scopes": r.Scopes, "since": r.Created, "first": r.First, "last": r.Last}
			if err := a.finishLoad(c, &l, p); err != nil {
				return nil, err
			}
		}
		loads = append(loads, l)
	}
	return page(c, loads)
}

// finishLoad looks whether a load has ended, and notes it.
func (a *API) finishLoad(ctx context.Context, l *pulseLoad, p store.Params) error {
	if err := a.DB.Row(ctx, loadWaitingSQL, p).Scan(&l.DaysWaiting); err != nil {
		return fmt.Errorf("count what a load waits for: %w", err)
	}
	switch age := a.now() - l.Created; {
	case l.DaysWaiting == 0:
		l.State = "success"
	case age > schema.Millis(loadLimit.Milliseconds()):
		l.State = "timeout"
	default:
		return nil
	}
	p["state"], l.Finished = l.State, a.now()
	return a.DB.Exec(ctx, loadFinishSQL, p)
}

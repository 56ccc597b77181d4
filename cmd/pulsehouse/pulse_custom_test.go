package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

type customAnswer struct {
	ID, Name string
	LastRun  *struct{ ID, State, Author, Error string }
}

// custom keeps questions about the results, and has them answered in the background.
func (w *routesWorld) custom(t *testing.T) {
	path := "/experiments/" + routesID + "/custom_queries"
	team := func(name string) object {
		return object{"unitFilter": object{"type": "user", "column": "team", "condition": "in", "values": []string{name}}, "cuped": false, "confidence": 90}
	}
	var q customAnswer
	w.console("POST", path, object{"name": "Germans", "parameters": team("DE"), "schedule": object{"every": "week", "hour": 6}}, &q)
	result := func(run string) string {
		var r struct {
			Run    string
			Report struct {
				Confidence float64
				routeReport
			}
		}
		w.console("GET", path+"/"+q.ID+"/result?run="+run, nil, &r)
		m := r.Report.PrimaryMetrics[0]
		return fmt.Sprint(means(m.ControlMean, m.TestMean), " ", r.Report.Confidence)
	}
	done := func() {
		t.Helper()
		w.until("the run is done", time.Minute, func() bool {
			w.console("GET", path+"/"+q.ID, nil, &q)
			return q.LastRun != nil && q.LastRun.State == "done"
		})
	}
	done()
	first := q.LastRun.ID
	if got := result(""); got != "12 14 90" {
		t.Errorf("of Germans: %s", got)
	}
	w.console("PATCH", path+"/"+q.ID, object{"name": "Americans", "parameters": team("US")}, &q)
	w.console("POST", path+"/"+q.ID+"/run", nil, nil)
	done()
	if got := result("") + ", " + result(first); got != "5 10 90, 12 14 90" || q.Name != "Americans" {
		t.Errorf("after a change, and before: %s of %s", got, q.Name)
	}
	var all []customAnswer
	var runs []struct{ State, Author string }
	w.console("GET", path, nil, &all)
	w.console("GET", path+"/"+q.ID+"/runs", nil, &runs)
	if len(all) != 1 || len(runs) != 2 || runs[0].State != "done" {
		t.Errorf("%d queries, runs %+v", len(all), runs)
	}
	for field, body := range map[string]object{
		"name": {"parameters": object{}}, "schedule.every": {"name": "x", "schedule": object{"every": "hour"}},
		"parameters.side": {"name": "x", "parameters": object{"side": "up"}}, "parameters.sidee": {"name": "x", "parameters": object{"sidee": "up"}},
	} {
		if status, answer := w.sdk("POST", "/console/v1"+path, testConsoleKey, body); status != 400 || answer["attr"] != field {
			t.Errorf("%v says %d %v, want 400 for %s", body, status, answer, field)
		}
	}
	w.console("DELETE", path+"/"+q.ID, nil, nil)
	w.refused(t, "GET", path+"/"+q.ID+"/result", nil, 404)
}

// reports downloads the files of a day over all experiments.
func (w *routesWorld) reports(t *testing.T) {
	for kind, want := range map[string]struct {
		day  time.Time
		rows int
		has  string
	}{
		"pulse_daily": {w.today, 1, "spend"}, "topline_impact_daily": {w.today, 1, "absolute_topline_impact"}, "first_exposures": {w.first, 60, "control-1-0"},
	} {
		for format, rows := range fileRows {
			var at struct{ URL string }
			w.console("GET", "/reports?type="+kind+"&format="+format+"&date="+want.day.Format(time.DateOnly), nil, &at)
			res, body := w.raw(t, strings.TrimPrefix(at.URL, w.URL+"/console/v1"))
			n, text, err := rows(body)
			if res.StatusCode != 200 || err != nil || n != want.rows || !strings.Contains(text, want.has) {
				t.Errorf("%s at %s: %d, %d rows, want %d; %v; %.300s", kind, at.URL, res.StatusCode, n, want.rows, err, body)
			}
		}
	}
	if _, body := w.raw(t, "/reports/download?type=pulse_daily&date=2001-01-01"); !strings.HasPrefix(string(body), "experiment,control,") {
		t.Errorf("of a day without results: %s", body)
	}
	w.refused(t, "GET", "/reports?type=yearly&date=2024-01-01", nil, 400)
	w.refused(t, "GET", "/reports?type=pulse_daily", nil, 400)
}

// scheduled lets weeks pass for a query that is asked every Monday at six, in the project's zone: it is asked once for each Monday. A run
// whose server died in the middle is run again.
func (w *oracleWorld) scheduled() {
	q := schema.CustomQuery{ID: "weekly", Name: "weekly", ExperimentID: oracleExperiments[0].id, Parameters: map[string]any{"series": true}, Schedule: schema.Schedule{Every: "week", Hour: 6, Weekday: "monday"}}
	w.check(w.defs.SaveCustomQuery(w.t.Context(), "test", &q))
	w.check(w.db.Exec(w.t.Context(), "INSERT INTO custom_query_runs (query, id, state, author, created_at) SELECT 'weekly', 'broken off', 'running', 'test', now64(3)", nil))
	monday := time.Now().In(w.zone)
	monday = time.Date(monday.Year(), monday.Month(), monday.Day()+1, 6, 30, 0, 0, w.zone)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, 1)
	}
	var clock atomic.Int64
	clock.Store(time.Now().UnixMilli())
	w.api.Now = func() time.Time { return time.UnixMilli(clock.Load()) }
	ctx, stop := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.api.RunQueries(ctx, "this one") }()
	for week, want := range []string{"test:1", "schedule:1 test:1", "schedule:2 test:1"} {
		got := ""
		for deadline := time.Now().Add(time.Minute); got != want && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			w.check(w.db.Row(w.t.Context(), `SELECT arrayStringConcat(arraySort(groupArray(author || ':' || toString(n))), ' ')
				FROM (SELECT author, count() AS n FROM custom_query_runs FINAL WHERE state = 'done' AND parts > 0 GROUP BY author)`, nil).Scan(&got))
		}
		if got != want {
			w.t.Errorf("after %d Mondays runs are %q, want %q", week, got, want)
		}
		clock.Store(monday.AddDate(0, 0, 7*week).UnixMilli())
	}
	stop()
	w.check(<-ended)
	var report string // its pieces together are one report
	w.check(w.db.Row(w.t.Context(), "SELECT arrayStringConcat(groupArray(text)) FROM (SELECT text FROM custom_query_answers FINAL WHERE run = 'broken off' ORDER BY part)", nil).Scan(&report))
	var r object
	w.check(json.Unmarshal([]byte(report), &r))
	if len(report) < 64<<10 || resultOf(r, "spend::sum")["testMean"] != resultOf(w.ask(q.ExperimentID, ""), "spend::sum")["testMean"] {
		w.t.Errorf("the report of %d bytes is not what pulse_results say", len(report))
	}
}

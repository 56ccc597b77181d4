package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

type jobAnswer struct {
	ID, State   string
	Done, Total int
}

// TestJobs: the first computation of a new metric is cancelled, over HTTP and from the command line, and is not computed until it is resumed, the
// other way round; what was never computed is unknown, not zero. Yesterday had one event, so the metric's value is 1.
func TestJobs(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	at := time.Now().UTC().AddDate(0, 0, -1)
	day := at.Format(time.DateOnly)
	body := fmt.Sprintf(`{"userId":"u1","event":"Bought","messageId":"m1","timestamp":%q}`, at.Format(time.RFC3339Nano))
	if status, answer := s.post("/v1/track", testWriteKey, body); status != 200 {
		t.Fatal(status, answer)
	}
	s.until("the day is computed", 2*time.Minute, func() bool { return s.pointOf("segment::Bought::event_count", day).Status == "ok" })

	byHTTP := func(id, verb string) bool {
		status, _, text := s.request("PUT", "/console/v1/jobs/"+id+"/"+verb, "", "STATSIG-API-KEY", testConsoleKey)
		if status != 200 && status != 409 {
			t.Fatalf("%s: %d %s", verb, status, text)
		}
		return status == 200
	}
	byCommand := func(id, verb string) bool {
		out, err := s.command("rollup", verb, id)
		if err != nil && !strings.Contains(err.Error(), "conflict") && !strings.Contains(err.Error(), "it is over") {
			t.Fatalf("rollup %s: %v", verb, err)
		}
		return strings.Contains(out, id)
	}
	for name, turn := range map[string]struct{ cancel, resume func(id, verb string) bool }{
		"stopped-over-http": {byHTTP, byCommand}, "stopped-by-command": {byCommand, byHTTP},
	} {
		metric, job := s.cancelFirst(name, turn.cancel)
		// Another metric, made later, is computed; by then the cancelled one would have been.
		s.createMetric(name + "-beside")
		s.until("the metric beside it is computed", 2*time.Minute, func() bool { return s.pointOf(name+"-beside::event_count_custom", day).Status == "ok" })
		if p := s.pointOf(metric, day); p.Status != "unknown" || p.Value != nil {
			t.Errorf("%s, cancelled before it was computed: %+v", metric, p)
		}
		if j := s.job(job); j.State != "cancelled" {
			t.Errorf("%s: its job is %+v", metric, j)
		}
		if !turn.resume(job, "resume") {
			t.Errorf("%s: its job does not go on", metric)
		}
		s.until("the resumed job is done", 2*time.Minute, func() bool { return s.job(job).State == "done" })
		if p := s.pointOf(metric, day); p.Value == nil || *p.Value != 1 {
			t.Errorf("%s, resumed: %+v", metric, p)
		}
		if byHTTP(job, "cancel") {
			t.Errorf("%s: a job that is over can be cancelled", metric)
		}
	}
}

// cancelFirst makes metrics until one of them is cancelled before it is computed: a cycle may be quicker.
func (s *server) cancelFirst(name string, cancel func(id, verb string) bool) (metric, job string) {
	s.t.Helper()
	for try := range 20 {
		metric, job = s.createMetric(fmt.Sprint(name, try))
		if cancel(job, "cancel") {
			return metric, job
		}
	}
	s.t.Fatalf("%s: no metric could be cancelled before it was computed", name)
	return "", ""
}

// createMetric counts an event under a name.
func (s *server) createMetric(name string) (metric, job string) {
	s.t.Helper()
	var made struct {
		ID       string
		Backfill jobAnswer
	}
	s.console("POST", "/metrics", map[string]any{"name": name, "type": "event_count_custom", "metricEvents": []any{map[string]any{"name": "segment::Bought"}}}, &made)
	return made.ID, made.Backfill.ID
}

func (s *server) job(id string) (j jobAnswer) {
	s.t.Helper()
	s.console("GET", "/jobs/"+id, nil, &j)
	return j
}

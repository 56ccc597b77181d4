package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

type metricPoint struct {
	Date, Status        string
	Value               *float64
	Units               uint64
	Complete            bool
	Numerator, InputRow *float64
}

type metricSeriesAnswer struct {
	MetricID string
	Points   []metricPoint
	AsOf     *int64
}

// TestMetrics: metrics as a user of the Console API meets them: created with a backfill, shown by day, previewed, broken down,
// sampled, changed into a new version, archived, verified and computed again from the command line. Numbers by hand:
// yesterday u1 bought for 10 and 20 (pro), u2 for 5 (free); today u1 for 7 (pro).
func TestMetrics(t *testing.T) {
	t.Parallel()
	zone, today := noonZone(time.Now())
	s := startServer(t, t.TempDir(), "--timezone", zone)
	yesterday := today.AddDate(0, 0, -1)
	for i, e := range []struct {
		user  string
		value int
		plan  string
		at    time.Time
	}{
		{"u1", 10, "pro", yesterday}, {"u1", 20, "pro", yesterday}, {"u2", 5, "free", yesterday}, {"u1", 7, "pro", today.Add(-time.Second)},
	} {
		body := fmt.Sprintf(`{"userId":%q,"event":"Bought","messageId":"m%d","timestamp":%q,"properties":{"value":%d,"plan":%q}}`,
			e.user, i, e.at.Format(time.RFC3339Nano), e.value, e.plan)
		if status, answer := s.post("/v1/track", testWriteKey, body); status != 200 {
			t.Fatal(status, answer)
		}
	}
	day := yesterday.Format(time.DateOnly)
	s.console("PATCH", "/settings", map[string]any{"retentionDays": map[string]int{"events": 400}}, nil)

	var made struct {
		ID       string
		Version  int
		Backfill struct{ ID, State string }
	}
	definition := map[string]any{
		"name": "spend", "type": "sum", "tags": "core", "metricEvents": []any{map[string]any{"name": "segment::Bought"}},
		"warehouseNative": map[string]any{"metricDimensionColumns": []string{"plan"}},
	}
	s.console("POST", "/metrics", definition, &made)
	if made.ID != "spend::sum" || made.Version != 1 || made.Backfill.ID == "" {
		t.Fatalf("created %+v", made)
	}
	value := func(id string) *float64 { return s.pointOf(id, day).Value }
	s.until("the metric has yesterday's value", 2*time.Minute, func() bool { v := value("spend::sum"); return v != nil && *v == 35 })
	s.until("the backfill is done", 2*time.Minute, func() bool {
		var j struct{ State string }
		s.console("GET", "/jobs/"+made.Backfill.ID, nil, &j)
		return j.State == "done"
	})
	s.checkSeries(day, today.Format(time.DateOnly))
	s.checkInside(day)

	// Another description is no new version, another filter is.
	var changed struct{ Version int }
	s.console("PATCH", "/metrics/spend::sum", map[string]any{"description": "money"}, &changed)
	if changed.Version != 1 {
		t.Errorf("a description made version %d", changed.Version)
	}
	filter := map[string]any{"name": "segment::Bought", "criteria": []any{map[string]any{"type": "value", "condition": ">", "values": []string{"6"}}}}
	s.console("PATCH", "/metrics/spend::sum", map[string]any{"metricEvents": []any{filter}}, &changed)
	if changed.Version == 1 {
		t.Error("a filter made no new version")
	}
	s.until("the new version has its value", 2*time.Minute, func() bool { v := value("spend::sum"); return v != nil && *v == 30 })
	s.checkVersions(changed.Version)
	s.checkComposite()
	late := fmt.Sprintf(`{"userId":"u3","event":"Bought","messageId":"late","timestamp":%q,"properties":{"value":100,"plan":"pro"}}`, yesterday.Format(time.RFC3339Nano))
	if status, answer := s.post("/v1/track", testWriteKey, late); status != 200 {
		t.Fatal(status, answer)
	}
	s.until("what came late is counted in an answer that was given before", 2*time.Minute, func() bool { return *value("spend::sum") == 130 })
	if old := value("spend::sum@1"); old == nil || *old != 35 {
		t.Errorf("the value of version 1: %v, want 35", old)
	}
	s.checkDropped()

	if out := s.run("verify"); !strings.Contains(out, "0 numbers differ") || strings.Contains(out, "compared 0 ") {
		t.Errorf("verify says %q", out)
	}
	if out := s.run("rollup", "run", "--from", day, "--to", day); !strings.Contains(out, "days of metrics again") {
		t.Errorf("rollup run says %q", out)
	}
	if out := s.run("rollup", "status"); !strings.Contains(out, "complete to") || strings.Contains(out, "failed") {
		t.Errorf("rollup status says %q", out)
	}
	s.console("PUT", "/metrics/spend::sum/archive", nil, nil)
	var list []struct{ ID string }
	s.console("GET", "/metrics/list", nil, &list)
	if len(list) != 0 {
		t.Errorf("archived, the metric is listed: %v", list)
	}
}

func (s *server) pointOf(id, day string) metricPoint {
	s.t.Helper()
	var all []metricSeriesAnswer
	s.console("GET", "/metrics/series?ids="+url.QueryEscape(id)+"&from="+day+"&to="+day, nil, &all)
	return all[0].Points[0]
}

// checkVersions: two definitions of version 1, the second with a description, and the filter's.
func (s *server) checkVersions(filtered int) {
	s.t.Helper()
	var all []struct{ Version, Revision int }
	s.console("GET", "/metrics/spend::sum/versions", nil, &all)
	if got := fmt.Sprint(all); got != fmt.Sprintf("[{%d 3} {1 2} {1 1}]", filtered) {
		s.t.Errorf("versions and revisions: %s", got)
	}
	s.refused("GET", "/metrics/series?ids=spend::sum@77", nil, 404, "", "spend::sum@77")
	s.refused("GET", "/metrics/series?ids=spend::sum&unitType=nobody", nil, 404, "", "userID")
	s.refused("POST", "/jobs", map[string]any{"from": "2090-01-01"}, 400, "from", "in the future")
	ratio := map[string]any{"name": "r", "type": "sum", "metricEvents": []any{map[string]any{"name": "a"}}, "rollupTimeWindow": "max"}
	s.refused("POST", "/metrics", ratio, 400, "rollupTimeWindow", "event_user")
	ratio = map[string]any{
		"name": "r", "type": "user_warehouse", "metricEvents": []any{map[string]any{"name": "a"}, map[string]any{"name": "b"}},
		"warehouseNative": map[string]any{"aggregation": "ratio", "denominatorAggregation": "sum"},
	}
	s.refused("POST", "/metrics", ratio, 400, "warehouseNative.denominatorAggregation", "metricEvents")
}

// checkComposite: what is added up is not deleted; a change of it makes a new version of the sum as well.
func (s *server) checkComposite() {
	s.t.Helper()
	var sum struct{ Version int }
	spend := map[string]any{"name": "spend", "type": "sum"}
	s.console("POST", "/metrics", map[string]any{"name": "all", "type": "composite_sum", "metricComponentMetrics": []any{spend}}, &sum)
	s.refused("DELETE", "/metrics/spend::sum", nil, 409, "", "all::composite_sum")
	s.refused("PATCH", "/metrics/spend::sum", map[string]any{"warehouseNative": map[string]any{"cap": 3}}, 409, "", "all::composite_sum")
	var spent struct{ WarehouseNative struct{ Cap float64 } }
	s.console("GET", "/metrics/spend::sum", nil, &spent)
	if spent.WarehouseNative.Cap != 0 {
		s.t.Error("a change that was refused was made")
	}
	s.console("DELETE", "/metrics/all::composite_sum", nil, nil)
}

// checkDropped: of days whose raw events were dropped is said that their numbers stay, and that they cannot be computed again.
func (s *server) checkDropped() {
	s.t.Helper()
	var status struct{ RawDataFrom string }
	s.until("days older than the retention are given up", 2*time.Minute, func() bool {
		s.console("GET", "/rollups/status", nil, &status)
		return status.RawDataFrom != ""
	})
	if out := s.run("rollup", "status"); !strings.Contains(out, "before "+status.RawDataFrom) {
		s.t.Errorf("rollup status says %q", out)
	}
	if out, err := s.command("rollup", "run", "--to", "2019-01-01"); err == nil || !strings.Contains(err.Error(), status.RawDataFrom) {
		s.t.Errorf("computing dropped days again: %q %v", out, err)
	}
	var job struct{ Notice string }
	s.console("POST", "/jobs", map[string]any{"kind": "verify", "to": status.RawDataFrom}, &job)
	var all []struct{ RawDataFrom string }
	s.console("GET", "/metrics/series?ids=spend::sum", nil, &all)
	if !strings.Contains(job.Notice, status.RawDataFrom) || all[0].RawDataFrom != status.RawDataFrom {
		s.t.Errorf("of days before %s: job %q, series %+v", status.RawDataFrom, job.Notice, all)
	}
}

// checkSeries looks at a page of sparklines: auto metrics and those of users beside the defined one.
func (s *server) checkSeries(day, today string) {
	s.t.Helper()
	ids := []string{"spend::sum", "segment::Bought::event_count", "segment::Bought::event_dau", "segment::Bought::event_value_mean", "daily_active_user::user", "L7::user"}
	want := map[string]float64{
		"spend::sum": 35, "segment::Bought::event_count": 3, "segment::Bought::event_dau": 2, "segment::Bought::event_value_mean": 35. / 3,
		"daily_active_user::user": 2, "L7::user": 1,
	}
	for _, id := range ids {
		s.until(id+" is computed", 2*time.Minute, func() bool { return s.pointOf(id, day).Status == "ok" })
	}
	var all []metricSeriesAnswer
	s.console("GET", "/metrics/sparklines?days=3&ids="+url.QueryEscape(strings.Join(ids, ",")), nil, &all)
	for _, m := range all {
		points := map[string]metricPoint{}
		for _, p := range m.Points {
			points[p.Date] = p
		}
		p := points[day]
		if len(m.Points) != 3 || p.Status != "ok" || *p.Value-want[m.MetricID] > 1e-9 || want[m.MetricID]-*p.Value > 1e-9 {
			s.t.Errorf("%s on %s: %+v, want %v", m.MetricID, day, p, want[m.MetricID])
		}
		if points[today].Complete || m.AsOf == nil {
			s.t.Errorf("%s: today is said to be complete: %+v, as of %v", m.MetricID, points[today], m.AsOf)
		}
	}
	var values []struct {
		MetricName, MetricType, UnitType string
		Value                            *float64
		InputRows                        uint64
		AsOf, DataCompleteTo             int64
		Complete                         bool
	}
	s.console("GET", "/metrics/values?date="+day+"&metricName=spend", nil, &values)
	if len(values) != 2 && len(values) != 1 || values[len(values)-1].UnitType != "userID" || *values[len(values)-1].Value != 35 ||
		values[0].AsOf == 0 || values[0].DataCompleteTo == 0 || !values[0].Complete {
		s.t.Errorf("values: %+v", values)
	}
}

// checkInside looks at what a metric is made of.
func (s *server) checkInside(day string) {
	s.t.Helper()
	var samples []struct {
		MessageID string
		Numerator *float64
		Metadata  json.RawMessage
	}
	s.console("GET", "/metrics/spend::sum/samples", nil, &samples)
	if len(samples) != 4 || samples[0].MessageID != "m3" || *samples[0].Numerator != 7 || !strings.Contains(string(samples[0].Metadata), "pro") {
		s.t.Errorf("samples: %+v", samples)
	}
	var parts struct {
		Values []struct {
			DimensionValue string
			Points         []struct {
				Date  string
				Value *float64
			}
		}
	}
	s.console("GET", "/metrics/spend::sum/dimensions?from="+day+"&to="+day, nil, &parts)
	if len(parts.Values) != 2 || *parts.Values[0].Points[0].Value != 5 || parts.Values[1].DimensionValue != "pro" || *parts.Values[1].Points[0].Value != 30 {
		s.t.Errorf("dimensions: %+v", parts)
	}
	var shown struct {
		Values []struct {
			Date, UnitType string
			Value          *float64
		}
		Samples []json.RawMessage
	}
	definition := map[string]any{"name": "best", "type": "max", "metricEvents": []any{map[string]any{"name": "segment::Bought"}}}
	s.console("POST", "/metrics/preview?from="+day+"&to="+day, definition, &shown)
	if len(shown.Samples) != 4 || len(shown.Values) < 1 || *shown.Values[len(shown.Values)-1].Value != 12.5 { // (20 + 5) / 2
		s.t.Errorf("preview: %+v", shown)
	}
	var list []struct{ ID string }
	s.console("GET", "/metrics/list?tags=core", nil, &list)
	if len(list) != 1 || list[0].ID != "spend::sum" {
		s.t.Errorf("list by tag: %v", list)
	}
	s.console("GET", "/events/segment::Bought/metrics", nil, &list)
	if len(list) != 5 {
		s.t.Errorf("metrics of the event: %v", list)
	}
	var lineage struct{ Events []string }
	s.console("GET", "/metrics/spend::sum/lineage", nil, &lineage)
	if len(lineage.Events) != 1 || lineage.Events[0] != "segment::Bought" {
		s.t.Errorf("lineage: %+v", lineage)
	}
}

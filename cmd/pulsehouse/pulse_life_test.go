package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// failedMetric gives the experiment a metric that the engine cannot compute: a property deeper than an expression may be.
func (w *routesWorld) failedMetric(t *testing.T) {
	path := make([]string, 20_000)
	for i := range path {
		path[i] = strconv.Itoa(i)
	}
	key := strings.Join(path, ".")
	bad := object{"name": "bad", "type": "sum", "metricEvents": []object{{"name": "segment::Bought", "type": "metadata", "metadataKey": key}}}
	w.console("POST", "/metrics", bad, nil)
	w.console("PATCH", "/experiments/"+routesID, object{"primaryMetrics": []object{{"name": "bad", "type": "sum"}, {"name": "spend", "type": "sum"}}}, nil)
	var m []routeResult
	w.until("the metric has failed", time.Minute, func() bool {
		m = w.ask(routesID, "").PrimaryMetrics
		return m[0].Status == "failed"
	})
	if !strings.Contains(m[0].Detail, "the rollup could not compute it") || m[1].Status != "ok" || *m[1].TestMean != 12 {
		t.Errorf("%+v", m)
	}
	w.console("PATCH", "/experiments/"+routesID, object{"primaryMetrics": []object{{"name": "spend", "type": "sum"}}}, nil)
	w.console("DELETE", "/metrics/bad::sum", nil, nil)
}

type lifeAnswer struct {
	ID, Status, LaunchedGroupID, Salt string
	Run                               int
	Groups                            []struct {
		ID       string
		Size     float64
		Disabled bool
	}
}

// life leads an experiment through everything that may happen to it.
func (w *routesWorld) life(t *testing.T) {
	var x lifeAnswer
	do := func(method, path string, body any, want string) {
		t.Helper()
		x = lifeAnswer{}
		w.console(method, "/experiments/life"+path, body, &x)
		if got := fmt.Sprint(x.Status, " ", x.Run, " ", x.LaunchedGroupID); got != want {
			t.Errorf("%s %s: %q, want %q", method, path, got, want)
		}
	}
	body := experimentNamed("life")
	body["status"] = "active"
	w.console("POST", "/experiments", body, nil)
	w.refused(t, "POST", "/experiments", body, 409)
	do("GET", "", nil, "active 1 ")
	salt := x.Salt
	do("POST", "/disable_groups", object{"group_names": []string{"test"}}, "active 1 ")
	if !x.Groups[1].Disabled || x.Groups[0].Disabled {
		t.Errorf("disabled: %+v", x.Groups)
	}
	do("PATCH", "", object{"groups": []object{{"name": "control", "size": 40}, {"name": "test", "size": 60}}}, "active 1 ")
	if x.Groups[1].Disabled || x.Groups[1].Size != 60 { // the list is replaced as a whole
		t.Errorf("patched: %+v", x.Groups)
	}
	do("POST", "/disable_groups", object{"group_names": []string{"test"}}, "active 1 ")
	do("POST", "/enable_groups", object{"group_names": []string{"test"}}, "active 1 ")
	if x.Groups[1].Disabled {
		t.Errorf("enabled: %+v", x.Groups)
	}
	w.refused(t, "POST", "/experiments/life/disable_groups", object{"group_names": []string{"control"}}, 400)
	w.overrides(t)
	if m := w.ask("life", "view=daily").PrimaryMetrics[0]; m.Status == "ok" || m.ControlMean != nil {
		t.Errorf("nobody was exposed, and the result is %+v", m)
	}
	w.refused(t, "PUT", "/experiments/life/make_decision", object{"id": "nobody"}, 400)
	do("PUT", "/stop", nil, "experiment_stopped 1 ")
	w.refused(t, "PUT", "/experiments/life/stop", nil, 409)
	do("PUT", "/make_decision", object{"id": "test", "decisionReason": "better", "removeTargeting": true}, "decision_made 1 test")
	w.refused(t, "PUT", "/experiments/life/abandon", object{}, 409)
	do("PUT", "/archive", object{"archiveReason": "old"}, "archived 1 test")
	w.refused(t, "PUT", "/experiments/life/archive", object{}, 409)
	do("PUT", "/unarchive", nil, "decision_made 1 test")
	w.refused(t, "PUT", "/experiments/life/unarchive", nil, 409)
	w.refused(t, "PUT", "/experiments/life/start", nil, 409)
	do("PUT", "/reset", nil, "setup 1 ")
	if x.Salt == salt {
		t.Error("a reset kept the salt")
	}
	w.refused(t, "GET", "/experiments/life/pulse_results", nil, 409)
	do("PUT", "/start", nil, "active 2 ")
	do("POST", "/restart_as_new", object{"name": "life again"}, "active 1 ")
	if x.ID != "life again" {
		t.Errorf("restarted as %q", x.ID)
	}
	do("GET", "", nil, "abandoned 2 ")
	do("PUT", "%20again/abandon", object{"decisionReason": "enough"}, "abandoned 1 ")
	do("GET", "%20again", nil, "abandoned 1 ")
	w.console("DELETE", "/experiments/life", nil, nil)
	w.refused(t, "GET", "/experiments/life", nil, 404)
}

func (w *routesWorld) overrides(t *testing.T) {
	ids := func(group string, ids ...string) object {
		return object{"userIDOverrides": []object{{"groupID": group, "ids": ids}}}
	}
	for _, step := range []struct {
		method string
		body   any
		want   string
	}{
		{"GET", nil, "[]"},
		{"POST", ids("test", "a", "b"), "[{test [a b]}]"},
		{"PATCH", ids("control", "b", "c"), "[{control [b c]} {test [a]}]"},
		{"DELETE", ids("test", "a"), "[{control [b c]}]"},
		{"GET", nil, "[{control [b c]}]"},
		{"DELETE", nil, "[]"},
	} {
		var o struct {
			UserIDOverrides []struct {
				GroupID string
				IDs     []string
			}
		}
		w.console(step.method, "/experiments/life/overrides", step.body, &o)
		if got := fmt.Sprint(o.UserIDOverrides); got != step.want {
			t.Errorf("%s overrides: %s, want %s", step.method, got, step.want)
		}
	}
	w.refused(t, "POST", "/experiments/life/overrides", ids("nobody", "a"), 400)
}

type loadAnswer struct{ ID, FinishedState, StartDs, EndDs, ReloadType string }

// load has results computed again, of the experiment while it runs and when it has stopped, and of the gate's rule.
func (w *routesWorld) load(t *testing.T) {
	first, today := w.first.Format(time.DateOnly), w.today.Format(time.DateOnly)
	w.loaded(t, "/experiments/"+routesID+"/load_pulse", object{"refresh": "full"}, "/experiments/"+routesID, loadAnswer{StartDs: first, EndDs: today, ReloadType: "full"})
	w.loaded(t, "/experiments/"+routesID+"/load_pulse?refresh=incremental", nil, "/experiments/"+routesID, loadAnswer{StartDs: today, EndDs: today, ReloadType: "incremental"})
	w.loaded(t, "/gates/half/load_pulse", object{"ruleId": "everybody", "refresh": "metric", "metricIDs": []string{"clicks::event_count_custom"}},
		"/gates/half/rules/everybody", loadAnswer{StartDs: today, EndDs: today, ReloadType: "metric"})
	w.refused(t, "POST", "/gates/half/load_pulse", object{}, 400)
	w.refused(t, "POST", "/gates/half/load_pulse", object{"ruleId": "everybody", "refresh": "metric"}, 400)
	w.refused(t, "POST", "/gates/half/load_pulse", object{"ruleId": "everybody", "refresh": "metric", "metricIDs": []string{"spend::sum"}}, 400)
	w.refused(t, "POST", "/experiments/"+routesID+"/load_pulse", object{"refresh": "some"}, 400)
	w.console("PUT", "/experiments/"+routesID+"/stop", nil, nil)
	w.loaded(t, "/experiments/"+routesID+"/load_pulse", object{"refresh": "full"}, "/experiments/"+routesID, loadAnswer{StartDs: first, EndDs: today, ReloadType: "full"})
	if m := w.ask(routesID, "").PrimaryMetrics[0]; means(m.ControlMean, m.TestMean) != "8.5 12" {
		t.Errorf("after the loads: %+v", m)
	}
}

func (w *routesWorld) loaded(t *testing.T, path string, body any, of string, want loadAnswer) {
	t.Helper()
	w.console("POST", path, body, &want)
	want.FinishedState = "success"
	var history []loadAnswer
	w.until(path+" has ended", time.Minute, func() bool {
		w.console("GET", of+"/pulse_load_history", nil, &history)
		return history[0].ID != want.ID || history[0].FinishedState != ""
	})
	if history[0] != want {
		t.Errorf("%s: %+v, want %+v", path, history[0], want)
	}
}

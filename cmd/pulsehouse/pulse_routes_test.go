package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// routesWorld is what TestPulseRoutes sends, so small that every expected number is a sum on paper. Each group has ten units of
// each kind k = 1…6. Kinds 1 to 3 are of team DE and exposed two days ago, 4 to 6 of team US and exposed yesterday, all at 10:00.
// Each unit buys
//
//	three days ago for k (plan pro): before its exposure;
//	on the day of its exposure at 11:00 for k in control and 2k in test, plan pro where k is odd, else free;
//	kinds 1 to 3 also yesterday at 12:00 for 10, plan free.
type routesWorld struct {
	*server
	before, first, second, today time.Time
}

const routesID = "routes"

// TestPulseRoutes calls every route of results over HTTP.
func TestPulseRoutes(t *testing.T) {
	t.Parallel()
	zone, now := noonZone(time.Now())
	day := func(back int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()-back, 0, 0, 0, 0, now.Location())
	}
	w := &routesWorld{startServer(t, t.TempDir(), "--timezone", zone), day(3), day(2), day(1), day(0)}
	w.define()
	w.send()
	w.waitLoaded()
	w.until("the results are there", 2*time.Minute, func() bool {
		r := w.ask(routesID, "")
		m := r.PrimaryMetrics[0]
		return m.Status == "ok" && r.DS == w.today.Format(time.DateOnly) && m.CUPED == nil && *m.ControlMean == 8.5 && *m.TestMean == 12 && w.early() == 120
	})
	t.Run("views", w.views)
	t.Run("parts", w.parts)
	t.Run("command", w.command)
	t.Run("exports", w.exports)
	t.Run("counts", w.counts)
	t.Run("health", w.health)
	t.Run("unit", w.unit)
	t.Run("monitored", w.monitored)
	t.Run("custom queries", w.custom)
	t.Run("reports", w.reports)
	t.Run("linked", w.linked)
	t.Run("thinned", w.thinned)
	t.Run("failed metric", w.failedMetric)
	t.Run("life", w.life)
	t.Run("load", w.load)
}

// noonZone is where it is about noon: today does not end while a test runs.
func noonZone(now time.Time) (name string, there time.Time) {
	ahead := 12 - now.UTC().Hour()
	name = fmt.Sprintf("Etc/GMT%+d", -ahead) // the signs of these are those of POSIX
	return name, now.In(must(time.LoadLocation(name)))
}

func (w *routesWorld) define() {
	bought := []object{{"name": "segment::Bought"}}
	w.console("POST", "/metrics", object{"name": "spend", "type": "sum", "metricEvents": bought}, nil)
	w.console("POST", "/metrics", object{"name": "clicks", "type": "event_count_custom", "metricEvents": []object{{"name": "clicked"}}}, nil)
	w.console("POST", "/experiments", experimentNamed(routesID), nil)
	w.console("PUT", "/experiments/"+routesID+"/start", object{"analysisStartTime": w.first.UnixMilli()}, nil)
	monitored := []object{{"name": "clicks", "type": "event_count_custom"}}
	w.console("POST", "/gates", object{"name": "half", "rules": everybody(50), "measureMetricLifts": true, "monitoringMetrics": monitored}, nil)
	w.console("POST", "/holdouts", object{"name": "away", "passPercentage": 50, "monitoringMetrics": monitored}, nil)
	w.console("POST", "/segments", object{"id": "some", "name": "some", "type": "id_list", "idType": "userID"}, nil)
	w.console("PATCH", "/segments/some/add_ids", object{"ids": []string{"control-1-0", "test-1-0"}}, nil)
}

func experimentNamed(name string) object {
	return object{
		"name": name, "groups": []object{{"name": "control", "size": 50}, {"name": "test", "size": 50}},
		"primaryMetrics": []object{{"name": "spend", "type": "sum"}},
	}
}

func (w *routesWorld) send() {
	var seen, bought []object
	buy := func(unit string, at time.Time, value, plan int) {
		bought = append(bought, object{
			"type": "track", "userId": unit, "event": "Bought", "messageId": fmt.Sprint("b", len(bought)), "timestamp": at.Format(time.RFC3339Nano),
			"properties": object{"value": value, "plan": []string{"free", "pro"}[plan]},
		})
	}
	for i := range 120 {
		group, k := []string{"control", "test"}[i%2], i/2%6+1
		unit := fmt.Sprintf("%s-%d-%d", group, k, i/12)
		day, team, times := w.first, "DE", 1+i%2
		if k > 3 {
			day, team = w.second, "US"
		}
		seen = append(seen, object{
			"eventName": "statsig::config_exposure", "time": day.Add(10 * time.Hour).UnixMilli(),
			"user": object{"userID": unit, "custom": object{"team": team}}, "metadata": object{"config": routesID, "ruleID": group, "reason": "Network"},
		})
		buy(unit, w.before.Add(9*time.Hour), k, 1)
		buy(unit, day.Add(11*time.Hour), times*k, k%2)
		if k <= 3 {
			buy(unit, w.second.Add(12*time.Hour), 10, 0)
		}
	}
	w.mustPost("/v1/log_event", testServerKey, object{"events": append(seen, w.monitoredEvents()...)})
	w.mustPost("/v1/batch", testWriteKey, object{"batch": bought})
}

// monitoredEvents are those of gate and holdout: four units pass the gate and are not held out, with three clicks each; four fail and
// are held out, with one. Half of each are of team DE.
func (w *routesWorld) monitoredEvents() (all []object) {
	var gate struct{ Rules []object }
	w.console("GET", "/gates/half", nil, &gate)
	at := time.Now()
	add := func(name, unit, team string, after int, metadata object) {
		all = append(all, object{
			"eventName": name, "time": at.UnixMilli() + int64(after), "user": object{"userID": unit, "custom": object{"team": team}}, "metadata": metadata,
		})
	}
	for i := range 8 {
		unit, team, pass, clicks := fmt.Sprint("m", i), []string{"DE", "US"}[i/2%2], i%2 == 1, 1+2*(i%2)
		add("statsig::gate_exposure", unit, team, 0, object{"gate": "half", "gateValue": fmt.Sprint(pass), "ruleID": gate.Rules[0]["id"]})
		add("statsig::gate_exposure", unit, team, 0, object{"gate": "away", "gateValue": fmt.Sprint(!pass), "ruleID": "away"})
		for n := range clicks {
			add("clicked", unit, team, n, object{"n": fmt.Sprint(n)})
		}
	}
	return all
}

func (w *routesWorld) mustPost(path, key string, body any) {
	w.t.Helper()
	text := must(json.Marshal(body))
	if path == "/v1/log_event" {
		if status, answer := w.sdk("POST", path, key, body); status >= 300 {
			w.t.Fatal(path, status, answer)
		}
		return
	}
	if status, answer := w.post(path, key, string(text)); status >= 300 {
		w.t.Fatal(path, status, answer)
	}
}

// routeResult is what the tests look at of a result.
type routeResult struct {
	MetricName, Status, Detail string
	ControlMean, TestMean      *float64
	ControlUnits, TestUnits    *float64
	AbsoluteChange             *float64
	CUPED                      *struct {
		Applied                  bool
		Theta                    *float64
		UnitsWithPreExposureData int
	}
	SPRT *struct {
		Decision                   string
		Effect, LogLikelihoodRatio float64
	}
	Series, DimensionBreakdown []struct {
		Value    string
		Complete bool
		routeResult2
	}
}

type routeResult2 struct{ ControlMean, TestMean, ControlUnits, TestUnits *float64 }

type routeReport struct {
	DS                                string
	Exposures                         []struct{ Units float64 }
	Applied                           []string
	SRM                               struct{ Status string }
	Warnings                          []string
	PrimaryMetrics, MonitoringMetrics []routeResult
}

func (w *routesWorld) ask(id, query string) (r routeReport) {
	w.t.Helper()
	w.console("GET", "/experiments/"+id+"/pulse_results?"+query, nil, &r)
	return r
}

// early is how many units are known to have done something before their exposure.
func (w *routesWorld) early() int {
	return w.ask(routesID, "cuped=true").PrimaryMetrics[0].CUPED.UnitsWithPreExposureData
}

// slices are means "control test" by the slice's value.
func slicesOf(r routeResult) map[string]string {
	all := map[string]string{}
	for _, s := range append(r.Series, r.DimensionBreakdown...) {
		all[s.Value] = means(s.ControlMean, s.TestMean)
	}
	return all
}

func means(control, test *float64) string {
	if control == nil || test == nil {
		return "none"
	}
	return fmt.Sprintf("%.6g %.6g", *control, *test)
}

func wantSlices(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for value, text := range want {
		if got[value] != text {
			t.Errorf("%s: %q has means %q, want %q", what, value, got[value], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: slices %v, want %v", what, got, want)
	}
}

// views cuts the results: by day, by property of events, by what units are.
func (w *routesWorld) views(t *testing.T) {
	first, second, today := w.first.Format(time.DateOnly), w.second.Format(time.DateOnly), w.today.Format(time.DateOnly)
	team := map[string]string{"DE": "12 14", "US": "5 10"}
	for query, want := range map[string]map[string]string{
		"series=true": {first: "2 4", second: "8.5 12", today: "8.5 12"},
		"view=daily":  {first: "2 4", second: "7.5 10", today: "none"}, // nothing happened: there is nothing to compare
		"view=days_since": {
			"-7": "none", "-6": "none", "-5": "none", "-4": "none", "-3": "none", "-2": "2.5 2.5", "-1": "1 1", "0": "3.5 7", "1": "5 5", "2": "none",
		},
		"dimension=plan":              {"pro": "1.5 3", "free": "7 9"},
		"property=team":               team,
		"byExposureDate=true":         {first: team["DE"], second: team["US"]},
		"property=team&date=" + first: {"DE": "2 4"},
		"dimension=plan&unitFilter=" + url.QueryEscape(`{"type":"user","column":"team","condition":"in","values":["US"]}`): {"pro": "1.66667 3.33333", "free": "3.33333 6.66667"},
	} {
		r := w.ask(routesID, query)
		wantSlices(t, query, slicesOf(r.PrimaryMetrics[0]), want)
		if len(r.Warnings) > 0 {
			t.Errorf("%s: %v", query, r.Warnings)
		}
	}
	values := slicesOf(w.ask(routesID, "dimension=value").PrimaryMetrics[0])
	if values["10"] != "5 6.66667" { // test's kind 5 buys for 10 as well
		t.Errorf("dimension=value: %v", values)
	}
	// Control's variance is 775/59, test's 400/59: d = 5 % of 8.5/3.6243, θ = d/√(2/60) = 0.64227, z = 3.5/0.57613; 3.6955 is beyond ln(0.8/0.05).
	wald := w.ask(routesID, "sprt=true").PrimaryMetrics[0].SPRT
	if wald == nil || wald.Decision != "accept_alternative" || wald.Effect != 5 || math.Abs(wald.LogLikelihoodRatio-3.6955) > 1e-3 {
		t.Errorf("sprt=true: %+v", wald)
	}
	if wald := w.ask(routesID, "sprtEffect=0.1").PrimaryMetrics[0].SPRT; wald == nil || wald.Decision != "continue" || w.ask(routesID, "").PrimaryMetrics[0].SPRT != nil {
		t.Errorf("sprtEffect=0.1: %+v", wald)
	}
	for query, field := range map[string]string{
		"sprt=maybe": "sprt", "sprtEffect=0": "sprtEffect",
		"view=weekly": "view", "view=daily&property=team": "view", "filter=5": "filter", "exposedFrom=x": "exposedFrom", "date=x": "date",
		"date=2001-01-01": "date", "cupd=true": "cupd", "nonsense=1": "nonsense", "includeSegment=nobody": "includeSegment", "exposedFrom=2030-01-02&exposedTo=2030-01-01": "exposedTo",
		"test=nobody": "test", "test=control": "test", "confidence=20": "confidence", "side=up": "side", "series=maybe": "series",
	} {
		status, answer := w.sdk("GET", "/console/v1/experiments/"+routesID+"/pulse_results?"+query, testConsoleKey, nil)
		if status != 400 || answer["attr"] != field {
			t.Errorf("%s says %d %v, want 400 for %s", query, status, answer, field)
		}
	}
}

// parts limits the results to some of the units and events.
func (w *routesWorld) parts(t *testing.T) {
	second := w.second.Format(time.DateOnly)
	for query, want := range map[string]string{
		"date=" + w.first.Format(time.DateOnly): "2 4",
		"filter=" + url.QueryEscape(`{"type":"metadata","column":"plan","condition":"in","values":["pro"]}`): "1.5 3",
		"unitFilter=" + url.QueryEscape(`{"type":"user","column":"team","condition":"in","values":["DE"]}`):  "12 14",
		"exposedFrom=" + second: "5 10", "exposedTo=" + second: "12 14",
		"includeSegment=some": "11 12", "excludeSegment=some": "8.45763 12", // (510 - 11) / 59, (720 - 12) / 59
		"control=test&test=control": "12 8.5",
	} {
		r := w.ask(routesID, query)
		m := r.PrimaryMetrics[0]
		if got := means(m.ControlMean, m.TestMean); got != want {
			t.Errorf("%s: means %q, want %q (%s %s)", query, got, want, m.Status, m.Detail)
		}
		name, _, _ := strings.Cut(query, "=")
		if name != "control" && !slices.ContainsFunc(r.Applied, func(s string) bool { return strings.HasPrefix(s, name+":") }) {
			t.Errorf("%s is not among what was applied: %v", query, r.Applied)
		}
	}
	// The head is about the units that the metrics are about: 60 of each group, 30 of each first exposed on either day, one of each in the list.
	for query, want := range map[string]float64{"": 60, "exposedFrom=" + second: 30, "excludeSegment=some": 59, "includeSegment=some": 1} {
		r := w.ask(routesID, query)
		if len(r.Exposures) != 2 || r.Exposures[0].Units != want || r.Exposures[1].Units != want || (r.SRM.Status == "ok") != (want > 5) {
			t.Errorf("%s: exposures %v and sample ratio %q, want %v units of each group", query, r.Exposures, r.SRM.Status, want)
		}
	}
	for _, query := range []string{"dimension=nothing", "property=nothing"} {
		if r := w.ask(routesID, query); len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], `"nothing"`) {
			t.Errorf("%s: warnings %q", query, r.Warnings)
		}
	}
	if r := w.ask(routesID, "series=true&exposedFrom="+second); len(r.Warnings) != 1 || len(r.PrimaryMetrics[0].Series) > 0 {
		t.Errorf("a series of a part: warnings %q, %d points", r.Warnings, len(r.PrimaryMetrics[0].Series))
	}
	for _, query := range []string{"exposedFrom[]=" + second, "cuped[]=true", "unitFilter=" + url.QueryEscape(`{"type":"value","condition":">","values":["1"]}`)} {
		w.refused(t, "GET", "/experiments/"+routesID+"/pulse_results?"+query, nil, 400)
	}
	w.ask(routesID, "includeSegment[]=some")
	w.refused(t, "POST", "/gates", object{"name": "no such metric", "monitoringMetrics": []object{{"name": "zzz", "type": "sum"}}}, 400)
	var settings object
	w.console("GET", "/settings", nil, &settings)
	w.console("PATCH", "/settings", settings, nil) // as it was read
	w.refused(t, "PATCH", "/settings", object{"prefix": "other::"}, 400)
	w.refused(t, "POST", "/gates", object{"name": "misspelt", "rules": []object{{"name": "all", "pasPercentage": 100, "conditions": []object{{"type": "public"}}}}}, 400)
	w.refused(t, "PUT", "/ingestion/filters/"+w.writeKeyID()+"?dryrun=true", object{}, 400)
	w.refused(t, "GET", "/units/nobodystype/u1", nil, 404)
	w.refused(t, "GET", "/stream?fate=storred", nil, 400)
	w.refused(t, "GET", "/stream?source=nobody", nil, 400)
}

// writeKeyID is the id of the write key.
func (w *routesWorld) writeKeyID() string {
	var keys []struct{ ID, Type string }
	w.console("GET", "/keys", nil, &keys)
	return keys[slices.IndexFunc(keys, func(k struct{ ID, Type string }) bool { return k.Type == "write" })].ID
}

// command asks as the command line does. Kinds do k before, and 11 12 13 4 5 6 after in control, 12 14 16 8 10 12 in test: over both
// the slope of after on before is -18.75 / 17.5, and since the groups are alike before, the change stays 3.5.
func (w *routesWorld) command(t *testing.T) {
	var r routeReport
	var exit *exec.ExitError
	if _, err := w.server.command("pulse", routesID, "--with", "cupd=true"); !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(err.Error(), "cuped") {
		t.Errorf("a misspelt parameter: %v, want exit code %d and what was meant", err, exitUsage)
	}
	text := w.run("pulse", routesID, "--cuped", "--format", "json", "--with", "series=true", "--with", "property=team")
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	m := r.PrimaryMetrics[0]
	if m.CUPED == nil || !m.CUPED.Applied || math.Abs(*m.CUPED.Theta+18.75/17.5) > 1e-9 || math.Abs(*m.AbsoluteChange-3.5) > 1e-9 {
		t.Errorf("with CUPED: %s", text)
	}
	if len(m.Series) != 3 || len(m.DimensionBreakdown) != 2 {
		t.Errorf("%d days and %d teams, want 3 and 2", len(m.Series), len(m.DimensionBreakdown))
	}
	if out := w.run("unit", "userID", "test-1-0"); !strings.Contains(out, "group test since") {
		t.Errorf("unit says %s", out)
	}
}

// raw asks for something that is no JSON of the Console API's.
func (w *routesWorld) raw(t *testing.T, path string) (*http.Response, []byte) {
	t.Helper()
	req := must(http.NewRequest("GET", w.URL+"/console/v1"+path, nil))
	req.Header.Set("STATSIG-API-KEY", testConsoleKey)
	res := must(http.DefaultClient.Do(req))
	defer res.Body.Close()
	return res, must(io.ReadAll(res.Body))
}

// exports reads every file in every format: a metric, 120 units, and their 120 days before and 180 after exposure.
func (w *routesWorld) exports(t *testing.T) {
	for kind, want := range map[string]int{"pulse_summary": 1, "first_exposures": 120, "unit_days": 300} {
		for format, rows := range fileRows {
			res, body := w.raw(t, "/experiments/"+routesID+"/export?type="+kind+"&format="+format)
			n, text, err := rows(body)
			if res.StatusCode != 200 || err != nil || n != want || !strings.Contains(res.Header.Get("Content-Disposition"), routesID+"-"+kind) {
				t.Errorf("%s as %s: %d, %d rows, want %d; %v; %.300s", kind, format, res.StatusCode, n, want, err, body)
			}
			for _, part := range map[string][]string{"pulse_summary": {"spend", "3.5"}, "first_exposures": {"control-6-9", "test-1-0"}, "unit_days": {"control-6-9", "spend"}}[kind] {
				if !strings.Contains(text, part) {
					t.Errorf("%s as %s has no %s: %.300s", kind, format, part, text)
				}
			}
		}
	}
	if res, body := w.raw(t, "/experiments/"+routesID+"/export?format=xlsx"); res.StatusCode != 400 {
		t.Errorf("xlsx: %d %s", res.StatusCode, body)
	}
}

// fileRows counts the rows of a file by its format, and shows them as text.
var fileRows = map[string]func([]byte) (int, string, error){"csv": csvRows, "ndjson": ndjsonRows, "arrow": arrowRows}

func csvRows(body []byte) (int, string, error) {
	lines, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	return len(lines) - 1, string(body), err
}

func ndjsonRows(body []byte) (n int, text string, err error) {
	for d := json.NewDecoder(bytes.NewReader(body)); err == nil; {
		var row object
		if err = d.Decode(&row); err == nil {
			n++
		}
	}
	if err == io.EOF {
		err = nil
	}
	return n, string(body), err
}

func arrowRows(body []byte) (n int, text string, err error) {
	r, err := ipc.NewReader(bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer r.Release()
	for r.Next() {
		n += int(r.Record().NumRows())
		text += fmt.Sprint(string(must(r.Record().MarshalJSON())))
	}
	return n, text, r.Err()
}

// counts looks at how much was seen.
func (w *routesWorld) counts(t *testing.T) {
	var seen map[string][]struct {
		ID                 string
		PastDay, Past7Days int
	}
	w.console("GET", "/exposure_count?experiments="+routesID+"&gates=half&gates=away&dynamicConfigs=none", nil, &seen)
	if got := fmt.Sprint(seen["experiments"][0].Past7Days, seen["gates"], seen["dynamicConfigs"]); got != "120 [{half 8 8} {away 8 8}] [{none 0 0}]" {
		t.Errorf("exposures: %s", got)
	}
	for path, want := range map[string]string{
		"/experiments/" + routesID:    fmt.Sprintf("[{control [{%[1]s 30} {%[2]s 60}]} {test [{%[1]s 30} {%[2]s 60}]}]", w.first.Format(time.DateOnly), w.second.Format(time.DateOnly)),
		"/gates/half/rules/everybody": fmt.Sprintf("[{fail [{%[1]s 4}]} {pass [{%[1]s 4}]}]", w.today.Format(time.DateOnly)),
		"/holdouts/away":              fmt.Sprintf("[{holdout [{%[1]s 4}]} {not_in_holdout [{%[1]s 4}]}]", w.today.Format(time.DateOnly)),
	} {
		var groups []struct {
			GroupID string
			Results []struct {
				Date      string
				Exposures int
			}
		}
		w.console("GET", path+"/cumulative_exposures", nil, &groups)
		if got := fmt.Sprint(groups); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

type healthAnswer struct {
	ID                string
	HealthCheckStatus string
	HealthChecks      []struct{ Type, Status, Description string }
}

// health asks for the checks, by themselves and beside the definition.
func (w *routesWorld) health(t *testing.T) {
	var alone, beside healthAnswer
	w.console("GET", "/experiments/"+routesID+"/health", nil, &alone)
	w.console("GET", "/experiments/"+routesID+"?healthChecks=true", nil, &beside)
	if len(alone.HealthChecks) != 12 || alone.ID != "" || beside.ID != routesID || len(beside.HealthChecks) != 12 {
		t.Fatalf("alone %+v, beside %+v", alone, beside)
	}
	if c := alone.HealthChecks[0]; c.Status != "PASSED" || c.Description != "120 exposures, 120 units" {
		t.Errorf("%+v", c)
	}
	for _, c := range alone.HealthChecks {
		if c.Status == "FAILED" {
			t.Errorf("%+v", c)
		}
	}
	if alone.HealthCheckStatus != beside.HealthCheckStatus {
		t.Errorf("alone it is %s, beside %s", alone.HealthCheckStatus, beside.HealthCheckStatus)
	}
}

// unit looks at one unit.
func (w *routesWorld) unit(t *testing.T) {
	var u struct {
		Exposures   []struct{ Times int }
		Experiments []struct {
			ExperimentID, GroupID, Reason string
			Counted                       bool
			Contributions                 []struct {
				DaysSinceExposure int
				Numerator         float64
			}
			Events []struct {
				Fate  string
				Times int
			}
		}
	}
	w.console("GET", "/units/userID/control-1-0", nil, &u)
	want := "{[{1}] [{routes control it counts true [{-1 1} {0 1} {1 10}] [{before_exposure_compared 1} {counts 2}]}]}"
	if got := fmt.Sprint(u); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	w.console("GET", "/units/userID/nobody", nil, &u)
	if len(u.Exposures) != 0 || u.Experiments[0].Reason != "it was never exposed" {
		t.Errorf("nobody: %+v", u)
	}
}

// monitored looks at the gate's rule and at the holdout.
func (w *routesWorld) monitored(t *testing.T) {
	for _, path := range []string{"/gates/half/rules/everybody/pulse_results", "/holdouts/away/pulse_results"} {
		var r routeReport
		w.until(path+" is there", time.Minute, func() bool {
			r = routeReport{}
			w.console("GET", path+"?dimension=user.custom.team", nil, &r)
			m := r.MonitoringMetrics[0]
			return means(m.ControlMean, m.TestMean) == "1 3"
		})
		wantSlices(t, path, slicesOf(r.MonitoringMetrics[0]), map[string]string{"DE": "0.5 1.5", "US": "0.5 1.5"})
		if len(r.PrimaryMetrics) != 0 || len(r.Exposures) != 2 || r.Exposures[0].Units != 4 {
			t.Errorf("%s: %+v", path, r)
		}
	}
	w.refused(t, "GET", "/gates/half/rules/nowhere/pulse_results", nil, 404)
	w.refused(t, "GET", "/gates/nowhere/rules/everybody/pulse_results", nil, 404)
	w.refused(t, "GET", "/holdouts/nowhere/pulse_results", nil, 404)
	w.console("PATCH", "/holdouts/away", object{"description": "holidays"}, nil)
	var h struct {
		Description    string
		PassPercentage float64
	}
	w.console("GET", "/holdouts/away", nil, &h)
	if h.Description != "holidays" || h.PassPercentage != 50 {
		t.Errorf("after a PATCH of the description: %+v", h)
	}
}

func (w *routesWorld) refused(t *testing.T, method, path string, body any, want int) {
	t.Helper()
	if status, answer := w.sdk(method, "/console/v1"+path, testConsoleKey, body); status != want {
		t.Errorf("%s %s with %v says %d %v, want %d", method, path, body, status, answer, want)
	}
}

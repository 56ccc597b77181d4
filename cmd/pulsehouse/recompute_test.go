package main

import (
	"encoding/csv"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/pulsehouse/pulsehouse/bench/demo"
)

// checkRecompute computes results again from the exported files alone, by plain loops: means, the difference and its standard
// error, without and with CUPED. Pulse must say the same.
func checkRecompute(t *testing.T, s *server) {
	exposed := s.export(t, demo.ABTest, "first_exposures")
	days := s.export(t, demo.ABTest, "unit_days")
	for _, metric := range []string{"demo orders", "demo revenue", "demo page views"} {
		for _, cuped := range []bool{false, true} {
			got := s.recomputed(t, metric, cuped)
			want := again(t, exposed, days, metric, got.adjusted)
			if math.Abs(got.diff-want.diff) > 1e-9*max(1, math.Abs(want.diff)) || math.Abs(got.se-want.se) > 1e-7*want.se {
				t.Errorf("%s, adjusted %v: Pulse says %v with standard error %v, the exported files %v with %v", metric, got.adjusted, got.diff, got.se, want.diff, want.se)
			}
		}
	}
	if len(exposed) < 1000 || len(days) < 1000 {
		t.Errorf("the exports are thin: %d exposures, %d unit-days", len(exposed), len(days))
	}
}

// export reads a CSV export as rows by column.
func (s *server) export(t *testing.T, experiment, kind string) []map[string]string {
	t.Helper()
	req := must(http.NewRequest("GET", s.URL+"/console/v1/experiments/"+experiment+"/export?format=csv&type="+kind, nil))
	req.Header.Set("STATSIG-API-KEY", testConsoleKey)
	res := must(http.DefaultClient.Do(req))
	defer res.Body.Close()
	body := string(must(io.ReadAll(res.Body)))
	if res.StatusCode != 200 {
		t.Fatalf("export %s: %d %s", kind, res.StatusCode, body)
	}
	lines := must(csv.NewReader(strings.NewReader(body)).ReadAll())
	rows := make([]map[string]string, 0, len(lines))
	for _, line := range lines[1:] {
		row := make(map[string]string, len(line))
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

type effect struct {
	diff, se float64
	adjusted bool
}

// recomputed is what Pulse says.
func (s *server) recomputed(t *testing.T, metric string, cuped bool) effect {
	t.Helper()
	var data struct {
		PrimaryMetrics []struct {
			MetricName          string
			AbsoluteChange      float64
			TestStd, ControlStd float64
			CUPED               struct{ Applied bool }
		}
	}
	s.console("GET", "/experiments/"+demo.ABTest+"/pulse_results?cuped="+strconv.FormatBool(cuped), nil, &data)
	for _, m := range data.PrimaryMetrics {
		if m.MetricName == metric {
			return effect{m.AbsoluteChange, math.Hypot(m.TestStd, m.ControlStd), m.CUPED.Applied}
		}
	}
	t.Fatalf("Pulse has no metric %q", metric)
	return effect{}
}

// again is the comparison from the files: y after exposure, x before; Deng et al. 2013 with theta over both arms.
func again(t *testing.T, exposed, days []map[string]string, metric string, adjusted bool) effect {
	t.Helper()
	type unit struct {
		group string
		x, y  float64
	}
	units := map[string]*unit{}
	for _, e := range exposed {
		if e["counted"] == "1" {
			units[e["unit_id"]] = &unit{group: e["group_id"]}
		}
	}
	for _, d := range days {
		u := units[d["unit_id"]]
		if u == nil || d["metric_name"] != metric {
			continue
		}
		n := must(strconv.ParseFloat(d["numerator"], 64))
		if must(strconv.Atoi(d["days_since_exposure"])) < 0 {
			u.x += n
		} else {
			u.y += n
		}
	}
	n, mx, my := float64(len(units)), 0.0, 0.0
	for _, u := range units {
		mx, my = mx+u.x/n, my+u.y/n
	}
	xx, xy := 0.0, 0.0
	for _, u := range units {
		xx, xy = xx+(u.x-mx)*(u.x-mx), xy+(u.x-mx)*(u.y-my)
	}
	theta := 0.0
	if adjusted {
		theta = xy / xx
	}
	mean, variance := map[string]float64{}, map[string]float64{}
	for _, group := range []string{"control", "test"} {
		var values []float64
		for _, u := range units {
			if u.group == group {
				values = append(values, u.y-theta*(u.x-mx))
			}
		}
		for _, v := range values {
			mean[group] += v / float64(len(values))
		}
		for _, v := range values {
			variance[group] += (v - mean[group]) * (v - mean[group]) / float64(len(values)-1) / float64(len(values))
		}
	}
	return effect{mean["test"] - mean["control"], math.Sqrt(variance["test"] + variance["control"]), adjusted}
}

package rollup

import (
	"fmt"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// verifyAll makes every check of a job.
func (w *world) verifyAll(r *Runner) Verification { return w.verifyDays(r, "2023-12-01", "2024-02-01") }

func (w *world) verifyDays(r *Runner, from, to string) Verification {
	w.t.Helper()
	found := Verification{}
	j := &job{From: uint16(mustDay(w.t, from)), To: uint16(mustDay(w.t, to))}
	for _, c := range r.checks(r.newPlan(w.experiments, w.metrics), j) {
		one, err := c.run(w.t.Context())
		if err != nil {
			w.t.Fatalf("%s: %v", c.name, err)
		}
		found.add(one)
	}
	return found
}

// TestVerifyAll: on random data with every type of metric, also winsorized ones, every table equals what plain Go makes of the raw events; and a
// number that is made wrong in any of them is named, with its table, metric, unit, day and both numbers.
func TestVerifyAll(t *testing.T) {
	t.Parallel()
	w, r := slowWorld(t)
	capped := readMetric(t, `{"name":"pulled","type":"sum","metricEvents":[{"name":"buy"}],"warehouseNative":{"winsorizationLow":0.1,"winsorizationHigh":0.8}}`)
	w.metrics = append(w.metrics, capped)
	x := w.experiments[0]
	x.PrimaryMetrics = append(x.PrimaryMetrics, schema.ExperimentMetric{MetricRef: capped.Ref()})
	w.setExperiment(x)
	w.cycle(r)
	if v := w.verifyAll(r); len(v.Differences) > 0 || v.Compared < 2000 || len(v.NotCompared) > 0 {
		t.Fatalf("compared %d, not compared %v, differences %v", v.Compared, v.NotCompared, v.Differences)
	}

	// A row of each table, as it is, and what is made of it.
	one := func(sql string) string {
		t.Helper()
		return w.table(sql)[0]
	}
	const scope, day = "exp@1/count::event_count_custom@1", "2024-01-04"
	unit := one(`SELECT min(unit_id) FROM unit_days WHERE scope = '` + scope + `' AND day = '` + day + `'`)
	first := one(`SELECT toUnixTimestamp64Milli(min(first_time)) FROM first_exposures WHERE experiment = 'exp@1' AND unit_id = '` + unit + `' AND group_id = (SELECT min(group_id) FROM first_exposures WHERE experiment = 'exp@1' AND unit_id = '` + unit + `')`)
	group := one(`SELECT min(group_id) FROM first_exposures WHERE experiment = 'exp@1' AND unit_id = '` + unit + `'`)
	value := one(`SELECT max(dimension_value) FROM dimension_days WHERE metric = 'sum::sum@1' AND unit_type = 'userid' AND day = '` + day + `'`)
	number := func(sql string) float64 {
		t.Helper()
		var f float64
		fmt.Sscan(one(sql), &f)
		return f
	}
	wrong := []struct {
		table, change, where, now string
		want                      Difference
	}{
		{"event_days", "events = events + 1", "name = 'buy' AND unit_type = 'userid' AND day = '" + day + "'", "max(events)", Difference{Metric: "buy", UnitType: "userid", Field: "events"}},
		{"active_days", "unit = unit + 1", "unit_type = 'companyid' AND day = '" + day + "'", "", Difference{Metric: "active units", UnitType: "companyid", Field: "unitHashes"}},
		{
			"metric_days", "numerator = numerator + 1", "metric = 'count::event_count_custom@1' AND unit_type = 'userid' AND day = '" + day + "'", "max(numerator)",
			Difference{Metric: "count::event_count_custom", UnitType: "userid", Field: "numerator"},
		},
		{
			"dimension_days", "numerator = numerator + 1", "metric = 'sum::sum@1' AND unit_type = 'userid' AND dimension_value = '" + value + "' AND day = '" + day + "'", "max(numerator)",
			Difference{Metric: "sum::sum cart.items=" + value, UnitType: "userid", Field: "numerator"},
		},
		{
			"first_exposures", "first_time = first_time - 1", "experiment = 'exp@1' AND unit_id = '" + unit + "' AND group_id = '" + group + "'", "",
			Difference{Experiment: "exp@1", UnitType: "userid", Unit: unit, Field: group, Rollup: number("SELECT " + first + " - 1000"), Raw: number("SELECT " + first)},
		},
		{
			"unit_days", "numerator = numerator + 1", "scope = '" + scope + "' AND unit_id = '" + unit + "' AND day = '" + day + "'", "max(numerator)",
			Difference{Experiment: "exp@1", Metric: "count::event_count_custom", UnitType: "userid", Unit: unit, Field: "numerator"},
		},
		{
			"moments", "total_x = total_x + 1", "scope = '" + scope + "' AND group_id = 'test' AND as_of = '" + day + "'", "max(total_x)",
			Difference{Experiment: "exp@1", Metric: "count::event_count_custom", UnitType: "userid", Unit: "test", Field: "total_x"},
		},
	}
	for i := range wrong {
		c := &wrong[i]
		c.want.Table = c.table
		if c.now != "" {
			c.want.Date = day
			c.want.Raw = number("SELECT " + c.now + " FROM " + c.table + " WHERE " + c.where)
			c.want.Rollup = c.want.Raw + 1
		}
		if c.table == "active_days" || c.table == "first_exposures" { // keys are not to be updated: the row is written anew
			columns := map[string]string{"active_days": "* REPLACE (unit + 1 AS unit)", "first_exposures": "* REPLACE (first_time - 1 AS first_time)"}[c.table]
			w.exec("INSERT INTO "+c.table+" SELECT "+columns+" FROM "+c.table+" WHERE "+c.where+" LIMIT 1", nil)
			continue
		}
		w.exec("ALTER TABLE "+c.table+" UPDATE "+c.change+" WHERE "+c.where+" SETTINGS mutations_sync = 2", nil)
	}
	v := w.verifyAll(r)
	for _, c := range wrong {
		found := false
		for _, d := range v.Differences {
			same := d.Table == c.want.Table && d.Experiment == c.want.Experiment && d.Metric == c.want.Metric && d.UnitType == c.want.UnitType && d.Unit == c.want.Unit && d.Field == c.want.Field
			if c.want.Raw != 0 {
				same = same && near(d.Rollup, c.want.Rollup) && near(d.Raw, c.want.Raw)
			}
			found = found || same && (c.want.Date == "" || d.Date == c.want.Date)
		}
		if !found {
			t.Errorf("%s was made wrong, and verify does not say %+v but %+v", c.table, c.want, v.Differences)
		}
	}
}

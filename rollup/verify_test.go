package rollup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// everyType is a metric of each type, and of each way to ask for it that is computed differently.
var everyType = []string{
	`{"name":"count","type":"event_count_custom","metricEvents":[{"name":"buy"},{"name":"view","criteria":[{"type":"value","condition":">","values":["50"]}]}]}`,
	`{"name":"capped","type":"event_count_custom","metricEvents":[{"name":"buy"}],"warehouseNative":{"cap":2}}`,
	`{"name":"users","type":"event_user","metricEvents":[{"name":"*"}]}`,
	`{"name":"sum","type":"sum","metricEvents":[{"name":"buy"}],"warehouseNative":{"cap":60,"metricDimensionColumns":["cart.items"]}}`,
	`{"name":"mean","type":"mean","metricEvents":[{"name":"buy","metadataKey":"cart.items"}]}`,
	`{"name":"ratio","type":"ratio","metricEvents":[{"name":"buy","type":"value"},{"name":"view"}]}`,
	`{"name":"min","type":"min","metricEvents":[{"name":"buy"}]}`,
	`{"name":"max","type":"max","metricEvents":[{"name":"buy"}]}`,
	`{"name":"first","type":"first_value","metricEvents":[{"name":"buy"}]}`,
	`{"name":"latest","type":"latest_value","metricEvents":[{"name":"buy"}]}`,
	`{"name":"distinct","type":"count_distinct","metricEvents":[{"name":"buy","metadataKey":"cart.items"},{"name":"view"}]}`,
	`{"name":"p50","type":"percentile","metricEvents":[{"name":"buy"}],"warehouseNative":{"percentile":50}}`,
	`{"name":"p90","type":"percentile","metricEvents":[{"name":"buy"}],"warehouseNative":{"percentile":90}}`,
	`{"name":"back","type":"retention","metricEvents":[{"name":"buy"},{"name":"view"}],"warehouseNative":{"retentionEnd":3,"retentionLength":2}}`,
	`{"name":"any users","type":"funnel","metricEvents":[{"name":"other"},{"name":"view"},{"name":"buy"}]}`,
	`{"name":"any events","type":"funnel","funnelCountDistinct":"events","metricEvents":[{"name":"view"},{"name":"buy"}]}`,
	`{"name":"ordered users","type":"funnel","metricEvents":[{"name":"view"},{"name":"*"},{"name":"buy"}],"warehouseNative":{"funnelStrictOrdering":true}}`,
	`{"name":"ordered events","type":"funnel","funnelCountDistinct":"events","metricEvents":[{"name":"view"},{"name":"buy"}],"warehouseNative":{"funnelStrictOrdering":true}}`,
	`{"name":"long users","type":"funnel","metricEvents":[{"name":"view"},{"name":"other"},{"name":"buy"}],"warehouseNative":{"funnelStrictOrdering":true,"funnelCalculationWindow":1.3}}`,
	`{"name":"long events","type":"funnel","funnelCountDistinct":"events","metricEvents":[{"name":"view"},{"name":"buy"}],"warehouseNative":{"funnelStrictOrdering":true,"funnelCalculationWindow":0.4}}`,
	`{"name":"near users","type":"funnel","metricEvents":[{"name":"view"},{"name":"buy"}],"warehouseNative":{"funnelCalculationWindow":0.2}}`,
}

// TestVerify: totals of every type of metric are those that plain loops over the raw events give, on random data with repeated
// messages, loaded in pieces; and a total that is wrong is named.
func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var err error
	if w.zone, err = time.LoadLocation("America/New_York"); err != nil {
		t.Fatal(err)
	}
	for _, text := range everyType {
		w.metrics = append(w.metrics, readMetric(t, text))
	}
	rnd := rand.New(rand.NewPCG(21, 21))
	d := randomData(rnd, 400, 0)
	r := w.runner()
	for _, rows := range pieces(rnd, d.events, 2) {
		w.load(1, "events", rows)
		w.cycle(r)
	}
	from, to := mustDay(t, "2023-12-01"), mustDay(t, "2024-02-01")
	found := w.verify(r, from, to)
	if len(found.Differences) != 0 || found.Compared < 250 || found.Skipped != 0 || found.From != "2023-12-31" {
		t.Fatalf("%+v", found)
	}
	w.dimensionsAddUp()

	w.exec("INSERT INTO metric_days SELECT metric, unit_type, day, run, value, numerator + 1, denominator, units, input_rows FROM metric_days WHERE metric = 'sum::sum@1' AND unit_type = 'userid' AND day = '2024-01-02'", nil)
	w.exec("ALTER TABLE metric_days DELETE WHERE metric = 'count::event_count_custom@1' AND unit_type = 'companyid' AND day = '2024-01-03' SETTINGS mutations_sync = 2", nil)
	w.metrics = []schema.Metric{w.metrics[0], w.metrics[3]}
	found = w.verify(r, from, to)
	named := []string{}
	for _, x := range found.Differences {
		named = append(named, fmt.Sprint(x.Metric, " ", x.Date, " ", x.UnitType, " ", x.Field))
	}
	want := []string{
		"count::event_count_custom 2024-01-03 companyid value", "count::event_count_custom 2024-01-03 companyid numerator",
		"count::event_count_custom 2024-01-03 companyid units", "count::event_count_custom 2024-01-03 companyid inputRows",
		"sum::sum 2024-01-02 userid value", "sum::sum 2024-01-02 userid numerator", // a second row of the run
		"sum::sum 2024-01-02 userid units", "sum::sum 2024-01-02 userid inputRows",
	}
	if !slices.Equal(named, want) {
		t.Errorf("named %q, want %q", named, want)
	}
}

func (w *world) verify(r *Runner, from, to Day) Verification {
	w.t.Helper()
	p := r.newPlan(nil, w.metrics)
	metrics := []*metric{}
	for i := range p.metrics {
		metrics = append(metrics, &p.metrics[i])
	}
	m, _ := schema.AutoMetric(schema.MetricRef{Name: schema.DailyActive, Type: schema.UserType})
	found, err := r.Verify(w.t.Context(), p, append(metrics, &metric{m, m.VersionID()}), from, to)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// dimensionsAddUp: events of all values of a dimension are the total's, and values with more than 5 % have a name.
func (w *world) dimensionsAddUp() {
	w.t.Helper()
	const published = `(concat('metric/', metric), day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day)`
	total := w.table(`SELECT day, unit_type, input_rows FROM metric_days WHERE metric = 'sum::sum@1' AND ` + published + ` ORDER BY ALL`)
	parts := w.table(`SELECT day, unit_type, sum(input_rows) FROM dimension_days WHERE metric = 'sum::sum@1' AND ` + published + ` GROUP BY day, unit_type ORDER BY ALL`)
	if !slices.Equal(total, parts) || len(total) == 0 {
		w.t.Errorf("breakdowns add up to %v, not %v", parts, total)
	}
	if named := w.table(`SELECT uniqExact(dimension_value) FROM dimension_days`); named[0] == "0" || named[0] == "1" {
		w.t.Errorf("%s values of the dimension have a name", named[0])
	}
}

// TestTotalsInAnyOrder: events split, shuffled, repeated and delayed give the totals, of every type of metric, that one load gives.
func TestTotalsInAnyOrder(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(31, 31))
	d := randomData(rnd, 150, 0)
	straight, scattered := newWorld(t), newWorld(t)
	for _, text := range everyType {
		straight.metrics = append(straight.metrics, readMetric(t, text))
	}
	straight.load(1, "events", d.events)
	straight.cycle(straight.runner())

	r := scattered.runner()
	for i, p := range scatter(rnd, d, 3) {
		scattered.load(p.spool, p.table, p.rows)
		if i == 1 {
			scattered.metrics = straight.metrics // some data was there before the definitions
			scattered.cycle(r)
		}
	}
	scattered.cycle(r)
	want, got := straight.published(), scattered.published()
	delete(want, "duplicates") // there are more of them
	scattered.same(want, got)
	if n := len(want["metric_days"]); n < 500 || len(want["dimension_days"]) < 20 {
		t.Errorf("the data set is too thin: %d totals, %d of dimensions", n, len(want["dimension_days"]))
	}
}

// TestVerifyBefore: days that end before anybody's exposure are compared too, with what units did before it.
func TestVerifyBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.metrics = []schema.Metric{readMetric(t, `{"name":"n","type":"event_count_custom","metricEvents":[{"name":"tick"}]}`)}
	w.setExperiment(readExperiment(t, `{"id":"exp","groups":[{"name":"control","size":50},{"name":"test","size":50}],
		"primaryMetrics":[{"name":"n","type":"event_count_custom"}]}`))
	w.tick("2024-01-03 10:00:00", "m1")
	w.load(1, "exposures", []row{{"time": "2024-01-05 09:00:00", "user_id": "a", "name": "exp", "rule": "test"}})
	r := w.runner()
	w.cycle(r)
	if found := w.verifyDays(r, "2024-01-03", "2024-01-03"); len(found.Differences) > 0 || found.Compared < 2 {
		t.Errorf("%+v", found)
	}
}

// TestVerifyRested: days before an exposure that wait with others for their ten minutes are not taken for wrong, nor are moments that are made of
// them; a comparison that is asked for has them computed before it begins.
func TestVerifyRested(t *testing.T) {
	t.Parallel()
	w := simple(t)
	w.load(1, "events", []row{{"time": "2023-12-30 10:00:00", "user_id": "late", "name": "tick", "message_id": "past"}})
	r := w.runner()
	w.cycle(r)
	w.load(1, "exposures", []row{{"time": "2024-01-01 12:00:00", "user_id": "late", "name": "exp", "rule": "control"}})
	patient := func() {
		t.Helper()
		r.turn.Lock()
		defer r.turn.Unlock()
		r.patient = true
		if _, err := r.cycle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	patient()
	early := "SELECT count() FROM unit_days WHERE unit_id = 'late' AND day = '2023-12-30'"
	if got := w.table(early)[0]; got != "0" {
		t.Fatalf("%s rows of the day before exposure: it does not rest, and this test shows nothing", got)
	}
	if v := w.verifyAll(r); len(v.Differences) > 0 || v.Skipped == 0 {
		t.Errorf("while days rest: %d days left out, differences %v", v.Skipped, v.Differences)
	}
	w.ask("compare", "verify", "2023-12-01", "2024-02-01")
	patient()
	patient()
	if got := w.table("SELECT argMax(state, updated_at) FROM jobs WHERE id = 'compare'")[0]; got != "done" {
		t.Fatalf("the comparison is %s", got)
	}
	if got := w.table(early)[0]; got == "0" {
		t.Error("the comparison did not have the day computed")
	}
	if v := w.verifyAll(r); len(v.Differences) > 0 || v.Skipped > 0 {
		t.Errorf("afterwards: %d days left out, differences %v", v.Skipped, v.Differences)
	}
}

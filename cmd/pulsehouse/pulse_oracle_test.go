package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

// oracleWorld is random raw rows in an engine, four experiments over them that differ in attribution and in what becomes of
// crossovers, and the Console API that reports on them.
type oracleWorld struct {
	t    *testing.T
	db   *store.DB
	api  *query.API
	defs *catalog.Catalog
	key  string
	zone *time.Location
	data oracleData
	seq  int
}

// TestPulseOracle: for each metric type × attribution × crossovers × CUPED, the report over random data equals what plain Go over the
// raw rows says (pulse_oracle_units_test.go, pulse_oracle_stats_test.go, which share no code with rollup, query and pulse). The
// numbers come in three ways: from moments, from what units did on each day, and from the raw events.
func TestPulseOracle(t *testing.T) {
	t.Parallel()
	w := newOracleWorld(t)
	compared := 0
	ask := func(x oracleExperiment, cuped bool, query string) {
		t.Helper()
		got := w.ask(x.id, fmt.Sprintf("control=control&test=test&cuped=%v%s", cuped, query))
		compared += w.same(fmt.Sprintf("%s, cuped %v, %s", x.id, cuped, query), w.data.report(x, cuped), got)
	}
	least := 0
	for _, x := range oracleExperiments {
		ask(x, false, "")
		ask(x, true, "")
		ask(x, true, x.limit)
		least += 3 * len(x.metrics()) * 8
	}
	w.parts()
	w.statements()
	w.files()
	w.failing()
	w.scheduled()
	if compared < least {
		t.Errorf("only %d numbers were compared, want %d at least", compared, least)
	}
}

func newOracleWorld(t *testing.T) *oracleWorld {
	w := &oracleWorld{t: t, db: storetest.Open(t), zone: must(time.LoadLocation("America/New_York"))}
	c := catalog.Open(w.db)
	w.defs = c
	keys := catalog.NewKeyring(c, t.TempDir()+"/keys.json")
	w.check(w.db.Migrate(t.Context(), schema.SQL))
	_, w.key, _ = keys.Make(t.Context(), "oracle", schema.ConsoleKey, "test")
	w.check(keys.Reload(t.Context()))
	explorer := rollup.NewExplorer(w.db, func() *time.Location { return w.zone })
	w.api = query.New(query.Options{
		DB: w.db, Catalog: c, Keys: keys, Zone: func() string { return w.zone.String() },
		Explore: explorer.Explore, ExploreSQL: explorer.SQL,
	})
	w.data = randomOracleData(rand.New(rand.NewPCG(5, 2024)), w.zone)
	w.load("events", w.data.rawEvents)
	w.load("exposures", w.data.rawExposures)
	w.define(c)
	sum := must(rollup.New(w.db, c.ForRollup, rollup.Options{Zone: w.zone, Threads: 2}).Cycle(t.Context()))
	if len(sum.Failed) > 0 {
		t.Fatalf("the rollup failed for %v", sum.Failed)
	}
	return w
}

func (w *oracleWorld) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// define saves metrics and experiments as the Console API would.
func (w *oracleWorld) define(c *catalog.Catalog) {
	refs := map[string]schema.ExperimentMetric{}
	components := map[string]schema.Metric{}
	for _, o := range oracleMetrics {
		if o.definition == "" { // it exists by itself
			refs[o.id] = schema.ExperimentMetric{MetricRef: must(schema.ParseMetricID(o.id))}
			continue
		}
		var m schema.Metric
		w.check(json.Unmarshal([]byte(o.definition), &m))
		if m.IsComposite() {
			var of []schema.Metric
			for _, ref := range m.Components {
				of = append(of, components[ref.ID()])
			}
			w.check(m.Compose(of))
		}
		w.check(m.Validate())
		if m.ID() != o.id {
			w.t.Fatalf("metric %q is called %q", o.id, m.ID())
		}
		w.check(c.SaveMetric(w.t.Context(), "test", &m))
		components[m.ID()] = m
		refs[o.id] = schema.ExperimentMetric{MetricRef: m.Ref()}
	}
	beside := schema.Experiment{ID: oracleOther, Groups: []schema.ExperimentGroup{{ID: "off", Size: 50}, {ID: "on", Size: 50}}}
	for _, m := range oracleExperiments[1].metrics() {
		if m.id != "spend::sum" {
			beside.PrimaryMetrics = append(beside.PrimaryMetrics, refs[m.id])
		}
	}
	all := []schema.Experiment{beside}
	for _, o := range oracleExperiments {
		x := schema.Experiment{ID: o.id, Groups: oracleGroups}
		for _, m := range o.metrics() {
			x.PrimaryMetrics = append(x.PrimaryMetrics, refs[m.id])
		}
		x.Attribution, x.Crossovers = o.attribution, o.crossovers
		all = append(all, x)
	}
	for _, x := range all {
		w.check(x.Validate())
		w.check(x.Start(schema.Millis(w.data.start.UnixMilli()), 0, schema.Millis(w.data.end.UnixMilli())))
		w.check(c.SaveExperiment(w.t.Context(), "test", &x))
	}
}

// load puts raw rows into a table as the loader does: the rows, then the load.
func (w *oracleWorld) load(table string, rows []object) {
	w.t.Helper()
	w.seq++
	var text strings.Builder
	days := map[string]bool{}
	for i, r := range rows {
		full := object{"spool_id": 1, "batch_seq": w.seq, "position": i, "environment": "production", "received_time": r["time"]}
		for k, v := range r {
			full[k] = v
		}
		full["day"] = r["time"].(string)[:10]
		days[full["day"].(string)] = true
		text.Write(must(json.Marshal(full)))
		text.WriteByte('\n')
	}
	w.check(w.db.Exec(w.t.Context(), "INSERT INTO "+table+" FORMAT JSONEachRow\n"+text.String(), nil))
	list := []string{}
	for d := range days {
		list = append(list, d)
	}
	w.check(w.db.Exec(w.t.Context(), `INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to)
		SELECT 1, {seq:UInt64}, {table:String}, {rows:UInt32}, {days:Array(Date)}, toDateTime64('2024-12-31 00:00:00', 3, 'UTC')`,
		store.Params{"seq": w.seq, "table": table, "rows": len(rows), "days": list}))
}

// ask asks for results over the API.
func (w *oracleWorld) ask(id, query string) (r object) {
	w.t.Helper()
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	ctx.Request.SetRequestURI("/console/v1/experiments/" + id + "/pulse_results?" + query)
	ctx.Request.Header.Set("STATSIG-API-KEY", w.key)
	w.api.Handle(&ctx)
	answer := struct{ Data object }{}
	if w.check(json.Unmarshal(ctx.Response.Body(), &answer)); ctx.Response.StatusCode() != 200 {
		w.t.Fatalf("%s: %d %s", query, ctx.Response.StatusCode(), ctx.Response.Body())
	}
	return answer.Data
}

// same compares all that the oracle knows with the report, and returns how many numbers that were.
func (w *oracleWorld) same(what string, want oracleReport, got object) (compared int) {
	w.t.Helper()
	for path, v := range want.whole {
		compared += w.near(what+": "+path, v, dig(got, path))
	}
	for _, result := range got["primaryMetrics"].([]any) {
		r := result.(object)
		id := r["metricID"].(string)
		if r["status"] != "ok" {
			w.t.Errorf("%s: %s is %v: %v", what, id, r["status"], r["detail"])
		}
		for path, v := range want.metrics[id] {
			compared += w.near(what+": "+id+" "+path, v, dig(r, path))
		}
	}
	return compared
}

func (w *oracleWorld) near(what string, want float64, found any) int {
	w.t.Helper()
	got := math.NaN()
	switch v := found.(type) {
	case float64:
		got = v
	case bool:
		got = map[bool]float64{true: 1}[v]
	}
	if !(math.Abs(got-want) <= 1e-8*max(1e-6, math.Abs(want))) {
		w.t.Errorf("%s: want %v, got %v", what, want, found)
	}
	return 1
}

// dig finds a.b.c in nested objects; a number is a place in a list.
func dig(from any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch v := from.(type) {
		case object:
			from = v[step]
		case []any:
			from = v[step[0]-'0']
		default:
			return nil
		}
	}
	return from
}

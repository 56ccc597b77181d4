package rollup

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// world is a database, the definitions, and a spool to load rows from.
type world struct {
	t           testing.TB
	db          *store.DB
	experiments []schema.Experiment
	metrics     []schema.Metric
	zone        *time.Location
	random      uint64
	seq         map[uint64]uint64
	position    uint64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db := storetest.Open(t)
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	return &world{t: t, db: db, zone: time.UTC, seq: map[uint64]uint64{}}
}

func (w *world) defs(context.Context) ([]schema.Experiment, []schema.Metric, error) {
	return w.experiments, w.metrics, nil
}

func (w *world) runner() *Runner {
	return New(w.db, w.defs, Options{Zone: w.zone, Random: func() uint64 { w.random++; return w.random }})
}

// cycle runs a cycle that must be whole.
func (w *world) cycle(r *Runner) Report {
	w.t.Helper()
	sum, err := r.Cycle(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range r.failed() {
		w.t.Fatalf("scope %s: %v", f.Scope, f.Err)
	}
	return sum
}

// row is a raw event or exposure by column.
type row map[string]any

const timeFormat = "2006-01-02 15:04:05.000"

// load puts rows into a table as the loader does: the rows, then the load.
func (w *world) load(spool uint64, table string, rows []row) {
	w.t.Helper()
	w.seq[spool]++
	seq := w.seq[spool]
	var text strings.Builder
	days := map[string]bool{}
	for _, r := range rows {
		w.position++
		full := row{"spool_id": spool, "batch_seq": seq, "position": w.position, "environment": "production"}
		for k, v := range r {
			full[k] = v
		}
		full["day"] = fmt.Sprint(r["time"])[:10]
		days[full["day"].(string)] = true
		if full["received_time"] == nil {
			full["received_time"] = r["time"]
		}
		line, err := json.Marshal(full)
		if err != nil {
			w.t.Fatal(err)
		}
		text.Write(line)
		text.WriteByte('\n')
	}
	w.exec("INSERT INTO "+table+" FORMAT JSONEachRow\n"+text.String(), nil)
	list := []string{}
	for d := range days {
		list = append(list, d)
	}
	slices.Sort(list)
	w.exec(`INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to)
		SELECT {spool:UInt64}, {seq:UInt64}, {table:String}, {rows:UInt32}, {days:Array(Date)}, toDateTime64('2024-12-31 00:00:00', 3, 'UTC')`,
		store.Params{"spool": spool, "seq": seq, "table": table, "rows": len(rows), "days": list})
}

func (w *world) exec(sql string, p store.Params) {
	w.t.Helper()
	if err := w.db.Exec(context.WithoutCancel(w.t.Context()), sql, p); err != nil {
		w.t.Fatal(err)
	}
}

// table returns the rows of a query, a line each, columns by spaces; empty strings are "-".
func (w *world) table(sql string) []string {
	w.t.Helper()
	wrapped := `SELECT formatRowNoNewline('TSV', *) AS line FROM (` + sql + `)`
	var rows []struct {
		Line string `ch:"line"`
	}
	if err := w.db.Select(w.t.Context(), &rows, wrapped, nil); err != nil {
		w.t.Fatalf("%s\n%v", sql, err)
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		cells := strings.Split(r.Line, "\t")
		for n, cell := range cells {
			if cell == "" {
				cells[n] = "-"
			}
		}
		lines[i] = strings.Join(cells, " ")
	}
	return lines
}

// published is everything a reader can see, without the numbers and instants of runs.
func (w *world) published() map[string][]string {
	w.t.Helper()
	return map[string][]string{
		"duplicates":      w.table(`SELECT DISTINCT id, day FROM duplicates ORDER BY ALL`),
		"first_exposures": w.table(`SELECT experiment, unit_id, group_id, min(first_time) FROM first_exposures GROUP BY ALL ORDER BY ALL`),
		"unit_days": w.table(`SELECT scope, day, unit_id, numerator, denominator FROM unit_days
			WHERE (scope, day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day) ORDER BY ALL`),
		"metric_days": w.table(`SELECT metric, unit_type, day, value, numerator, denominator, units, input_rows FROM metric_days
			WHERE ('metric/' || metric, day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day) ORDER BY ALL`),
		"dimension_days": w.table(`SELECT * EXCEPT run FROM dimension_days
			WHERE ('metric/' || metric, day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day) ORDER BY ALL`),
		"event_days": w.table(`SELECT name, unit_type, day, events, units, value_events, value_sum FROM event_days
			WHERE (day, run) IN (SELECT day, argMax(run, started_at) FROM windows WHERE scope = 'events' GROUP BY day) ORDER BY ALL`),
		"active_days": w.table(`SELECT unit_type, day, unit FROM active_days
			WHERE (day, run) IN (SELECT day, argMax(run, started_at) FROM windows WHERE scope = 'active' GROUP BY day) ORDER BY ALL`),
		"windows": w.table(`SELECT scope, day, argMax(rows, started_at) FROM windows GROUP BY scope, day ORDER BY ALL`),
		"moments": w.table(momentsNow + ` ORDER BY ALL`),
	}
}

// momentsNow rounds the centred sums: their last digits depend on the order in which units come.
const momentsNow = `SELECT scope, view, as_of, group_id, units, participants, mean_x, mean_y, total_x, total_y,
	toFloat64(toString(round(m2_x, 9))), toFloat64(toString(round(m2_y, 9))), toFloat64(toString(round(c_xy, 9)))
	FROM moments WHERE (scope, view, as_of, started_at) IN (SELECT scope, view, as_of, max(started_at) FROM moments GROUP BY scope, view, as_of)`

func (w *world) same(want, got map[string][]string) {
	w.t.Helper()
	for name := range want {
		if !slices.Equal(want[name], got[name]) {
			w.t.Fatalf("%s differ.\nwant:\n%s\ngot:\n%s", name, strings.Join(want[name], "\n"), strings.Join(got[name], "\n"))
		}
	}
}

func millis(t testing.TB, text string) schema.Millis {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Millis(at.UnixMilli())
}

package rollup

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// The slow oracle is testdata/oracle.sql: plain SQL over raw rows, written by hand for each metric, which shares no code with the
// rollups: not the terms, not the folds, not the table of duplicates, nor the functions that read JSON.
const (
	viewBase = `CREATE VIEW base AS SELECT *, toDate(time, 'America/New_York') AS metric_day, nullIf(JSON_VALUE(properties, '$.cart.items'), '') AS item
		FROM (SELECT *, row_number() OVER (PARTITION BY message_id ORDER BY time, spool_id, position) AS copy FROM events)
		WHERE copy = 1 AND environment = 'production'`
	viewPlain = `CREATE VIEW plain AS
		SELECT metric_day AS day, time AS at, toString(name) AS name, value, item, toFloat64OrNull(item) AS items, 'userid' AS unit_type, user_id AS unit FROM base WHERE user_id != ''
		UNION ALL SELECT metric_day, time, toString(name), value, item, toFloat64OrNull(item), 'anonymousid', anonymous_id FROM base WHERE anonymous_id != ''
		UNION ALL SELECT metric_day, time, toString(name), value, item, toFloat64OrNull(item), 'companyid', unit_ids['companyid'] FROM base WHERE unit_ids['companyid'] != ''`
	// viewExposed is what units of the experiment exp did from their first exposure on, and on the seven days before its day.
	viewExposed = `CREATE VIEW exposed AS SELECT plain.*, since_day, arm, arms FROM plain
		INNER JOIN
		(
			SELECT user_id, min(time) AS since, toDate(since, 'America/New_York') AS since_day, any(rule) AS arm, uniqExact(rule) AS arms
			FROM exposures
			WHERE name = 'exp' AND user_id != '' AND environment = 'production' AND time >= '2024-01-01 12:00:00' AND time < '2024-01-06 06:00:00'
			GROUP BY user_id
		) AS seen ON seen.user_id = plain.unit
		WHERE unit_type = 'userid' AND at < '2024-01-06 06:00:00' AND (at >= since OR day BETWEEN since_day - 7 AND since_day - 1)`
	isPublished = `(concat('metric/', metric), day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day)`
)

// oracleSQL is the sections of testdata/oracle.sql by metric name.
func oracleSQL(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/oracle.sql")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, section := range strings.Split(string(text), "\n\n")[1:] {
		title, sql, _ := strings.Cut(section, "\n")
		name, _, _ := strings.Cut(strings.TrimPrefix(title, "-- "), ":")
		all[name] = strings.TrimSpace(sql)
	}
	return all
}

// slowWorld is random data, scattered over loads, rolled up for a metric of each type and an experiment that looks at all, and
// the oracle's views of it.
func slowWorld(t *testing.T) (*world, *Runner) {
	t.Helper()
	w := newWorld(t)
	var err error
	if w.zone, err = time.LoadLocation("America/New_York"); err != nil {
		t.Fatal(err)
	}
	x := readExperiment(t, `{"id":"exp","groups":[{"name":"control","size":50},{"name":"test","size":50}],"start":"2024-01-01T12:00:00","end":"2024-01-06T06:00:00"}`)
	for _, text := range everyType {
		m := readMetric(t, text)
		w.metrics, x.PrimaryMetrics = append(w.metrics, m), append(x.PrimaryMetrics, schema.ExperimentMetric{MetricRef: m.Ref()})
	}
	w.setExperiment(x)
	seed := 41 + *seeds
	rnd := rand.New(rand.NewPCG(seed, seed))
	r := w.runner()
	for _, p := range scatter(rnd, randomData(rnd, 400, 120), 2) {
		w.load(p.spool, p.table, p.rows)
	}
	w.cycle(r)
	for _, view := range []string{viewBase, viewPlain, viewExposed} {
		w.exec(view, nil)
	}
	return w, r
}

// TestSlowSQL: totals, what units did on each day, and moments, of every type of metric; totals of events, of dimensions, and active
// users with all that is made of them: each equals plain, slow SQL over the raw rows.
func TestSlowSQL(t *testing.T) {
	t.Parallel()
	w, _ := slowWorld(t)
	slow := oracleSQL(t)
	for i := range w.metrics {
		m := &metric{w.metrics[i], w.metrics[i].VersionID()}
		sql := slow[m.Name]
		if sql == "" {
			if m.Name != "long events" { // attempts that wait for days are told apart one by one: TestVerify's loops do that
				t.Errorf("testdata/oracle.sql has no section %q", m.Name)
			}
			continue
		}
		w.slowTotals(m, sql)
		if !m.spans() {
			w.slowUnits(m, strings.NewReplacer("FROM plain", "FROM exposed", ", plain AS", ", exposed AS").Replace(sql))
		}
	}
	w.slowPercentiles()
	w.slowDimensions()
	w.slowEvents()
	w.slowUsers()
}

// equal compares two queries' rows, which have to be many.
func (w *world) equal(what, rollup, raw string, atLeast int) {
	w.t.Helper()
	got, want := w.table(rollup), w.table(raw)
	if !slices.Equal(got, want) || len(want) < atLeast {
		w.t.Errorf("%s differ.\nraw:    %d\n%s\nrollup: %d\n%s", what, len(want), strings.Join(want, "\n"), len(got), strings.Join(got, "\n"))
	}
}

func (w *world) slowTotals(m *metric, sql string) {
	w.t.Helper()
	value, columns, units, rows, having := "sum(x)", "value, numerator, denominator, units, input_rows", "count()", ", sum(n)", ""
	if m.HasDenominator() {
		value = "if(sum(y) = 0, nan, sum(x) / sum(y))"
	}
	if m.percentile() > 0 { // slowPercentiles
		value, columns = "0", "0, numerator, denominator, units, input_rows"
	}
	if m.spans() {
		columns, units, rows, having = "value, numerator, denominator, units", "countIf(y > 0)", "", "HAVING sum(y) > 0"
	}
	w.equal("totals of "+m.Name,
		fmt.Sprintf(`SELECT day, unit_type, %s FROM metric_days WHERE metric = '%s' AND %s ORDER BY day, unit_type`, columns, m.version, isPublished),
		fmt.Sprintf(`SELECT day, unit_type, toFloat64(%s), toFloat64(sum(x)), toFloat64(sum(y)), %s%s FROM (%s)
			WHERE day <= (SELECT max(metric_day) FROM base) GROUP BY day, unit_type %s ORDER BY day, unit_type`, value, units, rows, sql, having), 8)
}

// slowUnits compares what units did on each day, and the totals of moments as of the last one.
func (w *world) slowUnits(m *metric, sql string) {
	w.t.Helper()
	const scopeOf = "exp@1/"
	w.equal("days of units of "+m.Name,
		fmt.Sprintf(`SELECT day, unit_id, since, numerator, denominator FROM unit_days
			WHERE scope = '%s' AND (scope, day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day) ORDER BY day, unit_id`, scopeOf+m.version),
		fmt.Sprintf(`SELECT day, unit, toInt32(day) - toInt32(since_day), toFloat64(x), toFloat64(y) FROM (%s) AS did
			INNER JOIN (SELECT DISTINCT unit, since_day FROM exposed) AS since USING (unit) ORDER BY day, unit`, sql), 20)
	x, y := "sum(x)", "sum(y)"
	switch m.kind() {
	case kindDistinct, kindValues:
		return // not made of the days' numbers
	case kindDaily:
		x = "count() / (toUInt16(toDate('2024-01-06')) - toUInt16(since_day) + 1)"
	case kindMin:
		x, y = "min(x)", "1"
	case kindMax:
		x, y = "max(x)", "1"
	case kindFirst:
		x, y = "argMin(x, day)", "1"
	case kindLatest:
		x, y = "argMax(x, day)", "1"
	case kindUsers:
		x, y = "max(x)", "max(y)"
	}
	w.equal("moments of "+m.Name,
		fmt.Sprintf(`SELECT group_id, participants, round(total_x, 9), round(total_y, 9) FROM moments
			WHERE scope = '%s' AND as_of = '2024-01-06' AND (scope, as_of, started_at) IN (SELECT scope, as_of, max(started_at) FROM moments GROUP BY scope, as_of) ORDER BY group_id`, scopeOf+m.version),
		fmt.Sprintf(`SELECT arm, count(), round(toFloat64(sum(vx)), 9), round(toFloat64(sum(vy)), 9) FROM
			(
				SELECT arm, unit, %s AS vx, %s AS vy FROM (%s) AS did INNER JOIN (SELECT DISTINCT unit, since_day, arm, arms FROM exposed) AS since USING (unit)
				WHERE arms = 1 AND day >= since_day GROUP BY arm, unit, since_day
			) GROUP BY arm ORDER BY arm`, x, y, sql), 2)
}

func (w *world) slowPercentiles() {
	w.t.Helper()
	for name, level := range map[string]string{"p50": "0.5", "p90": "0.9"} {
		w.equal(name,
			`SELECT day, unit_type, value FROM metric_days WHERE metric = '`+name+`::percentile@1' AND `+isPublished+` ORDER BY day, unit_type`,
			`SELECT day, unit_type, max(value) FROM
			(
				SELECT day, unit_type, value, row_number() OVER (PARTITION BY day, unit_type ORDER BY value) AS nth, count() OVER (PARTITION BY day, unit_type) AS n
				FROM plain WHERE name = 'buy' AND value IS NOT NULL
			) WHERE nth = greatest(1, ceil(round(n * `+level+`, 6))) GROUP BY day, unit_type ORDER BY day, unit_type`, 8)
	}
}

// slowDimensions are those of the metric sum, by cart.items.
func (w *world) slowDimensions() {
	w.t.Helper()
	w.equal("dimensions",
		`SELECT day, unit_type, dimension_value, value, units, input_rows FROM dimension_days WHERE `+isPublished+` ORDER BY ALL`,
		`SELECT day, unit_type, named, sum(x), count(), sum(n) FROM
		(
			SELECT day, unit_type, unit, if((day, ifNull(item, '')) IN
			(
				SELECT metric_day, one FROM (SELECT metric_day, ifNull(item, '') AS one, count() AS n, sum(n) OVER (PARTITION BY metric_day) AS of_day
					FROM base WHERE name = 'buy' AND value IS NOT NULL GROUP BY metric_day, one) WHERE n / of_day > 0.05
			), ifNull(item, ''), 'Other') AS named, least(sum(value), 60) AS x, count() AS n
			FROM plain WHERE name = 'buy' AND value IS NOT NULL GROUP BY day, unit_type, unit, named
		) GROUP BY day, unit_type, named ORDER BY ALL`, 30)
}

func (w *world) slowEvents() {
	w.t.Helper()
	w.equal("totals of events",
		`SELECT name, unit_type, day, events, units, value_events, value_sum, first_time, last_time FROM event_days
			WHERE (day, run) IN (SELECT day, argMax(run, started_at) FROM windows WHERE scope = 'events' GROUP BY day) ORDER BY ALL`,
		`SELECT * FROM (SELECT name, unit_type, day, count(), uniqExact(unit), countIf(value IS NOT NULL), sum(ifNull(value, 0)), min(at), max(at) FROM plain GROUP BY name, unit_type, day
		UNION ALL SELECT toString(name), '', metric_day, count(), 0, countIf(value IS NOT NULL), sum(ifNull(value, 0)), min(time), max(time) FROM base GROUP BY name, metric_day)
		ORDER BY ALL`, 60)
}

// slowUsers compares the user accounting metrics: each unit with each day, and what it did around it.
func (w *world) slowUsers() {
	w.t.Helper()
	const wide = `WITH (a, b) -> toFloat64(countIf(toUInt16(d) - toUInt16(day) BETWEEN a AND b)) AS days_of
		SELECT d, unit_type, unit, min(day) AS first, toUInt16(d) - toUInt16(first) AS age, days_of(0, 0) > 0 AS today, days_of(0, 6) > 0 AS week, days_of(0, 27) > 0 AS month,
			days_of(1, 1) > 0 AS yesterday, days_of(7, 13) > 0 AS last_week, days_of(28, 55) > 0 AS last_month, days_of(0, 6) AS l7, days_of(0, 13) AS l14, days_of(0, 27) AS l28
		FROM (SELECT DISTINCT unit_type, unit, day FROM plain) AS did CROSS JOIN (SELECT DISTINCT metric_day AS d FROM base) AS days
		GROUP BY d, unit_type, unit HAVING first <= d`
	terms := map[string][2]string{
		"daily_active_user": {"today", "0"}, "weekly_active_user": {"week", "0"}, "monthly_active_user": {"month", "0"},
		"new_dau": {"age = 0", "0"}, "new_wau": {"age < 7", "0"}, "new_mau_28d": {"age < 28", "0"}, "returning_dau": {"today AND age > 0", "0"},
		"daily_user_stickiness": {"yesterday AND today", "yesterday"}, "weekly_user_stickiness": {"last_week AND week", "last_week"},
		"monthly_user_stickiness": {"last_month AND month", "last_month"}, "d1_retention_rate": {"age = 1 AND today", "age = 1"},
		"WAU @ D14 Retention Rate": {"age = 13 AND week", "age = 13"}, "MAU @ D56 Retention Rate": {"age = 55 AND month", "age = 55"},
		"L7": {"l7", "week"}, "L14": {"l14", "l14 > 0"}, "L28": {"l28", "month"},
	}
	var raw []string
	for _, m := range schema.UserMetrics {
		term, ok := terms[m.Name]
		if !ok {
			w.t.Errorf("no slow SQL for user metric %q", m.Name)
			continue
		}
		value := "x"
		if term[1] != "0" {
			value = "if(y = 0, nan, x / y)"
		}
		raw = append(raw, fmt.Sprintf(`SELECT '%s::user@0' AS metric, unit_type, d, %s AS value, sum(toFloat64(%s)) AS x, sum(toFloat64(%s)) AS y, countIf(%s > 0 OR %s > 0) FROM (%s) GROUP BY unit_type, d HAVING x + y > 0`,
			m.Name, value, term[0], term[1], "toFloat64("+term[0]+")", "toFloat64("+term[1]+")", wide))
	}
	w.equal("metrics of users",
		`SELECT metric, unit_type, day, value, numerator, denominator, units FROM metric_days WHERE endsWith(metric, '::user@0') AND `+isPublished+` ORDER BY ALL`,
		`SELECT * FROM (`+strings.Join(raw, " UNION ALL ")+`) ORDER BY ALL`, 100)
}

package rollup

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Difference is a number that raw events do not give.
type Difference struct {
	Table string `json:"table"`
	// Experiment and Unit are of what is kept for experiments; of moments, Unit is the group.
	Experiment string  `json:"experiment,omitempty"`
	Metric     string  `json:"metricID"`
	Date       string  `json:"date"`
	UnitType   string  `json:"unitType"`
	Unit       string  `json:"unit,omitempty"`
	Field      string  `json:"field"`
	Rollup     float64 `json:"rollup"`
	Raw        float64 `json:"raw"`
}

// Verification is what a comparison of rollups with raw events found.
type Verification struct {
	// Compared totals (one metric, day and unit type each) were computed again from raw events.
	Compared    int          `json:"compared"`
	Differences []Difference `json:"differences"`
	More        int          `json:"moreDifferences"` // that are not listed
	// Skipped days were waiting to be computed anyway.
	Skipped int `json:"skippedDays"`
	// NotCompared says what could not be, and why.
	NotCompared []string `json:"notCompared,omitempty"`
	// From is the first day that was compared: before it there are no raw events any more.
	From string `json:"from"`
	To   string `json:"to"`
}

const differencesShown = 100

// verifyFor is how long a cycle compares before it goes on with its other work: the job continues in the next.
const verifyFor = 10 * time.Second

// verifyJob compares everything, or one metric, with raw events over the job's days. Scopes are the checks that were made, Result
// what was found so far: an interrupted job goes on where it was.
func (r *Runner) verifyJob(ctx context.Context, p *plan, j *job) error {
	found := Verification{Differences: []Difference{}}
	if j.Result != "" {
		if err := json.Unmarshal([]byte(j.Result), &found); err != nil {
			return fmt.Errorf("read what job %q found: %w", j.ID, err)
		}
	}
	until := r.o.Now().Add(verifyFor)
	checks := r.checks(p, j)
	if r.patient && j.Total == 0 {
		j.State, j.Total = jobRunning, uint64(len(checks)) // from the next cycle on, when days that rest have been computed
		return nil
	}
	j.State, j.Total = jobDone, uint64(len(checks))
	for _, c := range checks {
		if slices.Contains(j.Scopes, c.name) {
			continue
		}
		if !r.o.Now().Before(until) {
			j.State = jobRunning
			break
		}
		one, err := c.run(ctx)
		if err != nil {
			return err
		}
		found.add(one)
		j.Scopes = append(j.Scopes, c.name)
		j.Done = min(uint64(len(j.Scopes)), j.Total)
	}
	j.Result = jsonText(found)
	return nil
}

// check is a part of a verification: a metric, an experiment, or what exists by itself.
type check struct {
	name string
	run  func(context.Context) (Verification, error)
}

func (r *Runner) checks(p *plan, j *job) (all []check) {
	from, to := Day(j.From), Day(j.To)
	for _, m := range verified(p, j) {
		all = append(all, check{m.version, func(ctx context.Context) (Verification, error) { return r.Verify(ctx, p, []*metric{m}, from, to) }})
	}
	if j.Metric != "" {
		return all
	}
	for i := range p.experiments {
		x := &p.experiments[i]
		all = append(all, check{"experiment/" + x.version, func(ctx context.Context) (Verification, error) { return r.verifyExperiment(ctx, p, x, from, to) }})
	}
	return append(all, check{"auto", func(ctx context.Context) (Verification, error) { return r.verifyAuto(ctx, p, from, to) }})
}

// verified lists the metrics that a job compares.
func verified(p *plan, j *job) []*metric {
	metrics := []*metric{}
	for i := range p.metrics {
		if j.Metric == "" || p.metrics[i].ID() == j.Metric {
			metrics = append(metrics, &p.metrics[i])
		}
	}
	if m, ok := schema.AutoMetric(schema.MetricRef{Name: schema.DailyActive, Type: schema.UserType}); ok && j.Metric == "" {
		metrics = append(metrics, &metric{m, m.VersionID()})
	}
	return metrics
}

func (v *Verification) add(other Verification) {
	v.Compared, v.Skipped, v.From, v.To = v.Compared+other.Compared, v.Skipped+other.Skipped, cmp.Or(other.From, v.From), cmp.Or(other.To, v.To)
	v.NotCompared = append(v.NotCompared, other.NotCompared...)
	room := min(differencesShown-len(v.Differences), len(other.Differences))
	v.More += other.More + len(other.Differences) - room
	v.Differences = append(v.Differences, other.Differences[:room]...)
}

// Verify computes metrics' totals from raw events the slow way and compares them with those that are published.
func (r *Runner) Verify(ctx context.Context, p *plan, metrics []*metric, from, to Day) (Verification, error) {
	scopes := make([]string, len(metrics))
	for i, m := range metrics {
		scopes[i] = m.scope()
	}
	return r.verifyScopes(ctx, p, scopes, from, to, func(i int, days []uint16, _ Day, v *Verification) error {
		return r.verifyDays(ctx, metrics[i], days, v)
	})
}

// compareDays compares some days of a scope. Stale is the first day of the scope that is waiting to be computed, or [forever]: what is made of all
// days up to one can be compared before it only.
type compareDays func(i int, days []uint16, stale Day, v *Verification) error

// verifyScopes compares the days of scopes that are not waiting to be computed anyway, a few at a time.
func (r *Runner) verifyScopes(ctx context.Context, p *plan, scopes []string, from, to Day, compare compareDays) (Verification, error) {
	v := Verification{Differences: []Difference{}}
	var days []uint16
	if err := r.one(ctx, "verify_days", dayParams(r.o.Zone, max(from, r.horizon), to), &days); err != nil {
		return v, err
	}
	if len(days) == 0 {
		return v, nil
	}
	v.From, v.To = Day(days[0]).String(), Day(days[len(days)-1]).String()
	dirty, first := make(map[scopeDay]bool), make(map[string]Day)
	err := r.dirty(ctx, p, r.jobs, r.staleUnits, func(scope string, day Day) {
		dirty[scopeDay{scope, day}] = true
		if known, ok := first[scope]; !ok || day < known {
			first[scope] = day
		}
	})
	if err != nil {
		return v, err
	}
	for i, scope := range scopes {
		stale, ok := first[scope]
		if !ok {
			stale = forever
		}
		clean := slices.DeleteFunc(slices.Clone(days), func(d uint16) bool { return dirty[scopeDay{scope, Day(d)}] })
		v.Skipped += len(days) - len(clean)
		for some := range slices.Chunk(clean, daysAtOnce) {
			if err := compare(i, some, stale, &v); err != nil {
				return v, fmt.Errorf("verify %q from %s: %w", scope, Day(some[0]), err)
			}
		}
	}
	return v, nil
}

// autoChecks are the statements that compare what exists without a definition, the scope whose days they are about, and what they compare.
var autoChecks = []struct {
	table, statement, scope string
	fields                  []string
}{
	{"event_days", "verify_events", eventScope, []string{"events", "units", "valueEvents", "valueSum"}},
	{"active_days", "verify_active", activeScope, []string{"units", "unitHashes"}},
	{"metric_days", "verify_users", userScope(schema.UserMetrics[0]), []string{"numerator", "denominator", "units"}},
}

// beside is a row of these statements.
type beside struct {
	What     string    `ch:"what"`
	UnitType string    `ch:"unit_type"`
	Day      uint16    `ch:"at"`
	Kept     []float64 `ch:"kept"`
	Raw      []float64 `ch:"raw"`
}

// verifyAuto compares the totals of events, and who was active, with raw events.
func (r *Runner) verifyAuto(ctx context.Context, p *plan, from, to Day) (Verification, error) {
	scopes := make([]string, len(autoChecks))
	for i, c := range autoChecks {
		scopes[i] = c.scope
	}
	return r.verifyScopes(ctx, p, scopes, from, to, func(i int, days []uint16, _ Day, v *Verification) error {
		c, first, last := autoChecks[i], Day(days[0]), Day(days[len(days)-1])
		var rows []beside
		text := statement(c.statement)
		if c.scope == eventScope || c.scope == activeScope {
			text = fill(text, "raw", countedEvents())
		}
		if err := r.db.Select(ctx, &rows, text, dayParams(r.o.Zone, first, last), store.WithSettings(r.settings)); err != nil {
			return fmt.Errorf("read %s.sql: %w", c.statement, err)
		}
		for _, row := range rows {
			if slices.Contains(days, row.Day) {
				v.compareBeside(c.table, c.fields, row)
			}
		}
		return nil
	})
}

// compareBeside takes a row that one side does not have as zeros there.
func (v *Verification) compareBeside(table string, fields []string, row beside) {
	v.Compared++
	for i, name := range fields {
		var kept, raw float64
		if len(row.Kept) > 0 {
			kept = row.Kept[i]
		}
		if len(row.Raw) > 0 {
			raw = row.Raw[i]
		}
		if !near(kept, raw) {
			v.differ(Difference{Table: table, Metric: row.What, Date: Day(row.Day).String(), UnitType: row.UnitType, Field: name, Rollup: printable(kept), Raw: printable(raw)})
		}
	}
}

// differ lists a difference, or counts it when many are listed.
func (v *Verification) differ(d Difference) {
	if len(v.Differences) >= differencesShown {
		v.More++
		return
	}
	v.Differences = append(v.Differences, d)
}

// published is a row of verify_published.sql.
type published struct {
	Day         uint16  `ch:"at"`
	UnitType    string  `ch:"unit_type"`
	Value       float64 `ch:"value"`
	Numerator   float64 `ch:"numerator"`
	Denominator float64 `ch:"denominator"`
	Units       uint64  `ch:"units"`
	InputRows   uint64  `ch:"input_rows"`
}

func (r *Runner) verifyDays(ctx context.Context, m *metric, days []uint16, v *Verification) error {
	from, to := Day(days[0]), Day(days[len(days)-1])
	raw, err := r.plainTotals(ctx, m, from, to)
	if err != nil {
		return err
	}
	var rows []published
	if err := r.all(ctx, "verify_published", &rows, store.Params{"metric": m.version, "from": uint16(from), "to": uint16(to)}); err != nil {
		return err
	}
	days = withWindows(days, rows, v)
	for _, row := range rows {
		if row.UnitType == "" || !slices.Contains(days, row.Day) {
			continue // the day was computed and nothing happened, or it is not asked for
		}
		at := dayUnits{row.Day, row.UnitType}
		v.compare(m, row, raw[at])
		delete(raw, at)
	}
	for at, total := range raw {
		if slices.Contains(days, at.day) && (total.y > 0 || !m.spans()) {
			v.compare(m, published{Day: at.day, UnitType: at.unitType}, total)
		}
	}
	for _, dimension := range m.Options.MetricDimensionColumns {
		if len(days) == 0 {
			break
		}
		if err := r.verifyDimension(ctx, m, dimension, days, v); err != nil {
			return err
		}
	}
	return nil
}

// withWindows leaves out days that were never computed, as after the cancellation of a metric's first computation: they are not known, not wrong.
func withWindows(days []uint16, rows []published, v *Verification) []uint16 {
	known := slices.DeleteFunc(slices.Clone(days), func(d uint16) bool {
		return !slices.ContainsFunc(rows, func(row published) bool { return row.Day == d })
	})
	v.Skipped += len(days) - len(known)
	return known
}

func (v *Verification) compare(m *metric, got published, want total) {
	v.Compared++
	fields := []struct {
		name          string
		rollup, plain float64
	}{
		{"value", got.Value, want.value(m)},
		{"numerator", got.Numerator, want.x},
		{"denominator", got.Denominator, want.y},
		{"units", float64(got.Units), float64(want.units)},
	}
	if m.Type != schema.UserType {
		fields = append(fields, struct {
			name          string
			rollup, plain float64
		}{"inputRows", float64(got.InputRows), float64(want.rows)})
	}
	for _, f := range fields {
		if near(f.rollup, f.plain) {
			continue
		}
		v.differ(Difference{
			Table: "metric_days", Metric: m.ID(), Date: Day(got.Day).String(), UnitType: got.UnitType, Field: f.name, Rollup: printable(f.rollup), Raw: printable(f.plain),
		})
	}
}

// near is equality to 1e-9, relative: parallel sums differ in the last digits.
func near(a, b float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
}

// printable is a number that JSON can say: a quotient without denominator is 0 there.
func printable(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

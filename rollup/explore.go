package rollup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Explorer answers questions that no rollup keeps an answer to, from what units did on each day or, where single events are
// asked about, from the events. It only reads.
type Explorer struct {
	db *store.DB
	// zone is the project's, asked each time because it is known only once settings are loaded.
	zone func() *time.Location
	now  func() time.Time
}

// NewExplorer makes one.
func NewExplorer(db *store.DB, zone func() *time.Location) *Explorer {
	return &Explorer{db, zone, time.Now}
}

// exploring is a question on its way.
type exploring struct {
	q *schema.Question
	x *experiment
	// metrics are those asked about, places where they are in the question, from 1.
	metrics []*metric
	places  []uint32
	zone    *time.Location
	last    Day
	params  store.Params
	terms   *terms
	// each says that units' values are made of events and not of days (addend.go).
	each bool
}

// statementsAtOnce is how many statements of one question run beside each other: while one is analysed the other reads.
const statementsAtOnce = 2

// Explore answers a question. A question that takes too long fails with the context's or the engine's error.
func (e *Explorer) Explore(ctx context.Context, q schema.Question) (a schema.Answer, err error) {
	groups := alike(&q)
	found := make([]schema.Answer, len(groups))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(statementsAtOnce)
	for i, some := range groups {
		at, err := e.prepare(q, some)
		if err != nil {
			return a, errors.Join(err, g.Wait())
		}
		units, text, err := e.texts(ctx, at)
		if err != nil {
			return a, errors.Join(err, g.Wait())
		}
		if i == 0 {
			a.Last = at.last.String()
			g.Go(func() error { return e.units(ctx, at, units, &a) })
		}
		g.Go(func() error { return e.parts(ctx, at, text, &found[i]) })
	}
	if err := g.Wait(); err != nil {
		return a, err
	}
	for _, f := range found {
		a.Parts, a.QueryID, a.RowsRead = append(a.Parts, f.Parts...), f.QueryID, a.RowsRead+f.RowsRead
	}
	return a, nil
}

// SQL is what Explore runs: statements that can be pasted into any client of the engine. The first counts units, each of the others finds
// the moments of some metrics, by their place in it.
func (e *Explorer) SQL(ctx context.Context, q schema.Question) (string, error) {
	var all []string
	for _, some := range alike(&q) {
		at, err := e.prepare(q, some)
		if err != nil {
			return "", err
		}
		units, parts, err := e.texts(ctx, at)
		if err != nil {
			return "", err
		}
		units, failed := store.Inline(units, at.params)
		parts, err = store.Inline(parts, at.params)
		if err = errors.Join(failed, err); err != nil {
			return "", err
		}
		if len(all) == 0 {
			all = append(all, strings.TrimSpace(units))
		}
		all = append(all, at.legend()+strings.TrimSpace(parts))
	}
	return strings.Join(all, ";\n\n") + ";\n", nil
}

// legend is a comment that says which metric a place is.
func (at *exploring) legend() string {
	var text strings.Builder
	for i, m := range at.metrics {
		fmt.Fprintf(&text, "-- place %d: %q\n", i+1, m.ID())
	}
	return text.String()
}

// alike are the 1-based places of metrics that are computed together: those whose values are adjusted apart from the others, see
// settleMoments; and where events are asked about, those that need no days apart from those that do.
func alike(q *schema.Question) (all [][]uint32) {
	places := make([]uint32, len(q.Metrics))
	for i := range places {
		places[i] = uint32(i + 1)
	}
	is := func(what func(*metric) bool) func(uint32) bool {
		return func(place uint32) bool { return what(&metric{Metric: q.Metrics[place-1]}) }
	}
	each, byDay := apart(places, is(func(m *metric) bool { return q.NeedsEvents() && m.hasAddends() }))
	for _, some := range [][]uint32{each, byDay} {
		adjusted, plain := apart(some, is((*metric).isAdjusted))
		for _, some := range [][]uint32{plain, adjusted} {
			if len(some) > 0 {
				all = append(all, some)
			}
		}
	}
	return all
}

// texts are the statements that count units and find moments.
func (e *Explorer) texts(ctx context.Context, at *exploring) (units, parts string, err error) {
	cohort, err := at.cohort()
	if err != nil {
		return "", "", err
	}
	did, err := e.did(ctx, at, cohort)
	if err != nil {
		return "", "", err
	}
	return fill(statement("explore_units"), "cohort", cohort), at.moments(at.values(fill(statement("explore"), "did", did))), nil
}

// units counts the units that a question is about.
func (e *Explorer) units(ctx context.Context, at *exploring, text string, a *schema.Answer) error {
	if err := e.db.Select(ctx, &a.Sizes, text, at.params); err != nil {
		return fmt.Errorf("read explore_units.sql: %w", err)
	}
	return nil
}

// parts finds the moments of some metrics.
func (e *Explorer) parts(ctx context.Context, at *exploring, text string, a *schema.Answer) error {
	var cost store.Stats
	err := e.db.Select(ctx, &a.Parts, text, at.params, store.WithStats(&cost), store.WithQueryID("explore-"+uuid.NewString()),
		store.WithSettings(map[string]any{"max_query_size": 16 << 20}))
	if err != nil {
		return fmt.Errorf("read explore.sql: %w", err)
	}
	for i := range a.Parts {
		a.Parts[i].Place = at.places[a.Parts[i].Place-1]
	}
	a.QueryID, a.RowsRead = cost.QueryID, cost.RowsRead
	return nil
}

// prepare is a question about the metrics at some places.
func (e *Explorer) prepare(q schema.Question, some []uint32) (*exploring, error) {
	zone := e.zone()
	x := newExperiment(*q.Experiment, func(at schema.Millis) Day { return DayIn(zone, at) })
	at := &exploring{q: &q, places: some, x: &x, zone: zone, last: min(x.endDay, DayIn(zone, schema.Millis(e.now().UnixMilli())))}
	if q.Until != "" {
		day, err := ParseDay(q.Until)
		if err != nil {
			return nil, schema.Invalid("date", "%q is not a day as yyyy-mm-dd", q.Until)
		}
		at.last = min(at.last, day)
	}
	scopes := []string{}
	for _, place := range some {
		m := &metric{q.Metrics[place-1], q.Metrics[place-1].VersionID()}
		at.metrics, scopes = append(at.metrics, m), append(scopes, x.scope(m.version))
		at.each = q.NeedsEvents() && m.hasAddends() // all of them or none, see alike
	}
	to := q.ExposedTo
	if to == 0 {
		to = schema.Forever
	}
	at.params = with(x.params(zone.String()), valueParams(at.metrics), x.pastParams(at.metrics), store.Params{
		"scopes": scopes, "last": int32(at.last),
		"exposed_from": int64(q.ExposedFrom), "exposed_to": int64(to),
	})
	at.terms = &terms{params: at.params}
	return at, nil
}

// cohort is the SQL of the units asked for.
func (at *exploring) cohort() (string, error) {
	text := fill(statement("cohort"), "units", schema.UnitsSQL)
	if err := at.q.CheckUnitFilters(); err != nil {
		return "", err
	}
	var only []string
	for i, c := range at.q.UnitFilters {
		c.Type = "user_custom"
		sql, err := at.terms.criterion(fmt.Sprintf("u%d", i), c)
		if err != nil {
			return "", err
		}
		only = append(only, "AND "+sql)
	}
	for i, list := range at.q.Include {
		only = append(only, "AND unit_id IN ("+at.members(fmt.Sprintf("include%d", i), list)+")")
	}
	for i, list := range at.q.Exclude {
		only = append(only, "AND unit_id NOT IN ("+at.members(fmt.Sprintf("exclude%d", i), list)+")")
	}
	text = fill(text, "only", strings.Join(only, "\n  "))
	switch {
	case at.q.Property != "":
		c, err := at.terms.column("property", schema.Criterion{Type: "user_custom", Column: at.q.Property})
		if err != nil {
			return "", err
		}
		text = fill(text, "by", "ifNull("+c.text+", '')")
	case at.q.ByExposureDay:
		text = fill(text, "by", "toString(toDate(first_day))")
	case at.q.Interacts != nil:
		text = fill(fill(text, "by", "toString(others.other_group)"), "others", at.others())
	}
	if at.q.Property != "" || len(at.q.UnitFilters) > 0 {
		text = fill(text, "traits", fill(statement("traits"), "unit", at.x.unit))
	}
	return text, nil
}

// others is a join with the units of another experiment. Its parameters have names of their own.
func (at *exploring) others() string {
	for name, value := range at.q.Interacts.UnitParams(at.zone.String()) {
		at.params["other_"+name] = value
	}
	return fill(statement("others"), "units", strings.ReplaceAll(schema.UnitsSQL, "{", "{other_"))
}

// members is the SQL of an ID list's members now.
func (at *exploring) members(prefix, list string) string {
	return fill(statement("members"), "list", at.terms.param(prefix, "String", list))
}

// did is the SQL of what units did: on days that are kept, or events by event, or on days that are made of events.
func (e *Explorer) did(ctx context.Context, at *exploring, cohort string) (string, error) {
	days := fill(statement("did_days"), "cohort", cohort)
	if !at.q.NeedsEvents() {
		return fill(days, "source", statement("source_days")), nil
	}
	var text string
	var values store.Params
	var err error
	if at.each {
		text, values, err = at.x.addendSource(at.metrics, cohort)
	} else {
		text, values, err = at.x.source(at.metrics)
	}
	if err != nil {
		return "", err
	}
	first := DayIn(at.zone, at.x.ExposuresFrom())
	maps.Copy(at.params, with(values, dayParams(at.zone, Day(max(int(first)-at.x.longestPast(at.metrics), 1)), at.last)))
	if text, err = e.limited(ctx, at, text); err != nil || at.each {
		return text, err
	}
	return fill(days, "source", text), nil
}

// limited fills in which events are asked about, and what tells them apart.
func (e *Explorer) limited(ctx context.Context, at *exploring, text string) (string, error) {
	var only []string
	for i, c := range at.q.Filters {
		sql, err := at.terms.criterion(fmt.Sprintf("f%d", i), c)
		if err != nil {
			return "", err
		}
		only = append(only, "AND "+sql)
	}
	if at.q.Dimension != nil {
		dim, err := e.dimension(ctx, at)
		if err != nil {
			return "", err
		}
		text = fill(text, "dim", dim)
	}
	return fill(text, "only", strings.Join(only, "\n  ")), nil
}

// Other is the slice of all values that are too rare to stand alone.
const Other = "(other)"

// dimension is the SQL of the property that tells events apart: its most frequent values, all others together.
func (e *Explorer) dimension(ctx context.Context, at *exploring) (string, error) {
	c, err := at.terms.column("dim", *at.q.Dimension)
	if err != nil {
		return "", err
	}
	found := "ifNull(" + c.text + ", '')"
	var top []string
	err = e.db.Row(ctx, fill(statement("explore_top"), "dim", found), at.params).Scan(&top)
	if err != nil {
		return "", fmt.Errorf("read explore_top.sql: %w", err)
	}
	return fmt.Sprintf("if(has(%s, %s), %s, '%s')", at.terms.param("top", "Array(String)", top), found, found, Other), nil
}

// values fills in what a unit makes of its rows, and what tells slices apart.
func (at *exploring) values(text string) string {
	now, early, past := when{"since >= 0", at.each}, earlyValue(at.metrics, at.each), true
	slice, apart := "''", ", slice"
	switch {
	case at.q.View == schema.Daily:
		slice, early, past = "toString(toDate(at))", noPast, false
	case at.q.View == schema.DaysSince:
		slice, now.holds, early, past = "toString(since)", "since >= -32768", noPast, false
	case at.q.Dimension != nil:
		slice = "dim"
	case at.q.CutsUnits():
		slice, apart = "any(unit_slice)", ""
	default:
		apart = ""
	}
	x, y := valueOf(at.metrics, now)
	text = later(text, at.metrics, now, "{last:Int32}", past)
	only := "1"
	if anyOf(at.metrics, kindWindow) {
		only = "(since < 0 OR since BETWEEN {window_from:Array(Int32)}[place] AND {window_to:Array(Int32)}[place])"
	}
	if at.q.View == schema.Daily {
		only += " AND since >= 0"
	}
	days := "1"
	if anyOf(at.metrics, kindDaily) && at.q.View == schema.Cumulative {
		days, text = "({last:Int32} - first + 1)", fill(text, "first", "any(first_day)")
	}
	made, madePast := valueOfKinds(at.metrics, days, "{windows:Array(UInt16)}[place]")
	return fillAll(text, map[string]string{
		"sums":  fmt.Sprintf("%s AS x0, %s AS y0, countIf(%s) AS active_days, %s AS vals", x, y, now.holds, valuesOf(at.metrics, now)),
		"slice": slice, "apart": apart, "early": early, "only": only, "value": made, "past": madePast,
	})
}

// moments fills in the moments of values: of single numbers, or of pairs, adjusted and with percentiles where a metric asks for it.
func (at *exploring) moments(text string) string {
	if !slices.ContainsFunc(at.metrics, func(m *metric) bool { return m.HasDenominator() || m.isAdjusted() }) {
		return fill(text, "parts", statement("parts_single"))
	}
	if anyOf(at.metrics, kindValues) {
		text = fill(fill(text, "ranks", "hat, low, high"), "ranked", "LEFT JOIN quantiles USING (place, slice, group_id)")
	}
	return adjust(text, at.metrics)
}

// noPast stands for what units did before their exposure where days are looked at one by one.
const noPast = "0. AS px0, 0. AS py0, 0 AS early_days"

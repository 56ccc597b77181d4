package rollup

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// TestCriteria asks every condition of hand-made rows. Each row's message id is its name here.
func TestCriteria(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := []row{
		{"message_id": "number", "value": 10.0, "properties": `{"p":10,"deep":{"er":"x"}}`},
		{"message_id": "text", "value": 2.5, "properties": `{"p":"10.0"}`},
		{"message_id": "word", "properties": `{"p":"Blue Whale"}`, "user_id": "u1", "user_properties": `{"email":"a@x.io","plan":"pro"}`},
		{"message_id": "true", "value": 1.0, "properties": `{"p":true}`, "anonymous_id": "anon", "context": `{"traits":{"email":"b@y.io"},"ip":"1.2.3.4"}`},
		{"message_id": "false", "value": 0.0, "properties": `{"p":false}`, "traits": `{"email":"c@z.io"}`, "user_properties": `{"custom":{"plan":"free"}}`},
		{"message_id": "null", "properties": `{"p":null}`, "unit_ids": map[string]string{"companyid": "c1"}},
		{"message_id": "missing", "properties": `{"q":1}`},
		{"message_id": "nothing"},
		{"message_id": "object", "properties": `{"p":{"a":1}}`},
		{"message_id": "quote", "properties": `{"p":"it's \"\\ \u00e9"}`},
		{"message_id": "date", "properties": `{"p":"2024-05-06"}`},
	}
	for i := range rows {
		rows[i]["time"], rows[i]["name"] = "2024-01-01 00:00:00", "e"
	}
	w.load(1, "events", rows)
	r := w.runner()
	w.cycle(r)

	f := func(kind, column, condition, values string, want string) {
		t.Helper()
		c := schema.Criterion{Type: kind, Column: column, Condition: condition}
		if values != "" {
			c.Values = strings.Split(values, "|")
		}
		m := schema.Metric{Name: "m", Type: schema.EventCount, MetricEvents: []schema.MetricEvent{{Name: "e", Criteria: []schema.Criterion{c}}}}
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		if got := w.matching(m); got != want {
			t.Errorf("%s %s %s %q: got %q, want %q", kind, column, condition, values, got, want)
		}
		if got := w.matchingPlainly(r, m); got != want {
			t.Errorf("%s %s %s %q: verify takes %q, want %q", kind, column, condition, values, got, want)
		}
	}

	f("metadata", "p", "in", "10|Blue Whale", "number word")
	f("metadata", "p", "in", "10.0", "number text") // 10 is 10.0; "10.0" is the text itself
	f("metadata", "p", "=", "blue whale", "")
	f("metadata", "p", "=", "true", "true")
	f("metadata", "p", "=", `{"a":1}`, "object")
	f("metadata", "p", "=", `it's "\ é`, "quote")
	f("metadata", "p", "not_in", "10|Blue Whale", "date false missing nothing null object quote text true")
	f("metadata", "deep.er", "=", "x", "number")
	f("metadata", "deep.er", "non_null", "", "number")
	f("metadata", "p", ">", "9", "number text")
	f("metadata", "p", ">=", "10", "number text")
	f("metadata", "p", "<", "10", "")
	f("metadata", "p", "<=", "10", "number text")
	f("metadata", "p", ">", "2024-01-01", "date false object quote true word") // as texts; letters and { come after digits
	f("metadata", "p", "is_null", "", "missing nothing null")
	f("metadata", "p", "non_null", "", "date false number object quote text true word")
	f("metadata", "p", "contains", "Whale|05", "date word")
	f("metadata", "p", "not_contains", "Whale|05|1", "false missing nothing null quote true")
	f("metadata", "p", "starts_with", "Blue|20", "date word")
	f("metadata", "p", "ends_with", "Whale|06", "date word")
	f("metadata", "p", "is_true", "", "true")
	f("metadata", "p", "is_false", "", "false")

	f("value", "", "=", "10", "number")
	f("value", "", "in", "2.50|1", "text true")
	f("value", "", "not_in", "10|2.5|1", "date false missing nothing null object quote word")
	f("value", "", ">", "1", "number text")
	f("value", "", "<=", "1", "false true")
	f("value", "", "is_null", "", "date missing nothing null object quote word")
	f("value", "", "non_null", "", "false number text true")
	f("value", "", "is_true", "", "true")
	f("value", "", "is_false", "", "false")

	f("user", "userID", "=", "u1", "word")
	f("user", "user_id", "is_null", "", "date false missing nothing null number object quote text true")
	f("user", "anonymous_id", "starts_with", "an", "true")
	f("user", "email", "ends_with", ".io", "false true word")
	f("user", "email", "=", "a@x.io|c@z.io", "false word")
	f("user", "ip", "=", "1.2.3.4", "true")
	f("user", "companyID", "=", "c1", "null")
	f("user_custom", "plan", "in", "pro|free", "false word")
	f("user_custom", "plan", "is_null", "", "date missing nothing null number object quote text true")

	loose := schema.Criterion{Type: "metadata", Column: "p", Condition: ">", Values: []string{"9"}, NullVacuousOverride: true}
	m := schema.Metric{Name: "m", Type: schema.EventCount, MetricEvents: []schema.MetricEvent{{Name: "e", Criteria: []schema.Criterion{loose}}}}
	if got, want := w.matching(m), "missing nothing null number text"; got != want {
		t.Errorf("a missing field with nullVacuousOverride: got %q, want %q", got, want)
	}
}

// matchingPlainly lists them as pulsehouse verify has it.
func (w *world) matchingPlainly(r *Runner, m schema.Metric) string {
	w.t.Helper()
	day := mustDay(w.t, "2024-01-01")
	ids := []string{}
	err := r.rawEvents(w.t.Context(), &metric{m, m.VersionID()}, fill(statement("verify_raw"), "unit", "message_id"), dayParams(w.zone, day, day), func(e *rawEvent) error {
		if _, ok := e.term(&m, nil); ok {
			ids = append(ids, e.Unit)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(ids, " ")
}

// matching lists the rows that a metric counts.
func (w *world) matching(m schema.Metric) string {
	w.t.Helper()
	ts, params, err := newTerms([]*metric{{m, m.VersionID()}})
	if err != nil {
		w.t.Fatal(err)
	}
	var rows []struct {
		ID string `ch:"message_id"`
	}
	sql := fmt.Sprintf("SELECT message_id FROM (SELECT message_id, %s AS term FROM events) WHERE isNotNull(term.1)", ts[0].tuple())
	err = w.db.Select(w.t.Context(), &rows, sql, params)
	if err != nil {
		w.t.Fatal(err)
	}
	names := []string{}
	for _, r := range rows {
		names = append(names, r.ID)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

package rollup

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// rawEvent is an event as it lies in its table. What it adds to a metric is found here by reading the definition event by event, which shares
// nothing with the SQL of terms and criteria: this is what pulsehouse verify compares the rollups with.
type rawEvent struct {
	Day            uint16            `ch:"at"`
	Millis         int64             `ch:"ms"`
	Name           string            `ch:"name"`
	Value          *float64          `ch:"value"`
	UserID         string            `ch:"user_id"`
	AnonymousID    string            `ch:"anonymous_id"`
	GroupID        string            `ch:"group_id"`
	UnitIDs        map[string]string `ch:"unit_ids"`
	Properties     string            `ch:"properties"`
	UserProperties string            `ch:"user_properties"`
	Traits         string            `ch:"traits"`
	Context        string            `ch:"context"`
	Unit           string            `ch:"unit"`
}

// term is what the event adds to a metric, and whether it adds anything. ExposedAt is the unit's first exposure, nil where there is none.
func (e *rawEvent) term(m *schema.Metric, exposedAt *int64) (t plainTerm, ok bool) {
	t = plainTerm{Day: e.Day, Millis: e.Millis}
	adds := make([]*float64, len(m.MetricEvents))
	for i := range m.MetricEvents {
		adds[i] = e.adds(&m.MetricEvents[i], exposedAt)
		if adds[i] == nil {
			continue
		}
		t.Key |= 1 << i
		if text := e.distinct(&m.MetricEvents[i]); t.Text == nil {
			t.Text = text
		}
	}
	switch m.Aggregation() {
	case schema.Ratio:
		t.X, t.Y = adds[0], adds[1]
	case schema.Retention:
		t.X, t.Y = adds[len(adds)-1], adds[0]
	default:
		t.X = sumOf(adds)
		if m.HasDenominator() && m.Aggregation() != schema.Funnel && t.X != nil {
			t.Y = new(float64)
			*t.Y = 1
		}
	}
	return t, t.X != nil || t.Y != nil
}

func sumOf(adds []*float64) (sum *float64) {
	for _, a := range adds {
		if a == nil {
			continue
		}
		if sum == nil {
			sum = new(float64)
		}
		*sum += *a
	}
	return sum
}

// adds is what the event adds by one of a metric's events, nil where it is not that or adds nothing.
func (e *rawEvent) adds(of *schema.MetricEvent, exposedAt *int64) *float64 {
	if of.Name != e.Name && of.Name != schema.AnyEvent {
		return nil
	}
	for _, c := range of.Criteria {
		if !e.holds(c, exposedAt) {
			return nil
		}
	}
	one, found := 1.0, (*float64)(nil)
	switch of.Type {
	case "value":
		found = e.Value
	case "metadata":
		found = textNumber(jsonAt(e.Properties, of.MetadataKey).bare())
	case "count_distinct":
		if e.distinct(of) != nil {
			return &one
		}
	default:
		return &one
	}
	if found == nil || math.IsNaN(*found) || math.IsInf(*found, 0) {
		return nil
	}
	return found
}

// distinct is the text of which different ones are counted.
func (e *rawEvent) distinct(of *schema.MetricEvent) *string {
	if of.MetadataKey == "" {
		return valueText(e.Value)
	}
	return jsonAt(e.Properties, of.MetadataKey).text()
}

// dimension is what a dimension of the metric says of the event, empty where it says nothing.
func (e *rawEvent) dimension(name string) string {
	var f rawField
	switch field, ofUser := strings.CutPrefix(name, "user."); {
	case ofUser:
		f = e.userField(field)
	case name == "value":
		f.text = valueText(e.Value)
	default:
		f.text = jsonAt(e.Properties, name).text()
	}
	if f.text == nil {
		return ""
	}
	return *f.text
}

// rawField is what a criterion finds: a text, a number that was written as one, and one that may be written as text.
type rawField struct {
	text            *string
	strict, lenient *float64
}

func (e *rawEvent) field(c schema.Criterion) rawField {
	switch c.Type {
	case "value":
		return rawField{valueText(e.Value), e.Value, e.Value}
	case "metadata":
		return firstField(jsonAt(e.Properties, c.Column))
	case "user":
		return e.userField(c.Column)
	default:
		return firstField(jsonAt(e.UserProperties, c.Column), jsonAt(e.UserProperties, "custom."+c.Column))
	}
}

// userField looks for an id, then in the user of the SDK, the traits that came with the event, those of an identify, and the context.
func (e *rawEvent) userField(name string) rawField {
	id := ""
	switch strings.ReplaceAll(strings.ToLower(name), "_", "") {
	case "userid":
		return idField(e.UserID)
	case "anonymousid":
		return idField(e.AnonymousID)
	case "groupid":
		return idField(e.GroupID)
	default:
		id = e.UnitIDs[strings.ToLower(name)]
	}
	f := firstField(jsonAt(e.UserProperties, name), jsonAt(e.Context, "traits."+name), jsonAt(e.Traits, name), jsonAt(e.Context, name))
	if own := idField(id); own.text != nil {
		f.text = own.text
		if own.lenient != nil {
			f.lenient = own.lenient
		}
	}
	return f
}

func idField(id string) rawField {
	if id == "" {
		return rawField{}
	}
	return rawField{text: &id, lenient: textNumber(id)}
}

// firstField takes each of text and numbers from the first place that has one.
func firstField(places ...rawJSON) (f rawField) {
	for _, p := range places {
		if f.text == nil {
			f.text = p.text()
		}
		if f.strict == nil {
			f.strict = textNumber(string(p))
		}
		if f.lenient == nil {
			f.lenient = textNumber(p.bare())
		}
	}
	return f
}

// holds says whether a criterion does, of an event.
func (e *rawEvent) holds(c schema.Criterion, exposedAt *int64) bool {
	f := e.field(c)
	if c.NullVacuousOverride && f.text == nil {
		return true
	}
	anyText := func(is func(text, asked string) bool) bool {
		return f.text != nil && slices.ContainsFunc(c.Values, func(asked string) bool { return is(*f.text, asked) })
	}
	switch c.Condition {
	case "in", "=":
		return f.equals(c.Values)
	case "not_in":
		return !f.equals(c.Values)
	case ">", "<", ">=", "<=":
		return f.compares(c)
	case "is_null":
		return f.text == nil
	case "non_null":
		return f.text != nil
	case "contains":
		return anyText(strings.Contains)
	case "not_contains":
		return !anyText(strings.Contains)
	case "starts_with":
		return anyText(strings.HasPrefix)
	case "ends_with":
		return anyText(strings.HasSuffix)
	case "is_true":
		return f.text != nil && slices.Contains([]string{"true", "1"}, strings.ToLower(*f.text))
	case "is_false":
		return f.text != nil && slices.Contains([]string{"false", "0"}, strings.ToLower(*f.text))
	case "after_exposure", "before_exposure":
		at, ok := f.instant()
		return exposedAt == nil || ok && (at >= *exposedAt) == (c.Condition == "after_exposure")
	default:
		return false
	}
}

func (f rawField) equals(values []string) bool {
	return slices.ContainsFunc(values, func(asked string) bool {
		n := textNumber(asked)
		return f.text != nil && *f.text == asked || f.strict != nil && n != nil && *n == *f.strict
	})
}

// compares asks numbers of numbers, and texts of texts that are asked for.
func (f rawField) compares(c schema.Criterion) bool {
	return slices.ContainsFunc(c.Values, func(asked string) bool {
		order := 2 // not to be compared
		if n := textNumber(asked); n != nil && f.lenient != nil {
			order = compare(*f.lenient, *n)
		} else if n == nil && f.text != nil {
			order = compare(*f.text, asked)
		}
		switch c.Condition {
		case ">":
			return order == 1
		case "<":
			return order == -1
		case ">=":
			return order == 0 || order == 1
		default:
			return order == 0 || order == -1
		}
	})
}

func compare[T float64 | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// instant is the field as milliseconds since 1970: a number of seconds or milliseconds, or a date.
func (f rawField) instant() (int64, bool) {
	switch {
	case f.lenient != nil && math.Abs(*f.lenient) >= 1e11:
		return int64(*f.lenient), true
	case f.lenient != nil:
		return int64(*f.lenient * 1000), true
	case f.text == nil:
		return 0, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(layout, *f.text); err == nil {
			return at.UnixMilli(), true
		}
	}
	return 0, false
}

// rawJSON is a value as JSON, nil when there is none.
type rawJSON []byte

// jsonAt follows a dotted path; of a key that is there twice the first counts.
func jsonAt(doc, path string) rawJSON {
	at := []byte(doc)
	if !json.Valid(at) {
		return nil
	}
	for _, key := range strings.Split(path, ".") {
		d := json.NewDecoder(bytes.NewReader(at))
		if open, err := d.Token(); err != nil || open != json.Delim('{') {
			return nil
		}
		at = nil
		for at == nil && d.More() {
			name, _ := d.Token()
			var value json.RawMessage
			if d.Decode(&value) == nil && name == key {
				at = value
			}
		}
		if at == nil {
			return nil
		}
	}
	return at
}

// text is a string without its quotes and anything else as JSON; null is nothing.
func (j rawJSON) text() *string {
	if len(j) == 0 || string(j) == "null" {
		return nil
	}
	var s string
	if j[0] == '"' && json.Unmarshal(j, &s) == nil {
		return &s
	}
	if n := textNumber(string(j)); n != nil && !isInteger(j) {
		return valueText(n)
	}
	var b bytes.Buffer
	if json.Compact(&b, j) == nil {
		s = b.String()
	}
	return &s
}

// bare is the value without quotes, where a number may be.
func (j rawJSON) bare() string { return strings.Trim(string(j), `"`) }

func isInteger(j rawJSON) bool {
	_, err := strconv.ParseInt(string(j), 10, 64)
	return err == nil
}

// textNumber is the number that a text is, nil when it is none.
func textNumber(text string) *float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xX_") {
		return nil
	}
	return &f
}

// valueText is a number as the engine writes it.
func valueText(v *float64) *string {
	if v == nil {
		return nil
	}
	format := byte('f')
	if a := math.Abs(*v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	text := strings.NewReplacer("e-0", "e-", "e+0", "e", "e+", "e").Replace(strconv.FormatFloat(*v, format, -1, 64))
	return &text
}

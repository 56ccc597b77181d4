package rollup

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// criterion compiles one filter to SQL that is 0 or 1, never NULL.
//
// Where several values are given any of them may match. Texts are compared with their case. Numbers are compared as
// numbers: 10 is in ("10.0"). Less and more compare numbers, also those written as text, when the value asked for is a number,
// and texts (ISO dates, say) otherwise. The negative conditions are the complements of the positive ones, so a field that
// is missing is not in any list and contains nothing; is_true and is_false both need a field: true, "true" or 1; false,
// "false" or 0.
func (t *terms) criterion(prefix string, c schema.Criterion) (string, error) {
	at, err := t.column(prefix, c)
	if err != nil {
		return "", err
	}
	asked, err := t.condition(prefix, at, c)
	if err == nil && c.NullVacuousOverride {
		asked = fmt.Sprintf("(isNull(%s) OR %s)", at.text, asked)
	}
	return asked, err
}

func (t *terms) condition(prefix string, at column, c schema.Criterion) (string, error) {
	values := t.param(prefix+"_values", "Array(String)", append([]string{}, c.Values...))
	switch c.Condition {
	case "in", "=":
		return t.equals(prefix, at, c.Values, values), nil
	case "not_in":
		return "NOT " + t.equals(prefix, at, c.Values, values), nil
	case ">", "<", ">=", "<=":
		return t.compares(prefix, at, c), nil
	case "is_null":
		return "isNull(" + at.text + ")", nil
	case "non_null":
		return "isNotNull(" + at.text + ")", nil
	case "contains":
		return anyText(at, "position(%s, asked) > 0", values), nil
	case "not_contains":
		return "NOT " + anyText(at, "position(%s, asked) > 0", values), nil
	case "starts_with":
		return anyText(at, "startsWith(%s, asked)", values), nil
	case "ends_with":
		return anyText(at, "endsWith(%s, asked)", values), nil
	case "after_exposure":
		return exposureCompared(at, ">="), nil
	case "before_exposure":
		return exposureCompared(at, "<"), nil
	case "is_true":
		return fmt.Sprintf("ifNull(lower(%s) IN ('true', '1'), 0)", at.text), nil
	case "is_false":
		return fmt.Sprintf("ifNull(lower(%s) IN ('false', '0'), 0)", at.text), nil
	default:
		return "", fmt.Errorf("%q is not a condition", c.Condition)
	}
}

// exposureCompared asks whether a date, or a time in seconds or milliseconds since 1970, is after the unit's first exposure.
// Where nobody is exposed there is nothing to ask.
func exposureCompared(at column, operator string) string {
	const millis = "if(abs(%[1]s) >= 1e11, %[1]s, %[1]s * 1000)"
	date := fmt.Sprintf("toFloat64(toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(%s, 3, 'UTC')))", at.text)
	found := fmt.Sprintf("coalesce("+millis+", %s)", at.lenient, date)
	return fmt.Sprintf("(isNull(exposed_at) OR ifNull(%s %s toUnixTimestamp64Milli(exposed_at), 0))", found, operator)
}

// anyText asks a question with a %s for what was found of each value asked; nothing found matches nothing.
func anyText(at column, question, values string) string {
	found := "assumeNotNull(" + at.text + ")"
	return fmt.Sprintf("(isNotNull(%s) AND arrayExists(asked -> %s, %s))", at.text, fmt.Sprintf(question, found), values)
}

func (t *terms) equals(prefix string, at column, asked []string, values string) string {
	is := fmt.Sprintf("isNotNull(%[1]s) AND has(%[2]s, assumeNotNull(%[1]s))", at.text, values)
	if numbers := numbersOf(asked); len(numbers) > 0 { // else no number is looked for
		is += fmt.Sprintf(" OR isNotNull(%[1]s) AND has(%[2]s, assumeNotNull(%[1]s))", at.strict, t.param(prefix+"_numbers", "Array(Float64)", numbers))
	}
	return "(" + is + ")"
}

// compares looks at numbers where numbers are asked for and at texts where texts are: of the others nothing is read.
func (t *terms) compares(prefix string, at column, c schema.Criterion) string {
	var either []string
	for i, n := range numbersOf(c.Values) {
		either = append(either, fmt.Sprintf("ifNull(%s %s %s, 0)", at.lenient, c.Condition, t.param(fmt.Sprintf("%s_number%d", prefix, i), "Float64", n)))
	}
	for i, text := range textsOf(c.Values) {
		either = append(either, fmt.Sprintf("ifNull(%s %s %s, 0)", at.text, c.Condition, t.param(fmt.Sprintf("%s_text%d", prefix, i), "String", text)))
	}
	if len(either) == 0 {
		return "0"
	}
	return "(" + strings.Join(either, " OR ") + ")"
}

// numbersOf keeps the values that are numbers, textsOf the others.
func numbersOf(values []string) []float64 {
	numbers := []float64{}
	for _, v := range values {
		if f, ok := number(v); ok {
			numbers = append(numbers, f)
		}
	}
	return numbers
}

func textsOf(values []string) []string {
	texts := []string{}
	for _, v := range values {
		if _, ok := number(v); !ok {
			texts = append(texts, v)
		}
	}
	return texts
}

func number(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

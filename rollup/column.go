package rollup

import (
	"fmt"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// column is where a criterion looks: SQL for what is found there, as text and as number, each NULL when there is nothing.
type column struct {
	// text is a Nullable(String): a string without its quotes, anything else as JSON. Missing and JSON's null are NULL.
	text string
	// strict is a Nullable(Float64), a number that was written as one, so that "007" is not 7.
	strict string
	// lenient also takes texts that are numbers.
	lenient string
}

// jsonPath is a value inside a column of JSON text, by a dotted path.
type jsonPath struct{ column, keys string }

// json makes a parameter of each step of the path.
func (t *terms) json(column, prefix, path string) jsonPath {
	keys := strings.Split(path, ".")
	for i, key := range keys {
		keys[i] = t.param(fmt.Sprintf("%s%d", prefix, i), "String", key)
	}
	return jsonPath{column, strings.Join(keys, ", ")}
}

// raw is the value as JSON, empty when there is none.
func (p jsonPath) raw() string { return fmt.Sprintf("JSONExtractRaw(%s, %s)", p.column, p.keys) }

// number is the value when it is a number or a text that is one: one parse, since a number has no quotes to lose.
func (p jsonPath) number() string {
	return fmt.Sprintf(`toFloat64OrNull(trim(BOTH '"' FROM %s))`, p.raw())
}

// strict is the value when it is a number.
func (p jsonPath) strict() string { return fmt.Sprintf("toFloat64OrNull(%s)", p.raw()) }

func (p jsonPath) text() string {
	return fmt.Sprintf(`multiIf(%[1]s IN ('', 'null'), NULL, startsWith(%[1]s, '"'), toNullable(JSONExtractString(%[2]s, %[3]s)), toNullable(%[1]s))`,
		p.raw(), p.column, p.keys)
}

// first is the first of several places that has something.
func first(paths ...jsonPath) column {
	var c column
	join := func(of func(jsonPath) string) string {
		all := make([]string, len(paths))
		for i, p := range paths {
			all[i] = of(p)
		}
		if len(all) == 1 {
			return all[0]
		}
		return "coalesce(" + strings.Join(all, ", ") + ")"
	}
	c.text, c.strict, c.lenient = join(jsonPath.text), join(jsonPath.strict), join(jsonPath.number)
	return c
}

// plain is a column of text where empty means absent.
func plain(sql string) column {
	return column{
		text: fmt.Sprintf("nullIf(toString(%s), '')", sql), strict: nothing, lenient: fmt.Sprintf("toFloat64OrNull(%s)", sql),
	}
}

// column finds what a criterion names.
func (t *terms) column(prefix string, c schema.Criterion) (column, error) {
	switch c.Type {
	case "value":
		return column{text: "toString(value)", strict: "value", lenient: "value"}, nil
	case "metadata":
		return first(t.json("properties", prefix+"_key", c.Column)), nil
	case "user":
		return t.userColumn(prefix, c.Column), nil
	case "user_custom":
		return first(t.json("user_properties", prefix+"_key", c.Column), t.json("user_properties", prefix+"_custom", "custom."+c.Column)), nil
	default:
		return column{}, fmt.Errorf("a criterion looks at value, metadata, user or user_custom, not at %q", c.Type)
	}
}

// userColumn finds a field of the user: an id, else what the Statsig user or statsigCustom says, else Segment's traits as
// they came with the event, else Segment's context (ip, locale, userAgent, timezone …).
func (t *terms) userColumn(prefix, name string) column {
	switch strings.ReplaceAll(strings.ToLower(name), "_", "") {
	case "userid":
		return plain("user_id")
	case "anonymousid":
		return plain("anonymous_id")
	case "groupid":
		return plain("group_id")
	}
	unit := plain("unit_ids[" + t.param(prefix+"_unit", "String", strings.ToLower(name)) + "]")
	found := first(
		t.json("user_properties", prefix+"_key", name), t.json("context", prefix+"_traits", "traits."+name),
		t.json("traits", prefix+"_key", name), t.json("context", prefix+"_key", name))
	return column{
		text:    fmt.Sprintf("coalesce(%s, %s)", unit.text, found.text),
		strict:  found.strict,
		lenient: fmt.Sprintf("coalesce(%s, %s)", unit.lenient, found.lenient),
	}
}

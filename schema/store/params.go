package store

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Params are the values of a query's {name:Type} parameters: string, bool, integers, floats, time.Time (for DateTime64 in UTC),
// []byte-free slices and string-keyed maps of these, and []any for tuples. Values never become part of a query's text.
type Params map[string]any

// texts renders each value as ClickHouse reads parameters: a bare string is TSV-escaped, everything inside an array, map or tuple is
// a quoted literal.
func (p Params) texts() (map[string]string, error) {
	texts := make(map[string]string, len(p))
	for name, v := range p {
		if s, ok := textOf(v); ok {
			texts[name] = tsvEscaper.Replace(s)
			continue
		}
		text, err := literal(reflect.ValueOf(v))
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		texts[name] = text
	}
	return texts, nil
}

var (
	tsvEscaper     = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`, "\b", `\b`, "\f", `\f`)
	literalEscaper = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`, "\b", `\b`, "\f", `\f`)
)

// textOf returns a value that is a string by nature.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.000"), true
	case nil:
		return "", false
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return r.String(), true
	}
	return "", false
}

// literal renders a value as it stands inside an array, map or tuple.
func literal(v reflect.Value) (string, error) {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return "", fmt.Errorf("nil has no type; pass a value")
	}
	if s, ok := textOf(v.Interface()); ok {
		return "'" + literalEscaper.Replace(s) + "'", nil
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64), nil
	case reflect.Slice, reflect.Array:
		return sequence(v)
	case reflect.Map:
		return mapping(v)
	default:
		return "", fmt.Errorf("a %s cannot be a parameter", v.Type())
	}
}

// sequence renders a slice as an array, and []any as a tuple.
func sequence(v reflect.Value) (string, error) {
	parts := make([]string, v.Len())
	for i := range parts {
		var err error
		if parts[i], err = literal(v.Index(i)); err != nil {
			return "", err
		}
	}
	if v.Type().Elem().Kind() == reflect.Interface {
		return "(" + strings.Join(parts, ", ") + ")", nil
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

func mapping(v reflect.Value) (string, error) {
	parts := make([]string, 0, v.Len())
	for _, key := range v.MapKeys() {
		k, err := literal(key)
		if err != nil {
			return "", err
		}
		value, err := literal(v.MapIndex(key))
		if err != nil {
			return "", err
		}
		parts = append(parts, k+": "+value)
	}
	sort.Strings(parts)
	return "{" + strings.Join(parts, ", ") + "}", nil
}

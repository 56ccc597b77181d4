package wire

import (
	stdjson "encoding/json"
	"reflect"
	"strings"
	"testing"
)

var shapes = []string{
	`{"a":1,"b":[true,false,null,"x\"y\\",{"c":{}}],"":-1.5e3}`, `[]`, `{}`, ` { "a" : [ ] , "b" : { } } `, `"text"`, `12`, `null`,
	`{"a":"\ud83d\udd96","b":"\u0000","c":"\\","d":"\\\""}`, `[[[[1]]],{"a":[{"b":[2]}]}]`, `{"a":1,"a":2}`, `[1,"2",3e0,-0]`,
	"{\"a\":\"\x80\"}", `{"a":}`, `{"a":1,}`, `[1 2]`, `{"a"`, `{'a':1}`, `{"a":01}`, `{"a":NaN}`, `"\x"`, "\"a\nb\"", `tru`, `{}{}`, ``, ` `,
}

// Nesting beyond the limit is refused before anything walks into it; nesting within it is no trouble.
func TestDepth(t *testing.T) {
	for _, deep := range []string{strings.Repeat("[", 1001) + strings.Repeat("]", 1001), strings.Repeat("[", 5_000_000), strings.Repeat(`{"a":`, 2000)} {
		if err := Validate([]byte(deep)); err == nil || !strings.Contains(err.Error(), "nested deeper than 1000") {
			t.Errorf("%d bytes of deep nesting: %v", len(deep), err)
		}
	}
	if err := Validate([]byte(strings.Repeat("[", 1000) + strings.Repeat("]", 1000))); err != nil {
		t.Error(err)
	}
}

// The walker must see what encoding/json sees: the same keys, elements and texts, in whatever is valid; and nothing may be valid to us
// that is not valid to it.
func FuzzWalk(f *testing.F) {
	for _, s := range shapes {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := Validate(body)
		if err == nil && !stdjson.Valid(body) {
			t.Fatalf("%q passes, but is not valid", body)
		}
		if err != nil {
			if stdjson.Valid(body) && depth(body) <= maxDepth && len(Trim(body)) > 0 {
				t.Fatalf("%q is refused, but is valid: %v", body, err)
			}
			return
		}
		var want any
		d := stdjson.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := tree(Trim(body)); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %#v, want %#v", body, got, want)
		}
	})
}

// tree reads a value by means of the walker alone.
func tree(b []byte) any {
	switch {
	case IsObject(b):
		object := map[string]any{}
		Object(b, func(key string, value []byte) bool { object[replaceInvalid(key)] = tree(value); return true })
		return object
	case IsArray(b):
		array := []any{}
		Array(b, func(n int, value []byte) bool { array = append(array, tree(value)); return true })
		return array
	case IsString(b):
		return replaceInvalid(Text(b))
	case IsNumber(b):
		return stdjson.Number(b)
	case IsNull(b):
		return nil
	default:
		return b[0] == 't'
	}
}

// replaceInvalid does what encoding/json does with bytes that are no UTF-8: one mark for each. We keep them as they came.
func replaceInvalid(s string) string { return string([]rune(s)) }

func FuzzTime(f *testing.F) {
	for _, s := range []string{`"2026-11-24T10:20:30.123Z"`, `1655231253265`, `"2020-05-09 23:54:49.2 +0000 UTC m=+7.2"`, `"1e999"`, `-1`, `"9999-12-31T23:59:59Z"`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !stdjson.Valid(text) {
			return
		}
		at, ok := Time(Trim(text))
		if y := at.Time().Year(); ok && (y < 1970 || y > 9999) {
			t.Errorf("%s is read as the year %d", text, y)
		}
	})
}

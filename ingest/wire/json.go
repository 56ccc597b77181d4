package wire

import (
	"bytes"
	"encoding/binary"
	stdjson "encoding/json"
	"fmt"
	"math/bits"
	"strings"
	"unsafe"

	json "github.com/goccy/go-json"

	"github.com/pulsehouse/pulsehouse/schema"
)

// maxDepth is how deep JSON may be nested; Segment's own limit for properties is far below.
const maxDepth = 1000

// Validate refuses a body that is not one JSON value, naming the byte offset.
func Validate(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return schema.Errorf(400, "invalid_json", "the body is empty; send a JSON object")
	}
	// Counting is many times faster than walking, and most bodies have fewer brackets than may be nested.
	if bytes.Count(body, []byte{'{'})+bytes.Count(body, []byte{'['}) > maxDepth && depth(body) > maxDepth {
		return schema.Errorf(400, "invalid_json", "the JSON is nested deeper than %d levels; flatten it", maxDepth)
	}
	if valid(body) {
		return nil
	}
	var v stdjson.RawMessage
	err := stdjson.Unmarshal(body, &v)
	if syntax, ok := err.(*stdjson.SyntaxError); ok {
		return schema.Errorf(400, "invalid_json", "the body is not valid JSON: %v at byte %d", syntax, syntax.Offset)
	}
	return schema.Errorf(400, "invalid_json", "the body is not valid JSON")
}

// valid asks go-json, which is several times faster than encoding/json, for the whole buffer at once: its streaming decoder has
// known faults. What it refuses, or panics on, is asked again of encoding/json, for the offset.
func valid(body []byte) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return json.Valid(body)
}

// depth is the deepest nesting of brackets outside of strings.
func depth(b []byte) (deepest int) {
	level := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = closing(b, i)
		case '{', '[':
			level++
			deepest = max(deepest, level)
		case '}', ']':
			level--
		}
	}
	return deepest
}

// closing is the index of the quote that ends the string beginning at i. It looks at eight bytes at a time: strings are where most of
// a body is, most are short, and every pass over a body skips them.
func closing(b []byte, i int) int {
	const quotes, escapes = 0x2222222222222222, 0x5c5c5c5c5c5c5c5c
	for i++; i+8 <= len(b); {
		word := binary.LittleEndian.Uint64(b[i:])
		found := zeroBytes(word^quotes) | zeroBytes(word^escapes)
		if found == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(found) / 8; b[i] == '"' {
			return i
		}
		i += 2
	}
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return len(b)
}

// zeroBytes marks the bytes of a word that are zero; the lowest mark is always right, those above it may not be (Mycroft, 1987).
func zeroBytes(word uint64) uint64 {
	return (word - 0x0101010101010101) &^ word & 0x8080808080808080
}

// Object calls f with each key and value of a valid JSON object; a value that is none has no keys. It stops when f returns
// false. What it returns is where the object ends, when it was not stopped.
func Object(b []byte, f func(key string, value []byte) bool) (end int) {
	return Members(b, func(key string, rest []byte) (end int, more bool) {
		end = endOf(rest, 0)
		return end, f(key, rest[:end])
	})
}

// Members is Object for who walks the values anyway: f gets what is left of the text from a key's value on, and finds out where the value
// ends, which spares a pass over it.
func Members(b []byte, f func(key string, rest []byte) (end int, more bool)) (end int) {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		return endOf(b, i)
	}
	for i = space(b, i+1); i < len(b) && b[i] == '"'; {
		end := closing(b, i)
		key := b[i : end+1]
		start := space(b, space(b, end+1)+1) // behind the colon
		length, more := f(Text(key), b[start:])
		if !more {
			return start + length
		}
		if i = space(b, start+length); i < len(b) && b[i] == ',' {
			i = space(b, i+1)
		}
	}
	return min(i+1, len(b))
}

// Array calls f with each element of a valid JSON array; a value that is none has no elements.
func Array(b []byte, f func(n int, value []byte) bool) {
	Elements(b, func(n int, rest []byte) (end int, more bool) {
		end = endOf(rest, 0)
		return end, f(n, rest[:end])
	})
}

// Elements is to Array what Members is to Object. It returns where the array ends, when it was not stopped.
func Elements(b []byte, f func(n int, rest []byte) (end int, more bool)) (end int) {
	i := space(b, 0)
	if i >= len(b) || b[i] != '[' {
		return endOf(b, i)
	}
	i = space(b, i+1)
	for n := 0; i < len(b) && b[i] != ']'; n++ {
		end, more := f(n, b[i:])
		if !more {
			return i + end
		}
		if i = space(b, i+end); i < len(b) && b[i] == ',' {
			i = space(b, i+1)
		}
	}
	return min(i+1, len(b))
}

// End is where the value ends that a text begins with.
func End(b []byte) int { return endOf(b, space(b, 0)) }

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// endOf is the index behind the value that begins at i.
func endOf(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return min(closing(b, i)+1, len(b))
	case '{', '[':
		for level := 0; i < len(b); i++ {
			switch b[i] {
			case '"':
				i = closing(b, i)
			case '{', '[':
				level++
			case '}', ']':
				if level--; level == 0 {
					return i + 1
				}
			}
		}
		return len(b)
	default:
		for i < len(b) && !strings.ContainsRune(",]} \n\t\r", rune(b[i])) {
			i++
		}
		return i
	}
}

// Text returns a JSON string's text, sharing its memory where nothing is escaped; "" for other values.
func Text(b []byte) string {
	if len(b) < 2 || b[0] != '"' {
		return ""
	}
	inner := b[1 : len(b)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return Share(inner)
	}
	var s string
	if err := stdjson.Unmarshal(b, &s); err != nil {
		return strings.ToValidUTF8(string(inner), "\uFFFD")
	}
	return s
}

// Share views bytes as a string without copying; the bytes must not change any more.
func Share(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Offset is where in a body a value stands that was taken from it by slicing: both end where the body's memory does.
func Offset(body, value []byte) int { return cap(body) - cap(value) }

// What a JSON value is.
func IsNull(b []byte) bool   { return len(b) == 0 || b[0] == 'n' }
func IsString(b []byte) bool { return len(b) > 0 && b[0] == '"' }
func IsObject(b []byte) bool { return len(b) > 0 && b[0] == '{' }
func IsArray(b []byte) bool  { return len(b) > 0 && b[0] == '[' }
func IsNumber(b []byte) bool { return len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9') }

// Get follows a dotted path of keys, nil when it leads nowhere. A key that is the whole rest of the path, dots included, is taken
// before one that is only its first part. Where a key stands twice, the last one counts.
func Get(b []byte, path string) []byte {
	first, rest, deeper := strings.Cut(path, ".")
	var whole, part []byte
	Object(b, func(key string, value []byte) bool {
		switch key {
		case path:
			whole = value
		case first:
			part = value
		}
		return true
	})
	if whole == nil && deeper && part != nil {
		return Get(part, rest)
	}
	return whole
}

// Trim is a JSON text without the space around it.
func Trim(b []byte) []byte { return bytes.TrimSpace(b) }

// Builder writes a JSON object key by key.
type Builder struct{ b []byte }

// Add appends a member with a raw JSON value.
func (o *Builder) Add(key string, value []byte) {
	if o.b == nil {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, Quote(key)...), ':'), value...)
}

// String is the object's text, "" when nothing was added.
func (o *Builder) String() string {
	if o.b == nil {
		return ""
	}
	return Share(append(o.b, '}'))
}

// Quote is a text as a JSON string.
func Quote(s string) []byte {
	b, err := stdjson.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("BUG: a string does not marshal: %v", err))
	}
	return b
}

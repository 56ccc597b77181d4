package gate

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

// kind is what a JSON value is, as far as operators care.
type kind uint8

const (
	missing kind = iota
	text
	number
	boolean
	array
	object
)

// value is an attribute of a user, or what a condition compares it with. The zero value is missing, as is null.
type value struct {
	kind kind
	text string
	num  float64 // of a number; 1 for true
	list []value
}

func textValue(s string) value { return value{kind: text, text: s} }

func valueOf(v *fastjson.Value) value {
	if v == nil {
		return value{}
	}
	switch v.Type() {
	case fastjson.TypeString:
		return textValue(inPlace(v.GetStringBytes()))
	case fastjson.TypeNumber:
		return value{kind: number, num: v.GetFloat64()}
	case fastjson.TypeTrue:
		return value{kind: boolean, num: 1}
	case fastjson.TypeFalse:
		return value{kind: boolean}
	case fastjson.TypeArray:
		items := v.GetArray()
		list := make([]value, len(items))
		for i, item := range items {
			list[i] = valueOf(item)
		}
		return value{kind: array, list: list}
	case fastjson.TypeObject:
		return value{kind: object, text: v.String()}
	default:
		return value{}
	}
}

// isEmpty says that there is nothing to compare.
func (v value) isEmpty() bool { return v.kind == missing || v.kind == text && v.text == "" }

// asText is the form in which strings are compared: 1 is "1", true is "true", lists are joined by commas.
func (v value) asText() string {
	switch v.kind {
	case number:
		return strconv.FormatFloat(v.num, 'f', -1, 64)
	case boolean:
		return strconv.FormatBool(v.num == 1)
	case array:
		parts := make([]string, len(v.list))
		for i, item := range v.list {
			parts[i] = item.asText()
		}
		return strings.Join(parts, ",")
	default:
		return v.text
	}
}

// asNumber reads numbers, also those written as strings.
func (v value) asNumber() (float64, bool) {
	switch v.kind {
	case number:
		return v.num, true
	case text:
		n, err := strconv.ParseFloat(v.text, 64)
		return n, err == nil
	default:
		return 0, false
	}
}

// equal is strict: kinds must agree.
func (v value) equal(o value) bool {
	if v.kind != o.kind || v.text != o.text || v.num != o.num || len(v.list) != len(o.list) {
		return false
	}
	for i := range v.list {
		if !v.list[i].equal(o.list[i]) {
			return false
		}
	}
	return true
}

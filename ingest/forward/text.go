package forward

import (
	"strings"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
)

// text is JSON that is being written: a message is one piece of memory, filled from the front. Keys are ours and need no escaping.
type text []byte

func (t *text) key(k string) {
	if last := (*t)[len(*t)-1]; last != '{' {
		*t = append(*t, ',')
	}
	*t = append(append(append(*t, '"'), k...), '"', ':')
}

// open begins an object, as a member or as the whole; shut ends the innermost.
func (t *text) open(k string) {
	if k != "" {
		t.key(k)
	}
	*t = append(*t, '{')
}

func (t *text) shut() { *t = append(*t, '}') }

// raw adds a member whose value is JSON.
func (t *text) raw(k, json string) {
	t.key(k)
	*t = append(*t, json...)
}

// str adds a member whose value is a string; where it is empty and may be left out, see some.
func (t *text) str(k, value string) {
	t.key(k)
	if !plain(value) {
		*t = append(*t, wire.Quote(value)...)
		return
	}
	*t = append(append(append(*t, '"'), value...), '"')
}

// some adds a string that is not empty.
func (t *text) some(k, value string) {
	if value != "" {
		t.str(k, value)
	}
}

// members adds what a JSON object holds.
func (t *text) members(object string) {
	inner := strings.TrimSpace(object)
	if len(inner) < 2 || inner[0] != '{' {
		return
	}
	if inner = strings.TrimSpace(inner[1 : len(inner)-1]); inner == "" {
		return
	}
	if last := (*t)[len(*t)-1]; last != '{' {
		*t = append(*t, ',')
	}
	*t = append(*t, inner...)
}

// plain says that a string stands in JSON as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

package gate

import (
	"strconv"
	"strings"
	"time"
)

// operator is how a condition compares.
type operator uint8

const (
	unknownOperator operator = iota
	gt
	gte
	lt
	lte
	versionGT
	versionGTE
	versionLT
	versionLTE
	versionEQ
	versionNEQ
	startsWithAny
	endsWithAny
	includesAny
	includesNone
	matches
	eq
	neq
	before
	after
	on
	inList
	notInList
	anyExact
	noneExact
	anyOf
	noneOf
	containsAny // these four compare lists with lists
	containsNone
	containsAll
	notContainsAll
)

var operators = map[string]operator{
	"gt": gt, "gte": gte, "lt": lt, "lte": lte,
	"version_gt": versionGT, "version_gte": versionGTE, "version_lt": versionLT, "version_lte": versionLTE,
	"version_eq": versionEQ, "version_neq": versionNEQ,
	"any": anyOf, "none": noneOf, "any_case_sensitive": anyExact, "none_case_sensitive": noneExact,
	"str_starts_with_any": startsWithAny, "str_ends_with_any": endsWithAny, "str_contains_any": includesAny,
	"str_contains_none": includesNone, "str_matches": matches, "eq": eq, "neq": neq, "before": before, "after": after, "on": on,
	"in_segment_list": inList, "not_in_segment_list": notInList, "array_contains_any": containsAny,
	"array_contains_none": containsNone, "array_contains_all": containsAll, "not_array_contains_all": notContainsAll,
}

// compare says whether v stands in the condition's relation to its target. ok is false for an operator that does not exist.
func (c *condition) compare(v value, lists Lists) (pass, ok bool) {
	switch c.op {
	case gt, gte, lt, lte:
		return c.compareNumbers(v), true
	case versionGT, versionGTE, versionLT, versionLTE, versionEQ, versionNEQ:
		return c.compareVersions(v), true
	case anyOf, noneOf, anyExact, noneExact:
		return c.isAmong(v) == (c.op == anyOf || c.op == anyExact), true
	case startsWithAny, endsWithAny, includesAny:
		return c.compareTexts(v), true
	case includesNone:
		return !c.compareTexts(v), true
	case matches:
		return c.matches(v), true
	case eq, neq:
		same := v.equal(c.target) || c.target.kind == missing && v.isEmpty()
		return same == (c.op == eq), true
	case before, after, on:
		return c.compareTimes(v), true
	case inList, notInList:
		listed := lists != nil && c.target.kind == text && v.kind == text && lists.Has(c.target.text, v.text)
		return listed == (c.op == inList), true
	case containsAny, containsNone, containsAll, notContainsAll:
		return c.compareLists(v), true
	default:
		return false, false
	}
}

func (c *condition) compareNumbers(v value) bool {
	a, okA := v.asNumber()
	b, okB := c.target.asNumber()
	if !okA || !okB {
		return false
	}
	switch c.op {
	case gt:
		return a > b
	case gte:
		return a >= b
	case lt:
		return a < b
	default:
		return a <= b
	}
}

func (c *condition) isAmong(v value) bool {
	if v.kind == missing || len(c.set) == 0 {
		return false
	}
	s := v.asText()
	if c.op == anyOf || c.op == noneOf {
		s = strings.ToLower(s)
	}
	_, ok := c.set[s]
	return ok
}

func (c *condition) compareTexts(v value) bool {
	if v.kind == missing {
		return false
	}
	s := strings.ToLower(v.asText())
	for i := range c.target.list {
		item := &c.target.list[i]
		if item.kind == missing {
			continue
		}
		hit := false
		switch c.op {
		case startsWithAny:
			hit = strings.HasPrefix(s, item.text)
		case endsWithAny:
			hit = strings.HasSuffix(s, item.text)
		default:
			hit = strings.Contains(s, item.text)
		}
		if hit {
			return true
		}
	}
	return false
}

func (c *condition) matches(v value) bool {
	if c.target.kind == missing || v.kind == missing {
		return c.target.kind == v.kind
	}
	return c.pattern != nil && c.pattern.MatchString(v.asText())
}

// compareLists wants lists on both sides.
func (c *condition) compareLists(v value) bool {
	if v.kind != array || c.target.kind != array {
		return false
	}
	found := make(map[string]struct{}, len(c.set))
	for _, item := range v.list {
		s := item.asText()
		if _, ok := c.set[s]; ok {
			found[s] = struct{}{}
		}
	}
	switch c.op {
	case containsAny:
		return len(found) > 0
	case containsNone:
		return len(found) == 0
	case containsAll:
		return len(found) == len(c.set)
	default:
		return len(found) < len(c.set)
	}
}

func (c *condition) compareVersions(v value) bool {
	if v.kind != text || c.version == nil {
		return false
	}
	var room [8]int64
	have, ok := versionOf(v.text, room[:0])
	if !ok {
		return false
	}
	order := compareVersions(have, c.version)
	switch c.op {
	case versionGT:
		return order > 0
	case versionGTE:
		return order >= 0
	case versionLT:
		return order < 0
	case versionLTE:
		return order <= 0
	case versionEQ:
		return order == 0
	default:
		return order != 0
	}
}

// versionOf reads 1.2.3-beta as 1, 2, 3 into room.
func versionOf(s string, room []int64) ([]int64, bool) {
	s, _, _ = strings.Cut(s, "-")
	for more := true; more; {
		var part string
		part, s, more = strings.Cut(s, ".")
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, false
		}
		room = append(room, n)
	}
	return room, true
}

// compareVersions orders versions; a part that is not there is 0.
func compareVersions(a, b []int64) int {
	at := func(v []int64, i int) int64 {
		if i < len(v) {
			return v[i]
		}
		return 0
	}
	for i := range max(len(a), len(b)) {
		if x, y := at(a, i), at(b, i); x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

func (c *condition) compareTimes(v value) bool {
	a, okA := timeOf(v)
	b, okB := timeOf(c.target)
	if !okA || !okB {
		return false
	}
	switch c.op {
	case before:
		return a.Before(b)
	case after:
		return a.After(b)
	default:
		return a.UTC().Truncate(24 * time.Hour).Equal(b.UTC().Truncate(24 * time.Hour))
	}
}

// timeOf reads RFC 3339, and Unix seconds or milliseconds, which are told apart by size as the SDKs do: beyond the year 2200 a number
// of seconds is one of milliseconds.
func timeOf(v value) (time.Time, bool) {
	if v.kind == text {
		if t, err := time.Parse(time.RFC3339, v.text); err == nil {
			return t, true
		}
	}
	n, ok := v.asNumber()
	if !ok || n != n || n > 1e17 || n < -1e17 {
		return time.Time{}, false
	}
	const year2200 = 7_258_118_400
	if n > year2200 || n < -year2200 {
		return time.UnixMilli(int64(n)), true
	}
	return time.Unix(int64(n), 0), true
}

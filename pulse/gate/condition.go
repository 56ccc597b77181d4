package gate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// conditionKind is what a condition looks at.
type conditionKind uint8

const (
	unknownCondition conditionKind = iota
	public
	passGate
	failGate
	ipBased
	uaBased
	userField
	environmentField
	currentTime
	userBucket
	unitID
	targetApp
	experimentGroup
)

var conditionKinds = map[string]conditionKind{
	"public": public, "pass_gate": passGate, "fail_gate": failGate, "ip_based": ipBased, "ua_based": uaBased, "user_field": userField,
	"environment_field": environmentField, "current_time": currentTime, "user_bucket": userBucket, "unit_id": unitID,
	"target_app": targetApp, "experiment_group": experimentGroup,
}

// condition is a compiled condition.
type condition struct {
	kind     conditionKind
	op       operator
	field    fieldName
	name     string // of the experiment that experiment_group looks at
	unit     unitType
	prefix   string // salt "." of a user bucket
	hasSalt  bool
	target   value
	set      map[string]struct{} // of target, lower case where the operator ignores it
	buckets  *[1000]bool
	pattern  *regexp.Regexp
	version  []int64
	spec     *spec // that the condition names
	isHidden bool  // segments are not exposures
}

const segmentPrefix = "segment:"

func (c *condition) compile(from *Condition) error {
	target, err := targetOf(from.TargetValue)
	if err != nil {
		return err
	}
	*c = condition{
		kind: conditionKinds[strings.ToLower(from.Type)], op: operators[strings.ToLower(string(from.Operator))],
		field: fieldOf(string(from.Field)), name: string(from.Field), unit: unitTypeOf(from.IDType), target: target,
	}
	switch c.kind {
	case passGate, failGate:
		if target.kind != text {
			return fmt.Errorf("targetValue: a gate's name is expected")
		}
		c.isHidden = strings.HasPrefix(target.text, segmentPrefix)
	case userBucket:
		if salt, ok := from.AdditionalValues["salt"]; ok {
			c.prefix, c.hasSalt = fmt.Sprint(salt)+".", true
		}
		c.buckets = bucketsOf(target)
	}
	c.prepare()
	return nil
}

// bucketsOf makes a table of the buckets listed; -1 and other numbers that are none never match.
func bucketsOf(target value) *[1000]bool {
	if target.kind != array {
		return nil
	}
	table := new([1000]bool)
	for _, item := range target.list {
		n, err := strconv.Atoi(item.asText())
		if err == nil && n >= 0 && n < len(table) {
			table[n] = true
		}
	}
	return table
}

// prepare does once what evaluation would do every time.
func (c *condition) prepare() {
	switch c.op {
	case anyOf, noneOf, containsAny, containsNone, containsAll, notContainsAll, anyExact, noneExact:
		fold := c.op == anyOf || c.op == noneOf
		c.set = make(map[string]struct{}, len(c.target.list))
		for _, item := range c.target.list {
			s := item.asText()
			if fold {
				s = strings.ToLower(s)
			}
			if item.kind != missing || c.op >= containsAny {
				c.set[s] = struct{}{}
			}
		}
	case startsWithAny, endsWithAny, includesAny, includesNone:
		for i, item := range c.target.list {
			if item.kind != missing {
				c.target.list[i] = textValue(strings.ToLower(item.asText()))
			}
		}
	case matches:
		// A pattern that does not compile matches nothing, as in the SDKs.
		if c.target.kind == text {
			c.pattern, _ = regexp.Compile(c.target.text)
		}
	case versionGT, versionGTE, versionLT, versionLTE, versionEQ, versionNEQ:
		if c.target.kind == text {
			c.version, _ = versionOf(c.target.text, nil)
		}
	}
}

package gate

import (
	"encoding/json"
	"math"

	"github.com/pulsehouse/pulsehouse/schema"
)

// how says what a condition of the Console API is in a spec.
type how struct {
	kind  string
	field string
}

var hows = map[string]how{
	"public": {kind: "public"}, "user_id": {"user_field", "userID"}, "email": {"user_field", "email"}, "locale": {"user_field", "locale"},
	"ip_address": {"user_field", "ip"}, "app_version": {"user_field", "appVersion"}, "country": {"ip_based", "country"},
	"browser_name": {"ua_based", "browser_name"}, "browser_version": {"ua_based", "browser_version"}, "os_name": {"ua_based", "os_name"},
	"os_version": {"ua_based", "os_version"}, "environment_tier": {"environment_field", "tier"}, "time": {kind: "current_time"},
	"custom_field": {kind: "user_field"}, "unit_id": {kind: "unit_id"},
	"passes_gate": {kind: "pass_gate"}, "fails_gate": {kind: "fail_gate"}, "passes_segment": {kind: "pass_gate"}, "fails_segment": {kind: "fail_gate"},
}

// conditionsOf builds a rule's conditions. A rule without any is for everybody.
func (b *builder) conditionsOf(r *schema.Rule) []Condition {
	out := make([]Condition, 0, len(r.Conditions)+1)
	for i := range r.Conditions {
		out = append(out, conditionOf(&r.Conditions[i]))
	}
	if len(out) == 0 {
		out = append(out, everyone())
	}
	return b.withEnvironments(r.Environments, out...)
}

func conditionOf(c *schema.Condition) Condition {
	if kind, id := c.Asks(); kind != "" {
		if kind == "segment" {
			id = segmentPrefix + id
		}
		return asks(hows[c.Type].kind, id)
	}
	h := hows[c.Type]
	out := Condition{Type: h.kind, Operator: orNull(c.Operator), Field: orNull(h.field), IDType: string(schema.UserID), AdditionalValues: map[string]any{}}
	switch c.Type {
	case "public":
		return everyone()
	case "custom_field":
		out.Field, out.AdditionalValues = orNull(c.Field), map[string]any{"custom_field": c.Field}
	case "unit_id":
		if out.IDType = c.CustomID; out.IDType == "" {
			out.IDType = string(schema.UserID)
		}
		out.AdditionalValues = map[string]any{"custom_id": out.IDType}
	}
	out.TargetValue = targetFor(c)
	return out
}

// targetFor gives operators the type they want: numbers to those that compare numbers, milliseconds to those that compare times, lists
// of texts to those that compare with several.
func targetFor(c *schema.Condition) json.RawMessage {
	targets := c.Targets()
	switch c.Operator {
	case "gt", "gte", "lt", "lte":
		return json.RawMessage(targets[0])
	case "before", "after", "on":
		if t, ok := timeOf(textValue(targets[0])); ok {
			return jsonOf(t.UnixMilli())
		}
		return jsonOf(targets[0])
	case "eq", "neq":
		return first(c.TargetValue)
	case "str_matches", "in_segment_list", "not_in_segment_list", "version_eq", "version_neq", "version_gt", "version_gte", "version_lt", "version_lte":
		return jsonOf(targets[0])
	default:
		return jsonOf(targets)
	}
}

// first is the only item of a list, or the value itself, with its type.
func first(text json.RawMessage) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) == nil && len(list) == 1 {
		return list[0]
	}
	return text
}

func everyone() Condition {
	return Condition{Type: "public", IDType: string(schema.UserID), AdditionalValues: map[string]any{}}
}

func asks(kind, gate string) Condition {
	return Condition{Type: kind, TargetValue: jsonOf(gate), IDType: string(schema.UserID), AdditionalValues: map[string]any{}}
}

func unitIs(unit schema.UnitType, ids []string) Condition {
	return Condition{
		Type: "unit_id", Operator: "any", TargetValue: jsonOf(ids), IDType: string(unit), AdditionalValues: map[string]any{"custom_id": string(unit)},
	}
}

// withEnvironments limits conditions to some environments. A user without one is in production, so a rule for production is written as
// "in none of the others".
func (b *builder) withEnvironments(environments []string, conditions ...Condition) []Condition {
	if len(environments) == 0 {
		return conditions
	}
	c := Condition{Type: "environment_field", Operator: "any", Field: "tier", TargetValue: jsonOf(environments), IDType: string(schema.UserID), AdditionalValues: map[string]any{}}
	if schema.HasEnvironment(environments, schema.Production) {
		others := b.environmentsBut(environments)
		if len(others) == 0 {
			return conditions
		}
		c.Operator, c.TargetValue = "none", jsonOf(others)
	}
	return append(conditions, c)
}

// bucketsFor is how many of a thousand buckets a percentage is.
func bucketsFor(percent float64) int { return int(math.Round(percent * schema.Buckets / 100)) }

// buckets asks whether a unit is in, or not in, some of a thousand parts of everybody.
func buckets(operator, salt string, unit schema.UnitType, target any) Condition {
	return Condition{
		Type: "user_bucket", Operator: orNull(operator), IDType: string(unit), AdditionalValues: map[string]any{"salt": salt}, TargetValue: jsonOf(target),
	}
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

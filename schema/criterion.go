package schema

import (
	"fmt"
	"slices"
	"time"
)

// Criterion is one filter; all of an event's criteria must hold.
type Criterion struct {
	// Type is where the column is found: value, metadata (properties), user (user fields), user_custom.
	Type      string   `json:"type"`
	Column    string   `json:"column,omitempty"`
	Condition string   `json:"condition"`
	Values    []string `json:"values,omitempty"`
	// NullVacuousOverride lets a field that is missing pass.
	NullVacuousOverride bool `json:"nullVacuousOverride,omitempty"`
}

// Conditions lists what a criterion may ask. after_exposure and before_exposure compare a date in the column with the unit's
// first exposure; where there is no experiment they hold.
var Conditions = []string{
	"in", "not_in", "=", ">", "<", ">=", "<=", "is_null", "non_null", "contains", "not_contains",
	"starts_with", "ends_with", "is_true", "is_false", "after_exposure", "before_exposure",
}

// ValidateCriteria refuses filters that cannot be computed, naming the field.
func ValidateCriteria(criteria []Criterion, field string) error {
	return validateCriteria(criteria, field)
}

func validateCriteria(criteria []Criterion, field string) error {
	for i, c := range criteria {
		at := fmt.Sprintf("%s.criteria[%d]", field, i)
		if !slices.Contains([]string{"value", "metadata", "user", "user_custom"}, c.Type) {
			return Invalid(at+".type", "%q is not one of value, metadata, user, user_custom", c.Type)
		}
		if c.Type != "value" && c.Column == "" {
			return Invalid(at+".column", "must name the field to look at")
		}
		if c.Condition == "sql_filter" {
			return Invalid(at+".condition", "sql_filter is not taken: definitions never carry SQL; use the other conditions, %v", Conditions)
		}
		if !slices.Contains(Conditions, c.Condition) {
			return Invalid(at+".condition", "%q is not one of %v", c.Condition, Conditions)
		}
		if needsValues(c.Condition) && len(c.Values) == 0 {
			return Invalid(at+".values", "condition %q needs a value", c.Condition)
		}
	}
	return nil
}

func needsValues(condition string) bool {
	return !slices.Contains([]string{"is_null", "non_null", "is_true", "is_false", "after_exposure", "before_exposure"}, condition)
}

// WindowMillis is a funnel's window, 0 for the metric day.
func (o *MetricOptions) WindowMillis() int64 {
	return int64(o.FunnelCalculationWindow * float64(24*time.Hour/time.Millisecond))
}

package schema

import "encoding/json"

// TargetingRules are the rules that stand in the experiment itself; there are none where a gate, or nobody, decides who takes part.
func (x *Experiment) TargetingRules() (rules []Rule, err error) {
	const field = "inlineTargetingRulesJSON"
	if x.InlineTargetingRules == "" {
		return nil, nil
	}
	if x.TargetingGateID != "" {
		return nil, Invalid(field, "gate %q targets the experiment: one of the two is possible", x.TargetingGateID)
	}
	if err := json.Unmarshal([]byte(x.InlineTargetingRules), &rules); err != nil {
		return nil, Invalid(field, "is not the JSON text of a list of rules: %v", err)
	}
	for i := range rules { // an id that is made by chance would be another one each time, and with it who is in
		if rules[i].ID == "" {
			rules[i].ID = rules[i].Name
		}
	}
	if err := validateRules(rules); err != nil {
		e, _ := AsError(err)
		return nil, Invalid(field, "%s", e.Message)
	}
	return rules, nil
}

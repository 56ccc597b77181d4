package schema

import (
	"fmt"
	"slices"
)

// RolloutStep changes a rule's percentage at a time to come, or has done so.
type RolloutStep struct {
	Time        Millis  `json:"time"`
	PassPercent float64 `json:"passPercent"`
}

// Rollouts are the steps of a rule.
type Rollouts struct {
	Completed []RolloutStep `json:"completedAutomatedRollouts,omitempty"`
	Pending   []RolloutStep `json:"pendingAutomatedRollouts,omitempty"`
}

// validate puts the steps to come in the order of their times.
func (r *Rollouts) validate(at string) error {
	for i, s := range r.Pending {
		if s.Time <= 0 {
			return Invalid(fmt.Sprintf("%s.pendingAutomatedRollouts[%d].time", at, i), "Unix milliseconds are expected")
		}
		if !(s.PassPercent >= 0 && s.PassPercent <= 100) {
			return Invalid(fmt.Sprintf("%s.pendingAutomatedRollouts[%d].passPercent", at, i), "%v is not a percentage", s.PassPercent)
		}
	}
	slices.SortStableFunc(r.Pending, func(a, b RolloutStep) int { return int(a.Time - b.Time) })
	return nil
}

// RollOut takes the steps of rules that are due, and says whether there were any.
func RollOut(rules []Rule, now Millis) (changed bool) {
	for i := range rules {
		r := &rules[i]
		for len(r.Pending) > 0 && r.Pending[0].Time <= now {
			r.PassPercentage = r.Pending[0].PassPercent
			r.Completed = append(slices.Clip(r.Completed), r.Pending[0])
			r.Pending, changed = r.Pending[1:], true
		}
	}
	return changed
}

// NextRollout is when the next step of rules is due; 0 when there is none.
func NextRollout(rules []Rule) (next Millis) {
	for i := range rules {
		if p := rules[i].Pending; len(p) > 0 && (next == 0 || p[0].Time < next) {
			next = p[0].Time
		}
	}
	return next
}

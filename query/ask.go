package query

import (
	"context"
	"fmt"

	"github.com/pulsehouse/pulsehouse/schema"
)

// checkAsked wants the gates and segments that rules ask to exist, and not to ask back, and the environments that they name to be the
// project's.
func (a *API) checkAsked(ctx context.Context, kind, id, field string, rules []schema.Rule) error {
	if err := a.checkRuleEnvironments(ctx, field, rules); err != nil {
		return err
	}
	var d *definitions
	for i := range rules {
		for j := range rules[i].Conditions {
			asked, of := rules[i].Conditions[j].Asks()
			if asked == "" {
				continue
			}
			if d == nil { // most rules ask nothing
				read, err := a.readDefinitions(ctx)
				if err != nil {
					return err
				}
				d = &read
			}
			at := fmt.Sprintf("%s[%d].conditions[%d].targetValue", field, i, j)
			if asked == kind && of == id || d.reaches(node{asked, of}, node{kind, id}) {
				return schema.Invalid(at, "%s %q asks %s %q in turn: a circle cannot be decided", asked, of, kind, id)
			}
			if err := d.exists(at, asked, of); err != nil {
				return err
			}
		}
	}
	return nil
}

// node is a gate or a segment.
type node struct{ kind, id string }

// reaches says whether one asks the other, over however many steps.
func (d *definitions) reaches(from, goal node) bool {
	visited := make(map[node]bool)
	var visit func(n node) bool
	visit = func(n node) bool {
		if visited[n] {
			return false
		}
		visited[n] = true
		for _, next := range d.asks(n) {
			if next == goal || visit(next) {
				return true
			}
		}
		return false
	}
	return visit(from)
}

// asks lists whom a gate or segment asks by itself: in its rules, and for the holdouts that keep units away from it, who those are for.
func (d *definitions) asks(n node) (asked []node) {
	rules := func(list []schema.Rule) {
		for i := range list {
			for j := range list[i].Conditions {
				if kind, id := list[i].Conditions[j].Asks(); kind != "" {
					asked = append(asked, node{kind, id})
				}
			}
		}
	}
	for i := range d.segments {
		if g := &d.segments[i]; n == (node{"segment", g.ID}) {
			rules(g.Rules)
		}
	}
	for i := range d.gates {
		if g := &d.gates[i]; n == (node{"gate", g.ID}) {
			rules(g.Rules)
		}
	}
	for i := range d.holdouts {
		if h := &d.holdouts[i]; n.kind == "gate" && h.TargetingGateID != "" && h.HoldsGate(n.id) {
			asked = append(asked, node{"gate", h.TargetingGateID})
		}
	}
	return asked
}

package rollup

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// subject is a unit of an experiment, as its exposures say: worked out in plain Go for pulsehouse verify.
type subject struct {
	group  string // the first one seen
	at     int64  // first exposure, in milliseconds
	first  Day
	counts bool
	seen   map[string]int64 // when each group was seen first
}

// byHand is the group under which exposures that were put into a group by hand are noted.
const byHand = "!override"

// rawExposure is a row of verify_exposures.sql.
type rawExposure struct {
	Millis   int64   `ch:"ms"`
	Unit     string  `ch:"unit"`
	Kind     string  `ch:"kind"`
	Rule     string  `ch:"rule"`
	RuleName string  `ch:"rule_name"`
	Value    string  `ch:"value"`
	Reason   string  `ch:"reason"`
	Share    float64 `ch:"share"`
}

// group is the id of the group that an exposure meant, "" when it is none.
func (e *rawExposure) group(x *experiment) string {
	if strings.Contains(strings.ToLower(e.Reason), "override") {
		return byHand
	}
	if x.Comparison.Kind != "" {
		return e.arm(x)
	}
	if slices.Contains(x.ids, e.Rule) {
		return e.Rule
	}
	for _, asked := range []string{e.RuleName, e.Rule} {
		for i, name := range x.names {
			if asked != "" && strings.EqualFold(name, asked) {
				return x.ids[i]
			}
		}
	}
	if n, err := strconv.Atoi(e.Rule); err == nil && len(e.Rule) <= 3 && n >= 0 && n < len(x.ids) {
		return x.ids[n]
	}
	return ""
}

// arm is the group of an exposure to a gate: to one of its rules, whose second group is let through, or to a holdout, whose first one is held back.
func (e *rawExposure) arm(x *experiment) string {
	passed, rule := e.Value == "true", x.Comparison.Rule
	switch {
	case e.Kind != "gate" || rule != "" && e.Rule != rule:
		return ""
	case passed == (rule != ""):
		return x.ids[1]
	default:
		return x.ids[0]
	}
}

// subjects reads an experiment's exposures.
func (r *Runner) subjects(ctx context.Context, x *experiment) (map[string]*subject, error) {
	var rows []rawExposure
	text := fill(statement("verify_exposures"), "unit", x.unit)
	p := with(x.params(r.o.Zone.String()), store.Params{"job": x.job()})
	if err := r.db.Select(ctx, &rows, text, p, store.WithSettings(r.settings)); err != nil {
		return nil, err
	}
	all, shares := make(map[string]*subject), make(map[string]float64)
	for i := range rows {
		e := &rows[i]
		group := e.group(x)
		if group == "" {
			continue
		}
		s := all[e.Unit]
		if s == nil {
			s = &subject{seen: make(map[string]int64)}
			all[e.Unit], shares[e.Unit] = s, e.Share
		}
		if at, ok := s.seen[group]; !ok || e.Millis < at {
			s.seen[group] = e.Millis
		}
	}
	kept := x.UnitParams("")["shares"].([]float64)
	for unit, s := range all {
		s.settle(r, x, slices.Contains(x.Overridden(), unit))
		if i := slices.Index(x.ids, s.group); i >= 0 && shares[unit] >= kept[i] {
			s.counts = false
		}
	}
	return all, nil
}

// settle finds the group that a unit is in and whether it counts.
func (s *subject) settle(r *Runner, x *experiment, overridden bool) {
	groups := 0
	for group, at := range s.seen {
		if group == byHand {
			continue
		}
		groups++
		if s.group == "" || at < s.at || at == s.at && group < s.group {
			s.group, s.at = group, at
		}
	}
	if groups == 0 {
		return
	}
	s.first = DayIn(r.o.Zone, schema.Millis(s.at))
	if at, ok := s.seen[byHand]; ok && at <= s.at {
		overridden = true
	}
	s.counts = !overridden && (groups == 1 || x.keepCrossovers())
}

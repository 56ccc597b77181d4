package pulse

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// CheckStatus is how a health check came out, in the Console API's words.
type CheckStatus string

// The outcomes, the worst last.
const (
	Passed  CheckStatus = "PASSED"
	Waiting CheckStatus = "WAITING"
	Warning CheckStatus = "WARNING"
	Broken  CheckStatus = "FAILED"
)

// Check is one health check. Description says what was found, Action what to do about it.
type Check struct {
	Type        string         `json:"type"`
	Name        string         `json:"name"`
	Status      CheckStatus    `json:"status"`
	Description string         `json:"description"`
	Action      string         `json:"action,omitempty"`
	Metadata    map[string]any `json:"metadata,omitempty"`
}

// Vitals is what the checks look at.
type Vitals struct {
	Experiment *schema.Experiment
	// Exposures are raw ones, WithoutUnit of them lack the experiment's ID type; Last is when the newest came.
	Exposures, WithoutUnit uint64
	Last, Now              schema.Millis
	Sizes                  []GroupSize
	Crossovers, Units      uint64
	// Slices are the groups' units by dimension ("library", "reason", "rule") and value.
	Slices map[[2]string]map[string]uint64
	// Reasons are raw exposures by evaluation reason; Unmatched those without a group, by rule.
	Reasons, Unmatched map[string]uint64
	// Events counts the events of each metric since the start.
	Events map[string]uint64
	// Early are the control and test arms of each metric, whose past is compared.
	Early map[string][2]Arm
	// Complete is up to when results are complete, nil without results.
	Complete *schema.Millis
}

// CheckHealth runs all checks and says what is worst.
func CheckHealth(v Vitals) (checks []Check, worst CheckStatus) {
	checks = []Check{
		v.started(), v.unitType(), v.metricEvents(), v.results(), v.fresh(), v.balanced(), v.balancedSlices(), v.crossover(),
		v.assigned(), v.reasons(), v.bias(), v.valueTypes(),
	}
	order := map[CheckStatus]int{Passed: 0, Waiting: 1, Warning: 2, Broken: 3}
	worst = Passed
	for _, c := range checks {
		if order[c.Status] > order[worst] {
			worst = c.Status
		}
	}
	return checks, worst
}

func (v *Vitals) started() Check {
	c := Check{Type: "has_checks", Name: "Checks started", Status: Passed, Description: fmt.Sprintf("%d exposures, %d units", v.Exposures, v.Units)}
	if v.Exposures == 0 {
		c.Status, c.Description = Waiting, "no exposure has arrived since the start"
		c.Action = "Check that the code asks for the experiment (not only has it configured), that its key belongs to this project, and that exposures are not switched off."
	}
	return c
}

func (v *Vitals) unitType() Check {
	c := Check{Type: "has_valid_unit_type", Name: "Valid unit type", Status: Passed}
	if v.Exposures == 0 {
		return waiting(c, "there are no exposures to look at")
	}
	missing := share(v.WithoutUnit, v.Exposures)
	c.Description = fmt.Sprintf("%.3g %% of the exposures lack %s", 100*missing, v.Experiment.IDType)
	c.Metadata = map[string]any{"primary_id_type": v.Experiment.IDType}
	switch {
	case missing > 0.5:
		c.Status = Broken
	case missing > 0.05:
		c.Status = Warning
	default:
		return c
	}
	c.Action = fmt.Sprintf("Send %s with the user when the experiment is asked for, or choose the ID type that exposures carry.", v.Experiment.IDType)
	return c
}

func (v *Vitals) metricEvents() Check {
	c := Check{Type: "has_event_metrics", Name: "Metric events present", Status: Passed, Description: "every metric has events"}
	var missing []string
	for id, n := range v.Events {
		if n == 0 {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		c.Status, c.Metadata = Warning, map[string]any{"missingMetrics": missing}
		c.Description = "no events since the start for " + strings.Join(missing, ", ")
		c.Action = "Compare the event's name in the metric with the one in the event log: case and prefix count."
	}
	return c
}

func (v *Vitals) results() Check {
	c := Check{Type: "has_pulse_metrics", Name: "Results available", Status: Passed, Description: "results have been computed"}
	if v.Complete == nil {
		return waiting(c, "no results have been computed yet; they follow within seconds of the first exposures")
	}
	c.Metadata = map[string]any{"lastPulseLoadTime": *v.Complete}
	return c
}

// fresh wants exposures of the last day from an experiment that runs, and results of the last hour.
func (v *Vitals) fresh() Check {
	const hour, day = schema.Millis(3600_000), schema.Millis(24 * 3600_000)
	c := Check{Type: "exposures_data_is_behind", Name: "Data is fresh", Status: Passed, Description: "exposures and results are recent"}
	switch {
	case v.Exposures == 0 || v.Complete == nil:
		return waiting(c, "there is no data yet")
	case v.Experiment.Status == schema.Active && v.Now-v.Last > day:
		c.Status, c.Description = Warning, fmt.Sprintf("the last exposure came %d hours ago", (v.Now-v.Last)/hour)
		c.Action = "If units should still be exposed, look whether the code that asks for the experiment still runs."
	case v.Experiment.Running() && v.Now-*v.Complete > day:
		c.Status, c.Description = Warning, fmt.Sprintf("results are complete up to %d hours ago", (v.Now-*v.Complete)/hour)
		c.Action = "See the system page for what the rollups are waiting for, or whether no events arrive at all."
	}
	return c
}

func (v *Vitals) balanced() Check {
	c := Check{Type: "has_balanced_exposures", Name: "Exposures are balanced", Status: Passed}
	srm := CheckSRM(v.Sizes)
	if srm.PValue == nil {
		return waiting(c, "there are too few units to tell")
	}
	c.Description, c.Metadata = fmt.Sprintf("sample ratio p = %.3g", *srm.PValue), map[string]any{"pValue": *srm.PValue}
	switch srm.Level {
	case stats.SRMRed:
		c.Status, c.Action = Broken, srm.Advice
	case stats.SRMYellow:
		c.Status, c.Action = Warning, srm.Advice
	}
	return c
}

// balancedSlices looks for the library, reason or rule in which the groups are out of balance, at 0.001 over all of them.
func (v *Vitals) balancedSlices() Check {
	c := Check{Type: "has_balanced_exposures_by_dimension", Name: "Exposures are balanced everywhere", Status: Passed, Description: "no library, reason or rule stands out"}
	keys := make([][2]string, 0, len(v.Slices))
	for k := range v.Slices {
		if k[0] == "library" || k[0] == "reason" {
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i][0]+keys[i][1] < keys[j][0]+keys[j][1] })
	var found []string
	for _, k := range keys {
		srm := CheckSRM(Sizes(v.Experiment.Groups, v.Slices[k]))
		if srm.PValue != nil && *srm.PValue < 0.001/float64(len(keys)) {
			found = append(found, fmt.Sprintf("%s %q (p = %.2g)", k[0], k[1], *srm.PValue))
		}
	}
	if len(found) > 0 {
		c.Status, c.Description = Warning, "out of balance: "+strings.Join(found, ", ")
		c.Action = "Look there for exposures that are logged for one group only, or users that are lost before they are logged."
	}
	return c
}

func (v *Vitals) crossover() Check {
	c := Check{Type: "has_crossover", Name: "Crossover units", Status: Passed}
	if v.Units+v.Crossovers == 0 {
		return waiting(c, "there are no units yet")
	}
	part := share(v.Crossovers, v.Units+v.Crossovers)
	c.Description = fmt.Sprintf("%d units saw more than one group: %.3g %%", v.Crossovers, 100*part)
	c.Metadata = map[string]any{"crossoverPercent": 100 * part}
	switch {
	case part > 0.01:
		c.Status = Broken
	case part > 0.001:
		c.Status = Warning
	default:
		return c
	}
	c.Action = "Look for IDs that change or are shared (test accounts, null IDs), and for changes of allocation while it ran."
	return c
}

// assigned wants every exposure to name a group.
func (v *Vitals) assigned() Check {
	c := Check{Type: "assignment_health", Name: "Group assignment healthy", Status: Passed, Description: "every exposure names a group"}
	lost, top := total(v.Unmatched)
	if lost == 0 {
		return c
	}
	c.Description = fmt.Sprintf("%d exposures name none of the groups, most of them rule %q", lost, top)
	if share(lost, v.Exposures) > 0.01 {
		c.Status = Warning
		c.Action = "Give the groups the ids that the exposures carry (a variation's id, name, or number from 0)."
	}
	return c
}

// reasons wants SDKs to have evaluated with definitions in hand.
func (v *Vitals) reasons() Check {
	c := Check{Type: "exposure_reasons", Name: "Exposure reasons", Status: Passed, Description: "evaluations were made with definitions in hand"}
	bad := map[string]uint64{}
	for reason, n := range v.Reasons {
		for _, word := range []string{"uninitialized", "unrecognized", "error", "unsupported", "invalid"} {
			if strings.Contains(strings.ToLower(reason), word) {
				bad[reason] += n
			}
		}
	}
	n, top := total(bad)
	if part := share(n, v.Exposures); part > 0.01 {
		c.Status, c.Description = Warning, fmt.Sprintf("%.3g %% of the exposures were evaluated without knowing the experiment, most of them %q", 100*part, top)
		c.Action = "Wait for the SDK to be initialised before asking, and update SDKs that do not know the experiment."
	}
	return c
}

// bias compares what the groups did in the days before exposure, at 0.01 over all metrics.
func (v *Vitals) bias() Check {
	c := Check{Type: "pre_experiment_bias", Name: "No bias before exposure", Status: Passed, Description: "the groups did the same before they were exposed"}
	var found []string
	compared := 0
	for id, arms := range v.Early {
		d := stats.MeanDiff(arms[0].Pair(stats.PreNum, stats.PreDen).X(), arms[1].Pair(stats.PreNum, stats.PreDen).X(), stats.Options{})
		if d.Status != stats.OK {
			continue
		}
		compared++
		if d.Inference.P < 0.01/float64(len(v.Early)) {
			found = append(found, fmt.Sprintf("%s (p = %.2g)", id, d.Inference.P))
		}
	}
	if compared == 0 {
		return waiting(c, "no unit did anything in the days before its exposure")
	}
	if len(found) > 0 {
		sort.Strings(found)
		c.Status, c.Description = Warning, "the groups differed before exposure in "+strings.Join(found, ", ")
		c.Action = "Read these metrics with CUPED, or reset the experiment so that units are drawn anew."
	}
	return c
}

// valueTypes wants a parameter to have one type in all groups.
func (v *Vitals) valueTypes() Check {
	c := Check{Type: "default_value_types", Name: "Parameter types match", Status: Passed, Description: "parameters have one type in all groups"}
	kinds := map[string]map[string]bool{}
	for _, g := range v.Experiment.Groups {
		for name, value := range g.ParameterValues {
			if kinds[name] == nil {
				kinds[name] = map[string]bool{}
			}
			kinds[name][kindOf(value)] = true
		}
	}
	for name, seen := range kinds {
		if len(seen) > 1 {
			c.Status, c.Description = Broken, fmt.Sprintf("parameter %q has different types in different groups", name)
			c.Action = "Give it one type: an SDK that is asked for another type answers the default, and the group sees nothing new."
		}
	}
	return c
}

func kindOf(value any) string {
	if value == nil {
		return "null"
	}
	return reflect.TypeOf(value).Kind().String()
}

func waiting(c Check, why string) Check {
	c.Status, c.Description = Waiting, why
	return c
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// total adds up counts and names the largest.
func total(counts map[string]uint64) (sum uint64, top string) {
	for name, n := range counts {
		if sum += n; n > counts[top] || top == "" || n == counts[top] && name < top {
			top = name
		}
	}
	return sum, top
}

package pulse

import (
	"fmt"
	"slices"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Report is the results of one experiment: one test group compared with control.
type Report struct {
	Experiment string      `json:"experimentID"`
	Control    string      `json:"control"`
	Test       string      `json:"test"`
	Confidence float64     `json:"confidence"` // percent
	DS         string      `json:"ds"`         // the last metric day that counts, yyyy-mm-dd
	Exposures  []GroupSize `json:"exposures"`
	Crossovers uint64      `json:"crossoverUnits"`
	SRM        *SRM        `json:"srm"`
	Applied    []string    `json:"applied"` // corrections and settings in force
	Overridden uint64      `json:"overriddenUnits"`
	Warnings   []string    `json:"warnings,omitempty"`
	// DecisionDue is when the planned duration is over.
	DecisionDue *schema.Millis `json:"decisionDue"`

	PrimaryMetrics   []Result `json:"primaryMetrics"`
	SecondaryMetrics []Result `json:"secondaryMetrics"`
	OtherMetrics     []Result `json:"otherMetrics"`
	// MonitoringMetrics are those of gates and holdouts.
	MonitoringMetrics []Result `json:"monitoringMetrics,omitempty"`

	AsOf           *schema.Millis `json:"asOf"`           // when the rollup began that these numbers come from
	DataCompleteTo *schema.Millis `json:"dataCompleteTo"` // receipt time up to which it saw every event
	QueryID        string         `json:"queryId"`
	RowsRead       uint64         `json:"rowsRead"`
	ElapsedMs      float64        `json:"elapsedMs"`
	// SQL computes the numbers from the raw tables; it is there when it is asked for.
	SQL string `json:"sql,omitempty"`
}

// GroupSize is how many units a group has, and should have.
type GroupSize struct {
	GroupID   string  `json:"groupID"`
	GroupName string  `json:"groupName"`
	Units     uint64  `json:"units"`
	Share     float64 `json:"share"`    // of all exposed units, in percent
	Expected  float64 `json:"expected"` // configured share, in percent
}

// SRM is the check for a sample ratio mismatch: do the groups have the sizes they were given?
type SRM struct {
	Status stats.Status   `json:"status"`
	PValue *float64       `json:"pValue"`
	Level  stats.SRMLevel `json:"level,omitempty"`
	Advice string         `json:"advice,omitempty"`
}

// section is one list of metrics with its results.
type section struct {
	metrics []schema.ExperimentMetric
	alpha   float64
	results []Result
}

// Build compares the two groups for every metric of the experiment.
func Build(q Request, d Data) Report {
	r := Report{Experiment: q.Experiment.ID, Control: q.Control.ID, Test: q.Test.ID, Confidence: q.Confidence, Applied: q.applied()}
	primary, other := q.alphas()
	sections := []section{
		{metrics: q.Experiment.PrimaryMetrics, alpha: primary},
		{metrics: q.Experiment.SecondaryMetrics, alpha: other},
		{metrics: q.Experiment.OtherMetrics, alpha: other},
	}
	for i := range sections {
		s := &sections[i]
		s.results = make([]Result, 0, len(s.metrics))
		for _, m := range s.metrics {
			s.results = append(s.results, q.compare(d, m, s.alpha))
		}
	}
	q.correct(d, sections)
	r.PrimaryMetrics, r.SecondaryMetrics, r.OtherMetrics = sections[0].results, sections[1].results, sections[2].results
	if due := q.Experiment.PlannedEnd(); due != 0 {
		r.DecisionDue = &due
	}
	return r
}

// compare is the comparison of one metric.
func (q Request) compare(d Data, wanted schema.ExperimentMetric, alpha float64) Result {
	m, ok := d.Metrics[wanted.MetricRef]
	if !ok {
		return NoResult(wanted.MetricRef, Failed, "the metric has been deleted")
	}
	if wanted.Direction != "" {
		m.Directionality = wanted.Direction
	}
	control, ok1 := d.Arm(m, q.Control)
	test, ok2 := d.Arm(m, q.Test)
	if !ok1 && !ok2 {
		status, detail := d.Missing(m)
		r := NoResult(m.Ref(), status, detail)
		r.Directionality = m.Directionality
		return r
	}
	o := Options{
		Alpha: alpha, Alternative: q.alternative(m.Directionality), CUPED: q.CUPED, Window: q.Experiment.Window(&m),
		Sequential: q.Sequential, Prior: q.Prior, Effect: q.hoped(wanted), Topline: d.Topline(m),
	}
	return Compare(m, control, test, o)
}

// Overtaken marks the metrics of groups that had no unit when they were computed, and have some now.
func (r *Report) Overtaken() {
	some := func(id string) bool {
		return slices.ContainsFunc(r.Exposures, func(g GroupSize) bool { return g.GroupID == id && g.Units > 0 })
	}
	if !some(r.Control) || !some(r.Test) {
		return
	}
	r.Each(func(_ string, m *Result) {
		if m.Status == NoExposures {
			m.Status, m.Detail = Pending, "the first units were exposed after the rollup that these numbers come from; the next one counts them"
		}
	})
}

// srmLeast is how many units each group should have at least for a chi-squared test to mean something (Cochran, 1954).
const srmLeast = 5

// CheckSRM is Pearson's chi-squared test of units against configured sizes, with Statsig's two-part rule for how loud to be.
func CheckSRM(sizes []GroupSize) *SRM {
	counts, weights, total := make([]float64, len(sizes)), make([]float64, len(sizes)), 0.0
	for i, s := range sizes {
		counts[i], weights[i] = float64(s.Units), s.Expected
		total += counts[i]
	}
	for _, share := range weights {
		if e := total * share / 100; total > 0 && share > 0 && e < srmLeast {
			return &SRM{Status: stats.InsufficientN, Advice: fmt.Sprintf("Too few units to tell: %.3g are expected in a group, and the test needs %d.", e, srmLeast)}
		}
	}
	r := stats.SRM(counts, weights)
	check := &SRM{Status: r.Status}
	if r.Status != stats.OK {
		return check
	}
	check.PValue, check.Level = number(r.P), r.Level
	switch r.Level {
	case stats.SRMRed:
		check.Advice = "The groups do not have the sizes they were given; the results cannot be trusted. Look for exposures that are logged for one group only, redirects that lose users, or a group that crashes."
	case stats.SRMYellow:
		check.Advice = "The split is a little off; watch it."
	}
	return check
}

// Sizes compares the groups' units with their configured shares.
func Sizes(groups []schema.ExperimentGroup, units map[string]uint64) []GroupSize {
	total, weight := uint64(0), 0.0
	for _, g := range groups {
		total, weight = total+units[g.ID], weight+g.Size
	}
	sizes := make([]GroupSize, len(groups))
	for i, g := range groups {
		sizes[i] = GroupSize{GroupID: g.ID, GroupName: g.Name, Units: units[g.ID], Expected: 100 * g.Size / weight}
		if total > 0 {
			sizes[i].Share = 100 * float64(units[g.ID]) / float64(total)
		}
	}
	return sizes
}

package pulse

import (
	"encoding/csv"
	"io"
	"strconv"
)

// Table is what is written of each metric of a report, a line a metric.
type Table []Column

// Column is one column of a table: of numbers, which may be unknown, or of text.
type Column struct {
	Name   string
	Number bool
	value  func(r *Report, section string, m *Result) any
}

func text(name string, of func(r *Report, section string, m *Result) string) Column {
	return Column{name, false, func(r *Report, s string, m *Result) any { return of(r, s, m) }}
}

func numeric(name string, of func(m *Result) *float64) Column {
	return Column{name, true, func(_ *Report, _ string, m *Result) any { return of(m) }}
}

// Summary is the comparison of the groups.
var Summary = Table{
	text("experiment", func(r *Report, _ string, _ *Result) string { return r.Experiment }),
	text("control", func(r *Report, _ string, _ *Result) string { return r.Control }),
	text("test", func(r *Report, _ string, _ *Result) string { return r.Test }),
	text("ds", func(r *Report, _ string, _ *Result) string { return r.DS }),
	text("section", func(_ *Report, section string, _ *Result) string { return section }),
	text("metric", func(_ *Report, _ string, m *Result) string { return m.MetricName }),
	text("type", func(_ *Report, _ string, m *Result) string { return string(m.MetricType) }),
	text("status", func(_ *Report, _ string, m *Result) string { return string(m.Status) }),
	numeric("control_units", func(m *Result) *float64 { return m.ControlUnits }),
	numeric("test_units", func(m *Result) *float64 { return m.TestUnits }),
	numeric("control_mean", func(m *Result) *float64 { return m.ControlMean }),
	numeric("test_mean", func(m *Result) *float64 { return m.TestMean }),
	numeric("control_std_err", func(m *Result) *float64 { return m.ControlStd }),
	numeric("test_std_err", func(m *Result) *float64 { return m.TestStd }),
	numeric("absolute_change", func(m *Result) *float64 { return m.AbsoluteChange }),
	numeric("ci_delta", func(m *Result) *float64 { return m.ConfidenceIntervalDelta }),
	numeric("percent_change", func(m *Result) *float64 { return m.PercentChange }),
	numeric("percent_ci_lower", func(m *Result) *float64 { return m.percentBounds().Lower }),
	numeric("percent_ci_upper", func(m *Result) *float64 { return m.percentBounds().Upper }),
	numeric("sequential_ci_delta", func(m *Result) *float64 { return m.SequentialTestingConfidenceIntervalDelta }),
	numeric("p_value", func(m *Result) *float64 { return m.PValue }),
	text("verdict", func(_ *Report, _ string, m *Result) string { return m.Verdict }),
}

func (r *Result) percentBounds() *Bounds {
	if r.PercentConfidenceInterval == nil {
		return new(Bounds)
	}
	return r.PercentConfidenceInterval
}

// Each calls f for every metric of a report, with the name of its section.
func (r *Report) Each(f func(section string, m *Result)) {
	for i, section := range [][]Result{r.PrimaryMetrics, r.SecondaryMetrics, r.OtherMetrics} {
		for n := range section {
			f([...]string{"primary", "secondary", "other"}[i], &section[n])
		}
	}
}

// Toplines is what each metric's change does to the whole product.
var Toplines = append(Summary[:8:8],
	numeric("absolute_topline_impact", func(m *Result) *float64 { return m.AbsoluteToplineImpact }),
	numeric("absolute_topline_impact_delta", func(m *Result) *float64 { return m.AbsoluteToplineImpactDelta }),
	numeric("relative_topline_impact", func(m *Result) *float64 { return m.RelativeToplineImpact }),
	numeric("relative_topline_impact_delta", func(m *Result) *float64 { return m.RelativeToplineImpactDelta }),
	numeric("projected_absolute_topline_impact", func(m *Result) *float64 { return m.ProjectedAbsoluteToplineImpact }),
	numeric("projected_absolute_topline_impact_delta", func(m *Result) *float64 { return m.ProjectedAbsoluteToplineImpactDelta }),
	numeric("projected_relative_topline_impact", func(m *Result) *float64 { return m.ProjectedRelativeToplineImpact }),
	numeric("projected_relative_topline_impact_delta", func(m *Result) *float64 { return m.ProjectedRelativeToplineImpactDelta }),
)

// Lines is an object a metric. What is unknown is nil.
func (t Table) Lines(reports ...Report) []map[string]any {
	var all []map[string]any
	for i := range reports {
		reports[i].Each(func(section string, m *Result) {
			line := make(map[string]any, len(t))
			for _, c := range t {
				line[c.Name] = c.value(&reports[i], section, m)
			}
			all = append(all, line)
		})
	}
	return all
}

// CSV writes a head and a line a metric. What is unknown is empty.
func (t Table) CSV(w io.Writer, reports ...Report) error {
	out := csv.NewWriter(w)
	names := make([]string, len(t))
	for i, c := range t {
		names[i] = c.Name
	}
	out.Write(names)
	for i := range reports {
		reports[i].Each(func(section string, m *Result) {
			cells := make([]string, len(t))
			for n, c := range t {
				switch v := c.value(&reports[i], section, m).(type) {
				case string:
					cells[n] = v
				case *float64:
					cells[n] = exact(v)
				}
			}
			out.Write(cells)
		})
	}
	out.Flush()
	return out.Error()
}

func exact(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

package pulse

import (
	"encoding/csv"
	"io"
	"strconv"
)

// column is one column of the summary.
type column struct {
	name  string
	value func(r *Report, section string, m *Result) any
}

func text(name string, of func(r *Report, section string, m *Result) string) column {
	return column{name, func(r *Report, s string, m *Result) any { return of(r, s, m) }}
}

func numeric(name string, of func(m *Result) *float64) column {
	return column{name, func(_ *Report, _ string, m *Result) any { return of(m) }}
}

var summary = []column{
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

// Lines is the summary, an object a metric. What is unknown is nil.
func Lines(r Report) []map[string]any {
	var all []map[string]any
	r.Each(func(section string, m *Result) {
		line := make(map[string]any, len(summary))
		for _, c := range summary {
			line[c.name] = c.value(&r, section, m)
		}
		all = append(all, line)
	})
	return all
}

// CSV writes one line a metric. What is unknown is empty.
func CSV(w io.Writer, r Report) error { return table(w, r, summary) }

// ToplineCSV writes what each metric's change does to the whole product, one line a metric.
func ToplineCSV(w io.Writer, r Report) error { return table(w, r, append(summary[:8:8], toplines...)) }

var toplines = []column{
	numeric("absolute_topline_impact", func(m *Result) *float64 { return m.AbsoluteToplineImpact }),
	numeric("absolute_topline_impact_delta", func(m *Result) *float64 { return m.AbsoluteToplineImpactDelta }),
	numeric("relative_topline_impact", func(m *Result) *float64 { return m.RelativeToplineImpact }),
	numeric("relative_topline_impact_delta", func(m *Result) *float64 { return m.RelativeToplineImpactDelta }),
	numeric("projected_absolute_topline_impact", func(m *Result) *float64 { return m.ProjectedAbsoluteToplineImpact }),
	numeric("projected_absolute_topline_impact_delta", func(m *Result) *float64 { return m.ProjectedAbsoluteToplineImpactDelta }),
	numeric("projected_relative_topline_impact", func(m *Result) *float64 { return m.ProjectedRelativeToplineImpact }),
	numeric("projected_relative_topline_impact_delta", func(m *Result) *float64 { return m.ProjectedRelativeToplineImpactDelta }),
}

func table(w io.Writer, r Report, columns []column) error {
	out := csv.NewWriter(w)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	out.Write(names)
	r.Each(func(section string, m *Result) {
		cells := make([]string, len(columns))
		for i, c := range columns {
			switch v := c.value(&r, section, m).(type) {
			case string:
				cells[i] = v
			case *float64:
				cells[i] = exact(v)
			}
		}
		out.Write(cells)
	})
	out.Flush()
	return out.Error()
}

func exact(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

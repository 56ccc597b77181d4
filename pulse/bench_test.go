package pulse

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// benchReport is what a page asks: twenty metrics with CUPED, corrected by Benjamini and Hochberg.
func benchReport() (Request, Data) {
	x := &schema.Experiment{ID: "x", Groups: []schema.ExperimentGroup{{ID: "c", Size: 50}, {ID: "t", Size: 50}}}
	d := Data{
		Metrics: map[schema.MetricRef]schema.Metric{},
		Topline: func(schema.Metric) Topline { return Topline{} },
		Arm: func(_ schema.Metric, g schema.ExperimentGroup) (Arm, bool) {
			return arm(g.ID, 10_000, map[string]float64{"c": 1, "t": 1.02}[g.ID], 4), true
		},
	}
	for i := range 20 {
		m := schema.Metric{Name: fmt.Sprintf("m%d", i), Type: schema.Sum}
		d.Metrics[m.Ref()] = m
		x.PrimaryMetrics = append(x.PrimaryMetrics, schema.ExperimentMetric{MetricRef: m.Ref()})
	}
	return Request{Experiment: x, Control: x.Groups[0], Test: x.Groups[1], Confidence: 95, CUPED: true, PerMetric: stats.BenjaminiHochberg}, d
}

// BenchmarkBuild is moments of twenty metrics made into a report.
func BenchmarkBuild(b *testing.B) {
	q, d := benchReport()
	b.ReportAllocs()
	for b.Loop() {
		Build(q, d)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*20), "ns/metric")
}

// BenchmarkAnswer is the report made into the JSON of an answer.
func BenchmarkAnswer(b *testing.B) {
	r := Build(benchReport())
	b.ReportAllocs()
	for b.Loop() {
		text, err := json.Marshal(r)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
	}
}

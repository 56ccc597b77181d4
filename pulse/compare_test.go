package pulse

import (
	"math"
	"testing"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// arm has n units of a mean and sample variance, half of which did something.
func arm(id string, n, mean, variance float64) Arm {
	a := Arm{Group: schema.ExperimentGroup{ID: id, Name: id, Size: 50}, Participants: uint64((n + 1) / 2), TotalX: n * mean}
	a.N, a.Mean[stats.Num], a.C[stats.Num][stats.Num] = n, mean, variance*(n-1)
	return a
}

func near(t *testing.T, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > tolerance {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestCompare: the worked numbers for t 1.05, c 1.00, s² = 4, n = 10 000 each (computed outside from Statsig's formulas).
func TestCompare(t *testing.T) {
	m := schema.Metric{Name: "spend", Type: schema.Sum, Directionality: "increase"}
	r := Compare(m, arm("c", 10_000, 1, 4), arm("t", 10_000, 1.05, 4), Options{Alpha: 0.05})
	if r.Status != OK || r.Verdict != "inconclusive" {
		t.Fatalf("status %s, verdict %s", r.Status, r.Verdict)
	}
	near(t, "pValue", r.PValue, 0.0770999, 1e-7)
	near(t, "lower", r.ConfidenceInterval.Lower, -0.005436, 1e-6)
	near(t, "upper", r.ConfidenceInterval.Upper, 0.105436, 1e-6)
	near(t, "percentChange", r.PercentChange, 5, 1e-9)
	near(t, "fieller lower", r.PercentConfidenceInterval.Lower, -0.5292, 1e-3)
	near(t, "fieller upper", r.PercentConfidenceInterval.Upper, 10.8525, 1e-3)
	near(t, "testStd", r.TestStd, 0.02, 1e-12)

	greater := Compare(m, arm("c", 10_000, 1, 4), arm("t", 10_000, 1.05, 4), Options{Alpha: 0.05, Alternative: stats.Greater})
	near(t, "one-sided p", greater.PValue, 0.0770999/2, 1e-7)
	if greater.Verdict != "better" || greater.ConfidenceInterval.Upper != nil {
		t.Errorf("one-sided: verdict %s, interval %+v", greater.Verdict, greater.ConfidenceInterval)
	}
}

// TestSPRT: the numbers of vectors/stats scipy_sprt/001 and /002 (mpmath), and why there is none.
func TestSPRT(t *testing.T) {
	m := schema.Metric{Name: "spend", Type: schema.Sum}
	r := Compare(m, arm("c", 2000, 5, 4), arm("t", 2000, 5.12, 4.1), Options{Alpha: 0.05, Effect: 0.02})
	near(t, "log likelihood ratio", r.SPRT.LogRatio, 1.7314239699997196, 1e-9)
	near(t, "upper", r.SPRT.Upper, 2.772588722239781, 1e-9)
	near(t, "lower", r.SPRT.Lower, -1.55814461804655, 1e-9)
	near(t, "units", r.SPRT.Units, 8872.2839111673, 1e-6)
	if r.SPRT.Decision != stats.GoOn || r.SPRT.Effect != 2 {
		t.Errorf("%+v", r.SPRT)
	}
	r = Compare(m, arm("c", 15_000, 0.1, 0.09), arm("t", 14_800, 0.1004, 0.0903), Options{Alpha: 0.05, Effect: 0.05})
	near(t, "log likelihood ratio", r.SPRT.LogRatio, -0.8692662248870288, 1e-9)
	near(t, "units", r.SPRT.Units, 79854.15207236158, 1e-5)

	quotient := schema.Metric{Name: "each", Type: schema.Mean}
	c, x := arm("c", 2000, 5, 4), arm("t", 2000, 5.12, 4.1)
	for _, a := range []*Arm{&c, &x} {
		a.Mean[stats.Den], a.C[stats.Den][stats.Den] = 2, 1999
	}
	if r := Compare(quotient, c, x, Options{Alpha: 0.05, Effect: 0.02}); r.SPRT == nil || r.SPRT.Decision != "" || r.SPRT.Reason == "" {
		t.Errorf("of a quotient: %+v", r.SPRT)
	}
	if r := Compare(m, arm("c", 2000, 0, 4), arm("t", 2000, 1, 4), Options{Alpha: 0.05, Effect: 0.02}); r.SPRT.Decision != "" || r.SPRT.Reason == "" {
		t.Errorf("without a mean: %+v", r.SPRT)
	}
	if r := Compare(m, arm("c", 2000, 5, 4), arm("t", 2000, 5.12, 4.1), Options{Alpha: 0.05}); r.SPRT != nil {
		t.Errorf("not asked for: %+v", r.SPRT)
	}
}

// TestTopline: the example of Statsig's page: 1 000 units a side, 30 days, +1.0 a user is +33.33 a day; with a quarter of the
// traffic in test, +133.33 after launch; of a topline of 1 033.33 a day it is 3.33 %.
func TestTopline(t *testing.T) {
	m := schema.Metric{Name: "n", Type: schema.EventCount}
	o := Options{Alpha: 0.05, Topline: Topline{Days: 30, Known: true, Total: 1000 + 1000./30, Allocation: 0.5, TestShare: 0.5}}
	r := Compare(m, arm("c", 1000, 10, 1), arm("t", 1000, 11, 1), o)
	near(t, "absolute", r.AbsoluteToplineImpact, 100./3, 1e-9)
	near(t, "relative", r.RelativeToplineImpact, 100./30, 1e-9)
	near(t, "projected", r.ProjectedAbsoluteToplineImpact, 400./3, 1e-9)
	near(t, "delta", r.AbsoluteToplineImpactDelta, 1.959964*math.Sqrt(2./1000)*1000/30, 1e-5)
}

// TestUnknown: what cannot be known is not zero.
func TestUnknown(t *testing.T) {
	m := schema.Metric{Name: "n", Type: schema.EventCount}
	silent := arm("t", 10, 0, 0)
	silent.Participants = 0
	f := func(control, test Arm, want Status) {
		t.Helper()
		r := Compare(m, control, test, Options{Alpha: 0.05})
		if r.Status != want || r.PValue != nil || r.ConfidenceInterval != nil {
			t.Errorf("status %s with p %v, want %s", r.Status, r.PValue, want)
		}
	}
	f(arm("c", 10, 1, 1), Arm{}, NoExposures)
	f(silent, silent, NoEvents)
	f(arm("c", 1, 1, 0), arm("t", 1, 2, 0), TooLittleData)
	broken := arm("t", 10, 1, 1)
	broken.C[stats.Num][stats.Num] = -1
	f(arm("c", 10, 1, 1), broken, Failed)
}

// TestSmallCounts: Fisher's tea table, 3 of 4 against 1 of 4: two-sided p = 34/70.
func TestSmallCounts(t *testing.T) {
	m := schema.Metric{Name: "ever", Type: schema.EventUser, RollupTimeWindow: schema.OneTime}
	r := Compare(m, arm("c", 4, 0.25, 0.25), arm("t", 4, 0.75, 0.25), Options{Alpha: 0.05})
	if r.SmallCounts == nil {
		t.Fatal("nothing is said of small counts")
	}
	near(t, "Fisher's p", r.SmallCounts.FisherPValue, 34./70, 1e-12)
	if Compare(m, arm("c", 400, 0.25, 0.1875), arm("t", 400, 0.75, 0.1875), Options{Alpha: 0.05}).SmallCounts != nil {
		t.Error("100 of 400 are many")
	}
}

// TestBuild: Statsig's example of Bonferroni with weights, 0.05 over 2 primary and 4 secondary metrics at 60 %: 0.015 and 0.005. And
// Holm and Benjamini-Hochberg over p-values known beforehand.
func TestBuild(t *testing.T) {
	x := &schema.Experiment{ID: "x", Groups: []schema.ExperimentGroup{{ID: "c", Size: 50}, {ID: "t", Size: 50}}}
	d := Data{
		Metrics: map[schema.MetricRef]schema.Metric{},
		Topline: func(schema.Metric) Topline { return Topline{} },
		Arm: func(m schema.Metric, g schema.ExperimentGroup) (Arm, bool) {
			mean := 1.0
			if g.ID == "t" {
				mean += map[string]float64{"m0": 0.05, "m1": 0.08}[m.Name]
			}
			return arm(g.ID, 10_000, mean, 4), true
		},
	}
	for i := range 6 {
		m := schema.Metric{Name: "m" + string(rune('0'+i)), Type: schema.Sum}
		d.Metrics[m.Ref()] = m
		list := &x.SecondaryMetrics
		if i < 2 {
			list = &x.PrimaryMetrics
		}
		*list = append(*list, schema.ExperimentMetric{MetricRef: m.Ref()})
	}
	q := Request{Experiment: x, Control: x.Groups[0], Test: x.Groups[1], Confidence: 95, PerMetric: stats.Bonferroni, PrimaryWeight: 0.6}
	r := Build(q, d)
	near(t, "primary alpha", &r.PrimaryMetrics[0].Alpha, 0.015, 1e-12)
	near(t, "secondary alpha", &r.SecondaryMetrics[3].Alpha, 0.005, 1e-12)

	// p of m0 is 0.0770999 (z 1.767767), of m1 0.0046777 (z 2.828427); the other four have p = 1.
	q.PerMetric = stats.Holm
	r = Build(q, d)
	near(t, "Holm's smallest", r.PrimaryMetrics[1].AdjustedPValue, 6*0.00467773498, 1e-8)
	near(t, "Holm's second", r.PrimaryMetrics[0].AdjustedPValue, 5*0.0770998717, 1e-8)
	q.PerMetric = stats.BenjaminiHochberg
	r = Build(q, d)
	near(t, "BH's second", r.PrimaryMetrics[0].AdjustedPValue, 6./2*0.0770998717, 1e-8)
	near(t, "BH's alpha", &r.PrimaryMetrics[0].Alpha, 0.05/6, 1e-12)
}

func TestHealth(t *testing.T) {
	x := &schema.Experiment{ID: "x", IDType: schema.UserID, Status: schema.Active, Groups: []schema.ExperimentGroup{
		{ID: "c", Size: 50, ParameterValues: map[string]any{"n": 1.0}}, {ID: "t", Size: 50, ParameterValues: map[string]any{"n": "one"}},
	}}
	complete := schema.Millis(1000)
	v := Vitals{
		Experiment: x, Exposures: 1000, WithoutUnit: 100, Last: 1000, Now: 2000, Complete: &complete, Units: 980, Crossovers: 20,
		Sizes:     Sizes(x.Groups, map[string]uint64{"c": 600, "t": 380}),
		Reasons:   map[string]uint64{"Network": 900, "Uninitialized": 100},
		Unmatched: map[string]uint64{"banana": 30}, Events: map[string]uint64{"a::sum": 0, "b::sum": 5},
		Slices: map[[2]string]map[string]uint64{{"library", "ios"}: {"c": 300, "t": 80}, {"library", "web"}: {"c": 300, "t": 300}},
	}
	want := map[string]CheckStatus{
		"has_checks": Passed, "has_valid_unit_type": Warning, "has_event_metrics": Warning, "has_pulse_metrics": Passed,
		"exposures_data_is_behind": Passed, "has_balanced_exposures": Broken, "has_balanced_exposures_by_dimension": Warning,
		"has_crossover": Broken, "assignment_health": Warning, "exposure_reasons": Warning, "pre_experiment_bias": Waiting,
		"default_value_types": Broken,
	}
	checks, worst := CheckHealth(v)
	if worst != Broken || len(checks) != len(want) {
		t.Errorf("%d checks, the worst %s", len(checks), worst)
	}
	for _, c := range checks {
		if c.Status != want[c.Type] {
			t.Errorf("%s is %s (%s), want %s", c.Type, c.Status, c.Description, want[c.Type])
		}
		if (c.Status == Warning || c.Status == Broken) && c.Action == "" {
			t.Errorf("%s says not what to do", c.Type)
		}
	}
}

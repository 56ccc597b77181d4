package stats

import "testing"

// BenchmarkMethods is one comparison by each method that a report may use.
func BenchmarkMethods(b *testing.B) {
	pair := func(mean float64) PairMoments {
		return PairMoments{N: 10_000, MeanX: mean, MeanY: 1, M2X: 40_000, M2Y: 30_000, CXY: 20_000}
	}
	control, test := Moments{N: 10_000, Mean: 1, M2: 40_000}, Moments{N: 10_000, Mean: 1.02, M2: 41_000}
	few, many := Proportion{N: 40, Successes: 3}, Proportion{N: 40, Successes: 9}
	d := MeanDiff(control, test, Options{})
	p := make([]float64, 100)
	for i := range p {
		p[i] = float64(i+1) / 101
	}
	for _, m := range []struct {
		name string
		run  func()
	}{
		{"MeanDiff", func() { MeanDiff(control, test, Options{}) }},
		{"MeanLift", func() { MeanLift(control, test, Options{}) }},
		{"RatioDiff", func() { RatioDiff(pair(1), pair(1.02), Options{}) }},
		{"RatioLift", func() { RatioLift(pair(1), pair(1.02), Options{}) }},
		{"CUPED", func() { CUPED(pair(1), pair(1.02), ThetaTotal, Options{}) }},
		{"ProportionDiff", func() { ProportionDiff(few, many, Options{}) }},
		{"Fisher", func() { Table2x2(few, many) }},
		{"SequentialDiff", func() { SequentialDiff(d, 20_000, SequentialOptions{}) }},
		{"MSPRT", func() { MSPRT(control, test, Options{}) }},
		{"SRM", func() { SRM([]float64{10_100, 9900}, []float64{1, 1}) }},
		{"HolmOf100", func() { Adjust(p, Holm) }},
		{"BenjaminiHochbergOf100", func() { BenjaminiHochbergAlpha(p, 0.05) }},
		{"PostStratifyOf10", func() {
			strata := make([]Stratum[Moments], 10)
			for i := range strata {
				strata[i] = Stratum[Moments]{Control: control, Test: test}
			}
			PostStratify(strata, Options{})
		}},
	} {
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.run()
			}
		})
	}
}

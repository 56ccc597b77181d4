package stats

import "math"

// SegmentResult compares one segment's effect with that of all other units, in the metric's unit.
type SegmentResult struct {
	Status     Status
	Effect     float64 // test − control within the segment
	EffectSE   float64
	Rest       float64    // test − control among the rest
	Difference float64    // Effect − Rest
	SE         float64    // √ of the four variances of means
	Inference  *Inference // of Difference, z
	Welch      *Inference // Statsig's differential impact: effects with var_t+var_c and min(n_t, n_c) as two samples
	Flag       string     // by Welch: "high" below 0.01, "some" below 0.05, each over the comparisons; else "none"
}

// HeterogeneityResult says whether an effect differs between segments.
type HeterogeneityResult struct {
	Status   Status
	Segments []SegmentResult
	Meta     MetaResult // Cochran's Q, I² and the fixed effect over the segments
}

// Segments tests each segment against the rest (difference of differences; Statsig docs, differential-impact, with its
// simplified Welch test beside the proper z) and all together by Cochran's Q (1954). comparisons is the Bonferroni
// divisor of the flags. Errors: InsufficientArms (fewer than two segments), as [MeanDiff] for a segment.
func Segments(segments []Stratum[Moments], comparisons float64, o Options) HeterogeneityResult {
	if len(segments) < 2 {
		return HeterogeneityResult{Status: InsufficientArms}
	}
	if !(comparisons >= 1) {
		return HeterogeneityResult{Status: InvalidArgument}
	}
	r := HeterogeneityResult{Status: OK}
	var effects, ses []float64
	for i, s := range segments {
		var rest Stratum[Moments]
		for j, other := range segments {
			if j != i {
				rest.Control, rest.Test = rest.Control.Merge(other.Control), rest.Test.Merge(other.Test)
			}
		}
		x := segmentAgainst(s, rest, comparisons, o)
		r.Status = worst(r.Status, x.Status)
		r.Segments = append(r.Segments, x)
		effects, ses = append(effects, x.Effect), append(ses, x.EffectSE)
	}
	if r.Status != OK {
		return r
	}
	a, _ := o.alpha()
	r.Meta = MetaAnalysis(effects, ses, a)
	r.Status = r.Meta.Status
	return r
}

// segmentAgainst compares two pairs of arms.
func segmentAgainst(s, rest Stratum[Moments], comparisons float64, o Options) SegmentResult {
	in, out := MeanDiff(s.Control, s.Test, o), MeanDiff(rest.Control, rest.Test, o)
	if st := worst(in.Status, out.Status); st != OK {
		return SegmentResult{Status: st}
	}
	r := SegmentResult{Effect: in.Diff, EffectSE: in.SE, Rest: out.Diff}
	o.Dist = Normal
	d := Diff(Estimate{Value: out.Diff, Variance: out.SE * out.SE}, Estimate{Value: in.Diff, Variance: in.SE * in.SE}, o)
	r.Status, r.Difference, r.SE, r.Inference = d.Status, d.Diff, d.SE, d.Inference
	w := Diff(effectSample(rest), effectSample(s), Options{Alpha: o.Alpha, Dist: StudentT})
	r.Status, r.Welch, r.Flag = worst(r.Status, w.Status), w.Inference, "none"
	if r.Welch == nil {
		return r
	}
	switch {
	case r.Welch.P < 0.01/comparisons:
		r.Flag = "high"
	case r.Welch.P < 0.05/comparisons:
		r.Flag = "some"
	}
	return r
}

// effectSample is Statsig's simplification: an effect as the mean of min(n_t, n_c) observations of variance var_t+var_c.
func effectSample(s Stratum[Moments]) Estimate {
	n := math.Min(s.Control.N, s.Test.N)
	return Estimate{Value: s.Test.Mean - s.Control.Mean, Variance: (s.Control.Var() + s.Test.Var()) / n, DF: n - 1}
}

// InteractionResult says how much one experiment changes the effect of another.
type InteractionResult struct {
	Status      Status
	Interaction float64 // (both − only A) − (only B − neither), in the metric's unit
	SE          float64
	Inference   *Inference // z
	Relative    float64    // over the effect of B without A; 0 when that is 0
}

// Interaction is the difference of differences over the four cells of two experiments, variance the sum of the four k
// (Statsig docs, interaction-detection). Errors: as [MeanDiff].
func Interaction(neither, onlyA, onlyB, both Moments, o Options) InteractionResult {
	o.Dist = Normal
	without, with := MeanDiff(neither, onlyB, o), MeanDiff(onlyA, both, o)
	if s := worst(without.Status, with.Status); s != OK {
		return InteractionResult{Status: s}
	}
	d := Diff(
		Estimate{Value: without.Diff, Variance: without.SE * without.SE},
		Estimate{Value: with.Diff, Variance: with.SE * with.SE}, o)
	r := InteractionResult{Status: d.Status, Interaction: d.Diff, SE: d.SE, Inference: d.Inference}
	r.Relative = ratioOr0(d.Diff, without.Diff)
	return r
}

// MetaResult combines the effects of several experiments or segments, in their unit.
type MetaResult struct {
	Status   Status
	Fixed    float64
	FixedSE  float64
	FixedZ   *Inference
	Q        float64 // Cochran's heterogeneity
	DF       float64
	QP       float64
	I2       float64 // share of variation beyond chance, 0 to 1 (Higgins & Thompson 2002)
	Tau2     float64 // variance between, DerSimonian & Laird 1986
	Random   float64
	RandomSE float64
	RandomZ  *Inference
}

// MetaAnalysis weighs effects by their precision: fixed effect (Cochran 1954) and random effects with the moment estimate
// τ² = (Q−df)/(Σw−Σw²/Σw), at least 0 (DerSimonian & Laird 1986). Errors: InsufficientArms (fewer than two), ZeroVariance,
// InvalidArgument.
func MetaAnalysis(effects, ses []float64, alpha float64) MetaResult {
	if len(effects) != len(ses) || !finite(effects...) || !finite(ses...) {
		return MetaResult{Status: InvalidArgument}
	}
	if len(effects) < 2 {
		return MetaResult{Status: InsufficientArms}
	}
	o := Options{Alpha: alpha, Dist: Normal}
	r := MetaResult{DF: float64(len(effects) - 1)}
	var w, w2 float64
	r.Fixed, r.FixedSE, w, w2 = weighted(effects, ses, 0)
	if !(w > 0) || !finite(w, r.Fixed) {
		return MetaResult{Status: ZeroVariance}
	}
	for i, e := range effects {
		z := (e - r.Fixed) / ses[i]
		r.Q += z * z
	}
	if r.Q > 0 {
		r.I2 = math.Max(0, (r.Q-r.DF)/r.Q)
	}
	r.QP = chi2P(r.Q, r.DF)
	r.Tau2 = math.Max(0, (r.Q-r.DF)/(w-w2/w))
	r.Random, r.RandomSE, _, _ = weighted(effects, ses, r.Tau2)
	var sf, sr Status
	r.FixedZ, sf = infer(r.Fixed, r.FixedSE, 0, o)
	r.RandomZ, sr = infer(r.Random, r.RandomSE, 0, o)
	if r.Status = worst(sf, sr); !finite(r.Q, r.QP, r.Tau2, r.Random) {
		return MetaResult{Status: OutOfRange}
	}
	return r
}

// weighted is the inverse-variance mean, its standard error, the sum of the weights and of their squares.
func weighted(effects, ses []float64, tau2 float64) (mean, se, w, w2 float64) {
	sum := 0.0
	for i, e := range effects {
		x := 1 / (ses[i]*ses[i] + tau2)
		sum, w, w2 = sum+x*e, w+x, w2+x*x
	}
	return sum / w, 1 / math.Sqrt(w), w, w2
}

// Shrunk are effects drawn towards zero.
type Shrunk struct {
	Status  Status
	SumZ2   float64
	Factor  float64 // 0 to 1
	Effects []float64
}

// JamesStein shrinks effects by the positive-part factor 1 − (k−2)/Σz² (James & Stein 1961; Baranchik 1970), against the
// winner's curse over a company's experiments (GrowthBook). Errors: InsufficientArms below three, ZeroVariance,
// InvalidArgument.
func JamesStein(effects, ses []float64) Shrunk {
	if len(effects) != len(ses) || !finite(effects...) || !finite(ses...) {
		return Shrunk{Status: InvalidArgument}
	}
	if len(effects) < 3 {
		return Shrunk{Status: InsufficientArms}
	}
	r := Shrunk{Status: OK}
	for i, e := range effects {
		z := e / ses[i]
		r.SumZ2 += z * z
	}
	if !finite(r.SumZ2) {
		return Shrunk{Status: ZeroVariance}
	}
	if r.SumZ2 > 0 {
		r.Factor = math.Max(0, 1-float64(len(effects)-2)/r.SumZ2)
	}
	for _, e := range effects {
		r.Effects = append(r.Effects, r.Factor*e)
	}
	return r
}

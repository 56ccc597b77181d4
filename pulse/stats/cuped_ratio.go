package stats

// RatioPairMoments are the centred moments of a ratio metric and of the same ratio before exposure. The order of the four
// values is numerator, denominator, numerator before, denominator before.
type RatioPairMoments struct {
	N    float64
	Mean [4]float64
	C    [4][4]float64 // Σ(a−ā)(b−b̄); symmetric, the diagonal holds the second moments
}

// The indices of [RatioPairMoments].
const (
	Num = iota
	Den
	PreNum
	PreDen
)

// RatioPairFromSums makes moments of n, the sums of the four values and the sums of their products (squares on the
// diagonal). The subtraction is exact, see [FromSums]. Errors: InsufficientN, InconsistentMoments.
func RatioPairFromSums(n float64, sums [4]float64, products [4][4]float64) (RatioPairMoments, Status) {
	q := RatioPairMoments{N: n}
	if n == 0 {
		return q, InsufficientN
	}
	for i := range 4 {
		m, s := FromSums(n, sums[i], products[i][i])
		if s != OK && s != InsufficientN {
			return RatioPairMoments{}, s
		}
		q.Mean[i], q.C[i][i] = m.Mean, m.M2
		for j := range i {
			q.C[i][j] = centred(n, products[i][j], sums[i], sums[j])
			q.C[j][i] = q.C[i][j]
		}
	}
	return q, q.Check()
}

// Merge adds the units of another part (co-moments as Bennett et al. 2009).
func (q RatioPairMoments) Merge(o RatioPairMoments) RatioPairMoments {
	if q.N == 0 {
		return o
	}
	if o.N == 0 {
		return q
	}
	r := RatioPairMoments{N: q.N + o.N}
	w := q.N / r.N * o.N
	for i := range 4 {
		di := o.Mean[i] - q.Mean[i]
		r.Mean[i] = q.Mean[i] + di*(o.N/r.N)
		for j := range 4 {
			r.C[i][j] = q.C[i][j] + o.C[i][j] + di*(o.Mean[j]-q.Mean[j])*w
		}
	}
	return r
}

// Pair are the moments of two of the four values.
func (q RatioPairMoments) Pair(x, y int) PairMoments {
	return PairMoments{N: q.N, MeanX: q.Mean[x], MeanY: q.Mean[y], M2X: q.C[x][x], M2Y: q.C[y][y], CXY: q.C[x][y]}
}

// Check is [PairMoments.Check] for every two values, and ZeroDenominator.
func (q RatioPairMoments) Check() Status {
	for i := range 4 {
		for j := range i {
			if s := q.Pair(i, j).Check(); s != OK {
				return s
			}
		}
	}
	if q.Mean[Den] == 0 || q.Mean[PreDen] == 0 {
		return ZeroDenominator
	}
	return OK
}

// linearised replaces both ratios by their linear approximations at this arm's means: X is the ratio before exposure, Y
// the one after (Deng et al. 2013, appendix B).
func (q RatioPairMoments) linearised() PairMoments {
	post, pre := q.Pair(Num, Den).linearised(), q.Pair(PreNum, PreDen).linearised()
	p := PairMoments{N: q.N, MeanX: pre.Mean, MeanY: post.Mean, M2X: pre.M2, M2Y: post.M2}
	a := [4]float64{1 / q.Mean[Den], -post.Mean / q.Mean[Den]}
	b := [4]float64{PreNum: 1 / q.Mean[PreDen], PreDen: -pre.Mean / q.Mean[PreDen]}
	for i := range 4 {
		for j := range 4 {
			p.CXY += a[i] * q.C[i][j] * b[j]
		}
	}
	return p
}

// RatioCUPED is [CUPED] for a ratio metric, on linearised values (Deng et al. 2013, appendix B). ThetaTotal linearises the
// merged arms (tea-tasting), ThetaUnweighted and ThetaWithin each arm by itself (GrowthBook uses the former). The adjusted
// ratio is R − θ(R_pre − R_pre,pooled), in numerator units per denominator unit. Errors: as [RatioDiff].
func RatioCUPED(control, test RatioPairMoments, kind Theta, o Options) CUPEDResult {
	pooled := control.Merge(test)
	if s := worst(control.Check(), test.Check(), pooled.Check()); s != OK {
		return undefinedCUPED(Moments{}, Moments{}, s)
	}
	lc, lt, lp := control.linearised(), test.linearised(), pooled.linearised()
	var theta float64
	var s Status
	if kind == ThetaTotal {
		theta, s = thetaOf(lp, PairMoments{}, ThetaTotal)
	} else {
		theta, s = thetaOf(lc, lt, kind)
	}
	r := cupedAt(lc, lt, theta, lp.MeanX, o)
	r.Status = worst(r.Status, s)
	r.Correlation = correlation(lp)
	return r
}

// RatioCUPEDAt is [RatioCUPED] with a θ that was computed elsewhere.
func RatioCUPEDAt(control, test RatioPairMoments, theta float64, o Options) CUPEDResult {
	if s := worst(control.Check(), test.Check(), control.Merge(test).Check()); s != OK {
		return undefinedCUPED(Moments{}, Moments{}, s)
	}
	return CUPEDAt(control.linearised(), test.linearised(), theta, o)
}

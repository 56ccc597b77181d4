package stats

import "gonum.org/v1/gonum/mat"

// PostStratifyCUPED is [PostStratify] with a covariate: in each stratum an analysis of covariance with a common slope
// gives the effect and the control mean at the stratum's mean covariate (GrowthBook docs, statistics/post-stratification,
// "CUPEDps"). X is the value before exposure, Y the outcome. Strata with too few units for the regression are merged into
// the largest. Errors: as [CUPED], Singular when the covariate is constant in a stratum.
func PostStratifyCUPED(strata []Stratum[PairMoments], o Options) StratifiedResult {
	strata, s := pooled(strata, func(x Stratum[PairMoments]) (float64, bool) {
		n := x.Control.N + x.Test.N
		return n, x.Control.N >= 2 && x.Test.N >= 2 && n > 3 && x.Control.M2X+x.Test.M2X > 0
	})
	var cells []cell
	var control, test PairMoments
	for _, x := range strata {
		s = worst(s, checkUnless(x.Control.Check(), s), checkUnless(x.Test.Check(), s))
		control, test = control.Merge(x.Control), test.Merge(x.Test)
		c, sc := regress(blockOfPair(x.Control), blockOfPair(x.Test), 3)
		s = worst(s, sc)
		cells = append(cells, c)
	}
	if s != OK {
		return StratifiedResult{Status: s}
	}
	return combine(cells, meanContrast, o, MeanDiff(control.Y(), test.Y(), o))
}

// PostStratifyRatioCUPED is [PostStratifyRatio] with the numerator and denominator before exposure as covariates of both
// outcomes; residuals have n−6 degrees of freedom as in GrowthBook. Errors: as [PostStratifyCUPED] and [RatioDiff].
func PostStratifyRatioCUPED(strata []Stratum[RatioPairMoments], o Options) StratifiedResult {
	strata, s := pooled(strata, func(x Stratum[RatioPairMoments]) (float64, bool) {
		n := x.Control.N + x.Test.N
		return n, x.Control.N >= 2 && x.Test.N >= 2 && n > 6
	})
	var cells []cell
	var control, test RatioPairMoments
	for _, x := range strata {
		s = worst(s, checkUnless(x.Control.Check(), s), checkUnless(x.Test.Check(), s))
		control, test = control.Merge(x.Control), test.Merge(x.Test)
		c, sc := regress(blockOfRatio(x.Control), blockOfRatio(x.Test), 6)
		s = worst(s, sc)
		cells = append(cells, c)
	}
	if s != OK {
		return StratifiedResult{Status: s}
	}
	return combine(cells, ratioContrast, o, RatioDiff(control.Pair(Num, Den), test.Pair(Num, Den), o))
}

// block is the moments of k outcomes Y and as many covariates X of one arm.
type block struct {
	n          float64
	y, x       []float64
	yy, xx, xy *mat.Dense // xy has a row a covariate and a column an outcome
}

// blockOfPair has one outcome and one covariate.
func blockOfPair(p PairMoments) block {
	one := func(v float64) *mat.Dense { return mat.NewDense(1, 1, []float64{v}) }
	return block{n: p.N, y: []float64{p.MeanY}, x: []float64{p.MeanX}, yy: one(p.M2Y), xx: one(p.M2X), xy: one(p.CXY)}
}

// blockOfRatio has numerator and denominator, after and before.
func blockOfRatio(q RatioPairMoments) block {
	two := func(r, c int) *mat.Dense {
		return mat.NewDense(2, 2, []float64{q.C[r][c], q.C[r][c+1], q.C[r+1][c], q.C[r+1][c+1]})
	}
	return block{
		n: q.N, y: q.Mean[Num:PreNum], x: q.Mean[PreNum:],
		yy: two(Num, Num), xx: two(PreNum, PreNum), xy: two(PreNum, Num),
	}
}

// regress is the least-squares fit y ~ 1 + arm + x with common slopes (Fisher 1932), for all outcomes at once. lost is the
// number of degrees of freedom the residuals lose.
func regress(c, t block, lost float64) (cell, Status) {
	k, n := len(c.y), c.n+t.n
	var sxx, sxy, syy, slopes, fit mat.Dense
	sxx.Add(c.xx, t.xx)
	sxy.Add(c.xy, t.xy)
	syy.Add(c.yy, t.yy)
	var inverse mat.Dense
	if err := inverse.Inverse(&sxx); err != nil || n <= lost {
		return cell{}, Singular
	}
	slopes.Mul(&inverse, &sxy)
	fit.Mul(slopes.T(), &sxy)
	syy.Sub(&syy, &fit)
	syy.Scale(1/(n-lost), &syy) // residual covariance of the outcomes

	d, e := make([]float64, k), make([]float64, k) // x̄_t − x̄_c, x̄ − x̄_c
	for i := range d {
		d[i] = t.x[i] - c.x[i]
		e[i] = t.n / n * d[i]
	}
	vx := meanCovariance(&sxx, d, c.n, t.n)
	out := cell{n: n, mean: make([]float64, 2*k)}
	for i := range k {
		theta := mat.Col(nil, i, &slopes)
		out.mean[2*i] = c.y[i] + inner(theta, e)
		out.mean[2*i+1] = t.y[i] - c.y[i] - inner(theta, d)
	}
	out.cov = coefficientCov(&syy, &inverse, &slopes, vx, d, e, c.n, t.n)
	return out, OK
}

// meanCovariance is the covariance of the covariates' overall mean.
func meanCovariance(sxx *mat.Dense, d []float64, nc, nt float64) *mat.Dense {
	n, v := nc+nt, mat.DenseCopyOf(sxx)
	for i := range d {
		for j := range d {
			v.Set(i, j, (v.At(i, j)+d[i]*d[j]*(nc/n)*nt)/(n-1)/n)
		}
	}
	return v
}

// coefficientCov is the covariance of (control at x̄, effect) of every outcome, x̄ being random too.
func coefficientCov(sigma, inverse, slopes, vx *mat.Dense, d, e []float64, nc, nt float64) [][]float64 {
	form := func(a, b []float64) float64 {
		return mat.Inner(mat.NewVecDense(len(a), a), inverse, mat.NewVecDense(len(b), b))
	}
	var product mat.Dense
	product.Mul(inverse, vx)
	cc := 1/nc + form(e, e) + mat.Trace(&product)
	ce := -1/nc - form(e, d)
	ee := 1/nc + 1/nt + form(d, d)
	unit := [2][2]float64{{cc, ce}, {ce, ee}}
	k, _ := sigma.Dims()
	out := make([][]float64, 2*k)
	for i := range out {
		out[i] = make([]float64, 2*k)
		for j := range out[i] {
			out[i][j] = sigma.At(i/2, j/2) * unit[i%2][j%2]
			if i%2 == 0 && j%2 == 0 {
				out[i][j] += mat.Inner(slopes.ColView(i/2), vx, slopes.ColView(j/2))
			}
		}
	}
	return out
}

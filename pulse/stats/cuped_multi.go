package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// CovariateMoments are the centred moments of an outcome and k covariates from before exposure.
type CovariateMoments struct {
	N     float64
	MeanY float64
	M2Y   float64     // Σ(y−ȳ)²
	MeanX []float64   // k means
	CXY   []float64   // Σ(x_i−x̄_i)(y−ȳ)
	CXX   [][]float64 // k×k, Σ(x_i−x̄_i)(x_j−x̄_j)
}

// Merge adds the units of another part with the same covariates (co-moments as Bennett et al. 2009).
func (m CovariateMoments) Merge(o CovariateMoments) CovariateMoments {
	if m.N == 0 {
		return o
	}
	if o.N == 0 {
		return m
	}
	y := m.outcome().Merge(o.outcome())
	r := CovariateMoments{N: y.N, MeanY: y.Mean, M2Y: y.M2}
	w, dy := m.N/y.N*o.N, o.MeanY-m.MeanY
	for i := range m.MeanX {
		di := o.MeanX[i] - m.MeanX[i]
		row := make([]float64, len(m.MeanX))
		for j := range row {
			row[j] = m.CXX[i][j] + o.CXX[i][j] + di*(o.MeanX[j]-m.MeanX[j])*w
		}
		r.MeanX = append(r.MeanX, m.MeanX[i]+di*(o.N/y.N))
		r.CXY = append(r.CXY, m.CXY[i]+o.CXY[i]+di*dy*w)
		r.CXX = append(r.CXX, row)
	}
	return r
}

// outcome are the moments of y.
func (m CovariateMoments) outcome() Moments { return Moments{N: m.N, Mean: m.MeanY, M2: m.M2Y} }

// Check says whether the shapes agree and each covariate obeys Cauchy-Schwarz with y.
func (m CovariateMoments) Check() Status {
	k := len(m.MeanX)
	if k == 0 || len(m.CXY) != k || len(m.CXX) != k {
		return InvalidArgument
	}
	for i, row := range m.CXX {
		if len(row) != k || !finite(row...) {
			return InvalidArgument
		}
		p := PairMoments{N: m.N, MeanX: m.MeanX[i], MeanY: m.MeanY, M2X: row[i], M2Y: m.M2Y, CXY: m.CXY[i]}
		if s := p.Check(); s != OK {
			return s
		}
	}
	return OK
}

// slopes solves C_xx θ = C_xy.
func (m CovariateMoments) slopes() ([]float64, Status) {
	l, s := m.factor()
	if s != OK {
		return nil, s
	}
	var theta mat.VecDense
	if err := l.SolveVecTo(&theta, mat.NewVecDense(len(m.CXY), m.CXY)); err != nil {
		return nil, Singular
	}
	return theta.RawVector().Data, OK
}

// factor is the Cholesky factor of C_xx; Singular when a covariate is a combination of the others.
func (m CovariateMoments) factor() (*mat.Cholesky, Status) {
	k := len(m.MeanX)
	sym := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			sym.SetSym(i, j, m.CXX[i][j])
		}
	}
	l := new(mat.Cholesky)
	if !l.Factorize(sym) || l.Cond() > 1e13 {
		return nil, Singular
	}
	return l, OK
}

// adjust are the moments of y − θ'(x − centre).
func (m CovariateMoments) adjust(theta, centre []float64) Moments {
	a := m.outcome()
	quad, cross := 0.0, 0.0
	for i, t := range theta {
		a.Mean -= t * (m.MeanX[i] - centre[i])
		cross += t * m.CXY[i]
		for j, u := range theta {
			quad += t * u * m.CXX[i][j]
		}
	}
	a.M2 = nonNegative(m.M2Y+quad-2*cross, m.M2Y+quad)
	return a
}

// RegressionResult is a difference adjusted by several covariates, in the metric's unit.
type RegressionResult struct {
	Status     Status
	Theta      []float64 // metric units per covariate unit
	Control    Moments   // of the adjusted values
	Test       Moments
	Adjusted   DiffResult
	Unadjusted DiffResult
}

// CUPEDMulti is [CUPED] with several covariates: θ = Σ_xx⁻¹Σ_xy over both arms merged (Deng et al. 2013; Statsig's
// CURE and GrowthBook use this form), tested by Welch's t on y − θ'(x − x̄). Errors: as [MeanDiff], Singular when the
// covariates are collinear, InvalidArgument when shapes differ.
func CUPEDMulti(control, test CovariateMoments, o Options) RegressionResult {
	if s := sameCovariates(control, test); s != OK {
		return undefinedRegression(control, test, s)
	}
	pooled := control.Merge(test)
	theta, s := pooled.slopes()
	if s != OK {
		return undefinedRegression(control, test, s)
	}
	return regression(control, test, theta, theta, o)
}

// Lin adjusts each arm by its own slopes at the common covariate mean: the treatment-interacted regression of Lin 2013
// (Annals of Applied Statistics 7), never less efficient asymptotically than the plain difference. The point estimate is
// that regression's; the standard error is Welch's on each arm's residuals with divisor n−1 (Theta is the test arm's).
// HC2 errors need the rows, not moments. Errors as [CUPEDMulti].
func Lin(control, test CovariateMoments, o Options) RegressionResult {
	if s := sameCovariates(control, test); s != OK {
		return undefinedRegression(control, test, s)
	}
	tc, sc := control.slopes()
	tt, st := test.slopes()
	if s := worst(sc, st); s != OK {
		return undefinedRegression(control, test, s)
	}
	return regression(control, test, tc, tt, o)
}

// undefinedRegression keeps the means that exist.
func undefinedRegression(control, test CovariateMoments, s Status) RegressionResult {
	d := undefinedDiff(control.outcome(), test.outcome(), s)
	return RegressionResult{Status: s, Adjusted: d, Unadjusted: d}
}

// regression tests the adjusted arms.
func regression(control, test CovariateMoments, tc, tt []float64, o Options) RegressionResult {
	centre := control.Merge(test).MeanX
	r := RegressionResult{Theta: tt, Control: control.adjust(tc, centre), Test: test.adjust(tt, centre)}
	r.Adjusted = MeanDiff(r.Control, r.Test, o)
	r.Unadjusted = MeanDiff(control.outcome(), test.outcome(), o)
	r.Status = worst(r.Adjusted.Status, r.Unadjusted.Status)
	return r
}

// sameCovariates checks both arms and that they have the same number of covariates.
func sameCovariates(control, test CovariateMoments) Status {
	s := worst(control.Check(), test.Check())
	if s == OK && len(control.MeanX) != len(test.MeanX) {
		return InvalidArgument
	}
	return s
}

// ANCOVA is the least-squares regression of y on arm and covariates with common slopes (Fisher 1932): Δ = Δȳ − θ'Δx̄,
// var = σ²(1/n_c + 1/n_t + Δx̄'S⁻¹Δx̄) with S the within-arm cross products and σ² on n_c+n_t−2−k degrees of freedom.
// Errors as [CUPEDMulti], InsufficientN when no degrees of freedom are left.
func ANCOVA(control, test CovariateMoments, o Options) DiffResult {
	if s := sameCovariates(control, test); s != OK {
		return DiffResult{Status: s}
	}
	within, d := withinArms(control, test)
	theta, s := within.slopes()
	if s != OK {
		return DiffResult{Status: s}
	}
	df := control.N + test.N - 2 - float64(len(theta))
	if df < 1 {
		return DiffResult{Status: InsufficientN}
	}
	l, _ := within.factor()
	var w mat.VecDense
	if err := l.SolveVecTo(&w, mat.NewVecDense(len(d), d)); err != nil {
		return DiffResult{Status: Singular}
	}
	sigma2 := within.adjust(theta, within.MeanX).M2 / df
	r := DiffResult{Diff: test.MeanY - control.MeanY - mat.Dot(mat.NewVecDense(len(d), theta), mat.NewVecDense(len(d), d))}
	r.SE = math.Sqrt(sigma2 * (1/control.N + 1/test.N + mat.Dot(&w, mat.NewVecDense(len(d), d))))
	if !finite(r.Diff, r.SE) {
		return DiffResult{Status: OutOfRange}
	}
	r.Inference, r.Status = infer(r.Diff, r.SE, df, o)
	return r
}

// withinArms sums the cross products about each arm's own means, and gives the difference of the covariate means.
func withinArms(control, test CovariateMoments) (CovariateMoments, []float64) {
	w := CovariateMoments{N: control.N + test.N, M2Y: control.M2Y + test.M2Y, MeanX: make([]float64, len(control.MeanX))}
	d := make([]float64, len(control.MeanX))
	for i := range d {
		d[i] = test.MeanX[i] - control.MeanX[i]
		row := make([]float64, len(d))
		for j := range row {
			row[j] = control.CXX[i][j] + test.CXX[i][j]
		}
		w.CXY, w.CXX = append(w.CXY, control.CXY[i]+test.CXY[i]), append(w.CXX, row)
	}
	return w, d
}

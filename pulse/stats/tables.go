package stats

import "math"

// Table2x2Result holds tests of two rates by their table of counts.
type Table2x2Result struct {
	Status  Status
	Fisher  ExactResult // Greater: the test rate is higher
	PYates  float64     // chi-squared with continuity correction (Yates 1934)
	PG      float64     // likelihood ratio test (Wilks 1938)
	PGYates float64     // likelihood ratio with continuity correction
}

// Table2x2 tests whether two rates are equal: exactly (Fisher 1934; two-sided over the tables no more likely), and by
// chi-squared and likelihood ratio on one degree of freedom. Errors: as [ProportionDiff]; the exact part alone is OutOfRange
// beyond 1e10 units.
func Table2x2(control, test Proportion) Table2x2Result {
	if s := worst(control.Check(), test.Check()); s != OK {
		return Table2x2Result{Status: s}
	}
	table := [][]float64{
		{control.Successes, control.N - control.Successes},
		{test.Successes, test.N - test.Successes},
	}
	r := Table2x2Result{Status: OK, Fisher: ExactResult{Status: OutOfRange}}
	if control.N+test.N <= maxExact {
		r.Fisher = fisher(control, test).exact(math.Round(test.Successes))
	}
	expected, s := expectedCounts(table)
	if s != OK {
		return Table2x2Result{Status: ZeroVariance}
	}
	corrected := yates(table, expected)
	r.PYates = chi2P(pearson(corrected, expected), 1)
	r.PG = chi2P(likelihoodRatio(table, expected), 1)
	r.PGYates = chi2P(likelihoodRatio(corrected, expected), 1)
	return r
}

// IndependenceResult is a chi-squared test of a table of counts.
type IndependenceResult struct {
	Status Status
	Chi2   float64
	DF     float64
	P      float64
	Log10P float64
}

// Independence is Pearson's chi-squared test (1900) of a table of counts, rows by columns, without continuity correction:
// of k rates, or whether assignment to one experiment depends on another. Errors: InvalidArgument (ragged or negative),
// InsufficientArms (fewer than two rows or columns), ZeroVariance (an empty row or column).
func Independence(table [][]float64) IndependenceResult {
	if len(table) < 2 || len(table[0]) < 2 {
		return IndependenceResult{Status: InsufficientArms}
	}
	expected, s := expectedCounts(table)
	if s != OK {
		return IndependenceResult{Status: s}
	}
	r := IndependenceResult{Status: OK, Chi2: pearson(table, expected), DF: float64((len(table) - 1) * (len(table[0]) - 1))}
	l := chi2LogSF(r.Chi2, r.DF)
	if !finite(r.Chi2, l) {
		return IndependenceResult{Status: OutOfRange}
	}
	r.P, r.Log10P = math.Exp(l), l/math.Ln10
	return r
}

// ProportionsChi2 is [Independence] of success and arm for k arms.
func ProportionsChi2(arms []Proportion) IndependenceResult {
	var table [][]float64
	for _, a := range arms {
		if s := a.Check(); s != OK {
			return IndependenceResult{Status: s}
		}
		table = append(table, []float64{a.Successes, a.N - a.Successes})
	}
	return Independence(table)
}

// expectedCounts are the products of the margins over the total.
func expectedCounts(table [][]float64) ([][]float64, Status) {
	rows, cols, n := make([]float64, len(table)), make([]float64, len(table[0])), 0.0
	for i, row := range table {
		if len(row) != len(cols) {
			return nil, InvalidArgument
		}
		for j, x := range row {
			if !finite(x) || x < 0 {
				return nil, InvalidArgument
			}
			rows[i], cols[j], n = rows[i]+x, cols[j]+x, n+x
		}
	}
	out := make([][]float64, len(rows))
	for i := range rows {
		for j := range cols {
			e := rows[i] / n * cols[j]
			if !(e > 0) {
				return nil, ZeroVariance
			}
			out[i] = append(out[i], e)
		}
	}
	return out, OK
}

// pearson is Σ(o−e)²/e.
func pearson(observed, expected [][]float64) float64 {
	x := 0.0
	for i, row := range observed {
		for j, o := range row {
			d := o - expected[i][j]
			x += d / expected[i][j] * d
		}
	}
	return x
}

// likelihoodRatio is 2Σ o ln(o/e).
func likelihoodRatio(observed, expected [][]float64) float64 {
	g := 0.0
	for i, row := range observed {
		for j, o := range row {
			if o > 0 {
				g += 2 * o * math.Log(o/expected[i][j])
			}
		}
	}
	return math.Max(0, g)
}

// yates moves each count by at most a half towards its expectation.
func yates(observed, expected [][]float64) [][]float64 {
	out := make([][]float64, len(observed))
	for i, row := range observed {
		for j, o := range row {
			d := expected[i][j] - o
			out[i] = append(out[i], o+math.Copysign(math.Min(0.5, math.Abs(d)), d))
		}
	}
	return out
}

// chi2P is the upper tail.
func chi2P(x, df float64) float64 { return math.Exp(chi2LogSF(x, df)) }

package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// underflow is where a tail probability is computed as a logarithm instead.
const underflow = 1e-290

// normLogSF is ln P(Z > z) of the standard normal; it does not underflow.
func normLogSF(z float64) float64 {
	if z < 5 {
		return math.Log(normSF(z))
	}
	x := z / math.Sqrt2
	return math.Log(0.5*erfcx(x)) - x*x
}

// normSF is P(Z > z).
func normSF(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// normCDF is P(Z ≤ z).
func normCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// normPDF is the standard normal density.
func normPDF(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

// normUpper is the z with P(Z > z) = tail.
func normUpper(tail float64) float64 { return -mathext.NormalQuantile(tail) }

// erfcx is exp(x²) erfc(x) for x ≥ 0, by its asymptotic series (DLMF 7.12.1) where erfc nears underflow.
func erfcx(x float64) float64 {
	if x < 20 {
		return math.Exp(x*x) * math.Erfc(x)
	}
	u := 1 / (2 * x * x)
	s := 1 - u*(1-3*u*(1-5*u*(1-7*u*(1-9*u))))
	return s / (x * math.Sqrt(math.Pi))
}

// mills is Mills' ratio P(Z > z)/φ(z).
func mills(z float64) float64 {
	if z < 0 {
		return normSF(z) / normPDF(z)
	}
	return math.Sqrt(math.Pi/2) * erfcx(z/math.Sqrt2)
}

// tLogSF is ln P(T > t) of Student's t with df degrees of freedom; it does not underflow.
func tLogSF(t, df float64) float64 {
	if t < 0 {
		return math.Log1p(-math.Exp(tLogSF(-t, df)))
	}
	return tLogTwoTails(t, df) - math.Ln2
}

// tSF is P(T > t).
func tSF(t, df float64) float64 { return math.Exp(tLogSF(t, df)) }

// tLogTwoTails is ln P(|T| > t) for t ≥ 0, that is ln I_x(df/2, 1/2) at x = df/(df+t²).
func tLogTwoTails(t, df float64) float64 {
	lnx := -math.Log1p(t / df * t)
	if t > 1e100 {
		lnx = math.Log(df) - 2*math.Log(t)
	}
	a := df / 2
	switch {
	case lnx < -0.4:
		return logIncBetaSeries(a, lnx)
	case a >= 20:
		return logIncBetaHalf(a, lnx)
	}
	return math.Log(mathext.RegIncBeta(a, 0.5, math.Exp(lnx)))
}

// logIncBetaSeries is ln I_x(a, 1/2) for x away from 1 by its power series (DLMF 8.17.7), all of whose terms are positive.
func logIncBetaSeries(a, lnx float64) float64 {
	x, c, sum := math.Exp(lnx), 1.0, 1.0
	for n := 1.0; c > 1e-17*sum; n++ {
		c *= (n - 0.5) / n * x
		sum += c * a / (a + n)
	}
	return a*lnx - math.Log(a) - 0.5*math.Log(math.Pi) + gammaHalfStep(a) + math.Log(sum)
}

// logIncBetaHalf is ln I_x(a, 1/2) for a ≥ 20 and x ≥ 0.67 by the asymptotic expansion of Didonato & Morris 1992 (ACM TOMS
// 18, algorithm 708, BGRAT), scaled by exp(z) so that it does not underflow. gonum's RegIncBeta loses digits in this range
// (its prefactor is a difference of two large log-gammas: 1e-6 relative at a = 1e9).
func logIncBetaHalf(a, lnx float64) float64 {
	const b, bm1 = 0.5, -0.5
	nu := a + bm1/2
	z := -nu * lnx
	j, t := erfcx(math.Sqrt(z)), math.Sqrt(z/math.Pi)
	v, t2 := 0.25/(nu*nu), 0.25*lnx*lnx
	var c, d [31]float64
	sum, cn, n2 := j, 1.0, 0.0
	for n := 1; n <= 30; n++ {
		bp2n := b + n2
		j = (bp2n*(bp2n+1)*j + (z+bp2n+1)*t) * v
		n2 += 2
		t *= t2
		cn /= n2 * (n2 + 1)
		c[n] = cn
		s, coef := 0.0, b-float64(n)
		for i := 1; i < n; i++ {
			s += coef * c[i] * d[n-i]
			coef += b
		}
		d[n] = bm1*cn + s/float64(n)
		sum += d[n] * j
		if math.Abs(d[n]*j) <= 1e-16*sum {
			break
		}
	}
	return math.Log(sum) - z + gammaHalfStep(a) - 0.5*math.Log(nu)
}

// gammaHalfStep is ln Γ(a+1/2)/Γ(a), for large a by its asymptotic series (Tricomi & Erdélyi 1951).
func gammaHalfStep(a float64) float64 {
	if a < 20 {
		return lgamma(a+0.5) - lgamma(a)
	}
	u := 1 / (a * a)
	return 0.5*math.Log(a) - (1.0/8-u*(1.0/192-u*(1.0/640-u*(17.0/14336-u*31.0/18432))))/a
}

// tUpper is the t with P(T > t) = tail: gonum's quantile or the Cornish-Fisher expansion (Abramowitz & Stegun 26.7.5),
// then Newton's method on ln P as a function of ln t.
func tUpper(tail, df float64) float64 {
	if tail > 0.5 {
		return -tUpper(1-tail, df)
	}
	if tail == 0.5 {
		return 0
	}
	t, want := tGuess(tail, df), math.Log(tail)
	for range 50 {
		l := tLogSF(t, df)
		step := (l - want) * math.Exp(l-tLogPDF(t, df)) / t
		t *= math.Exp(math.Max(-3, math.Min(3, step)))
		if math.Abs(step) < 1e-14 {
			break
		}
	}
	return t
}

// tGuess is a first approximation of tUpper, always positive and finite.
func tGuess(tail, df float64) float64 {
	z := normUpper(tail)
	t := z + (z*z*z+z)/(4*df) + (5*z*z*z*z*z+16*z*z*z+3*z)/(96*df*df)
	if df < 40 {
		t = -distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(tail)
	}
	if finite(t) && t > 0 {
		return t
	}
	return math.Max(z, 1e-8)
}

// tLogPDF is the log density of Student's t.
func tLogPDF(t, df float64) float64 {
	return gammaHalfStep(df/2) - 0.5*math.Log(df*math.Pi) - (df+1)/2*math.Log1p(t/df*t)
}

// chi2LogSF is ln P(X > x) of the chi-squared distribution with df degrees of freedom.
func chi2LogSF(x, df float64) float64 {
	a, y := df/2, x/2
	if p := mathext.GammaIncRegComp(a, y); p > underflow {
		return math.Log(p)
	}
	// Legendre's continued fraction for Γ(a, y), DLMF 8.9.2, by Lentz's method.
	b := y + 1 - a
	c, d := 1/1e-300, 1/b
	h := d
	for i := 1.0; i < 1000; i++ {
		an := -i * (i - a)
		b += 2
		d = 1 / (an*d + b)
		c = b + an/c
		h *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return -y + a*math.Log(y) - lgamma(a) + math.Log(h)
}

// lgamma is ln |Γ(x)|.
func lgamma(x float64) float64 { v, _ := math.Lgamma(x); return v }

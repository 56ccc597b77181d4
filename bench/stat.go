package bench

import (
	"math"
	"slices"
)

// Summary is the rounds of one number.
type Summary struct {
	Median float64 `json:"median"`
	// Spread is half the interquartile range, relative to the median: half of the rounds lie within about ± Spread.
	Spread float64 `json:"spread"`
}

func summarise(values []float64) Summary {
	if len(values) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(values))
	m := quantile(sorted, 0.5)
	s := Summary{Median: m}
	if m != 0 {
		s.Spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / math.Abs(m)
	}
	return s
}

// quantile interpolates between the two nearest values (Hyndman and Fan 1996, type 7).
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// Growth is cost = Factor·x^Exponent, fitted by least squares on the logarithms.
type Growth struct {
	Exponent float64 `json:"exponent"`
	// Error is the exponent's standard error, null with two points.
	Error  *float64 `json:"standardError"`
	Factor float64  `json:"factor"`
	Points int      `json:"points"`
}

// fitGrowth needs two points with positive coordinates.
func fitGrowth(x, y []float64) (g Growth, ok bool) {
	n, sx, sy := 0.0, 0.0, 0.0
	for i := range x {
		if x[i] <= 0 || y[i] <= 0 {
			return g, false
		}
		n, sx, sy = n+1, sx+math.Log(x[i]), sy+math.Log(y[i])
	}
	if n < 2 {
		return g, false
	}
	mx, my, sxx, sxy := sx/n, sy/n, 0.0, 0.0
	for i := range x {
		dx := math.Log(x[i]) - mx
		sxx, sxy = sxx+dx*dx, sxy+dx*(math.Log(y[i])-my)
	}
	if sxx == 0 {
		return g, false
	}
	g = Growth{Exponent: sxy / sxx, Points: int(n)}
	g.Factor = math.Exp(my - g.Exponent*mx)
	if n > 2 {
		rest := 0.0
		for i := range x {
			r := math.Log(y[i]) - my - g.Exponent*(math.Log(x[i])-mx)
			rest += r * r
		}
		e := math.Sqrt(rest / (n - 2) / sxx)
		g.Error = &e
	}
	return g, true
}

// At is the cost that the fit expects at x.
func (g Growth) At(x float64) float64 { return g.Factor * math.Pow(x, g.Exponent) }

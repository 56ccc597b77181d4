package stats

import "math"

// Spending says how much of an error rate may be spent by information fraction t in [0, 1]: 0 at 0, alpha at 1, and it
// never falls. It is applied to each side.
type Spending func(alpha, t float64) float64

// OBrienFleming spends almost nothing early: 2 − 2Φ(z_{α/2}/√t) (Lan & DeMets 1983).
func OBrienFleming(alpha, t float64) float64 {
	if t <= 0 {
		return 0
	}
	return 2 * normSF(normUpper(alpha/2)/math.Sqrt(math.Min(1, t)))
}

// Pocock spends early: α ln(1 + (e−1)t) (Lan & DeMets 1983).
func Pocock(alpha, t float64) float64 {
	return alpha * math.Log1p((math.E-1)*math.Max(0, math.Min(1, t)))
}

// PowerFamily spends α·t^rho (Kim & DeMets 1987); Spotify uses rho 2.
func PowerFamily(rho float64) Spending {
	return func(alpha, t float64) float64 { return alpha * math.Pow(math.Max(0, math.Min(1, t)), rho) }
}

// HwangShihDeCani spends α(1−e^{−γt})/(1−e^{−γ}) (Hwang, Shih & De Cani 1990); γ = −4 is near O'Brien-Fleming, 1 near
// Pocock, 0 linear.
func HwangShihDeCani(gamma float64) Spending {
	return func(alpha, t float64) float64 {
		t = math.Max(0, math.Min(1, t))
		if gamma == 0 {
			return alpha * t
		}
		return alpha * math.Expm1(-gamma*t) / math.Expm1(-gamma)
	}
}

// InformationFraction is n over the larger of the plan and the largest n so far (Spotify's over-run rule): a trial that
// runs over spends its alpha exactly at its last look. Errors: InvalidArgument.
func InformationFraction(n, planned, largest float64) (float64, Status) {
	t := n / math.Max(planned, largest)
	if !(t >= 0 && t <= 1) {
		return 0, InvalidArgument
	}
	return t, OK
}

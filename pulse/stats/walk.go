package stats

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// walk is the distribution of the score B(t) = √t·Z(t) of a trial that has not stopped: Brownian motion with a drift, of
// which each look cuts off what is beyond its bounds (Armitage, McPherson & Rowe 1969). The density is held at
// Gauss-Legendre nodes.
type walk struct {
	drift float64 // per unit of information
	grain float64 // the smallest step of information between looks
	t     float64 // information so far
	x     []float64
	mass  []float64 // density times quadrature weight
}

// reachZ is how many standard deviations of the score are followed; beyond is less than 1e-17.
const reachZ = 8.5

// newWalk starts at no information.
func newWalk(fractions []float64, drift float64) *walk {
	w := &walk{drift: drift, grain: fractions[0], x: []float64{0}, mass: []float64{1}}
	for i := 1; i < len(fractions); i++ {
		w.grain = math.Min(w.grain, fractions[i]-fractions[i-1])
	}
	return w
}

// above is the probability to reach information t without having stopped and to find Z(t) > z there.
func (w *walk) above(t, z float64) float64 {
	dt := t - w.t
	sd, p := math.Sqrt(dt), 0.0
	for i, x := range w.x {
		p += w.mass[i] * normSF((z*math.Sqrt(t)-x-w.drift*dt)/sd)
	}
	return p
}

// below is the same for Z(t) < z.
func (w *walk) below(t, z float64) float64 {
	dt := t - w.t
	sd, p := math.Sqrt(dt), 0.0
	for i, x := range w.x {
		p += w.mass[i] * normCDF((z*math.Sqrt(t)-x-w.drift*dt)/sd)
	}
	return p
}

// goOn moves to information t, keeping what is between the two bounds on Z.
func (w *walk) goOn(t, lowZ, highZ float64) {
	dt, mean := t-w.t, w.drift*math.Sqrt(t)
	lo := math.Max(lowZ, mean-reachZ) * math.Sqrt(t)
	hi := math.Min(highZ, mean+reachZ) * math.Sqrt(t)
	if !(lo < hi) {
		w.t, w.x, w.mass = t, nil, nil
		return
	}
	n := int(math.Max(48, math.Min(1000, 24+9*(hi-lo)/math.Sqrt(w.grain))))
	x, mass := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(x, mass, lo, hi)
	for j := range x {
		mass[j] *= w.density(x[j], dt)
	}
	w.t, w.x, w.mass = t, x, mass
}

// density is that of the score at x after a step dt.
func (w *walk) density(x, dt float64) float64 {
	f, k := 0.0, -1/(2*dt)
	for i, u := range w.x {
		d := x - u - w.drift*dt
		f += w.mass[i] * math.Exp(k*d*d)
	}
	return f / math.Sqrt(2*math.Pi*dt)
}

package pulse

import (
	"math"

	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// SPRT is Wald's sequential test of a relative change against none, as of now: at Upper the change is accepted, at Lower none is. Its
// error rates are the report's alpha and 20 %.
type SPRT struct {
	Effect   float64        `json:"effect"` // percent, that the test is after
	Decision stats.Decision `json:"decision,omitempty"`
	LogRatio *float64       `json:"logLikelihoodRatio"`
	Upper    *float64       `json:"upper"`
	Lower    *float64       `json:"lower"`
	// Units is how many of both groups are expected to be needed if the effect is true.
	Units  *float64 `json:"expectedUnits"`
	Reason string   `json:"reason,omitempty"` // why there is no decision
}

// sprt fills the state of Wald's test. It is of units' means as they are: neither of quotients and percentiles, nor adjusted by CUPED.
func (r *Result) sprt(c *contrast) {
	if c.o.Effect == 0 {
		return
	}
	r.SPRT = &SPRT{Effect: 100 * c.o.Effect}
	if c.m.HasDenominator() || c.m.Aggregation() == schema.Percentile {
		r.SPRT.Reason = "the test is of means: the metric is none"
		return
	}
	control, test := c.control.pair().X(), c.test.pair().X()
	d, status := stats.CohensD(c.o.Effect, control.Mean, math.Sqrt(control.Var()))
	if status != stats.OK || d == 0 {
		r.SPRT.Reason = "the control group has no mean or no variance that an effect could be told from"
		return
	}
	s := stats.SPRT(control, test, stats.SPRTPlan{Alpha: c.o.Alpha, Effect: d, Ratio: control.N / test.N})
	if s.Status != stats.OK {
		r.SPRT.Reason = "it cannot be computed: " + string(s.Status)
		return
	}
	r.Methods = append(r.Methods, "sprt")
	r.SPRT.Decision, r.SPRT.LogRatio, r.SPRT.Upper, r.SPRT.Lower, r.SPRT.Units = s.Decision, number(s.LogRatio), number(s.Upper), number(s.Lower), number(s.Size.Total())
}

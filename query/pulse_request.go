package query

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
)

// pulseRequest is what pulse_results is asked: what pulse does, and which numbers it is to do it with.
type pulseRequest struct {
	pulse.Request
	date string
	// coverage asks how many units and events could meet, which reads raw events.
	coverage bool
	// sql asks for the statements that compute the numbers.
	sql bool
	// series asks for the results as of every day.
	series bool
	asked  schema.Question
	// limits are part and cuts in the words of the request.
	limits []string
}

// pulseRequest reads the request for an experiment's results.
func (a *API) pulseRequest(c *call, x *schema.Experiment) (q pulseRequest, err error) {
	q.Experiment = x
	if x.StartTime == 0 {
		return q, schema.Errorf(409, "experiment_not_started", "experiment %q has not been started; start it with PUT %sexperiments/%s/start", x.ID, prefix, x.ID)
	}
	if q.Control, err = group(c, x, "control", x.Control()); err != nil {
		return q, err
	}
	if q.Test, err = group(c, x, "test", firstOther(x, q.Control)); err != nil {
		return q, err
	}
	if q.Control.ID == q.Test.ID {
		return q, schema.Invalid("test", "test and control are the same group %q", q.Test.ID)
	}
	if q.date, err = c.date("date"); err != nil {
		return q, err
	}
	if first := a.firstDay(x); q.date != "" && q.date < first {
		return q, schema.Invalid("date", "%s is before the experiment's first day, %s", q.date, first)
	}
	if q.coverage, err = c.flag("joinCoverage", false); err != nil {
		return q, err
	}
	if q.series, err = c.flag("series", false); err != nil {
		return q, err
	}
	if q.sql, err = c.flag("sql", false); err != nil {
		return q, err
	}
	if err := firstError(q.statistics(c), q.corrections(c), q.prior(c), q.sprt(c)); err != nil {
		return q, err
	}
	q.limits = c.limits()
	q.asked, err = a.question(c, q)
	return q, err
}

// firstDay is the first metric day on which units can be exposed.
func (a *API) firstDay(x *schema.Experiment) string {
	return x.ExposuresFrom().Time().In(a.location()).Format(time.DateOnly)
}

// limits lists what part of the units, events and days was asked for, and how it is cut, as it was asked.
func (c *call) limits() (all []string) {
	add := func(name, value string) {
		if value != "" && value != "[]" {
			all = append(all, name+":"+value)
		}
	}
	for _, name := range []string{"date", "exposedFrom", "exposedTo", "view", "dimension", "property", "byExposureDate", "interactsWith"} {
		add(name, c.query(name))
	}
	for _, name := range []string{"includeSegment", "excludeSegment", "unitFilter", "filter"} {
		for _, value := range c.queries(name) {
			add(name, value)
		}
	}
	return all
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// statistics reads confidence, side and adjustments; what the experiment has set is the default.
func (q *pulseRequest) statistics(c *call) (err error) {
	text := c.query("confidence")
	if text == "" {
		text = q.Experiment.DefaultConfidenceInterval
	}
	if q.Confidence, err = strconv.ParseFloat(text, 64); err != nil || !(q.Confidence > 50 && q.Confidence < 100) {
		return schema.Invalid("confidence", "%q is not a percentage between 50 and 100", text)
	}
	if q.Side, err = c.oneOf("side", pulse.Sides); err != nil {
		return err
	}
	if q.CUPED, err = c.flag("cuped", false); err != nil {
		return err
	}
	q.Sequential, err = c.flag("sequential", q.Experiment.SequentialTesting)
	return err
}

// corrections reads Statsig's flags, and correction= with the scope in correctionScope=, which know Holm as well.
func (q *pulseRequest) corrections(c *call) error {
	x := q.Experiment
	for _, f := range []struct {
		name string
		set  bool
		to   *stats.Correction
		kind stats.Correction
	}{
		{"applyBonferroniPerVariant", x.BonferroniCorrection, &q.PerVariant, stats.Bonferroni},
		{"applyBonferroniPerMetric", x.BonferroniCorrectionPerMetric, &q.PerMetric, stats.Bonferroni},
		{"applyBenjaminiHochbergPerVariant", x.BenjaminiHochbergPerVariant, &q.PerVariant, stats.BenjaminiHochberg},
		{"applyBenjaminiHochbergPerMetric", x.BenjaminiHochbergPerMetric, &q.PerMetric, stats.BenjaminiHochberg},
		{"applyHolmPerVariant", false, &q.PerVariant, stats.Holm},
		{"applyHolmPerMetric", false, &q.PerMetric, stats.Holm},
	} {
		on, err := c.flag(f.name, f.set)
		if err != nil {
			return err
		}
		if on && *f.to != "" && c.query(f.name) != "" && *f.to != f.kind {
			return schema.Invalid(f.name, "%s applies already; ask for one correction per variant and one per metric", *f.to)
		}
		if on && *f.to == "" {
			*f.to = f.kind
		}
	}
	if q.PerVariant != "" && q.PerMetric != "" && q.PerVariant != q.PerMetric {
		return schema.Invalid("correction", "%s per variant and %s per metric do not go together", q.PerVariant, q.PerMetric)
	}
	q.PrimaryOnly = x.BenjaminiPrimaryMetricsOnly
	var err error
	q.PrimaryWeight, err = c.number("bonferroniPrimaryMetricWeight", 1, 0, 1)
	return err
}

// prior reads the belief before the data, in percent: bayesian=true is a flat one, priorStd= (and priorMean=) a normal one.
func (q *pulseRequest) prior(c *call) error {
	on, err := c.flag("bayesian", q.Experiment.AnalyticsType == "bayesian")
	if err != nil {
		return err
	}
	mean, err := c.number("priorMean", 0, -1e6, 1e6)
	if err != nil {
		return err
	}
	std, err := c.number("priorStd", 0, 0, 1e6)
	if err != nil {
		return err
	}
	if on || std > 0 {
		q.Prior = &stats.NormalPrior{Mean: mean / 100, Variance: std * std / 1e4}
	}
	return nil
}

// sprt reads whether Wald's test is wanted, and the relative change that it is after, in percent, for metrics that have no hypothesized one.
func (q *pulseRequest) sprt(c *call) error {
	on, err := c.flag("sprt", q.Experiment.AnalyticsType == "sprt")
	if err != nil {
		return err
	}
	effect, err := c.number("sprtEffect", 5, 0.001, 1e6)
	if err != nil {
		return err
	}
	if on || c.query("sprtEffect") != "" {
		q.Effect = effect / 100
	}
	return nil
}

// flag reads true or false.
func (c *call) flag(name string, otherwise bool) (bool, error) {
	switch text := c.query(name); text {
	case "":
		return otherwise, nil
	case "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	default:
		return false, schema.Invalid(name, "%q is neither true nor false", text)
	}
}

// eachOf refuses values of a parameter that are not among some.
func eachOf[T ~string](name string, values []string, all []T) error {
	for _, v := range values {
		if !slices.Contains(all, T(v)) {
			return schema.Invalid(name, "%q is not one of %v", v, all)
		}
	}
	return nil
}

// oneOf reads one of some words, by default the first.
func (c *call) oneOf(name string, words []string) (string, error) {
	text := c.query(name)
	if text == "" {
		return words[0], nil
	}
	for _, w := range words {
		if w == text {
			return w, nil
		}
	}
	return "", schema.Invalid(name, "%q is not one of %s", text, strings.Join(words, ", "))
}

// number reads a number between two.
func (c *call) number(name string, otherwise, least, most float64) (float64, error) {
	text := c.query(name)
	if text == "" {
		return otherwise, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= least && v <= most) {
		return 0, schema.Invalid(name, "%q is not between %v and %v", text, least, most)
	}
	return v, nil
}

// date reads a day, "" when it is not given.
func (c *call) date(name string) (string, error) {
	text := c.query(name)
	if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
		return "", schema.Invalid(name, "%q is not a day as yyyy-mm-dd", text)
	}
	return text, nil
}

func group(c *call, x *schema.Experiment, parameter string, otherwise schema.ExperimentGroup) (schema.ExperimentGroup, error) {
	ref := c.query(parameter)
	if ref == "" {
		return otherwise, nil
	}
	g, ok := x.Group(ref)
	if !ok {
		return g, schema.Invalid(parameter, "%q is none of the experiment's groups", ref)
	}
	return g, nil
}

func firstOther(x *schema.Experiment, control schema.ExperimentGroup) schema.ExperimentGroup {
	for _, g := range x.Groups {
		if g.ID != control.ID {
			return g
		}
	}
	return control
}

package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// computed is the answer to a question, or why there is none.
type computed struct {
	slices map[string][]pulse.SliceArms
	// units are those of each group, nil when they could not be counted.
	units  map[string]uint64
	rows   uint64
	status pulse.Status
	detail string
}

// arm is a group's moments of a metric, of a question without cuts.
func (r computed) arm(m schema.Metric, g schema.ExperimentGroup) (pulse.Arm, bool) {
	slices := r.slices[m.VersionID()]
	if len(slices) == 0 {
		return pulse.Arm{Group: g}, r.status == pulse.OK
	}
	return slices[0].Arms[g.ID], true
}

func (r computed) missing(schema.Metric) (pulse.Status, string) { return r.status, r.detail }

// explored asks what no rollup answers: the whole of what the question is limited to, and its cuts.
func (a *API) explored(ctx context.Context, q pulseRequest, metrics map[schema.MetricRef]schema.Metric) (whole, cut computed) {
	ctx, cancel := context.WithTimeout(ctx, a.QueryTimeout)
	defer cancel()
	if q.asked.Limited() {
		whole = a.compute(ctx, q.asked.Whole(), metrics)
	}
	if q.asked.Cuts() > 0 {
		cut = a.compute(ctx, q.asked, metrics)
	}
	return whole, cut
}

func (a *API) compute(ctx context.Context, asked schema.Question, metrics map[schema.MetricRef]schema.Metric) computed {
	s, err := a.explore(ctx, asked, metrics)
	refused, isRefusal := schema.AsError(err)
	switch {
	case err == nil:
		return computed{slices: s.byMetric, units: s.units, rows: s.answer.RowsRead, status: pulse.OK}
	case isRefusal:
		return computed{status: pulse.Failed, detail: refused.Message}
	case errors.Is(err, context.DeadlineExceeded), strings.Contains(err.Error(), "TIMEOUT_EXCEEDED"):
		return computed{status: pulse.TimedOut, detail: "it took longer than " + a.QueryTimeout.String() + "; ask for fewer days, metrics or events"}
	case errors.Is(err, store.ErrSilent):
		return computed{status: pulse.TimedOut, detail: "the engine does not answer: it hangs, or has too much to do; try again"}
	case errors.Is(err, store.ErrAway):
		return computed{status: pulse.Failed, detail: "the engine is away; it is being started again, try in a few seconds"}
	default:
		a.Log.Error("a question about results failed", "experiment", asked.Experiment.ID, "error", err)
		return computed{status: pulse.Failed, detail: "the engine could not compute it; the log has the reason"}
	}
}

// cutUp adds to each result its slices: days as series, values of a dimension as breakdown.
func (a *API) cutUp(q pulseRequest, r *pulse.Report, metrics map[schema.MetricRef]schema.Metric, cut computed, days momentDays) {
	today := a.Now().In(a.location()).Format(time.DateOnly)
	for _, section := range [][]pulse.Result{r.PrimaryMetrics, r.SecondaryMetrics, r.OtherMetrics} {
		for i := range section {
			result := &section[i]
			m, ok := metrics[schema.MetricRef{Name: result.MetricName, Type: result.MetricType}]
			if !ok {
				continue
			}
			if q.series && !q.asked.Limited() {
				result.Series = q.Breakdown(m, *result, days.series(m, today))
			}
			switch slices := q.Breakdown(m, *result, cut.slices[m.VersionID()]); {
			case q.asked.View != schema.Cumulative:
				result.Series = slices
			case q.asked.Cuts() > 0:
				result.DimensionBreakdown = slices
			}
			q.contrast(m, result, cut.slices[m.VersionID()])
		}
	}
	if name := q.brokenBy(); name != "" && cut.status == pulse.OK && !told(cut) {
		r.Warnings = append(r.Warnings, fmt.Sprintf("nothing that is counted here has %q: is its name right?", name))
	}
	if q.series && q.asked.Limited() {
		r.Warnings = append(r.Warnings, "no series: what is kept of each day is of all units and events; ask without limits, or for view=daily, view=days_since or byExposureDate=true")
	}
	if q.asked.Cuts() > 0 && cut.status != pulse.OK {
		r.Warnings = append(r.Warnings, string(cut.status)+": "+cut.detail)
	}
}

// brokenBy is the property of events or units that the results are broken down by, "" for none.
func (q pulseRequest) brokenBy() string {
	if d := q.asked.Dimension; d != nil {
		return d.Column
	}
	return q.asked.Property
}

// told says that something has a value of what an answer is cut by.
func told(cut computed) bool {
	for _, slices := range cut.slices {
		for _, s := range slices {
			if s.Value != "" {
				return true
			}
		}
	}
	return false
}

// contrast says how the effect differs between parts of the units.
func (q pulseRequest) contrast(m schema.Metric, r *pulse.Result, slices []pulse.SliceArms) {
	if len(slices) == 0 || !q.asked.CutsUnits() {
		return
	}
	q.Contrast(m, r, slices)
	if q.asked.Interacts != nil {
		q.Interact(m, r, slices, q.asked.Interacts)
	}
}

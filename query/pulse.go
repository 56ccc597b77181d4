package query

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/pulse/stats"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/moments.sql
var momentsSQL string

// momentsRow is one group's moments of one metric.
type momentsRow struct {
	Scope        string    `ch:"scope"`
	AsOf         time.Time `ch:"as_of"`
	Group        string    `ch:"group_id"`
	Units        uint64    `ch:"units"`
	Participants uint64    `ch:"participants"`
	MeanX        float64   `ch:"mean_x"`
	MeanY        float64   `ch:"mean_y"`
	M2X          float64   `ch:"m2_x"`
	M2Y          float64   `ch:"m2_y"`
	CXY          float64   `ch:"c_xy"`
	TotalX       float64   `ch:"total_x"`
	TotalY       float64   `ch:"total_y"`
	StartedAt    time.Time `ch:"started_at"`
	CompleteTo   time.Time `ch:"complete_to"`
}

func (r momentsRow) arm(g schema.ExperimentGroup) pulse.Arm {
	return pulse.Arm{
		Group: g, Participants: r.Participants, TotalX: r.TotalX, TotalY: r.TotalY,
		PairMoments: stats.PairMoments{N: float64(r.Units), MeanX: r.MeanX, MeanY: r.MeanY, M2X: r.M2X, M2Y: r.M2Y, CXY: r.CXY},
	}
}

// pulseRequest is what pulse_results is asked.
type pulseRequest struct {
	experiment    *schema.Experiment
	control, test schema.ExperimentGroup
	confidence    float64
	date          string
	perVariant    bool
	perMetric     bool
	primaryWeight float64
}

func (a *API) pulseRoutes() []route {
	return []route{
		{"GET", "experiments/*/pulse_results", a.pulseResults},
		{"GET", "experiments/*/cumulative_exposures", a.cumulativeExposures},
	}
}

// pulseResults compares two groups of an experiment for every metric.
func (a *API) pulseResults(c *call) (any, error) {
	started := time.Now()
	q, err := a.pulseRequest(c)
	if err != nil {
		return nil, err
	}
	metrics, err := a.metricsOf(c, q.experiment)
	if err != nil {
		return nil, err
	}
	rows, cost, err := a.moments(c, q, metrics)
	if err != nil {
		return nil, err
	}
	sizes, crossovers, err := a.groupSizes(c, q)
	if err != nil {
		return nil, err
	}
	r := q.report(metrics, rows)
	r.Exposures, r.Crossovers = pulse.Sizes(q.experiment.Groups, sizes), crossovers
	r.SRM = pulse.CheckSRM(r.Exposures)
	r.QueryID, r.RowsRead, r.ElapsedMs = cost.QueryID, cost.RowsRead, float64(time.Since(started).Microseconds())/1000
	return r, nil
}

func (a *API) pulseRequest(c *call) (q pulseRequest, err error) {
	if q.experiment, err = a.Catalog.Experiment(c, c.id); err != nil {
		return q, err
	}
	if q.experiment.StartTime == 0 {
		return q, schema.Errorf(409, "experiment_not_started", "experiment %q has not been started; start it with PUT %sexperiments/%s/start", c.id, prefix, c.id)
	}
	if q.control, err = group(c, q.experiment, "control", q.experiment.Control()); err != nil {
		return q, err
	}
	if q.test, err = group(c, q.experiment, "test", firstOther(q.experiment, q.control)); err != nil {
		return q, err
	}
	if q.control.ID == q.test.ID {
		return q, schema.Invalid("test", "test and control are the same group %q", q.test.ID)
	}
	if q.date, err = c.date("date"); err != nil {
		return q, err
	}
	return q, q.statistics(c)
}

// statistics reads confidence and corrections.
func (q *pulseRequest) statistics(c *call) (err error) {
	text := c.query("confidence")
	if text == "" {
		text = q.experiment.DefaultConfidenceInterval
	}
	if q.confidence, err = strconv.ParseFloat(text, 64); err != nil || !(q.confidence > 50 && q.confidence < 100) {
		return schema.Invalid("confidence", "%q is not a percentage between 50 and 100", text)
	}
	for _, unsupported := range []string{"cuped", "applyBenjaminiHochbergPerMetric", "applyBenjaminiHochbergPerVariant"} {
		if on, err := c.flag(unsupported); err != nil || on {
			return errors.Join(err, schema.Invalid(unsupported, "is not computed yet; leave it out"))
		}
	}
	if q.perVariant, err = c.flag("applyBonferroniPerVariant"); err != nil {
		return err
	}
	if q.perMetric, err = c.flag("applyBonferroniPerMetric"); err != nil {
		return err
	}
	q.primaryWeight = 1
	if text := c.query("bonferroniPrimaryMetricWeight"); text != "" {
		if q.primaryWeight, err = strconv.ParseFloat(text, 64); err != nil || !(q.primaryWeight >= 0 && q.primaryWeight <= 1) {
			return schema.Invalid("bonferroniPrimaryMetricWeight", "%q is not between 0 and 1", text)
		}
	}
	return nil
}

func (c *call) flag(name string) (bool, error) {
	switch text := c.query(name); text {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	default:
		return false, schema.Invalid(name, "%q is neither true nor false", text)
	}
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

// metricsOf finds the definitions of the experiment's metrics; one that was deleted has no version and is left out.
func (a *API) metricsOf(ctx context.Context, x *schema.Experiment) (map[schema.MetricRef]schema.Metric, error) {
	all, err := a.Catalog.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	byRef := make(map[schema.MetricRef]schema.Metric)
	for _, m := range all {
		byRef[m.Ref()] = m
	}
	return byRef, nil
}

// momentsKey finds a group's moments of a metric.
type momentsKey struct{ scope, group string }

func (a *API) moments(ctx context.Context, q pulseRequest, metrics map[schema.MetricRef]schema.Metric) (map[momentsKey]momentsRow, store.Stats, error) {
	var scopes []string
	for _, ref := range q.experiment.Metrics() {
		if m, ok := metrics[ref]; ok {
			scopes = append(scopes, q.scope(m))
		}
	}
	var rows []momentsRow
	var cost store.Stats
	err := a.DB.Select(ctx, &rows, momentsSQL, store.Params{"scopes": scopes, "until": a.until(q)},
		store.WithStats(&cost), store.WithQueryID("pulse-"+uuid.NewString()))
	if err != nil {
		return nil, cost, fmt.Errorf("read moments of %s: %w", q.experiment.ID, err)
	}
	byKey := make(map[momentsKey]momentsRow, len(rows))
	for _, r := range rows {
		byKey[momentsKey{r.Scope, r.Group}] = r
	}
	return byKey, cost, nil
}

// until is the last day that may be shown: the one asked for, but none after the experiment's end, whose moments would be stale.
func (a *API) until(q pulseRequest) string {
	last := "2149-06-06"
	if end := q.experiment.EndTime; end != 0 {
		last = (end - 1).Time().In(a.location()).Format(time.DateOnly)
	}
	if q.date != "" && q.date < last {
		last = q.date
	}
	return last
}

// location is the project's time zone.
func (a *API) location() *time.Location {
	l, err := time.LoadLocation(a.Zone())
	if err != nil {
		a.Log.Error("the project's time zone does not load; days are shown in UTC", "zone", a.Zone(), "error", err)
		return time.UTC
	}
	return l
}

// exposureParams adds to p which exposures count for an experiment.
func (a *API) exposureParams(x *schema.Experiment, p store.Params) store.Params {
	groups := make([]string, len(x.Groups))
	for i, g := range x.Groups {
		groups[i] = g.ID
	}
	end := x.EndTime
	if end == 0 {
		const open = 10_413_791_999_999 // the last instant that ClickHouse's DateTime64 can hold
		end = open
	}
	p["experiment"], p["groups"], p["end"], p["zone"] = x.VersionID(), groups, int64(end), a.Zone()
	return p
}

func (q pulseRequest) scope(m schema.Metric) string {
	return q.experiment.VersionID() + "/" + m.VersionID()
}

// report compares the two groups for every metric.
func (q pulseRequest) report(metrics map[schema.MetricRef]schema.Metric, rows map[momentsKey]momentsRow) pulse.Report {
	r := pulse.Report{
		Experiment: q.experiment.ID, Control: q.control.ID, Test: q.test.ID, Confidence: q.confidence, Applied: q.applied(),
		OtherMetrics: []pulse.Result{},
	}
	primary, secondary := q.alphas()
	r.PrimaryMetrics = q.compare(&r, q.experiment.PrimaryMetrics, primary, metrics, rows)
	r.SecondaryMetrics = q.compare(&r, q.experiment.SecondaryMetrics, secondary, metrics, rows)
	return r
}

// alphas are the error rates of primary and secondary metrics after the corrections asked for.
func (q pulseRequest) alphas() (primary, secondary float64) {
	alpha, treatments := 1-q.confidence/100, 1
	if q.perVariant {
		treatments = len(q.experiment.Groups) - 1
	}
	if !q.perMetric {
		return alpha / float64(treatments), alpha / float64(treatments)
	}
	weight, primaries, secondaries := q.primaryWeight, len(q.experiment.PrimaryMetrics), len(q.experiment.SecondaryMetrics)
	if secondaries == 0 {
		weight = 1
	}
	primary, secondary, _ = stats.AllocateAlpha(alpha, weight, primaries, secondaries, treatments)
	return primary, secondary
}

func (q pulseRequest) applied() []string {
	applied := []string{"attribution:" + string(q.experiment.Attribution), "crossovers:" + string(q.experiment.Crossovers)}
	if q.perVariant {
		applied = append(applied, "bonferroni_per_variant")
	}
	if q.perMetric {
		applied = append(applied, fmt.Sprintf("bonferroni_per_metric:%v", q.primaryWeight))
	}
	return applied
}

func (q pulseRequest) compare(r *pulse.Report, refs []schema.MetricRef, alpha float64, metrics map[schema.MetricRef]schema.Metric, rows map[momentsKey]momentsRow) []pulse.Result {
	results := make([]pulse.Result, 0, len(refs))
	for _, ref := range refs {
		m, ok := metrics[ref]
		if !ok {
			results = append(results, pulse.Result{MetricID: ref.ID(), MetricName: ref.Name, MetricType: ref.Type, Status: pulse.Failed, Detail: "the metric has been deleted", Methods: []string{}})
			continue
		}
		control, ok1 := rows[momentsKey{q.scope(m), q.control.ID}]
		test, ok2 := rows[momentsKey{q.scope(m), q.test.ID}]
		if !ok1 && !ok2 {
			results = append(results, pulse.Result{
				MetricID: m.ID(), MetricName: m.Name, MetricType: m.Type, Directionality: m.Directionality,
				Status: pulse.Pending, Detail: "the rollup has not computed this metric yet, or nobody has been exposed", Methods: []string{},
			})
			continue
		}
		newest := test
		if control.StartedAt.After(newest.StartedAt) {
			newest = control
		}
		stamp(r, newest)
		options := pulse.Options{Alpha: alpha, Days: days(q.experiment, newest.AsOf)}
		results = append(results, pulse.Compare(m, control.arm(q.control), test.arm(q.test), options))
	}
	return results
}

// days is how many days the experiment has run, up to and including asOf.
func days(x *schema.Experiment, asOf time.Time) int {
	return int(asOf.Sub(x.ExposuresFrom().Time().Truncate(24*time.Hour))/(24*time.Hour)) + 1
}

// stamp says of the report up to when it is complete: what is true of all its metrics.
func stamp(r *pulse.Report, row momentsRow) {
	asOf, complete := schema.Millis(row.StartedAt.UnixMilli()), schema.Millis(row.CompleteTo.UnixMilli())
	if r.AsOf == nil || asOf < *r.AsOf {
		r.AsOf = &asOf
	}
	if r.DataCompleteTo == nil || complete < *r.DataCompleteTo {
		r.DataCompleteTo = &complete
	}
	if day := row.AsOf.Format(time.DateOnly); r.DS == "" || day < r.DS {
		r.DS = day
	}
}

//go:embed sql/group_sizes.sql
var groupSizesSQL string

// groupSizes counts the units that each group has, as of the day asked for, and those that saw more than one.
func (a *API) groupSizes(ctx context.Context, q pulseRequest) (units map[string]uint64, crossovers uint64, err error) {
	var rows []struct {
		Group     string `ch:"group_id"`
		Units     uint64 `ch:"units"`
		Crossover uint8  `ch:"crossover"`
	}
	if err := a.DB.Select(ctx, &rows, groupSizesSQL, a.exposureParams(q.experiment, store.Params{"until": a.until(q)})); err != nil {
		return nil, 0, fmt.Errorf("count exposed units of %s: %w", q.experiment.ID, err)
	}
	units = make(map[string]uint64)
	for _, r := range rows {
		if r.Crossover != 0 {
			crossovers += r.Units
		}
		if r.Crossover == 0 || q.experiment.Crossovers == schema.KeepCrossovers {
			units[r.Group] += r.Units
		}
	}
	return units, crossovers, nil
}

package rollup

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// experiment is a definition made ready for statements.
type experiment struct {
	schema.Experiment
	version string
	// definition is a hash of all that decides which units, groups and events count.
	definition uint64
	// unit is the SQL of the column that holds the unit id; it may name the parameter unit_type.
	unit       string
	ids, names []string // of the groups
	endDay     Day
	metrics    []*metric
	// undefined are metrics that the experiment names and nobody defines.
	undefined []schema.MetricRef
}

func newExperiment(x schema.Experiment, zone func(schema.Millis) Day) experiment {
	e := experiment{Experiment: x, version: x.VersionID(), unit: x.IDType.Column("unit_type"), endDay: forever}
	for _, g := range x.Groups {
		e.ids, e.names = append(e.ids, g.ID), append(e.names, g.Name)
	}
	if x.EndTime != 0 {
		e.endDay = zone(x.EndTime - 1)
	}
	e.definition = e.hash()
	return e
}

// hash covers what a change of makes the experiment's history worth reading again; another run is another version anyway.
func (x *experiment) hash() uint64 {
	text, err := json.Marshal([]any{
		x.ID, x.Name, x.IDType.Key(), x.ids, x.names, x.ExposuresFrom(), x.EndTime, x.byDay(), x.keepCrossovers(),
		x.SecondaryIDType.Key(), x.MappingMode, x.CUPEDWindow, x.Overridden(),
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	h := fnv.New64a()
	h.Write(text)
	return h.Sum64()
}

func (x *experiment) byDay() bool          { return x.Attribution == schema.FromDay }
func (x *experiment) keepCrossovers() bool { return x.Crossovers == schema.KeepCrossovers }

// job names the watermark of the experiment's first exposures.
func (x *experiment) job() string { return "exposures:" + x.version }

// next is the first load of a spool that the experiment has not seen under its present definition.
func (x *experiment) next(done watermarks, spool uint64) uint64 {
	w, ok := done[x.job()][spool]
	if !ok || w.Definition != x.definition {
		return 0
	}
	return w.Seq + 1
}

// scope names what a metric has in the experiment.
func (x *experiment) scope(metricVersion string) string { return x.version + "/" + metricVersion }

// params are those of every statement about the experiment.
func (x *experiment) params(zone string) store.Params {
	return with(x.UnitParams(zone), store.Params{
		"id": x.exposedAs(x.ID), "name": x.exposedAs(x.Name), "rule": x.Comparison.Rule, "unit_type": x.IDType.Key(), "group_names": x.names,
		"start": int64(x.ExposuresFrom()), "by_day": x.byDay(),
	})
}

// pastParams are how many days before exposure metrics look back: each, by place, and the most.
func (x *experiment) pastParams(ms []*metric) store.Params {
	windows := []uint16{}
	for _, m := range ms {
		windows = append(windows, uint16(x.Window(&m.Metric)))
	}
	return store.Params{"windows": windows, "early_days": uint16(x.longestPast(ms))}
}

func (x *experiment) longestPast(ms []*metric) int {
	longest := 0
	for _, m := range ms {
		longest = max(longest, x.Window(&m.Metric))
	}
	return longest
}

// exposedAs is the name under which exposures are logged.
func (x *experiment) exposedAs(name string) string {
	if x.Comparison.Kind != "" {
		return x.Comparison.Name
	}
	return name
}

// plan is the definitions of one cycle.
type plan struct {
	experiments []experiment
	metrics     []metric
}

func (r *Runner) newPlan(xs []schema.Experiment, ms []schema.Metric) *plan {
	p := &plan{metrics: make([]metric, 0, len(ms))}
	byRef := make(map[schema.MetricRef]*metric)
	for _, m := range ms {
		p.metrics = append(p.metrics, metric{m, m.VersionID()})
		byRef[m.Ref()] = &p.metrics[len(p.metrics)-1]
	}
	for _, ref := range namedBy(xs) {
		if m, ok := schema.AutoMetric(ref); ok && byRef[ref] == nil {
			byRef[ref] = &metric{m, m.VersionID()}
		}
	}
	day := func(at schema.Millis) Day { return DayIn(r.o.Zone, at) }
	for _, x := range xs {
		e := newExperiment(x, day)
		for _, ref := range x.Metrics() {
			if m := byRef[ref]; m != nil {
				e.metrics = append(e.metrics, m)
			} else {
				e.undefined = append(e.undefined, ref)
			}
		}
		p.experiments = append(p.experiments, e)
	}
	return p
}

// namedBy lists what experiments name; some of it may exist without a definition.
func namedBy(xs []schema.Experiment) []schema.MetricRef {
	var refs []schema.MetricRef
	for i := range xs {
		refs = append(refs, xs[i].Metrics()...)
	}
	return refs
}

// errUndefined is the error of a scope whose metric nobody defined.
func errUndefined(ref schema.MetricRef) error {
	return fmt.Errorf("metric %q is not defined", ref.ID())
}

// hash tells whether the definitions changed since the last look.
func (p *plan) hash() uint64 {
	h := fnv.New64a()
	for i := range p.experiments {
		x := &p.experiments[i]
		fmt.Fprintf(h, "x %s %x %d\n", x.version, x.definition, x.endDay)
		for _, m := range x.metrics {
			fmt.Fprintf(h, "%s\n", m.version)
		}
	}
	for i := range p.metrics {
		fmt.Fprintf(h, "m %s\n", p.metrics[i].version)
	}
	return h.Sum64()
}

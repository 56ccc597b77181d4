package query

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
)

// experimentRef is an experiment in lists of other nouns.
type experimentRef struct {
	ID     string                  `json:"id"`
	Name   string                  `json:"name"`
	Status schema.ExperimentStatus `json:"status"`
}

// usedBy is one metric with who uses it: from its events to the experiments that look at it.
type usedBy struct {
	MetricID    string          `json:"metricID"`
	Events      []string        `json:"events"`
	Components  []string        `json:"components"`
	Composites  []string        `json:"composites"`
	Experiments []experimentRef `json:"experiments"`
}

// metricLineage answers metrics/{id}/lineage.
func (a *API) metricLineage(c *call) (any, error) {
	m, err := a.anyMetric(c, c.id)
	if err != nil {
		return nil, err
	}
	l := shown(*m).Lineage
	u := usedBy{MetricID: m.ID(), Events: l.Events, Components: l.Metrics, Composites: []string{}}
	composites, err := a.composites(c, m.Ref())
	if err != nil {
		return nil, err
	}
	for i := range composites {
		u.Composites = append(u.Composites, composites[i].ID())
	}
	u.Experiments, err = a.experimentsOf(c, m.Ref())
	return u, err
}

func (a *API) experimentsOf(c *call, ref schema.MetricRef) ([]experimentRef, error) {
	all, err := a.Catalog.Experiments(c)
	refs := []experimentRef{}
	for i := range all {
		if slices.Contains(all[i].Metrics(), ref) {
			refs = append(refs, experimentRef{all[i].ID, all[i].Name, all[i].Status})
		}
	}
	return refs, err
}

// eventMetrics answers events/{name}/metrics: the metrics made from an event, those it has by itself first.
func (a *API) eventMetrics(c *call) (any, error) {
	all := []metric{}
	for _, t := range []schema.MetricType{schema.AutoCount, schema.AutoUsers, schema.AutoSum, schema.AutoMean} {
		m, _ := schema.AutoMetric(schema.MetricRef{Name: c.id, Type: t})
		all = append(all, shown(m))
	}
	defined, err := a.Catalog.Metrics(c)
	if err != nil {
		return nil, err
	}
	for _, m := range defined {
		if slices.Contains(shown(m).Lineage.Events, c.id) {
			all = append(all, shown(m))
		}
	}
	return page(c, all)
}

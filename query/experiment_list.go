package query

import (
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// listExperiments lists those that fit the query.
func (a *API) listExperiments(c *call) (any, error) {
	return a.experimentsWhere(c, func(*schema.Experiment) bool { return true })
}

// experimentsOfMetric lists the experiments that look at a metric.
func (a *API) experimentsOfMetric(c *call) (any, error) {
	m, err := a.Catalog.Metric(c, c.id)
	if err != nil {
		return nil, err
	}
	return a.experimentsWhere(c, func(x *schema.Experiment) bool { return slices.Contains(x.Metrics(), m.Ref()) })
}

func (a *API) experimentsWhere(c *call, also func(*schema.Experiment) bool) (any, error) {
	all, err := a.Catalog.Experiments(c)
	if err != nil {
		return nil, err
	}
	fits, err := experimentFilter(c)
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for i := range all {
		if fits(&all[i]) && also(&all[i]) {
			kept = append(kept, all[i])
		}
	}
	return page(c, kept)
}

// experimentFilter reads the query of a list of experiments; a parameter that comes several times asks for any of its values.
func experimentFilter(c *call) (func(*schema.Experiment) bool, error) {
	statuses, tags := c.queries("status"), c.queries("tags")
	layer, unit := c.query("layerID"), strings.ToLower(c.query("idType"))
	from, err := c.instant("createdStartDate")
	if err != nil {
		return nil, err
	}
	to, err := c.instant("createdEndDate")
	if err != nil {
		return nil, err
	}
	return func(x *schema.Experiment) bool {
		return (len(statuses) == 0 || slices.Contains(statuses, string(x.Status))) &&
			(len(tags) == 0 || slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(x.Tags, t) })) &&
			(layer == "" || x.LayerID == layer) && (unit == "" || x.IDType.Key() == unit) &&
			x.CreatedTime >= from && (to == 0 || x.CreatedTime <= to)
	}, nil
}

// queries lists the values of a parameter that may come several times, also as NAME[].
func (c *call) queries(name string) []string {
	var all []string
	for _, n := range []string{name, name + "[]"} {
		for _, v := range c.QueryArgs().PeekMulti(n) {
			all = append(all, string(v))
		}
	}
	return all
}

// instant reads a time, 0 when it is not given: RFC 3339, a day, or Unix milliseconds.
func (c *call) instant(name string) (schema.Millis, error) {
	text := c.query(name)
	if text == "" {
		return 0, nil
	}
	if day, err := c.date(name); err == nil {
		text = day + "T00:00:00Z"
	}
	var at instant
	if err := at.read(text); err != nil {
		return 0, schema.Invalid(name, "%q is neither a day, nor RFC 3339, nor Unix milliseconds", text)
	}
	return schema.Millis(at), nil
}

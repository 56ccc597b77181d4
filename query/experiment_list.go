package query

import (
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// listExperiments lists those that fit the query.
func (a *API) listExperiments(c *call) (any, error) {
	return a.experimentsWhere(c, func(*schema.Experiment) bool { return true })
}

// experimentsOfMetric lists the experiments that look at a metric.
func (a *API) experimentsOfMetric(c *call) (any, error) {
	m, err := a.anyMetric(c, c.id)
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
	fits, err := a.experimentFilter(c)
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
func (a *API) experimentFilter(c *call) (func(*schema.Experiment) bool, error) {
	statuses, tags := c.queries("status"), c.queries("tags")
	if err := eachOf("status", statuses, schema.ExperimentStatuses); err != nil {
		return nil, err
	}
	layer, unit := c.query("layerID"), strings.ToLower(c.query("idType"))
	from, err := a.createdAt(c, "createdStartDate")
	if err != nil {
		return nil, err
	}
	to, err := a.createdAt(c, "createdEndDate")
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
	c.asked = append(c.asked, name, name+"[]")
	var all []string
	for _, n := range []string{name, name + "[]"} {
		for _, v := range c.QueryArgs().PeekMulti(n) {
			all = append(all, string(v))
		}
	}
	return all
}

// createdAt reads the instant or the day that a list is to begin or end with, 0 when it is not given.
func (a *API) createdAt(c *call, name string) (schema.Millis, error) {
	if day, err := time.ParseInLocation(time.DateOnly, c.query(name), a.location()); err == nil {
		return schema.Millis(day.UnixMilli()), nil
	}
	at, err := c.instant(name, time.UnixMilli(0))
	return schema.Millis(at.UnixMilli()), err
}

package query

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/event_names.sql
var eventNamesSQL string

// autoNames bounds how many event names have metrics in lists: names made of ids would make millions.
const autoNames = 5000

// autoMetrics lists what exists without a definition: of every event, and of what users do.
func (a *API) autoMetrics(ctx context.Context) ([]schema.Metric, error) {
	var names []struct {
		Name     string `ch:"name"`
		Total    uint64 `ch:"total"`
		HasValue bool   `ch:"has_value"`
	}
	if err := a.DB.Select(ctx, &names, eventNamesSQL, store.Params{"limit": uint64(autoNames)}); err != nil {
		return nil, err
	}
	all := userMetrics()
	for _, n := range names {
		types := []schema.MetricType{schema.AutoCount, schema.AutoUsers}
		if n.HasValue {
			types = append(types, schema.AutoSum, schema.AutoMean)
		}
		for _, t := range types {
			m, _ := schema.AutoMetric(schema.MetricRef{Name: n.Name, Type: t})
			all = append(all, m)
		}
	}
	return all, nil
}

func userMetrics() []schema.Metric {
	all := make([]schema.Metric, len(schema.UserMetrics))
	for i, u := range schema.UserMetrics {
		all[i] = schema.Metric{
			Name: u.Name, Type: schema.UserType, Description: u.Description, Directionality: "increase", MetricEvents: []schema.MetricEvent{},
		}
	}
	return all
}

// everyMetric lists the defined metrics, then the others.
func (a *API) everyMetric(ctx context.Context) ([]schema.Metric, error) {
	defined, err := a.Catalog.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	auto, err := a.autoMetrics(ctx)
	return append(defined, auto...), err
}

// anyMetric finds a metric by id, defined or not.
func (a *API) anyMetric(ctx context.Context, id string) (*schema.Metric, error) {
	ref, err := schema.ParseMetricID(id)
	if err != nil {
		return nil, err
	}
	if m := undefinedMetric(ref); m != nil {
		return m, nil
	}
	return a.Catalog.Metric(ctx, id)
}

// undefinedMetric is one that exists without a definition, or nil.
func undefinedMetric(ref schema.MetricRef) *schema.Metric {
	if ref.Type == schema.UserType {
		for _, m := range userMetrics() {
			if m.Name == ref.Name {
				return &m
			}
		}
	}
	if m, ok := schema.AutoMetric(ref); ok {
		return &m
	}
	return nil
}

// metricsNamed finds the metrics of the parameter ids: metric ids, separated by commas. It may be given several times.
func (a *API) metricsNamed(c *call) ([]schema.Metric, error) {
	defined, err := a.knownMetrics(c)
	if err != nil {
		return nil, err
	}
	var metrics []schema.Metric
	for _, value := range c.queries("ids") {
		for _, id := range splitIDs(value) {
			id, version := cutVersion(id)
			ref, err := schema.ParseMetricID(id)
			if err != nil {
				return nil, err
			}
			m := undefinedMetric(ref)
			if i := slices.IndexFunc(defined, func(d schema.Metric) bool { return d.Ref() == ref }); i >= 0 && m == nil {
				m = &defined[i]
			}
			if m == nil {
				return nil, schema.NotFound("metric", id)
			}
			if version > 0 && version != m.Version {
				if m, err = a.olderMetric(c, id, version); err != nil {
					return nil, err
				}
			}
			metrics = append(metrics, *m)
		}
	}
	if len(metrics) == 0 || len(metrics) > 200 {
		return nil, schema.Invalid("ids", "names %d metrics; give 1 to 200 ids as name::type, separated by commas", len(metrics))
	}
	return metrics, nil
}

// cutVersion takes the version from an id that names one, as name::type@2; 0 is the one in force.
func cutVersion(id string) (metric string, version int) {
	if m := versionedID.FindStringSubmatch(id); m != nil {
		version, _ = strconv.Atoi(m[2])
		return m[1], version
	}
	return id, 0
}

var versionedID = regexp.MustCompile(`^(.+::[a-z_]+)@([1-9][0-9]{0,8})$`)

// olderMetric is a metric as it was defined when it had a version.
func (a *API) olderMetric(ctx context.Context, id string, version int) (*schema.Metric, error) {
	rows, err := a.Catalog.MetricHistory(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		var m schema.Metric
		if err := json.Unmarshal([]byte(r.Body), &m); err == nil && m.Version == version {
			return &m, nil
		}
	}
	return nil, schema.NotFound("metric", fmt.Sprintf("%s@%d", id, version))
}

// splitIDs cuts a list at its commas. Names may hold commas themselves: what is between two of them and is no id belongs to
// the next one.
func splitIDs(list string) []string {
	types := slices.Concat(schema.MetricTypes, []schema.MetricType{schema.AutoCount, schema.AutoUsers, schema.AutoSum, schema.AutoMean, schema.UserType})
	var ids []string
	open := ""
	for _, piece := range strings.Split(list, ",") {
		open += piece
		id, _ := cutVersion(open)
		ref, err := schema.ParseMetricID(id)
		if err == nil && slices.Contains(types, ref.Type) {
			ids, open = append(ids, strings.TrimSpace(open)), ""
			continue
		}
		open += ","
	}
	if open = strings.TrimSuffix(open, ","); open != "" {
		ids = append(ids, open)
	}
	return ids
}

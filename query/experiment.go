package query

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

func (a *API) experimentRoutes() []route {
	return []route{
		{"POST", "experiments", a.createExperiment},
		{"GET", "experiments", a.listExperiments},
		{"GET", "experiments/*", a.getExperiment},
		{"POST", "experiments/*", a.replaceExperiment},
		{"PATCH", "experiments/*", a.patchExperiment},
		{"DELETE", "experiments/*", a.deleteExperiment},
		{"PUT", "experiments/*/start", a.startExperiment},
		{"PUT", "experiments/*/reset", a.resetExperiment},
		{"POST", "experiments/*/restart_as_new", a.restartExperiment},
		{"PUT", "experiments/*/make_decision", a.decideExperiment},
		{"PUT", "experiments/*/abandon", a.abandonExperiment},
		{"PUT", "experiments/*/archive", a.archiveExperiment},
		{"PUT", "experiments/*/unarchive", a.unarchiveExperiment},
		{"PUT", "experiments/*/stop", a.stopExperiment},
		{"POST", "experiments/*/disable_groups", a.disableGroups(true)},
		{"POST", "experiments/*/enable_groups", a.disableGroups(false)},
		{"GET", "experiments/*/overrides", a.getOverrides},
		{"POST", "experiments/*/overrides", a.changeOverrides(replaceOverrides)},
		{"PATCH", "experiments/*/overrides", a.changeOverrides(addOverrides)},
		{"DELETE", "experiments/*/overrides", a.changeOverrides(removeOverrides)},
	}
}

func (a *API) createExperiment(c *call) (any, error) {
	var x schema.Experiment
	if err := c.body(&x); err != nil {
		return nil, err
	}
	wanted := x.Status
	x = keepLife(x, schema.Experiment{})
	if x.ID == "" {
		x.ID = x.Name
	}
	x.Salt = uuid.NewString()
	switch wanted {
	case "", schema.Setup:
	case schema.Active:
		x.Status = schema.Setup
		if err := x.Start(a.now(), 0, 0); err != nil {
			return nil, err
		}
	default:
		return nil, schema.Invalid("status", "an experiment begins as %q or %q, not as %q", schema.Setup, schema.Active, wanted)
	}
	return a.saveNew(c, &x)
}

// saveNew writes an experiment whose id nobody has.
func (a *API) saveNew(c *call, x *schema.Experiment) (any, error) {
	if err := a.checkExperiment(c, x); err != nil {
		return nil, err
	}
	if _, err := a.Catalog.Experiment(c, x.ID); err == nil {
		return nil, schema.Errorf(409, "experiment_exists", "experiment %q exists; change it with PATCH /console/v1/experiments/{id}", x.ID)
	} else if e, ok := schema.AsError(err); !ok || e.Status != 404 {
		return nil, err
	}
	if err := a.Catalog.SaveExperiment(c, c.author, x); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return x, nil
}

// checkExperiment validates, and wants whatever it names to exist.
func (a *API) checkExperiment(c *call, x *schema.Experiment) error {
	if err := x.Validate(); err != nil {
		return err
	}
	if err := firstError(a.checkReferences(c, x), a.checkIDType(c, x.IDType)); err != nil {
		return err
	}
	return a.checkMetrics(c, map[string][]schema.ExperimentMetric{"primaryMetrics": x.PrimaryMetrics, "secondaryMetrics": x.SecondaryMetrics, "otherMetrics": x.OtherMetrics})
}

// checkMetrics wants the metrics that the fields of a definition name to exist.
func (a *API) checkMetrics(ctx context.Context, fields map[string][]schema.ExperimentMetric) error {
	metrics, err := a.Catalog.Metrics(ctx)
	if err != nil {
		return err
	}
	known := make(map[schema.MetricRef]bool, len(metrics))
	for _, m := range metrics {
		known[m.Ref()] = true
	}
	for field, refs := range fields {
		for _, ref := range refs {
			if _, auto := schema.AutoMetric(ref.MetricRef); !auto && !known[ref.MetricRef] {
				return schema.Invalid(field, "there is no metric %q of type %q; create it first with POST /console/v1/metrics", ref.Name, ref.Type)
			}
		}
	}
	return nil
}

// checkMonitoring wants metrics that a gate or holdout has not had before to exist. Those that it had may have been deleted since: it can be
// switched off nevertheless.
func checkMonitoring[T any, P catalog.Definition[T]](c *call, a *API, kind catalog.Kind[T, P], v *T, monitored func(*T) []schema.ExperimentMetric) error {
	fresh := slices.Clone(monitored(v))
	if len(fresh) == 0 {
		return nil
	}
	if old, err := kind.Get(c, a.Catalog, P(v).Heading().ID); err == nil {
		fresh = slices.DeleteFunc(fresh, func(m schema.ExperimentMetric) bool {
			return slices.ContainsFunc(monitored(old), func(o schema.ExperimentMetric) bool { return o.MetricRef == m.MetricRef })
		})
	}
	return a.checkMetrics(c, map[string][]schema.ExperimentMetric{"monitoringMetrics": fresh})
}

// getExperiment shows an experiment, with healthChecks=true also how it is.
func (a *API) getExperiment(c *call) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	asked, err := c.flag("healthChecks", false)
	if err != nil || !asked {
		return x, err
	}
	h, err := a.health(c, x)
	return struct {
		*schema.Experiment
		health
	}{x, h}, err
}

// replaceExperiment takes the whole definition anew; what the experiment has lived through stays.
func (a *API) replaceExperiment(c *call) (any, error) {
	return a.change(c, func(x *schema.Experiment) error {
		fresh := schema.Experiment{ID: x.ID, Name: x.Name}
		if err := c.body(&fresh); err != nil {
			return err
		}
		*x = keepLife(fresh, *x)
		return nil
	})
}

// patchExperiment changes the fields that the body has, each as a whole.
func (a *API) patchExperiment(c *call) (any, error) {
	return a.change(c, func(x *schema.Experiment) error {
		text, err := json.Marshal(x)
		if err != nil {
			return err
		}
		var fresh schema.Experiment
		if err := json.Unmarshal(text, &fresh); err != nil {
			return err
		}
		if err := c.overlay(&fresh); err != nil {
			return err
		}
		*x = keepLife(fresh, *x)
		return nil
	})
}

// keepLife keeps what only start, decisions and the catalogue may change.
func keepLife(fresh, old schema.Experiment) schema.Experiment {
	if old.ID != "" {
		fresh.ID = old.ID
	}
	fresh.Status, fresh.Run, fresh.Version, fresh.CreatedTime = old.Status, old.Run, old.Version, old.CreatedTime
	fresh.StartTime, fresh.EndTime, fresh.AnalysisStartTime, fresh.DecisionTime = old.StartTime, old.EndTime, old.AnalysisStartTime, old.DecisionTime
	fresh.LaunchedGroupID, fresh.DecisionReason = old.LaunchedGroupID, old.DecisionReason
	fresh.ArchiveReason, fresh.ArchivedFrom, fresh.Salt = old.ArchiveReason, old.ArchivedFrom, old.Salt
	if old.ID != "" && fresh.Overrides.IsZero() {
		fresh.Overrides = old.Overrides
	}
	return fresh
}

// change reads an experiment, changes it, checks it, and writes its next version.
func (a *API) change(c *call, f func(*schema.Experiment) error) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	if err := f(x); err != nil {
		return nil, err
	}
	if err := a.checkExperiment(c, x); err != nil {
		return nil, err
	}
	return x, a.Catalog.SaveExperiment(c, c.author, x)
}

// deleteExperiment hides the definition; its history and the raw events stay.
func (a *API) deleteExperiment(c *call) (any, error) {
	if _, err := a.Catalog.Experiment(c, c.id); err != nil {
		return nil, err
	}
	if err := a.unreferenced(c, catalog.ExperimentKind, c.id); err != nil {
		return nil, err
	}
	return nil, a.Catalog.DeleteExperiment(c, c.author, c.id)
}

func (a *API) now() schema.Millis { return schema.Millis(a.Now().UnixMilli()) }

package query

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
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
		{"PUT", "experiments/*/make_decision", a.decideExperiment},
		{"PUT", "experiments/*/abandon", a.abandonExperiment},
		{"PUT", "experiments/*/archive", a.archiveExperiment},
	}
}

func (a *API) createExperiment(c *call) (any, error) {
	var x schema.Experiment
	if err := c.body(&x); err != nil {
		return nil, err
	}
	x.Status, x.StartTime, x.EndTime, x.AnalysisStartTime, x.Run, x.CreatedTime = "", 0, 0, 0, 0, 0
	if err := a.checkExperiment(c, &x); err != nil {
		return nil, err
	}
	if _, err := a.Catalog.Experiment(c, x.ID); err == nil {
		return nil, schema.Errorf(409, "experiment_exists", "experiment %q exists; change it with PATCH /console/v1/experiments/{id}", x.ID)
	} else if e, ok := schema.AsError(err); !ok || e.Status != 404 {
		return nil, err
	}
	if err := a.Catalog.SaveExperiment(c, c.author, &x); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return x, nil
}

// checkExperiment validates, and wants every metric it names to exist.
func (a *API) checkExperiment(c *call, x *schema.Experiment) error {
	if err := x.Validate(); err != nil {
		return err
	}
	metrics, err := a.Catalog.Metrics(c)
	if err != nil {
		return err
	}
	known := make(map[schema.MetricRef]bool, len(metrics))
	for _, m := range metrics {
		known[m.Ref()] = true
	}
	for field, refs := range map[string][]schema.MetricRef{"primaryMetrics": x.PrimaryMetrics, "secondaryMetrics": x.SecondaryMetrics} {
		for _, ref := range refs {
			if !known[ref] {
				return schema.Invalid(field, "there is no metric %q of type %q; create it first with POST /console/v1/metrics", ref.Name, ref.Type)
			}
		}
	}
	return nil
}

func (a *API) listExperiments(c *call) (any, error) {
	all, err := a.Catalog.Experiments(c)
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for _, x := range all {
		if status := c.query("status"); status == "" || status == string(x.Status) {
			kept = append(kept, x)
		}
	}
	return page(c, kept)
}

func (a *API) getExperiment(c *call) (any, error) { return a.Catalog.Experiment(c, c.id) }

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

// patchExperiment changes the fields that the body has.
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
		if err := c.body(&fresh); err != nil {
			return err
		}
		*x = keepLife(fresh, *x)
		return nil
	})
}

// keepLife keeps what only start, decisions and the catalogue may change.
func keepLife(fresh, old schema.Experiment) schema.Experiment {
	fresh.ID, fresh.Status, fresh.Run, fresh.Version, fresh.CreatedTime = old.ID, old.Status, old.Run, old.Version, old.CreatedTime
	fresh.StartTime, fresh.EndTime, fresh.AnalysisStartTime = old.StartTime, old.EndTime, old.AnalysisStartTime
	fresh.LaunchedGroupID, fresh.DecisionReason = old.LaunchedGroupID, old.DecisionReason
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
	return nil, a.Catalog.DeleteExperiment(c, c.author, c.id)
}

func (a *API) now() schema.Millis { return schema.Millis(a.Now().UnixMilli()) }

// startExperiment begins the next run: results are kept from here on, or from analysisStartTime.
func (a *API) startExperiment(c *call) (any, error) {
	var body struct {
		AnalysisStartTime instant `json:"analysisStartTime"`
		AnalysisEndTime   instant `json:"analysisEndTime"`
	}
	return a.change(c, func(x *schema.Experiment) error {
		if err := c.body(&body); err != nil {
			return err
		}
		if x.Status == schema.Active {
			return schema.Errorf(409, "experiment_started", "experiment %q is running since %s", x.ID, x.StartTime.Time().Format(time.RFC3339))
		}
		x.Status, x.StartTime, x.Run = schema.Active, a.now(), x.Run+1
		x.AnalysisStartTime, x.EndTime = schema.Millis(body.AnalysisStartTime), schema.Millis(body.AnalysisEndTime)
		if end := x.EndTime; end != 0 && end <= x.ExposuresFrom() {
			return schema.Invalid("analysisEndTime", "is not after the start")
		}
		return nil
	})
}

// resetExperiment puts it back to set-up: the next start begins with no results.
func (a *API) resetExperiment(c *call) (any, error) {
	return a.change(c, func(x *schema.Experiment) error {
		x.Status, x.StartTime, x.EndTime, x.AnalysisStartTime = schema.Setup, 0, 0, 0
		return nil
	})
}

func (a *API) decideExperiment(c *call) (any, error) {
	var body struct {
		ID             string `json:"id"`
		DecisionReason string `json:"decisionReason"`
	}
	return a.change(c, func(x *schema.Experiment) error {
		if err := c.body(&body); err != nil {
			return err
		}
		g, ok := x.Group(body.ID)
		if !ok {
			return schema.Invalid("id", "%q is none of the experiment's groups", body.ID)
		}
		return x.Finish(schema.DecisionMade, a.now(), g.ID, body.DecisionReason)
	})
}

func (a *API) abandonExperiment(c *call) (any, error) {
	var body struct {
		DecisionReason string `json:"decisionReason"`
	}
	return a.change(c, func(x *schema.Experiment) error {
		if err := c.body(&body); err != nil {
			return err
		}
		return x.Finish(schema.Abandoned, a.now(), "", body.DecisionReason)
	})
}

func (a *API) archiveExperiment(c *call) (any, error) {
	return a.change(c, func(x *schema.Experiment) error {
		x.Status = schema.Archived
		return nil
	})
}

// instant is a time in a body: RFC 3339, or Unix milliseconds as number or string.
type instant schema.Millis

// UnmarshalJSON reads the forms of a time.
func (i *instant) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" || text == `""` {
		return nil
	}
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		*i = instant(ms)
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return schema.Invalid("analysisStartTime", "%q is neither RFC 3339 nor Unix milliseconds", text)
	}
	*i = instant(t.UnixMilli())
	return nil
}

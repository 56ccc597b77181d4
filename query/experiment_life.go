package query

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/schema"
)

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
		return x.Start(a.now(), schema.Millis(body.AnalysisStartTime), schema.Millis(body.AnalysisEndTime))
	})
}

// resetExperiment puts it back to set-up: the next start begins with no results, and draws units anew.
func (a *API) resetExperiment(c *call) (any, error) {
	return a.change(c, func(x *schema.Experiment) error {
		x.Reset(uuid.NewString())
		return nil
	})
}

// restartExperiment makes a copy under another name and starts it; the old one is stopped.
func (a *API) restartExperiment(c *call) (any, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := c.body(&body); err != nil {
		return nil, err
	}
	if body.Name == "" {
		return nil, schema.Invalid("name", "must name the new experiment")
	}
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	fresh := keepLife(*x, schema.Experiment{})
	fresh.ID, fresh.Name, fresh.Status, fresh.Salt = body.Name, body.Name, schema.Setup, uuid.NewString()
	if err := fresh.Start(a.now(), 0, 0); err != nil {
		return nil, err
	}
	made, err := a.saveNew(c, &fresh)
	if err != nil || !x.Running() {
		return made, err
	}
	if err := x.Finish(schema.Abandoned, a.now(), "", "restarted as "+body.Name); err != nil {
		return nil, err
	}
	return made, a.Catalog.SaveExperiment(c, c.author, x)
}

func (a *API) decideExperiment(c *call) (any, error) {
	var body struct {
		ID              string `json:"id"`
		DecisionReason  string `json:"decisionReason"`
		RemoveTargeting bool   `json:"removeTargeting"`
	}
	return a.change(c, func(x *schema.Experiment) error {
		if err := c.body(&body); err != nil {
			return err
		}
		g, ok := x.Group(body.ID)
		if !ok {
			return schema.Invalid("id", "%q is none of the experiment's groups", body.ID)
		}
		if body.RemoveTargeting {
			x.TargetingGateID = ""
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

// stopExperiment takes no units and events any more; the decision is made later.
func (a *API) stopExperiment(c *call) (any, error) {
	return a.change(c, func(x *schema.Experiment) error {
		if x.Status != schema.Active {
			return schema.Errorf(409, "experiment_not_running", "experiment %q is not running: its status is %q", x.ID, x.Status)
		}
		x.Status = schema.Stopped
		if x.EndTime == 0 || x.EndTime > a.now() {
			x.EndTime = a.now()
		}
		return nil
	})
}

func (a *API) archiveExperiment(c *call) (any, error) {
	var body struct {
		ArchiveReason string `json:"archiveReason"`
	}
	return a.change(c, func(x *schema.Experiment) error {
		if err := c.body(&body); err != nil {
			return err
		}
		return x.Archive(a.now(), body.ArchiveReason)
	})
}

func (a *API) unarchiveExperiment(c *call) (any, error) {
	return a.change(c, (*schema.Experiment).Unarchive)
}

// disableGroups turns groups off or on.
func (a *API) disableGroups(disabled bool) handler {
	return func(c *call) (any, error) {
		var body struct {
			Names []string `json:"group_names"`
		}
		return a.change(c, func(x *schema.Experiment) error {
			if err := c.body(&body); err != nil {
				return err
			}
			return x.SetDisabled(body.Names, disabled)
		})
	}
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
	if err := i.read(text); err != nil {
		return schema.Invalid("analysisStartTime", "%q is neither RFC 3339 nor Unix milliseconds", text)
	}
	return nil
}

func (i *instant) read(text string) error {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		*i = instant(ms)
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	*i = instant(t.UnixMilli())
	return err
}

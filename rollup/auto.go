package rollup

import (
	"context"
	"math"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// The scopes of what exists without a definition.
const (
	eventScope  = "events" // event_days
	activeScope = "active" // active_days
)

// userScopes are those of user metrics. They are computed together, so the first one tells when.
func userScopes() []string {
	scopes := make([]string, len(schema.UserMetrics))
	for i, m := range schema.UserMetrics {
		scopes[i] = userScope(m)
	}
	return scopes
}

func userScope(m schema.UserMetric) string {
	d := metric{schema.Metric{Name: m.Name, Type: schema.UserType}, ""}
	d.version = d.VersionID()
	return d.scope()
}

// autoScopes are the scopes whose dirty days are asked for, by the statement that computes them.
var autoScopes = map[string][]scoped{
	"event_days":  {{name: eventScope}},
	"active_days": {{name: activeScope}},
	"user_days":   {{name: userScope(schema.UserMetrics[0])}},
}

// settleAuto computes what every event and every unit has without a definition. A day of users is made of all days before
// it, so its run counts as started before the days that it reads were looked at: a mark that came in between makes it dirty.
func (r *Runner) settleAuto(ctx context.Context, find findDirty, completeTo int64, sum *Report) error {
	before, err := r.newRun(ctx)
	if err != nil {
		return err
	}
	plain := func(name, scope string) error {
		return r.settleDays(ctx, autoScopes[name], find, func(ctx context.Context, b *batch, completeTo int64, sum *Report) error {
			u, err := r.newRun(ctx)
			if err != nil {
				return err
			}
			return r.auto(ctx, name, counted(statement(name)), []string{scope}, u, b, completeTo, sum)
		}, completeTo, sum)
	}
	if err := plain("event_days", eventScope); err != nil {
		return err
	}
	if err := plain("active_days", activeScope); err != nil || r.hasFailed(activeScope) || r.tooSoon() {
		return err
	}
	return r.settleDays(ctx, autoScopes["user_days"], find, func(ctx context.Context, b *batch, completeTo int64, sum *Report) error {
		r.usersAt = r.o.Now()
		u := before
		if u.number, err = r.numberedNow(ctx); err != nil {
			return err
		}
		return r.auto(ctx, "user_days", statement("user_days"), userScopes(), u, b, completeTo, sum)
	}, completeTo, sum)
}

// numberedNow is a run's number that says when it writes: its rows are cleaned away by that.
func (r *Runner) numberedNow(ctx context.Context) (uint64, error) {
	u, err := r.newRun(ctx)
	return u.number, err
}

// tooSoon says that user metrics were computed a moment ago: they read all history.
func (r *Runner) tooSoon() bool {
	return r.patient && r.o.Now().Sub(r.usersAt) < r.o.UsersEvery
}

func (r *Runner) auto(ctx context.Context, name, text string, scopes []string, u run, b *batch, completeTo int64, sum *Report) error {
	quotients := []string{}
	for _, m := range schema.UserMetrics {
		if m.Quotient {
			quotients = append(quotients, m.Name)
		}
	}
	p := with(dayParams(r.o.Zone, b.from, b.to), store.Params{
		"scopes": scopes, "run": u.number, "started": u.started, "complete_to": completeTo, "quotients": quotients,
	})
	if err := r.execText(ctx, name, text, p); err != nil {
		return err
	}
	return r.publish(ctx, "publish", u, b, p, sum)
}

// reach is how many days before and after a day what is kept for it is made of.
func (s scoped) reach() (back, ahead uint16) {
	switch {
	case s.m != nil:
		return s.m.reach()
	case s.name == eventScope, s.name == activeScope:
		return 0, 0
	default:
		return math.MaxUint16, 0 // users: all that came before
	}
}

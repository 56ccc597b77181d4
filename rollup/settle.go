package rollup

import (
	"context"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// settle computes what is dirty: first the days, then the moments that are made of them.
func (r *Runner) settle(ctx context.Context, p *plan, completeTo int64, sum *Report) error {
	defer func() {
		for _, f := range r.failed() {
			sum.Failed = append(sum.Failed, f.Scope)
		}
	}()
	ofUnits, ofMetrics := p.scopes()
	r.forget(p.defined(ofUnits, ofMetrics))
	for _, x := range p.experiments {
		for _, ref := range x.undefined {
			r.note(x.scope(ref.ID()), errUndefined(ref))
		}
	}
	find, err := r.dirtyAtOnce(ctx, slices.Concat(autoScopes["event_days"], autoScopes["active_days"], autoScopes["user_days"], ofMetrics))
	if err != nil {
		return err
	}
	if err := r.settleAuto(ctx, find, completeTo, sum); err != nil {
		return err
	}
	if err := r.settleMetrics(ctx, find, ofMetrics, completeTo, sum); err != nil {
		return err
	}
	if err := r.settleDays(ctx, ofUnits, r.dirtyUnits, r.unitDays, completeTo, sum); err != nil {
		return err
	}
	return r.settleMoments(ctx, ofUnits, completeTo, sum)
}

// scopes lists what a plan has to compute, the metrics of an experiment one after the other.
func (p *plan) scopes() (ofUnits, ofMetrics []scoped) {
	for i := range p.experiments {
		x := &p.experiments[i]
		for _, m := range x.metrics {
			ofUnits = append(ofUnits, scoped{x.scope(m.version), x, m})
		}
	}
	for i := range p.metrics {
		ofMetrics = append(ofMetrics, scoped{p.metrics[i].scope(), nil, &p.metrics[i]})
	}
	return ofUnits, ofMetrics
}

// defined is the set of names under which something can fail.
func (p *plan) defined(scopes ...[]scoped) map[string]bool {
	names := make(map[string]bool)
	for _, s := range slices.Concat(scopes...) {
		names[s.name] = true
	}
	for _, auto := range autoScopes {
		names[auto[0].name] = true
	}
	for _, x := range p.experiments {
		names[x.version] = true
		for _, ref := range x.undefined {
			names[x.scope(ref.ID())] = true
		}
	}
	return names
}

type (
	findDirty func(ctx context.Context, scopes []scoped, marks store.Params) ([]dirtyDay, error)
	compute   func(ctx context.Context, b *batch, completeTo int64, sum *Report) error
)

func (r *Runner) settleDays(ctx context.Context, scopes []scoped, find findDirty, work compute, completeTo int64, sum *Report) error {
	for part := range slices.Chunk(scopes, scopesAtOnce) {
		dirty, err := find(ctx, part, jobMarks(r.jobs))
		if err != nil {
			return err
		}
		days, err := r.span(ctx, dirty)
		if err != nil {
			return err
		}
		for _, b := range batches(part, dirty, days) {
			if err := r.together(ctx, b, func(b *batch) error { return work(ctx, b, completeTo, sum) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// together computes a batch in one statement, and when that fails each of its scopes alone, so that only the one that
// cannot be computed is left behind.
func (r *Runner) together(ctx context.Context, b batch, work func(*batch) error) error {
	b.scopes = slices.DeleteFunc(slices.Clone(b.scopes), func(s scoped) bool { return r.waiting(s.name) })
	if len(b.scopes) > 1 {
		err := work(&b)
		if err == nil || r.gone(ctx, err) {
			return err
		}
	}
	for _, s := range b.scopes {
		alone := batch{[]scoped{s}, b.from, b.to}
		if _, err := r.attempt(ctx, s.name, func() error { return work(&alone) }); err != nil {
			return err
		}
	}
	return nil
}

// unitDays computes contributions per unit and publishes them.
func (r *Runner) unitDays(ctx context.Context, b *batch, completeTo int64, sum *Report) error {
	x := b.scopes[0].x
	source, values, err := x.source(b.metrics())
	if err != nil {
		return err
	}
	u, err := r.newRun(ctx)
	if err != nil {
		return err
	}
	p := with(x.params(r.o.Zone.String()), values, dayParams(r.o.Zone, b.from, b.to), store.Params{
		"scopes": b.names(), "run": u.number, "started": u.started, "complete_to": completeTo,
	})
	text := fill(statement("unit_days"), "source", source)
	if err := r.execText(ctx, "unit_days", text, p); err != nil {
		return err
	}
	return r.publish(ctx, "publish_units", u, b, p, sum)
}

// places lists the 1-based places of the metrics that are so.
func (b *batch) places(is func(*metric) bool) []uint16 {
	places := []uint16{}
	for i, s := range b.scopes {
		if is(s.m) {
			places = append(places, uint16(i+1))
		}
	}
	return places
}

// completeTo is the receipt time up to which everything is absorbed, in milliseconds: that of the spool furthest behind, of
// those that are behind, else the newest of all, since a spool without new loads holds nobody up.
func (r *Runner) completeTo(ctx context.Context, done watermarks) (int64, error) {
	waiting, err := r.waitingLoads(ctx)
	if err != nil {
		return 0, err
	}
	newest, behind := int64(0), int64(schema.Forever)
	for spool, w := range done[absorbJob] {
		newest = max(newest, w.ReceivedTo)
		if _, ok := waiting[spool]; ok {
			behind = min(behind, w.ReceivedTo)
		}
	}
	return min(newest, behind), nil
}

package query

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// rebuilder keeps the specs that are served in step with the definitions. It reads what changed: at once after a save here, and from
// time to time for saves of other nodes.
type rebuilder struct {
	api     *API
	builder gate.Builder
	// definitions by kind and id; a broken one is missing.
	gates       map[string]schema.Gate
	configs     map[string]schema.DynamicConfig
	experiments map[string]schema.Experiment
	layers      map[string]schema.Layer
	holdouts    map[string]schema.Holdout
	segments    map[string]schema.Segment
	// environments are the project's; nil while nobody chose any.
	environments []schema.Environment
	seen         map[string]uint64 // version by kind and id
	newest       time.Time
	v1           []byte // the last file, without its time
	due          bool   // something changed since it was made
}

const (
	// lookAgain is how often other nodes' saves are looked for, slack how late they may become visible.
	lookAgain = 2 * time.Second
	slack     = time.Minute
)

// specKinds are the kinds of definition that specs are made of.
var specKinds = []string{
	catalog.Gates.Name, catalog.Configs.Name, catalog.Layers.Name, catalog.Holdouts.Name, catalog.SegmentKind, catalog.ExperimentKind,
	catalog.SettingKind,
}

func newRebuilder(a *API) *rebuilder {
	return &rebuilder{
		api: a, gates: make(map[string]schema.Gate), configs: make(map[string]schema.DynamicConfig),
		experiments: make(map[string]schema.Experiment), layers: make(map[string]schema.Layer),
		holdouts: make(map[string]schema.Holdout), segments: make(map[string]schema.Segment), seen: make(map[string]uint64),
	}
}

// Run keeps specs up to date and spools exposures until ctx ends.
func (a *API) Run(ctx context.Context) error {
	defer a.end()
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		a.exposures.run(ctx)
	}()
	defer func() { <-logged }()
	r, saved := newRebuilder(a), a.Catalog.Watch()
	again, lists := time.NewTicker(lookAgain), time.NewTicker(lookAgain/8)
	defer again.Stop()
	defer lists.Stop()
	listVersion := a.listVersion()
	var waiting []chan struct{}
	for due := true; ; {
		if due {
			waiting = append(waiting, a.alsoChanged()...)
			if err := r.refresh(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrAway) {
				a.Log.Warn("the specs could not be rebuilt; those served stay", "error", err)
			}
		}
		for _, done := range waiting {
			close(done)
		}
		waiting = nil
		select {
		case <-ctx.Done():
			return nil
		case done := <-a.changed:
			waiting, due = append(waiting, done), true
		case <-saved:
			due = true
		case <-again.C:
			due = true
		case <-lists.C:
			due = a.listVersion() != listVersion || a.served.Load() == nil
		}
		if now := a.listVersion(); now != listVersion {
			r.due, listVersion = true, now
		}
	}
}

// alsoChanged are those who wait already: one rebuild serves them all.
func (a *API) alsoChanged() (all []chan struct{}) {
	for {
		select {
		case done := <-a.changed:
			all = append(all, done)
		default:
			return all
		}
	}
}

// changedMost bounds how long a change waits until it is served.
const changedMost = 5 * time.Second

// serveChange waits until what was just changed is in what SDKs download, so that whoever is told that it is changed, and asks then, gets
// it. Where nothing is served yet there is nothing to wait for.
func (a *API) serveChange(ctx context.Context) {
	if a.served.Load() == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, changedMost)
	defer cancel()
	done := make(chan struct{})
	select {
	case a.changed <- done:
	case <-ctx.Done():
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// refresh reads what changed, and rebuilds if anything did. Before the ID lists are known nothing is served: whoever is in one would
// seem not to be.
func (r *rebuilder) refresh(ctx context.Context) error {
	if l := r.api.Lists; l != nil {
		if _, ready := l.All(); !ready {
			return nil
		}
	}
	since := r.newest
	if !since.IsZero() {
		since = since.Add(-slack)
	}
	rows, err := r.api.Catalog.Changes(ctx, specKinds, since)
	if err != nil {
		return err
	}
	for i := range rows {
		r.due = r.take(&rows[i]) || r.due
	}
	if err := r.rollOut(ctx); err != nil {
		return err
	}
	if !r.due && r.v1 != nil {
		return nil
	}
	if err := r.allocate(ctx); err != nil {
		return err
	}
	if err := r.rebuild(ctx); err != nil {
		return err
	}
	r.due = false
	return nil
}

// take notes one definition, and says whether it is news. One that cannot be read is left out and told of: it must not keep the others
// from being served.
func (r *rebuilder) take(row *catalog.Newest) bool {
	key := row.Kind + "/" + row.ID
	if row.ChangedAt.After(r.newest) {
		r.newest = row.ChangedAt
	}
	if r.seen[key] >= row.Version.Version {
		return false
	}
	r.seen[key] = row.Version.Version
	var err error
	switch row.Kind {
	case catalog.Gates.Name:
		err = keep(r.gates, row)
	case catalog.Configs.Name:
		err = keep(r.configs, row)
	case catalog.Layers.Name:
		err = keep(r.layers, row)
	case catalog.Holdouts.Name:
		err = keep(r.holdouts, row)
	case catalog.SegmentKind:
		err = keep(r.segments, row)
	case catalog.ExperimentKind:
		err = keep(r.experiments, row)
	case catalog.SettingKind:
		if row.ID != schema.EnvironmentSetting {
			return false
		}
		err = row.ReadSetting(&r.environments)
	}
	if err != nil {
		r.api.Log.Error("a definition cannot be read; it is not served, all others are", "kind", row.Kind, "id", row.ID, "error", err)
	}
	return true
}

func keep[T any](to map[string]T, row *catalog.Newest) error {
	var v T
	delete(to, row.ID)
	if row.Deleted {
		return nil
	}
	if err := row.Read(&v); err != nil {
		return err
	}
	to[row.ID] = v
	return nil
}

// allocate gives running experiments their part of their layer.
func (r *rebuilder) allocate(ctx context.Context) error {
	experiments := inOrder(r.experiments)
	for id, l := range r.layers {
		if !l.Allocate(experiments) {
			continue
		}
		if err := catalog.Layers.Save(ctx, r.api.Catalog, "allocation", &l); err != nil {
			return fmt.Errorf("allocate layer %q: %w", id, err)
		}
		r.layers[id] = l
		r.seen[catalog.Layers.Name+"/"+id] = uint64(l.Version)
	}
	return nil
}

// inOrder lists the values of a map by id.
func inOrder[T any](m map[string]T) []T {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	list := make([]T, len(ids))
	for i, id := range ids {
		list[i] = m[id]
	}
	return list
}

// rebuild makes the specs and, if they differ from those served, serves them under a later time.
func (r *rebuilder) rebuild(ctx context.Context) error {
	started := time.Now()
	var lists []string
	for id, s := range r.segments {
		if s.HasIDs() && !s.IsArchived {
			lists = append(lists, id)
		}
	}
	slices.Sort(lists)
	built := r.builder.Build(&gate.Definitions{
		Gates: inOrder(r.gates), Configs: inOrder(r.configs), Experiments: inOrder(r.experiments), Layers: inOrder(r.layers),
		Holdouts: inOrder(r.holdouts), Segments: inOrder(r.segments), Environments: schema.EnvironmentNames(r.environments), Members: r.api.members(ctx),
	}, 0)
	for name, err := range built.Broken {
		r.api.Log.Error("a definition cannot be served; all others are", "definition", name, "error", err)
	}
	v1, v2, err := filesOf(built, lists)
	if err != nil {
		return err
	}
	if bytes.Equal(v1, r.v1) {
		return nil
	}
	built.Time = r.api.Now().UnixMilli()
	if before := r.api.served.Load(); before != nil {
		built.Time = max(built.Time, before.Time+1)
	}
	r.v1 = v1
	r.api.served.Store(&served{built.Compile(), newDownload(stamped(v1, built.Time)), newDownload(stamped(v2, built.Time))})
	rebuilds.Inc()
	rebuildSeconds.Update(time.Since(started).Seconds())
	return nil
}

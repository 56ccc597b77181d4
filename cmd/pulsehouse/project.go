package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// project is what is chosen at the first start and fixed from then on: the prefix of Segment events' names, and the time zone in
// which a metric day begins. Both are part of every number that has been computed.
type project struct {
	catalog *catalog.Catalog
	chosen  map[string]string

	prefix, timezone atomic.Pointer[string]
}

func newProject(c *catalog.Catalog, o serveOptions) *project {
	p := &project{catalog: c, chosen: map[string]string{"prefix": o.Prefix, "timezone": o.Timezone}}
	p.prefix.Store(&o.Prefix)
	p.timezone.Store(&o.Timezone)
	return p
}

// load reads the settings, or makes them on the first start. A choice that differs from the one in force is refused.
func (p *project) load(ctx context.Context) error {
	for name, place := range map[string]*atomic.Pointer[string]{"prefix": &p.prefix, "timezone": &p.timezone} {
		value, ok, err := p.catalog.Setting(ctx, name)
		if err != nil {
			return err
		}
		if !ok {
			value = p.chosen[name]
			if err := p.catalog.SaveSetting(ctx, "first start", name, value); err != nil {
				return err
			}
		}
		if value != p.chosen[name] {
			return fmt.Errorf("--%s is %q, but this project was started with %q, which is part of all its numbers: use that, or another --data", name, p.chosen[name], value)
		}
		place.Store(&value)
	}
	return nil
}

func (p *project) names() schema.Names { return schema.Names{Prefix: *p.prefix.Load()} }
func (p *project) zone() string        { return *p.timezone.Load() }

// location is the zone, which load has found to exist.
func (p *project) location() *time.Location {
	l, err := time.LoadLocation(p.zone())
	if err != nil {
		panic("BUG: a time zone that was loaded does not load: " + err.Error())
	}
	return l
}

package audience

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/calls.sql
var callsSQL string

//go:embed sql/outcomes.sql
var outcomesSQL string

// Source is who changes lists here.
const Source = "audience"

// Outcome is what became of an audience call.
type outcome string

const (
	entered outcome = "entered"
	exited  outcome = "exited"
	noList  outcome = "no_list"  // no segment has the audience's key as its id
	noUnit  outcome = "no_unit"  // the call carries none of the list's unit types
	noValue outcome = "no_value" // the call does not say whether somebody entered or left
)

// row is a stored audience call.
type row struct {
	Spool     uint64            `ch:"spool_id"`
	Batch     uint64            `ch:"batch_seq"`
	Audience  string            `ch:"audience"`
	Time      int64             `ch:"at"`
	User      string            `ch:"user_id"`
	Anonymous string            `ch:"anonymous_id"`
	Group     string            `ch:"group_id"`
	Units     map[string]string `ch:"unit_ids"`
}

// apply reads the calls of consecutive loads of one spool, of one audience or with "" of all, changes the lists that they mean, and
// counts what became of them.
func (r *Runner) apply(ctx context.Context, loads []load, key string) error {
	var rows []row
	p := store.Params{"spool": loads[0].Spool, "from": loads[0].Batch, "to": loads[len(loads)-1].Batch, "key": key}
	if err := r.DB.Select(ctx, &rows, callsSQL, p); err != nil {
		return fmt.Errorf("read audience calls: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	targets, err := r.targets(ctx, rows)
	if err != nil {
		return err
	}
	counts := make(tally)
	var changes []idlist.Change
	for i := range rows {
		change, o := rows[i].change(targets)
		if counts.add(&rows[i], o); o == entered || o == exited {
			changes = append(changes, change)
		}
	}
	for some := range slices.Chunk(changes, idlist.MaxIDs) {
		if _, err := r.Lists.Apply(ctx, Source, some); err != nil {
			return fmt.Errorf("change ID lists: %w", err)
		}
	}
	if err := r.DB.Exec(ctx, outcomesSQL, store.Params{"rows": counts.rows()}); err != nil {
		return fmt.Errorf("count audience calls: %w", err)
	}
	return nil
}

// change is what a call asks for.
func (c *row) change(targets map[string]target) (idlist.Change, outcome) {
	call := schema.Audience(c.Audience)
	in, says := call.Entered()
	t, ok := targets[call.Key()]
	switch unit := c.unit(t.units); {
	case !ok:
		return idlist.Change{}, noList
	case !says:
		return idlist.Change{}, noValue
	case unit == "":
		return idlist.Change{}, noUnit
	case in:
		return idlist.Change{List: t.list, Unit: unit, Member: true, Time: schema.Millis(c.Time)}, entered
	default:
		return idlist.Change{List: t.list, Unit: unit, Time: schema.Millis(c.Time)}, exited
	}
}

// unit is the first that the call has.
func (c *row) unit(types []schema.UnitType) string {
	for _, t := range types {
		id := ""
		switch strings.ToLower(string(t)) {
		case schema.UserID.Key():
			id = c.User
		case schema.AnonymousID.Key():
			id = c.Anonymous
		case schema.GroupID.Key():
			id = c.Group
		}
		if id == "" {
			id = c.Units[t.Key()]
		}
		if id != "" {
			return id
		}
	}
	return ""
}

// target is the list of an audience.
type target struct {
	list  string
	units []schema.UnitType
}

// targets finds the list of each audience that is called, and makes it where that is asked for.
func (r *Runner) targets(ctx context.Context, rows []row) (map[string]target, error) {
	var rules schema.AudienceRules
	if err := r.Catalog.ReadSetting(ctx, "audiences", &rules); err != nil {
		return nil, err
	}
	segments, err := r.Catalog.Segments(ctx)
	if err != nil {
		return nil, err
	}
	lists := make(map[string]schema.Segment, len(segments))
	for _, s := range segments {
		lists[s.ID] = s
	}
	found, seen := make(map[string]target), make(map[string]bool)
	for i := range rows {
		key := schema.Audience(rows[i].Audience).Key()
		if seen[key] {
			continue
		}
		seen[key] = true
		m := rules.For(key)
		s, ok := lists[m.List]
		if !ok && rules.AutoCreate && schema.IsSegmentID(m.List) {
			if s, err = r.create(ctx, m.List); err != nil {
				return nil, err
			}
			lists[m.List], ok = s, true
		}
		if ok && s.HasIDs() && !s.IsArchived {
			found[key] = target{m.List, m.UnitsOf(s.IDType)}
		}
	}
	return found, nil
}

func (r *Runner) create(ctx context.Context, id string) (schema.Segment, error) {
	s := schema.Segment{ID: id, Description: "made for a Segment audience", IsEnabled: true}
	if err := s.Validate(); err != nil {
		return s, err
	}
	r.Log.Info("a list for a new audience", "list", id)
	return s, r.Catalog.SaveSegment(ctx, Source, &s)
}

// tally counts outcomes by load and audience.
type tally map[tallyKey]*tallied

type tallyKey struct {
	spool, batch uint64
	audience     string
}

type tallied struct {
	calls map[outcome]uint64
	last  int64
}

func (t tally) add(c *row, o outcome) {
	key := tallyKey{c.Spool, c.Batch, schema.Audience(c.Audience).Key()}
	if t[key] == nil {
		t[key] = &tallied{calls: make(map[outcome]uint64)}
	}
	t[key].calls[o]++
	t[key].last = max(t[key].last, c.Time)
}

func (t tally) rows() [][]any {
	all := make([][]any, 0, len(t))
	for k, v := range t {
		c := v.calls
		all = append(all, []any{k.audience, k.spool, k.batch, c[entered], c[exited], c[noList], c[noUnit], c[noValue], v.last})
	}
	return all
}

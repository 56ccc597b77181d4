package rollup

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/*.sql
var files embed.FS

// statement returns the text of sql/NAME.sql.
var statement = store.Statements(files)

// fill is [schema.Fill].
func fill(text, mark, fragment string) string { return schema.Fill(text, mark, fragment) }

// fillAll puts fragments in the places of several marks.
func fillAll(text string, fragments map[string]string) string {
	for mark, fragment := range fragments {
		text = fill(text, mark, fragment)
	}
	return text
}

// counted fills in which rows of events count.
func counted(text string) string { return fill(text, "counted", readable(statement("counted"))) }

// readable fills in which rows have been looked at for copies.
func readable(text string) string { return fill(text, "readable", statement("readable")) }

// part is what stands at a mark.
func part(text, mark string) string {
	_, rest, ok := strings.Cut(text, "/* "+mark+": */")
	found, _, closed := strings.Cut(rest, "/* :"+mark+" */")
	if !ok || !closed {
		panic("BUG: no mark " + mark + " in statement")
	}
	return found
}

// with returns a copy of p that has more parameters.
func with(p store.Params, more ...store.Params) store.Params {
	all := maps.Clone(p)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// exec runs sql/NAME.sql.
func (r *Runner) exec(ctx context.Context, name string, p store.Params) error {
	return r.execText(ctx, name, statement(name), p)
}

// execText runs a statement whose marks have been filled.
func (r *Runner) execText(ctx context.Context, name, text string, p store.Params) error {
	started := r.o.Now()
	if err := r.db.Exec(ctx, text, p, store.WithSettings(r.settings)); err != nil {
		return fmt.Errorf("run %s.sql: %w", name, err)
	}
	if r.o.Observe != nil {
		r.o.Observe(name, r.o.Now().Sub(started))
	}
	return r.ran(name)
}

// one reads the single row of sql/NAME.sql into dest.
func (r *Runner) one(ctx context.Context, name string, p store.Params, dest ...any) error {
	return r.oneText(ctx, name, statement(name), p, dest...)
}

func (r *Runner) oneText(ctx context.Context, name, text string, p store.Params, dest ...any) error {
	if err := r.db.Row(ctx, text, p, store.WithSettings(r.settings)).Scan(dest...); err != nil {
		return fmt.Errorf("read %s.sql: %w", name, err)
	}
	return r.ran(name)
}

// all reads the rows of sql/NAME.sql into dest, a pointer to a slice of structs with ch tags.
func (r *Runner) all(ctx context.Context, name string, dest any, p store.Params) error {
	if err := r.db.Select(ctx, dest, statement(name), p, store.WithSettings(r.settings)); err != nil {
		return fmt.Errorf("read %s.sql: %w", name, err)
	}
	return r.ran(name)
}

// ran is where tests let a run die, after any of its statements.
func (r *Runner) ran(name string) error {
	if r.afterEach == nil {
		return nil
	}
	return r.afterEach(name)
}

// instant returns the engine's clock in microseconds. It only grows: a clock that is set back stands still until it has
// caught up, also over a restart, since everything that was ever marked or started is looked at first.
func (r *Runner) instant(ctx context.Context) (int64, error) {
	if r.lastInstant == 0 {
		if err := r.one(ctx, "clock_last", nil, &r.lastInstant); err != nil {
			return 0, err
		}
	}
	var now int64
	if err := r.one(ctx, "clock", store.Params{"after": r.lastInstant}, &now); err != nil {
		return 0, err
	}
	r.lastInstant = now
	return now, nil
}

package idlist

import (
	"context"
	"embed"
	"fmt"
	"math/rand/v2"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/*.sql
var files embed.FS

// statement returns the text of sql/NAME.sql.
var statement = store.Statements(files)

// exec runs sql/NAME.sql.
func (l *Lists) exec(ctx context.Context, name string, p store.Params, opts ...store.Option) error {
	if err := l.db.Exec(ctx, statement(name), p, append(opts, store.WithSettings(oneBlock))...); err != nil {
		return fmt.Errorf("run %s.sql of ID lists: %w", name, err)
	}
	return l.ran(name)
}

// oneBlock makes an INSERT SELECT one block and so one part: all or nothing.
var oneBlock = map[string]any{
	"max_insert_threads": 1, "min_insert_block_size_rows": 10_000_000, "min_insert_block_size_bytes": 0, "async_insert": 0,
}

// one reads the single row of sql/NAME.sql into dest.
func (l *Lists) one(ctx context.Context, name string, p store.Params, dest ...any) error {
	if err := l.db.Row(ctx, statement(name), p).Scan(dest...); err != nil {
		return fmt.Errorf("read %s.sql of ID lists: %w", name, err)
	}
	return l.ran(name)
}

// all reads the rows of sql/NAME.sql into dest, a pointer to a slice of structs with ch tags.
func (l *Lists) all(ctx context.Context, name string, dest any, p store.Params) error {
	if err := l.db.Select(ctx, dest, statement(name), p); err != nil {
		return fmt.Errorf("read %s.sql of ID lists: %w", name, err)
	}
	return l.ran(name)
}

// ran is where tests let a writer die, after any of its statements.
func (l *Lists) ran(name string) error {
	if l.afterEach == nil {
		return nil
	}
	return l.afterEach(name)
}

// head is a list as it is published.
type head struct {
	List    string `ch:"list"`
	Epoch   uint64 `ch:"epoch"`
	File    uint64 `ch:"file"`
	Created int64  `ch:"created"`
	Floor   int64  `ch:"floor_ms"`
	Lines   uint64 `ch:"lines"`
	Count   uint64 `ch:"count"`
	Version uint64 `ch:"version"`
	Changed int64  `ch:"changed"`
	Deleted bool   `ch:"deleted"`
}

// begin is a list without units, under an epoch and a file of its own. The numbers are random: who knows a file's may read it.
func begin(list string, created, floor int64) head {
	return head{List: list, Epoch: rand.Uint64(), File: rand.Uint64(), Created: created, Floor: floor}
}

// heads reads what is published, deleted lists included.
func (l *Lists) heads(ctx context.Context) (all []head, err error) {
	err = l.all(ctx, "heads", &all, nil)
	return all, err
}

// publish makes heads visible.
func (l *Lists) publish(ctx context.Context, heads ...head) error {
	rows := make([][]any, len(heads))
	for i, h := range heads {
		rows[i] = []any{h.List, h.Epoch, h.File, h.Created, h.Floor, h.Lines, h.Count, h.Version, h.Deleted}
	}
	return l.exec(ctx, "publish", store.Params{"heads": rows})
}

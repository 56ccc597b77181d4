package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

var (
	//go:embed sql/key_use.sql
	keyUseSQL string
	//go:embed sql/key_uses.sql
	keyUsesSQL string
)

// keyUse is when a key was last used here, and up to when that is written down; both in Unix milliseconds.
type keyUse struct{ seen, written atomic.Int64 }

// useStep is how exactly a use is remembered: a busy key would otherwise be one cache line that all cores write to.
const useStep = 1000

func (u *keyUse) touch(now int64) {
	if now-u.seen.Load() >= useStep {
		u.seen.Store(now)
	}
}

// writeEvery is how far what is written may be behind.
const writeEvery = time.Minute

// KeepUses writes down which keys were used, each at most once a minute.
func (r *Keyring) KeepUses(ctx context.Context) error {
	r.mu.RLock()
	uses := make(map[string]*keyUse, len(r.byHash))
	for _, k := range r.byHash {
		uses[k.ID] = k.use
	}
	r.mu.RUnlock()
	for id, u := range uses {
		seen := u.seen.Load()
		if seen-u.written.Load() < writeEvery.Milliseconds() {
			continue
		}
		if err := r.catalog.db.Exec(ctx, keyUseSQL, store.Params{"key": id, "at": seen}); err != nil {
			return fmt.Errorf("write down the use of key %q: %w", id, err)
		}
		u.written.Store(seen)
	}
	return nil
}

// Uses tells when each key was last used: by this server to the second, by others and earlier ones to the minute. A key that is not in it never was.
func (r *Keyring) Uses(ctx context.Context) (map[string]schema.Millis, error) {
	var rows []struct {
		Key  string `ch:"key_id"`
		Used int64  `ch:"used"`
	}
	if err := r.catalog.db.Select(ctx, &rows, keyUsesSQL, nil); err != nil {
		return nil, fmt.Errorf("read the uses of keys: %w", err)
	}
	uses := make(map[string]schema.Millis, len(rows))
	for _, row := range rows {
		uses[row.Key] = schema.Millis(row.Used)
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.byHash {
		if seen := schema.Millis(k.use.seen.Load()); seen > uses[k.ID] {
			uses[k.ID] = seen
		}
	}
	return uses, nil
}

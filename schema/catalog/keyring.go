package catalog

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Keyring is all keys in memory, found by the hash of their secret. A snapshot of them lies in the data folder, so that requests
// are still authenticated, and acknowledged into the spool, when the engine is away at a start.
type Keyring struct {
	catalog  *Catalog
	snapshot *snapshot

	now func() time.Time

	mu     sync.RWMutex
	byHash map[[32]byte]knownKey
}

// knownKey is a key with its uses, which outlive a change of it.
type knownKey struct {
	schema.Key
	use *keyUse
}

// NewKeyring makes the keyring from its snapshot, if there is one.
func NewKeyring(c *Catalog, path string) *Keyring {
	r := &Keyring{catalog: c, snapshot: newSnapshot("keys", path), now: time.Now}
	var keys []schema.Key
	if r.snapshot.load(&keys) {
		r.set(keys)
	}
	return r
}

// Find looks up the secret that came with a request, and notes that the key is used. ready is false while no keys are known at all, on a
// first start.
func (r *Keyring) Find(secret string) (key schema.Key, known, ready bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, known := r.byHash[schema.KeySum(secret)]
	if known && k.Active {
		k.use.touch(r.now().UnixMilli())
	}
	return k.Key, known, r.byHash != nil
}

// ByID looks a key up by its id.
func (r *Keyring) ByID(id string) (key schema.Key, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.byHash {
		if k.ID == id {
			return k.Key, true
		}
	}
	return schema.Key{}, false
}

// Reload reads the keys from the engine, and writes the snapshot if they changed.
func (r *Keyring) Reload(ctx context.Context) error {
	keys, err := r.All(ctx)
	if err != nil {
		return err
	}
	changed, err := r.snapshot.keep(keys)
	if changed {
		r.set(keys)
	}
	return err
}

func (r *Keyring) set(keys []schema.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	uses := make(map[string]*keyUse, len(keys))
	for _, k := range r.byHash {
		uses[k.ID] = k.use
	}
	r.byHash = make(map[[32]byte]knownKey, len(keys))
	for _, k := range keys {
		if uses[k.ID] == nil {
			uses[k.ID] = new(keyUse)
		}
		if sum, ok := k.Sum(); ok {
			r.byHash[sum] = knownKey{k, uses[k.ID]}
		}
	}
}

// All lists the keys as they are in the engine.
func (r *Keyring) All(ctx context.Context) ([]schema.Key, error) {
	return all[schema.Key](ctx, r.catalog, keyKind, "")
}

// Key finds one by its id.
func (r *Keyring) Key(ctx context.Context, id string) (*schema.Key, error) {
	return one[schema.Key](ctx, r.catalog, keyKind, id)
}

// Save makes or changes a key, and takes it into use.
func (r *Keyring) Save(ctx context.Context, author string, k schema.Key) error {
	if err := r.save(ctx, author, k); err != nil {
		return err
	}
	return r.Reload(ctx)
}

func (r *Keyring) save(ctx context.Context, author string, k schema.Key) error {
	return r.catalog.save(ctx, keyKind, k.ID, author, func(uint64, schema.Millis) any { return k })
}

// Make makes a key with a new secret and returns the secret: it is never shown again.
func (r *Keyring) Make(ctx context.Context, author string, kind schema.KeyKind, name string) (schema.Key, string, error) {
	secret := schema.NewSecret(kind)
	k := schema.NewKey(uuid.NewString(), kind, name, secret)
	return k, secret, r.Save(ctx, author, k)
}

// FirstStart makes a key of each kind that has none, with the given secrets where there are any, and returns the secrets it
// used. The keys are taken into use together: nobody meets half of them.
func (r *Keyring) FirstStart(ctx context.Context, given map[schema.KeyKind]string) (made map[schema.KeyKind]string, err error) {
	keys, err := r.All(ctx)
	if err != nil {
		return nil, err
	}
	made = make(map[schema.KeyKind]string)
	for _, kind := range schema.KeyKinds {
		if slices.ContainsFunc(keys, func(k schema.Key) bool { return k.Kind == kind }) {
			continue
		}
		if made[kind] = given[kind]; made[kind] == "" {
			made[kind] = schema.NewSecret(kind)
		}
		if err := r.save(ctx, "first start", schema.NewKey(uuid.NewString(), kind, "first "+string(kind)+" key", made[kind])); err != nil {
			return nil, err
		}
	}
	return made, r.Reload(ctx)
}

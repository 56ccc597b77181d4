package catalog

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// A use is known at once where it was made, and to another server once it is written down; who is refused does not use a key.
func TestKeyUses(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	now := time.UnixMilli(1_800_000_000_000)
	ring := func() *Keyring {
		r := NewKeyring(Open(db), filepath.Join(t.TempDir(), "keys.json"))
		r.now = func() time.Time { return now }
		return r
	}
	here, elsewhere := ring(), ring()
	made, err := here.FirstStart(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	write, _, _ := here.Find(made[schema.WriteKey])
	server, _, _ := here.Find(made[schema.ServerKey])
	want := func(r *Keyring, id string, at int64) {
		t.Helper()
		uses, err := r.Uses(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if uses[id] != schema.Millis(at) || len(uses) > 2 {
			t.Errorf("the uses are %v; key %s was used at %d, and two keys were", uses, id, at)
		}
	}
	keep := func() {
		t.Helper()
		if err := here.KeepUses(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first := now.UnixMilli()
	want(here, write.ID, first)
	want(elsewhere, write.ID, 0)
	keep()
	want(elsewhere, write.ID, first)

	server.Active = false
	if err := here.Save(t.Context(), "test", server); err != nil {
		t.Fatal(err)
	}
	now = now.Add(30 * time.Second)
	here.Find(made[schema.WriteKey])
	here.Find(made[schema.ServerKey])
	here.Find("no key at all")
	want(here, write.ID, first+30_000)
	want(here, server.ID, first)
	keep()
	want(elsewhere, write.ID, first) // less than a minute ago
	now = now.Add(time.Minute)
	here.Find(made[schema.WriteKey])
	keep()
	want(elsewhere, write.ID, first+90_000)
}

package idlist

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

func openShared(t *testing.T, db *store.DB, name string) *Lists {
	t.Helper()
	l, err := Open(t.TempDir(), db, Options{Shared: true, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// Of several servers that begin at the same time one writes; the others say which. When it gives up, another goes on where it was; and one
// that was held up, and believes it still writes, commits nothing.
func TestOneWriter(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	servers := []*Lists{openShared(t, db, "a:1"), openShared(t, db, "b:1"), openShared(t, db, "c:1")}
	add := func(l *Lists, unit string) error {
		_, err := l.Apply(t.Context(), "test", []Change{{List: "vips", Unit: unit, Member: true}})
		return err
	}
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, l := range servers {
		wg.Go(func() { errs[i] = add(l, fmt.Sprint("u", i)) })
	}
	wg.Wait()
	writer, others := -1, []int{}
	for i, err := range errs {
		if err == nil && writer < 0 {
			writer = i
			continue
		}
		if e, ok := schema.AsError(err); !ok || e.Status != 503 {
			t.Errorf("server %d: %v, want a refusal", i, err)
		}
		others = append(others, i)
	}
	if writer < 0 || len(others) != 2 || !servers[writer].Writes() {
		t.Fatalf("who writes: %v", errs)
	}
	next := servers[others[0]]
	if err := add(next, "x"); err == nil || !strings.Contains(err.Error(), servers[writer].o.Name) || next.Writes() {
		t.Errorf("another server says %v, want that %s writes", err, servers[writer].o.Name)
	}

	servers[writer].write.release(context.WithoutCancel(t.Context()))
	if err := add(next, "x"); err != nil {
		// The third may have claimed when the first did, and be the oldest then.
		next = servers[others[1]]
		if err := add(next, "x"); err != nil {
			t.Fatalf("after the writer gave up nobody writes: %v", err)
		}
	}
	late := servers[writer]
	late.write.mu.Lock()
	late.write.lease, late.write.loaded = lease{1, time.Now().Add(time.Hour)}, true // as it would be after a long pause
	late.write.mu.Unlock()
	if err := add(late, "y"); err == nil || !strings.Contains(err.Error(), "another server writes") {
		t.Errorf("a writer without its lease is told %v", err)
	}
	if err := add(next, "z"); err != nil {
		t.Error(err)
	}
	if got, want := fmt.Sprint(units(t, next, "vips")), fmt.Sprint([]string{fmt.Sprint("u", writer), "x", "z"}); got != want {
		t.Errorf("in the list are %s, want %s", got, want)
	}
}

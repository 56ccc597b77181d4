package idlist

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func openDB(t testing.TB) *store.DB {
	t.Helper()
	db := storetest.Open(t)
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	return db
}

func openLists(t testing.TB, db *store.DB) *Lists {
	t.Helper()
	l, err := Open(t.TempDir(), db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// line is what facts/statsig.md §1.4 says a line is, written without this package.
func line(sign, unit string) string {
	sum := sha256.Sum256([]byte(unit))
	return sign + base64.StdEncoding.EncodeToString(sum[:])[:8] + "\n"
}

func text(t testing.TB, l *Lists, list string) string {
	t.Helper()
	s, ok := l.Status(list)
	if !ok {
		return ""
	}
	r, size, ok, err := l.OpenFile(s.FileID, 0, 1<<62)
	if err != nil || !ok {
		t.Fatalf("open file of %s: %v %v", list, ok, err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil || uint64(len(body)) != size {
		t.Fatalf("file of %s: %d bytes of %d, %v", list, len(body), size, err)
	}
	return string(body)
}

func units(t testing.TB, l *Lists, list string) []string {
	t.Helper()
	members, err := l.Members(t.Context(), list, 1_000_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, m := range members {
		ids = append(ids, m.Unit)
	}
	slices.Sort(ids)
	return ids
}

// TestHash: the check value of Statsig's own SDK, "abc" is ungWv48B.
func TestHash(t *testing.T) {
	h, ok := parseHash([]byte("ungWv48B"))
	if !ok || h != HashOf("abc") {
		t.Errorf("hash of abc is %x, its text says %x", HashOf("abc"), h)
	}
}

func TestSet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	want, s := map[Hash]bool{}, set{}
	for range 300_000 {
		h := Hash(random.Uint64N(400_000) * 7_001 << 16 >> 16 * 65_537 % (1 << 48))
		if random.IntN(3) == 0 {
			s.remove(h)
			delete(want, h)
		} else {
			s.add(h)
			want[h] = true
		}
		if s.has(h) != want[h] {
			t.Fatalf("has(%x) is %v", h, s.has(h))
		}
	}
	if s.n != len(want) || s.buckets == nil {
		t.Fatalf("%d hashes, not %d; buckets %v", s.n, len(want), s.buckets != nil)
	}
	for h := range want {
		if !s.has(h) {
			t.Fatalf("%x is missing", h)
		}
	}
}

// TestLines follows one list through its life as an SDK sees it.
func TestLines(t *testing.T) {
	t.Parallel()
	l := openLists(t, openDB(t))
	apply := func(at schema.Millis, sign string, ids ...string) Summary {
		t.Helper()
		var changes []Change
		for _, id := range ids {
			changes = append(changes, Change{"vips", id, sign == "+", at})
		}
		done, err := l.Apply(t.Context(), "test", changes)
		if err != nil {
			t.Fatal(err)
		}
		return done["vips"]
	}
	check := func(want string, ids ...string) {
		t.Helper()
		got := text(t, l, "vips")
		if slices.Equal(slices.Sorted(strings.Lines(got)), slices.Sorted(strings.Lines(want))) {
			got = want // lines of one change stand in the order of their hashes
		}
		if got != want || !slices.Equal(units(t, l, "vips"), ids) {
			t.Fatalf("file %q, want %q; units %v, want %v", got, want, units(t, l, "vips"), ids)
		}
	}
	if s := apply(100, "+", "a", "b", "a"); s != (Summary{3, 2, 0, 2}) {
		t.Errorf("adding a and b: %+v", s)
	}
	file := line("+", "a") + line("+", "b")
	check(file, "a", "b")
	first, _ := l.Status("vips")
	apply(110, "-", "b", "never was in")
	file += line("-", "b")
	check(file, "a")
	apply(105, "+", "b") // happened before it left
	apply(110, "+", "b") // at the same instant leaving wins
	apply(90, "-", "a")
	check(file, "a")
	apply(120, "+", "a") // in already, but now since 120
	apply(115, "-", "a")
	check(file, "a")
	if s := apply(0, "+", "now"); s.Count != 2 {
		t.Errorf("count is %d", s.Count)
	}
	check(file+line("+", "now"), "a", "now")

	if err := replaceWith(t.Context(), l, "vips", []string{"x", "y", "y", "z"}); err != nil {
		t.Fatal(err)
	}
	check(line("+", "x")+line("+", "y")+line("+", "z"), "x", "y", "z")
	second, _ := l.Status("vips")
	if second.FileID == first.FileID || second.CreationTime <= first.CreationTime {
		t.Errorf("a reset needs another file that is younger: %+v after %+v", second, first)
	}
	apply(130, "+", "before the reset")
	check(line("+", "x")+line("+", "y")+line("+", "z"), "x", "y", "z")
	if err := l.Drop(t.Context(), "vips"); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Status("vips"); ok || l.Has("vips", "x") {
		t.Error("the list is still there")
	}
	apply(0, "+", "again")
	check(line("+", "again"), "again")
}

// TestSharedHash: two ids of the same 48 bits (found by search, checked here). SDKs cannot tell them apart, so the hash stays in as
// long as one of them is.
func TestSharedHash(t *testing.T) {
	t.Parallel()
	const one, two = "user-28710847", "user-31398045"
	if line("+", one) != line("+", two) {
		t.Fatal("the ids do not share their hash")
	}
	l := openLists(t, openDB(t))
	step := func(member bool, want string, ids ...string) {
		t.Helper()
		var changes []Change
		for _, id := range ids {
			changes = append(changes, Change{List: "vips", Unit: id, Member: member})
		}
		if _, err := l.Apply(t.Context(), "test", changes); err != nil {
			t.Fatal(err)
		}
		if got := text(t, l, "vips"); got != want {
			t.Errorf("after %v %v the file is %q, want %q", member, ids, got, want)
		}
	}
	in := line("+", one)
	step(true, in, one)
	step(true, in, two)
	step(false, in, one)
	if !l.Has("vips", two) || !slices.Equal(units(t, l, "vips"), []string{two}) {
		t.Error("the other one must stay in")
	}
	step(false, in+line("-", one), two)
	step(true, in+line("-", one)+in, one, two)
	step(false, in+line("-", one)+in+line("-", one), one, two)
}

// model is the rule of doc.go in memory.
type model struct {
	floor map[string]schema.Millis
	state map[[2]string]Change
}

func (m *model) apply(changes []Change) {
	for _, c := range changes {
		key := [2]string{c.List, c.Unit}
		old := m.state[key]
		newer := c.Time > old.Time || c.Time == old.Time && old.Member && !c.Member
		if c.Time > m.floor[c.List] && newer {
			m.state[key] = c
		}
	}
}

func (m *model) units(list string) []string {
	ids := []string{}
	for key, c := range m.state {
		if key[0] == list && c.Member {
			ids = append(ids, key[1])
		}
	}
	slices.Sort(ids)
	return ids
}

// reader is an SDK that remembers what it has read of each list.
type reader map[string]*struct {
	file string
	text string
}

func (r reader) poll(t *testing.T, l *Lists, list string) {
	t.Helper()
	s, ok := l.Status(list)
	if !ok {
		delete(r, list)
		return
	}
	now := text(t, l, list)
	seen := r[list]
	if seen == nil || seen.file != s.FileID {
		r[list] = &struct{ file, text string }{s.FileID, now}
		return
	}
	if !strings.HasPrefix(now, seen.text) {
		t.Fatalf("file %s of %s is not what was read before, longer", s.FileID, list)
	}
	seen.text = now
}

// in replays what was read.
func (r reader) in(list string) map[string]bool {
	in := map[string]bool{}
	if r[list] == nil {
		return in
	}
	for l := range strings.Lines(r[list].text) {
		if l[0] == '+' {
			in[l[1:9]] = true
		} else {
			delete(in, l[1:9])
		}
	}
	return in
}

var errDied = errors.New("died here")

// TestCrashes changes lists at random through writers that die after any of their statements. A change that was acknowledged is
// there, one that was not is asked for again; at the end everything is as the model says, and what an SDK had read is never taken back.
func TestCrashes(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m, r := &model{map[string]schema.Millis{}, map[[2]string]Change{}}, reader{}
	lists, deaths := []string{"one", "two", "three"}, 0
	l := openLists(t, db)
	again := func(what func() error) {
		t.Helper()
		left := random.IntN(25)
		for {
			l.afterEach = func(string) error {
				if left--; left == 0 {
					return errDied
				}
				return nil
			}
			err := what()
			if err == nil {
				return
			}
			if !errors.Is(err, errDied) {
				t.Fatal(err)
			}
			deaths++
			left = random.IntN(30)
			l = openLists(t, db) // the next life knows nothing but the tables
		}
	}
	for range 20 {
		list := lists[random.IntN(len(lists))]
		switch {
		case random.IntN(10) == 0:
			ids := someIDs(random, 20)
			again(func() error { return replaceWith(t.Context(), l, list, ids) })
			floor, _ := l.headOf(list)
			m.reset(list, schema.Millis(floor.Floor), ids)
		case random.IntN(20) == 0:
			l.o.CompactAbove = 1
			again(func() error { return l.write.tidy(t.Context()) })
		default:
			changes := someChanges(random, lists, m.floor)
			again(func() error { _, err := l.Apply(t.Context(), "test", slices.Clone(changes)); return err })
			m.apply(changes)
		}
		l.afterEach = nil
		if err := l.follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, list := range lists {
			r.poll(t, l, list)
			checkAgainst(t, l, m, r, list)
		}
	}
	if deaths == 0 {
		t.Error("nobody died")
	}
	t.Logf("%d deaths", deaths)
}

func (m *model) reset(list string, floor schema.Millis, ids []string) {
	for key := range m.state {
		if key[0] == list {
			delete(m.state, key)
		}
	}
	m.floor[list] = floor
	for _, id := range ids {
		m.state[[2]string{list, id}] = Change{list, id, true, floor} // not later than the reset
	}
}

func someIDs(random *rand.Rand, n int) (ids []string) {
	for range random.IntN(n) {
		ids = append(ids, fmt.Sprint("user", random.IntN(40)))
	}
	return ids
}

// someChanges happen around the floor of their list.
func someChanges(random *rand.Rand, lists []string, floor map[string]schema.Millis) (changes []Change) {
	for range 1 + random.IntN(30) {
		list := lists[random.IntN(len(lists))]
		at := max(floor[list], 1000) - 5 + schema.Millis(random.IntN(100))
		changes = append(changes, Change{list, fmt.Sprint("user", random.IntN(40)), random.IntN(2) == 0, at})
	}
	return changes
}

func replaceWith(ctx context.Context, l *Lists, list string, ids []string) error {
	_, err := l.Replace(ctx, "test", list, func(yield func([]string, error) bool) {
		_ = yield(ids[:len(ids)/2], nil) && yield(ids[len(ids)/2:], nil)
	})
	return err
}

func checkAgainst(t *testing.T, l *Lists, m *model, r reader, list string) {
	t.Helper()
	want := m.units(list)
	s, _ := l.Status(list)
	if got := units(t, l, list); !slices.Equal(got, want) || s.Count != uint64(len(want)) {
		t.Fatalf("%s has %v (count %d), want %v", list, got, s.Count, want)
	}
	in := r.in(list)
	for _, id := range want {
		if !l.Has(list, id) || !in[line("", id)[:8]] {
			t.Fatalf("%s is in %s, but not for an SDK (%v) or in memory (%v)", id, list, in[line("", id)[:8]], l.Has(list, id))
		}
	}
	if len(in) != len(want) {
		t.Fatalf("an SDK sees %d units in %s, want %d", len(in), list, len(want))
	}
}

// TestOpenForgets: files of an earlier life are never served, whatever is in them.
func TestOpenForgets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/0123456789abcdef"+fileSuffix, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, nil, Options{}); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

// TestErase: an order to forget a user takes it out of lists of people, not out of others that happen to have the same ID, and leaves
// nothing of it in any table; what the user does afterwards is a new beginning.
func TestErase(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	l := openLists(t, db)
	l.o.Types = func(context.Context) (map[string]schema.UnitType, error) {
		return map[string]schema.UnitType{"users": "userID", "companies": "companyID"}, nil
	}
	apply := func(changes ...Change) {
		t.Helper()
		if _, err := l.Apply(t.Context(), "test", changes); err != nil {
			t.Fatal(err)
		}
	}
	apply(Change{"users", "gone", true, 1000}, Change{"users", "stays", true, 1000}, Change{"companies", "gone", true, 1000},
		Change{"users", "was in", true, 900}, Change{"users", "came back", true, 900})
	apply(Change{"users", "was in", false, 1000}, Change{"users", "came back", true, 3000})
	for _, id := range []string{"gone", "was in", "came back"} {
		err := db.Exec(t.Context(), `INSERT INTO erasures (received_time, erased_before, unit_type, id_hash)
			SELECT now64(3), fromUnixTimestamp64Milli(2000, 'UTC'), 'userid', SHA256({id:String})`, store.Params{"id": id})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := l.erase(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := units(t, l, "users"); !slices.Equal(got, []string{"came back", "stays"}) || l.Has("users", "gone") {
		t.Errorf("users has %v", got)
	}
	if got := units(t, l, "companies"); !slices.Equal(got, []string{"gone"}) {
		t.Errorf("companies has %v", got)
	}
	var left uint64
	err := db.Row(t.Context(), `SELECT (SELECT count() FROM idlist_effects WHERE list = 'users' AND (unit_id IN ('gone', 'was in') OR unit_id = 'came back' AND time < '1970-01-01 00:00:03'))
		+ (SELECT count() FROM idlist_changes WHERE list = 'users' AND unit_id IN ('gone', 'was in'))
		+ (SELECT count() FROM idlist_members AS m INNER JOIN idlists AS i ON i.epoch = m.epoch WHERE i.list = 'users' AND unit_id IN ('gone', 'was in'))`, nil).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d rows are left of those who are to be forgotten (%v)", left, err)
	}
}

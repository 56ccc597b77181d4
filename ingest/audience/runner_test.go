package audience

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// house is a runner with the tables that it reads.
type house struct {
	t *testing.T
	*Runner
	batch uint64
	stop  func()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := storetest.Open(t)
	if err := db.Migrate(t.Context(), schema.SQL); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, Runner: &Runner{DB: db, Catalog: catalog.Open(db), Log: slog.Default()}}
	h.restart()
	return h
}

// restart forgets all but the tables.
func (h *house) restart() {
	h.t.Helper()
	if h.stop != nil {
		h.stop()
	}
	lists, err := idlist.Open(h.t.TempDir(), h.DB, idlist.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- lists.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
	h.t.Cleanup(h.stop)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, ready := lists.All(); ready {
			break
		}
		if time.Now().After(deadline) {
			h.t.Fatal("the lists are not followed after a minute")
		}
	}
	h.Lists, h.done = lists, nil
}

func (h *house) segment(id string, idType schema.UnitType) {
	h.t.Helper()
	s := schema.Segment{ID: id, IDType: idType, IsEnabled: true}
	if err := s.Validate(); err != nil {
		h.t.Fatal(err)
	}
	if err := h.Catalog.SaveSegment(h.t.Context(), "test", &s); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) rules(text string) {
	h.t.Helper()
	if err := h.Catalog.SaveSetting(h.t.Context(), "test", "audiences", text); err != nil {
		h.t.Fatal(err)
	}
}

// call is an audience call as it is stored.
type call struct {
	audience              string
	at                    int64
	user, anonymous, kept string // kept is the custom unit companyid
}

// load stores calls as one load, as the inserter does.
func (h *house) load(calls ...call) {
	h.t.Helper()
	h.batch++
	rows := [][]any{}
	for _, c := range calls {
		units := map[string]string{}
		if c.kept != "" {
			units["companyid"] = c.kept
		}
		rows = append(rows, []any{c.audience, c.at, c.user, c.anonymous, units})
	}
	h.exec(`INSERT INTO events (spool_id, batch_seq, day, audience, time, user_id, anonymous_id, unit_ids)
		SELECT 7, {batch:UInt64}, '2026-01-01', r.1, fromUnixTimestamp64Milli(r.2, 'UTC'), r.3, r.4, r.5
		FROM (SELECT arrayJoin({rows:Array(Tuple(String, Int64, String, String, Map(String, String)))}) AS r)`, store.Params{"batch": h.batch, "rows": rows})
	h.exec(`INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to)
		SELECT 7, {batch:UInt64}, 'events', {n:UInt32}, ['2026-01-01'], now64(3)`, store.Params{"batch": h.batch, "n": len(calls)})
}

func (h *house) exec(sql string, p store.Params) {
	h.t.Helper()
	if err := h.DB.Exec(h.t.Context(), sql, p); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) bringIn() {
	h.t.Helper()
	if err := h.Once(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) want(list string, ids ...string) {
	h.t.Helper()
	members, err := h.Lists.Members(h.t.Context(), list, 1000, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	got := []string{}
	for _, m := range members {
		got = append(got, m.Unit)
	}
	slices.Sort(got)
	if !slices.Equal(got, ids) {
		h.t.Errorf("%s has %v, want %v", list, got, ids)
	}
}

// wantOutcomes: entered, exited, without list, without unit, without value.
func (h *house) wantOutcomes(audience string, want [5]uint64) {
	h.t.Helper()
	var got [5]uint64
	err := h.DB.Row(h.t.Context(), `SELECT sum(entered), sum(exited), sum(no_list), sum(no_unit), sum(no_value) FROM audience_outcomes FINAL
		WHERE audience = {key:String}`, store.Params{"key": audience}).Scan(&got[0], &got[1], &got[2], &got[3], &got[4])
	if err != nil || got != want {
		h.t.Errorf("outcomes of %s are %v (%v), want %v", audience, got, err, want)
	}
}

// TestUnitsAndLists: which list, which unit, and what is counted where there is none.
func TestUnitsAndLists(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.segment("vip", "userID")
	h.segment("companies", "companyID")
	h.segment("visitors", "anonymousID")
	h.rules(`{"autoCreate":false,"mappings":[{"audience":"big accounts","list":"companies","units":[]},{"audience":"only_users","list":"vip","units":["userID"]}]}`)
	h.load(
		call{audience: "+vip", at: 1000, user: "u1", anonymous: "a1"},
		call{audience: "+vip", at: 1000, anonymous: "a2"},
		call{audience: "?vip", at: 1000, user: "u9"},
		call{audience: "+big accounts", at: 1000, user: "u1", kept: "acme"},
		call{audience: "+big accounts", at: 1000, user: "u2"},
		call{audience: "+visitors", at: 1000, user: "u3", anonymous: "a3"},
		call{audience: "+only_users", at: 1000, anonymous: "a4"},
		call{audience: "+later", at: 1000, user: "u4"},
		call{audience: "", at: 1000, user: "u5"},
	)
	h.bringIn()
	h.want("vip", "a2", "u1")
	h.want("companies", "acme")
	h.want("visitors", "a3")
	h.wantOutcomes("vip", [5]uint64{2, 0, 0, 0, 1})
	h.wantOutcomes("big accounts", [5]uint64{1, 0, 0, 1, 0})
	h.wantOutcomes("only_users", [5]uint64{0, 0, 0, 1, 0})
	h.wantOutcomes("later", [5]uint64{0, 0, 1, 0, 0})

	h.segment("later", "userID") // the list comes after its calls
	if err := h.Replay(t.Context(), "later"); err != nil {
		t.Fatal(err)
	}
	h.want("later", "u4")
	h.wantOutcomes("later", [5]uint64{1, 0, 0, 0, 0})

	h.rules(`{"autoCreate":true,"mappings":[]}`)
	h.load(call{audience: "+new_one", at: 1000, user: "u6"}, call{audience: "+cannot be an id", at: 1000, user: "u6"})
	h.bringIn()
	h.want("new_one", "u6")
	h.wantOutcomes("cannot be an id", [5]uint64{0, 0, 1, 0, 0})
}

// TestAnyOrder delivers the same history of calls in random order, each one once or more, cut into loads at random, through runners that
// start anew and see loads twice. In the end those are in whose newest call says so.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.segment("one", "userID")
	h.segment("two", "userID")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	newest, deliveries := map[string]call{}, []call{}
	for i := range 150 {
		c := call{at: int64(1000 + i), user: fmt.Sprint("u", random.IntN(12))}
		list := []string{"one", "two"}[random.IntN(2)]
		c.audience = []string{"+", "-"}[random.IntN(2)] + list
		newest[list+c.user] = c
		for range 1 + random.IntN(3) {
			deliveries = append(deliveries, c)
		}
	}
	random.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
	for brought := uint64(0); len(deliveries) > 0; {
		n := min(1+random.IntN(100), len(deliveries))
		h.load(deliveries[:n]...)
		deliveries = deliveries[n:]
		if random.IntN(2) == 0 {
			h.bringIn()
			brought = h.batch
		}
		if random.IntN(3) == 0 {
			h.restart()
			h.done = map[uint64]uint64{7: random.Uint64N(brought + 1)} // a life that did not get to note its progress
		}
	}
	h.bringIn()
	for _, list := range []string{"one", "two"} {
		in := []string{}
		for _, c := range newest {
			if c.audience == "+"+list {
				in = append(in, c.user)
			}
		}
		slices.Sort(in)
		h.want(list, in...)
	}
}

package rollup

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// ask writes a job down as the API does.
func (w *world) ask(id, kind, from, to string) {
	w.t.Helper()
	w.exec(`INSERT INTO jobs (id, kind, state, author, from_day, to_day, created_at, updated_at)
		SELECT {id:String}, {kind:String}, 'waiting', 'test', {from:Date}, {to:Date}, now64(3), now64(6)`, store.Params{"id": id, "kind": kind, "from": from, "to": to})
}

// turn changes a job's state as the API does.
func (w *world) turn(id, state string) {
	w.t.Helper()
	w.exec(`INSERT INTO jobs (id, kind, state, author, from_day, to_day, metric, scopes, done, total, result, created_at, updated_at)
		SELECT id, kind, {state:String}, author, from_day, to_day, metric, scopes, done, total, result, created_at, now64(6)
		FROM jobs WHERE id = {id:String} ORDER BY updated_at DESC LIMIT 1`, store.Params{"id": id, "state": state})
}

// TestCancel: a job that is cancelled while it works leaves the days it has not come to as they were, nothing is left to compute
// for it, no news is lost by that; resumed, it does the rest and counts what exists without a definition too.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := simple(t)
	w.tick("2024-01-02 10:00:00", "m2")
	now := time.Unix(0, 0)
	r := New(w.db, w.defs, Options{Now: func() time.Time { now = now.Add(10 * time.Second); return now }}) // so that it looks at jobs after every batch
	w.cycle(r)
	before := w.table("SELECT scope, day, max(started_at) FROM windows WHERE day >= '2024-01-01' GROUP BY scope, day ORDER BY ALL")
	want := w.published()

	w.ask("again", "rollup", "2024-01-01", "2024-01-02")
	r.afterEach = func(statement string) error {
		if statement == "publish" { // of event_days, the first
			w.turn("again", "cancelled")
			r.afterEach = nil
		}
		return nil
	}
	w.cycle(r)
	state := func() string {
		return w.table("SELECT argMax(state, updated_at), argMax(done, updated_at), argMax(total, updated_at) FROM jobs WHERE id = 'again'")[0]
	}
	started := func() (changed int) {
		for i, line := range w.table("SELECT scope, day, max(started_at) FROM windows WHERE day >= '2024-01-01' GROUP BY scope, day ORDER BY ALL") {
			if line != before[i] {
				changed++
			}
		}
		return changed
	}
	// 2 days each of events, active units, users, the metric, and the metric in the experiment.
	if got := state(); got != "cancelled 2 10" {
		t.Errorf("job after its cancellation: %s", got)
	}
	if got := started(); got != 2 {
		t.Errorf("%d windows were computed again, want 2 of events", got)
	}
	w.cycle(r)
	if s, err := r.Status(t.Context()); err != nil || len(s.Dirty) > 0 {
		t.Errorf("still to compute: %v %v", s.Dirty, err)
	}
	w.tick("2024-01-02 11:00:00", "m3")
	w.cycle(r)
	if got := w.table("SELECT argMax(value, run) FROM metric_days WHERE metric LIKE 'n::%' AND day = '2024-01-02'"); got[0] != "2" {
		t.Errorf("news after the cancellation: total %s", got[0])
	}

	w.turn("again", "running")
	w.cycle(r)
	if got := state(); got != "done 10 10" {
		t.Errorf("job after it was resumed: %s", got)
	}
	if got := started(); got != len(before) {
		t.Errorf("%d of %d windows were computed again", got, len(before))
	}
	if err := r.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.table("SELECT count() FROM dirty_days WHERE scope LIKE 'job/%'"); got[0] != "0" {
		t.Errorf("%s marks of jobs are left", got[0])
	}
	if got := w.published(); len(got["metric_days"]) != len(want["metric_days"]) {
		t.Errorf("%d totals, %d before", len(got["metric_days"]), len(want["metric_days"]))
	}
}

// TestCancelFirst: the first computation of a new metric that is cancelled after one of its batches stays where it is, news included from then
// on; what was never computed is neither wrong nor waiting; resumed, the rest is computed. The days are by hand: 10 of them, one tick each,
// in batches of 7 and 3.
func TestCancelFirst(t *testing.T) {
	t.Parallel()
	w := simple(t)
	for d := range 9 {
		w.tick("2024-01-"+fmt.Sprintf("%02d", d+2)+" 10:00:00", fmt.Sprint("d", d))
	}
	now := time.Unix(0, 0)
	r := New(w.db, w.defs, Options{Now: func() time.Time { now = now.Add(10 * time.Second); return now }})
	r.eventsAtOnce = 1
	w.cycle(r)
	w.metrics = append(w.metrics, readMetric(t, `{"name":"late","type":"event_user","metricEvents":[{"name":"tick"}]}`))
	w.exec(`INSERT INTO jobs (id, kind, state, author, from_day, to_day, metric, scopes, created_at, updated_at)
		SELECT 'first', 'rollup', 'waiting', 'test', '1970-01-01', '2024-02-01', 'late::event_user', ['metric/late::event_user@1'], now64(3), now64(6)`, nil)
	r.afterEach = func(statement string) error {
		if statement == "publish_metrics" {
			w.turn("first", "cancelled")
			r.afterEach = nil
		}
		return nil
	}
	known := func(want string) {
		t.Helper()
		w.cycle(r)
		got := w.table(`SELECT count(), max(day), argMax(rows, day) FROM windows WHERE scope = 'metric/late::event_user@1'`)
		if s, err := r.Status(t.Context()); err != nil || len(s.Dirty) > 0 || got[0] != want {
			t.Errorf("windows of the new metric: %s, want %s; to compute: %v %v", got[0], want, s.Dirty, err)
		}
	}
	known("7 2024-01-07 1")
	known("7 2024-01-07 1")
	if found := w.verify(r, mustDay(t, "2024-01-01"), mustDay(t, "2024-01-31")); len(found.Differences) > 0 || found.Skipped != 3 {
		t.Errorf("verify: %+v", found)
	}
	w.tick("2024-01-10 11:00:00", "news")
	known("8 2024-01-10 1")
	w.turn("first", "running")
	known("10 2024-01-10 1")
	if got := w.table("SELECT argMax(state, updated_at), argMax(done, updated_at) FROM jobs WHERE id = 'first'"); got[0] != "done 10" {
		t.Errorf("the job after it was resumed: %s", got[0])
	}
}

package rollup

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// TestErase: a unit that is to be forgotten leaves raw events, exposures and rollups, with what it did before the order and
// nothing of what others did; a sweep that dies anywhere is finished by the next.
func TestErase(t *testing.T) {
	t.Parallel()
	w := simple(t) // a saw test, and ticked on the 1st
	w.load(1, "events", []row{
		{"time": "2024-01-01 11:00:00", "user_id": "b", "name": "tick", "message_id": "b1"},
		{"time": "2024-01-02 11:00:00", "user_id": "a", "anonymous_id": "x", "name": "tick", "message_id": "a2"},
		{"time": "2024-01-03 11:00:00", "user_id": "a", "name": "tick", "message_id": "a3"},
		{"time": "2024-01-03 11:00:00", "anonymous_id": "a", "name": "tick", "message_id": "other"}, // another type's a
	})
	w.cycle(w.runner())
	w.exec(`INSERT INTO erasures (spool_id, batch_seq, position, received_time, erased_before, unit_type, id_hash)
		VALUES (1, 9, 1, '2024-01-04 00:00:00', '2024-01-03 00:00:00', 'userid', SHA256('a'))`, nil)
	for after := map[string]bool{}; w.cycleUntilNew(after) != ""; {
		if len(after) > 200 {
			t.Fatal("the sweep does not end")
		}
	}
	r := w.runner()
	w.cycle(r)
	same := func(sql string, want ...string) {
		t.Helper()
		if got := w.table(sql); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", sql, got, want)
		}
	}
	same("SELECT message_id FROM events ORDER BY message_id", "a3", "b1", "other")
	same("SELECT count() FROM exposures", "0")
	same("SELECT count() FROM first_exposures", "0")
	published := " AND ('metric/' || metric, day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day) ORDER BY day"
	same("SELECT day, value FROM metric_days WHERE unit_type = 'userid' AND metric LIKE 'n::%'"+published, "2024-01-01 1", "2024-01-03 1")
	same("SELECT day, value FROM metric_days WHERE unit_type = 'userid' AND metric = 'new_dau::user@0'"+published, "2024-01-01 1", "2024-01-03 1")
	same("SELECT argMax(total_x, started_at), argMax(units, started_at) FROM moments WHERE group_id = 'test' AND as_of = '2024-01-03'", "0 0")
	if err := r.clean(t.Context(), -time.Hour.Microseconds()); err != nil {
		t.Fatal(err)
	}
	same("SELECT count() FROM unit_days WHERE unit_id = 'a'", "0")
	same("SELECT count() FROM active_days WHERE day = '2024-01-02'", "0")
	same("SELECT DISTINCT state FROM (SELECT id, argMax(state, updated_at) AS state FROM jobs GROUP BY id)", "done")
}

// TestRetention: days whose raw events may be dropped keep their totals, whatever comes late or is asked for, and stay so when
// data is to be kept longer again; the engine is told what to drop.
func TestRetention(t *testing.T) {
	t.Parallel()
	w := simple(t)
	w.cycle(w.runner())
	keep := 7
	r := New(w.db, w.defs, Options{
		Now: func() time.Time { return time.Date(2024, 1, 10, 12, 0, 0, 0, time.UTC) },
		Retention: func(context.Context) (map[string]int, error) {
			return map[string]int{"events": keep, "event_days": 3000}, nil
		},
	})
	values := func(want ...string) {
		t.Helper()
		got := w.table(`SELECT day, value FROM metric_days WHERE metric LIKE 'n::%'
			AND ('metric/' || metric, day, run) IN (SELECT scope, day, argMax(run, started_at) FROM windows GROUP BY scope, day) ORDER BY day`)
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	tick := func(at, id string) { // received now: the engine drops by its own clock
		received := time.Now().UTC().Format(timeFormat)
		w.load(1, "events", []row{{"time": at, "user_id": "a", "name": "tick", "message_id": id, "received_time": received}})
	}
	tick("2024-01-03 10:00:00", "late, and too late") // the 3rd is 7 days ago: part of it may be gone
	tick("2024-01-04 10:00:00", "late")
	w.cycle(r)
	values("2024-01-01 1", "2024-01-04 1")
	keep = 30
	tick("2024-01-01 12:00:00", "later")
	w.cycle(r)
	if err := r.Rebuild(t.Context(), mustDay(t, "2024-01-01"), mustDay(t, "2024-01-09")); err != nil {
		t.Fatal(err)
	}
	values("2024-01-01 1", "2024-01-04 1")
	if err := w.runner().retain(t.Context(), watermarks{}); err != nil {
		t.Fatal(err)
	}
	got := w.table("SELECT name, extract(create_table_query, 'toIntervalDay\\(\\d+\\)') AS ttl FROM system.tables WHERE database = currentDatabase() AND ttl != '' AND name IN ('events', 'exposures', 'metric_days', 'event_days', 'dimension_days') ORDER BY name")
	if want := []string{"event_days toIntervalDay(3000)", "events toIntervalDay(30)"}; !slices.Equal(got, want) {
		t.Errorf("the engine was told %q, want %q", got, want)
	}
}

// TestPacked: rows that are older than a day are compressed again, tighter, and say the same; younger ones are not; and a retention that is
// lifted leaves that as it is.
func TestPacked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	days := map[string]int{"events": 3000}
	retention := func() {
		t.Helper()
		r := New(w.db, w.defs, Options{Retention: func(context.Context) (map[string]int, error) { return days, nil }})
		if err := r.retain(t.Context(), watermarks{}); err != nil {
			t.Fatal(err)
		}
	}
	retention()
	days["events"] = 0
	retention()
	fill := func(received string) {
		w.exec(`INSERT INTO events (time, day, received_time, message_id, properties)
			SELECT '2024-01-01 10:00:00', '2024-01-01', {received:DateTime64(3)}, toString(number), concat('{"product":"', toString(number * 7919 % 5000), '","color":"', ['red', 'green', 'blue'][number % 3 + 1], '"}')
			FROM numbers(20000)`, store.Params{"received": received})
	}
	const said = "SELECT count(), sum(cityHash64(message_id, properties)) FROM events"
	size := func() (bytes uint64, codec string) {
		t.Helper()
		w.exec("OPTIMIZE TABLE events FINAL", nil)
		if err := w.db.Row(t.Context(), `SELECT sum(data_compressed_bytes), any(default_compression_codec) FROM system.parts
			WHERE active AND database = currentDatabase() AND table = 'events'`, nil).Scan(&bytes, &codec); err != nil {
			t.Fatal(err)
		}
		return bytes, codec
	}
	fill(time.Now().UTC().Format(timeFormat))
	want := w.table(said)[0]
	young, codec := size()
	if codec != "ZSTD(1)" {
		t.Errorf("young rows are compressed with %s", codec)
	}
	w.exec("TRUNCATE TABLE events", nil)
	fill("2024-01-01 10:00:00")
	old, codec := size()
	if codec != "ZSTD(12)" || old >= young*95/100 {
		t.Errorf("old rows are compressed with %s and take %d bytes, young ones %d", codec, old, young)
	}
	if got := w.table(said)[0]; got != want {
		t.Errorf("old rows say %s, want %s", got, want)
	}
}

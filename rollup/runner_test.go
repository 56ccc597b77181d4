package rollup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// simple gives a world one experiment, one metric, and a day of data.
func simple(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.metrics = []schema.Metric{readMetric(t, `{"name":"n","type":"event_count_custom","metricEvents":[{"name":"tick"}]}`)}
	w.setExperiment(readExperiment(t, `{"id":"exp","groups":[{"name":"control","size":50},{"name":"test","size":50}],
		"primaryMetrics":[{"name":"n","type":"event_count_custom"}]}`))
	w.tick("2024-01-01 10:00:00", "m1")
	w.load(1, "exposures", []row{{"time": "2024-01-01 09:00:00", "user_id": "a", "name": "exp", "rule": "test"}})
	return w
}

func (w *world) tick(at, id string) {
	w.t.Helper()
	w.load(1, "events", []row{{"time": at, "user_id": "a", "name": "tick", "message_id": id}})
}

// TestFailsAlone: a definition that the engine cannot compute leaves the others complete, is told, and is well again when
// it is put right.
func TestFailsAlone(t *testing.T) {
	t.Parallel()
	w := simple(t)
	bad := readMetric(t, `{"name":"bad","type":"sum","metricEvents":[{"name":"tick","type":"metadata","metadataKey":"x"}]}`)
	var path []string
	for i := range 20_000 {
		path = append(path, strconv.Itoa(i))
	}
	bad.MetricEvents[0].MetadataKey = strings.Join(path, ".") // an expression too deep to be true
	unknown := readMetric(t, `{"name":"odd","type":"sum","metricEvents":[{"name":"tick"}]}`)
	unknown.Type = "import_window"
	w.metrics = append(w.metrics, bad, unknown)
	w.experiments[0].PrimaryMetrics = append(w.experiments[0].PrimaryMetrics,
		schema.ExperimentMetric{MetricRef: bad.Ref()}, schema.ExperimentMetric{MetricRef: unknown.Ref()}, schema.ExperimentMetric{MetricRef: schema.MetricRef{Name: "gone", Type: "sum"}})
	r := w.runner()
	sum, err := r.Cycle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"exp@1/bad::sum@1", "exp@1/gone::sum", "exp@1/odd::import_window@1", "metric/bad::sum@1", "metric/odd::import_window@1"}
	if !slices.Equal(sum.Failed, want) {
		t.Errorf("failed: %v, want %v", sum.Failed, want)
	}
	if got := w.table("SELECT total_x FROM moments WHERE group_id = 'test'"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("moments of the sound metric: %v", got)
	}
	status, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.Dirty["exp@1/bad::sum@1"] != 8 || status.Dirty["exp@1/n::event_count_custom@1"] != 0 || len(status.Failures) != 5 {
		t.Errorf("dirty %v, failures %v", status.Dirty, status.Failures)
	}

	w.metrics, w.experiments[0].PrimaryMetrics = w.metrics[:1], w.experiments[0].PrimaryMetrics[:1]
	w.cycle(r)
}

// TestPatience: a scope that failed is left alone for a while by Run's cycles, and tried by a cycle that was asked for.
func TestPatience(t *testing.T) {
	t.Parallel()
	now, tries := time.Unix(0, 0), 0
	r := New(nil, nil, Options{Now: func() time.Time { return now }, Every: time.Second})
	fails := func() error { tries++; return errors.New("no") }
	try := func(want int) {
		t.Helper()
		if _, err := r.attempt(t.Context(), "s", fails); err != nil || tries != want {
			t.Fatalf("%d tries, want %d; %v", tries, want, err)
		}
	}
	r.patient = true
	try(1)
	try(1)
	now = now.Add(2 * time.Second)
	try(2)
	now = now.Add(3 * time.Second)
	try(2)
	now = now.Add(time.Second)
	try(3)
	r.patient = false
	try(4)
	if f := r.failed(); len(f) != 1 || f[0].Tries != 4 || f[0].Since != time.Unix(0, 0) {
		t.Errorf("%+v", f)
	}
}

// TestClean: rows of replaced and unpublished runs go, what is published stays.
func TestClean(t *testing.T) {
	t.Parallel()
	w := simple(t)
	r := w.runner()
	w.cycle(r)
	w.tick("2024-01-01 11:00:00", "m2")
	w.cycle(r)
	if died := w.cycleUntilStatement("unit_days", "2024-01-01 12:00:00", "m3"); died == "" {
		t.Fatal("nothing was left unpublished")
	}
	want := w.published()
	rows := func() string {
		return w.table("SELECT count() FROM unit_days")[0] + " " + w.table("SELECT count() FROM metric_days WHERE metric LIKE 'n::%'")[0]
	}
	if got := rows(); got != "3 3" { // two runs each, and one that was not published, and one that was
		t.Fatalf("rows before: %s", got)
	}
	if err := r.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := rows(); got != "3 3" {
		t.Errorf("rows within the grace: %s", got)
	}
	if err := r.clean(t.Context(), -time.Hour.Microseconds()); err != nil {
		t.Fatal(err)
	}
	if got := rows(); got != "1 1" {
		t.Errorf("rows after: %s", got)
	}
	w.same(want, w.published())
}

// cycleUntilStatement loads a tick and runs a cycle that dies after the statement.
func (w *world) cycleUntilStatement(statement, at, id string) (died string) {
	w.t.Helper()
	w.tick(at, id)
	ctx, kill := context.WithCancel(w.t.Context())
	defer kill()
	r := w.runner()
	r.afterEach = func(s string) error {
		if s != statement {
			return nil
		}
		died = s
		kill()
		return errors.New("killed")
	}
	if _, err := r.Cycle(ctx); err == nil {
		w.t.Fatal("the cycle lives")
	}
	return died
}

// TestReadsWhatIsAbsorbed: rows that are in their table before their load is known, a copy among them, are not counted by a cycle that
// computes their day for another reason; when the load is known they are.
func TestReadsWhatIsAbsorbed(t *testing.T) {
	t.Parallel()
	w := simple(t)
	r := w.runner()
	w.cycle(r)
	const early = `INSERT INTO events (spool_id, batch_seq, position, day, time, received_time, user_id, name, message_id, environment)
		SELECT 1, 4, 90 + number, '2024-01-01', '2024-01-01 13:00:00', '2024-01-01 13:00:00', 'a', 'tick', ['m1', 'm3'][number + 1], 'production' FROM numbers(2)`
	w.exec(early, nil)
	w.tick("2024-01-01 11:00:00", "m2") // load 3
	counted := func(want string) {
		t.Helper()
		w.cycle(r)
		got := w.table(`SELECT (SELECT argMax(value, run) FROM metric_days WHERE metric LIKE 'n::%'), (SELECT argMax(numerator, run) FROM unit_days),
			(SELECT argMax(events, run) FROM event_days WHERE unit_type = '')`)
		if got[0] != want {
			t.Errorf("totals %s, want %s", got[0], want)
		}
		if found := w.verify(r, mustDay(t, "2024-01-01"), mustDay(t, "2024-01-01")); len(found.Differences) > 0 || found.Compared == 0 {
			t.Errorf("verify: %+v", found)
		}
	}
	counted("2 2 2") // m1, m2
	w.exec(`INSERT INTO loads (spool_id, batch_seq, table, rows, days, received_to) SELECT 1, 4, 'events', 2, ['2024-01-01'], '2024-12-31'`, nil)
	counted("3 3 3") // and m3
}

// TestStatus counts what waits.
func TestStatus(t *testing.T) {
	t.Parallel()
	w := simple(t)
	r := w.runner()
	w.cycle(r)
	w.tick("2024-01-02 10:00:00", "m2")
	s, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Spools) != 1 || s.Spools[0].Absorbed != 2 || s.Spools[0].WaitingLoads != 1 || s.Spools[0].WaitingRows != 1 {
		t.Errorf("spools %+v", s.Spools)
	}
	if want := time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC); !s.CompleteTo.Equal(want) || s.Lag <= 0 {
		t.Errorf("complete to %s, lag %s", s.CompleteTo, s.Lag)
	}
	if s.Last.Loads != 2 || s.Last.Windows != 12 || s.Last.AsOfDays != 1 {
		t.Errorf("last cycle %+v", s.Last)
	}
}

// TestRun: Run absorbs by itself, keeps a second runner off by the lease, and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	w := simple(t)
	seen := make(chan struct{}, 100)
	r := New(w.db, w.defs, Options{Every: time.Millisecond})
	r.afterEach = func(statement string) error {
		if statement == "moments" {
			seen <- struct{}{}
		}
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	<-seen
	w.tick("2024-01-01 12:00:00", "m2")
	<-seen
	if mine, err := New(w.db, w.defs, Options{}).lease.Mine(t.Context()); mine || err != nil {
		t.Errorf("a second runner has the lease: %v %v", mine, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := w.table("SELECT argMax(total_x, started_at) FROM moments WHERE group_id = 'test'"); got[0] != "2" {
		t.Errorf("total %v", got)
	}
}

// TestRunStops: an engine that is away is no reason not to stop, nor to leave anything behind.
func TestRunStops(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	db, err := store.Open(store.Options{DSN: "http://127.0.0.1:1/nobody"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if err := New(db, nil, Options{Every: time.Millisecond}).Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestOneEarly: of days that wait for nothing but what units did before their exposure, a cycle takes one experiment's, the one that has waited
// longest; days on which something happened are all taken.
func TestOneEarly(t *testing.T) {
	t.Parallel()
	x, y := &experiment{}, &experiment{}
	scopes := []scoped{{"x/m", x, nil}, {"x/n", x, nil}, {"y/m", y, nil}}
	row := func(place uint32, day uint16, early bool, since int64) markedUnit {
		return markedUnit{dirtyDay{place, day}, early, since}
	}
	rows := []markedUnit{row(1, 5, true, 20), row(2, 5, true, 20), row(3, 5, true, 10), row(1, 6, false, 30), row(3, 6, false, 30), row(3, 4, true, 15)}
	got := fmt.Sprint(daysOf(oneEarly(scopes, rows)))
	if want := "[{3 5} {1 6} {3 6} {3 4}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := oneEarly(scopes, rows[3:5]); len(got) != 2 {
		t.Errorf("without such days: %v", got)
	}
}

package rollup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Options are the choices of a Runner; the zero value works.
type Options struct {
	// Zone is the project's time zone, by its name in the tz database, which decides what a day is. Default UTC. It is fixed at the project's first start:
	// nothing here notices a change.
	Zone *time.Location
	// Every is how long to wait between cycles, default 2 s. A cycle that takes longer is followed by a pause as long as
	// itself, so that rollups never take more than half of the threads they may use.
	Every time.Duration
	// CleanEvery is how often rows that no reader can see any more are removed, default 5 min.
	CleanEvery time.Duration
	// UsersEvery is how often user metrics of days that are dirty are computed, default 1 min: they read all history.
	UsersEvery time.Duration
	// Threads is how many threads a statement may use, default 1.
	Threads int
	// MemoryBytes bounds a statement, default 0: as the engine is configured. Half of it is used before groups spill to disk.
	MemoryBytes int64
	// Retention says after how many days tables drop their rows, by table name; nil for never.
	Retention func(context.Context) (map[string]int, error)
	// Observe is told how long each statement took; nil for nobody.
	Observe func(statement string, took time.Duration)
	// Node names this process among those that share the tables, the same after a restart; default a random name.
	Node string
	Log  *slog.Logger
	Now  func() time.Time
	// Random numbers runs, default math/rand.
	Random func() uint64
}

func (o Options) withDefaults() Options {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Every == 0 {
		o.Every = 2 * time.Second
	}
	if o.CleanEvery == 0 {
		o.CleanEvery = 5 * time.Minute
	}
	if o.UsersEvery == 0 {
		o.UsersEvery = time.Minute
	}
	if o.Threads == 0 {
		o.Threads = 1
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Uint64
	}
	return o
}

func (o Options) settings() map[string]any {
	s := map[string]any{
		"max_threads": o.Threads,
		// Statements are long and mostly about little that is new: to compile them costs more than it saves.
		"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0,
		// Ingest goes first where processors are short (nice 5: a quarter of a contended one is left). Without CAP_SYS_NICE the engine ignores it.
		"os_thread_priority": 5,
		// Statements hold a term for each of up to two dozen metrics.
		"max_query_size": 16 << 20,
		// The deletes of clean.go ask windows what is published; rows that they name are read by nobody on any replica.
		"allow_nondeterministic_mutations": 1,
	}
	if o.MemoryBytes > 0 {
		s["max_memory_usage"] = o.MemoryBytes
		s["max_bytes_before_external_group_by"] = o.MemoryBytes / 2
	}
	return s
}

// Definitions returns the experiments whose results are kept, active and decided ones, and all metrics.
type Definitions func(ctx context.Context) ([]schema.Experiment, []schema.Metric, error)

// Runner computes the rollups. Any number of them may run on the same tables at once: they do the work twice and leave
// the same result.
type Runner struct {
	db       *store.DB
	defs     Definitions
	o        Options
	settings map[string]any
	lease    *catalog.Lease
	// eventsAtOnce is how many events are grouped by unit and day in one statement, where they are of more than a week.
	eventsAtOnce uint64
	// afterEach is nil but in tests: an error from it ends the cycle as a crash would.
	afterEach func(statement string) error

	turn sync.Mutex // held for a cycle; guards the fields below it
	// lastInstant is the newest instant this runner used, see instant.
	lastInstant int64
	// patient says that scopes which failed a moment ago are left alone.
	patient bool
	settled settled
	jobs    []job
	// horizon is the first day of which all raw events are there; ttl what tables were told.
	horizon  Day
	ttl      map[string]ttl
	retained time.Time // when the setting was read last
	// usersAt is when user metrics were computed last.
	usersAt time.Time

	// asked says that somebody else has marked days and wants them computed now.
	asked atomic.Bool

	mu       sync.Mutex // guards the fields below it
	failures map[string]*Failure
	last     Report
}

// settled says what the last complete settling was about, so that a cycle without news can be short.
type settled struct {
	at          time.Time
	definitions uint64
}

// leaseFor is how long after the death of one runner another takes over.
const leaseFor = 30 * time.Second

// New returns a Runner that has not started anything.
func New(db *store.DB, defs Definitions, o Options) *Runner {
	o = o.withDefaults()
	return &Runner{
		db: db, defs: defs, o: o, settings: o.settings(), failures: make(map[string]*Failure),
		eventsAtOnce: uint64(cmp.Or(o.MemoryBytes, 2<<30)) / eventBytes,
		lease:        catalog.NewLease(db, "rollup", cmp.Or(o.Node, fmt.Sprintf("%016x", o.Random())), leaseFor, o.Now),
	}
}

// Report says what a cycle did.
type Report struct {
	// Loads and Rows were absorbed; Repeated of the messages had come before.
	Loads          int
	Rows, Repeated uint64
	// Marked days became dirty, over all scopes.
	Marked int
	// Windows were published, and the moments of AsOfDays taken.
	Windows, AsOfDays int
	// Failed lists the scopes that failed alone; the others are complete.
	Failed []string
	// Started and Took are by Options.Now.
	Started time.Time
	Took    time.Duration
	// Err is why the cycle ended early, nil mostly.
	Err error
}

// Cycle absorbs what is new and settles what is dirty, once. It fails as a whole only when the engine does: a definition that
// cannot be computed fails alone and is told in the Report and in Status.
func (r *Runner) Cycle(ctx context.Context) (Report, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.patient = false
	return r.cycle(ctx)
}

// Rebuild marks all days from..to that have raw events or were ever computed, for everything, and runs a cycle.
func (r *Runner) Rebuild(ctx context.Context, from, to Day) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	var days []uint16
	if err := r.one(ctx, "rebuild", dayParams(r.o.Zone, from, to), &days); err != nil {
		return err
	}
	if err := r.mark(ctx, "", days, &Report{}); err != nil {
		return err
	}
	r.patient = false
	_, err := r.cycle(ctx)
	return err
}

// cycle needs r.turn.
func (r *Runner) cycle(ctx context.Context) (sum Report, err error) {
	sum.Started = r.o.Now()
	err = r.absorbAndSettle(ctx, &sum)
	sum.Took, sum.Err = r.o.Now().Sub(sum.Started), err
	r.mu.Lock()
	r.last = sum
	r.mu.Unlock()
	cycleSeconds.Update(sum.Took.Seconds())
	if err != nil && ctx.Err() == nil {
		cycleErrors.Inc()
	}
	return sum, err
}

func (r *Runner) absorbAndSettle(ctx context.Context, sum *Report) error {
	xs, ms, err := r.defs(ctx)
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	p := r.newPlan(xs, ms)
	done, err := r.absorb(ctx, p, sum)
	if err != nil {
		return err
	}
	completeTo, err := r.housekeep(ctx, p, done, sum)
	if err != nil {
		return err
	}
	if r.nothingNew(p, sum) {
		return nil
	}
	err = r.settle(ctx, p, completeTo, sum)
	if errors.Is(err, errCancelled) {
		r.Look()
		return nil
	}
	if err != nil {
		return err
	}
	if err := r.closeJobs(ctx, p); err != nil {
		return err
	}
	r.settled = settled{r.o.Now(), p.hash()}
	return nil
}

// housekeep takes up what was asked for: data that is dropped, units that are forgotten, days to compute again. It returns up to when
// everything is absorbed.
func (r *Runner) housekeep(ctx context.Context, p *plan, done watermarks, sum *Report) (completeTo int64, err error) {
	if err := r.retain(ctx, done); err != nil {
		return 0, err
	}
	if err := r.openJobs(ctx, p, sum); err != nil {
		return 0, err
	}
	if completeTo, err = r.completeTo(ctx, done); err != nil {
		return 0, err
	}
	return completeTo, r.erase(ctx, p, done, completeTo, sum)
}

// nothingNew says that looking for dirty days would find none: nothing was absorbed, no definition changed, no failure is
// due to be tried again, and another runner's marks were looked for not long ago.
func (r *Runner) nothingNew(p *plan, sum *Report) bool {
	const lookAnyway = 30 * time.Second
	if r.asked.Swap(false) {
		return false
	}
	return r.patient && sum.Loads == 0 && sum.Marked == 0 && r.settled.definitions == p.hash() &&
		r.o.Now().Sub(r.settled.at) < lookAnyway && !r.anyDue() && len(r.jobs) == 0
}

// Look makes the next cycle look for dirty days that others have marked.
func (r *Runner) Look() { r.asked.Store(true) }

// Run cycles until ctx ends. An error of a cycle is logged and counted, and the next cycle waits longer.
func (r *Runner) Run(ctx context.Context) error {
	wait, cleaned := time.Duration(0), r.o.Now()
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if ctx.Err() != nil {
			return nil
		}
		wait = r.turnOnce(ctx, wait)
		if r.o.Now().Sub(cleaned) >= r.o.CleanEvery {
			cleaned = r.o.Now()
			if err := r.Clean(ctx); err != nil && ctx.Err() == nil {
				r.o.Log.Error("removing old runs of rollups", "error", err)
			}
		}
	}
}

// turnOnce runs a cycle if the lease allows and returns how long to wait for the next.
func (r *Runner) turnOnce(ctx context.Context, waited time.Duration) time.Duration {
	const longest = time.Minute
	r.turn.Lock()
	defer r.turn.Unlock()
	r.patient = true
	mine, err := r.lease.Mine(ctx)
	if err == nil && !mine {
		return r.o.Every
	}
	var sum Report
	if err == nil {
		sum, err = r.cycle(ctx)
	}
	switch {
	case err != nil && ctx.Err() == nil:
		r.o.Log.Error("a cycle of rollups ended early; it is tried again", "error", err)
		return min(max(2*waited, r.o.Every), max(longest, r.o.Every))
	default:
		return max(r.o.Every, sum.Took)
	}
}

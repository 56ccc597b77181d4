package rollup

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// scoped is one metric of one experiment, or one metric by itself (x is nil).
type scoped struct {
	name string
	x    *experiment
	m    *metric
}

// dirtyDay is a day that a scope has to compute again. Place is 1-based in the list of scopes that was asked about.
type dirtyDay struct {
	Place uint32 `ch:"place"`
	Day   uint16 `ch:"dirty_day"`
}

// scopesAtOnce bounds the length of the lists that go into one statement.
const scopesAtOnce = 500

// dirtyUnits finds the days of metrics of experiments that a cycle is to compute; marks are jobMarks. While we are patient and nobody compares, days
// that rest are left out, and of those that have rested long enough one experiment's are taken: what units did before their exposure is read
// for a week of days, and news does not wait for that of all experiments.
func (r *Runner) dirtyUnits(ctx context.Context, scopes []scoped, marks store.Params) ([]dirtyDay, error) {
	comparing := slices.ContainsFunc(r.jobs, func(j job) bool { return j.Kind == "verify" && j.State == jobRunning })
	if !r.patient || comparing {
		return r.staleUnits(ctx, scopes, marks)
	}
	rows, err := r.markedUnits(ctx, scopes, marks, r.lastInstant-rest.Microseconds())
	some := oneEarly(scopes, rows)
	if len(some) < len(rows) {
		r.Look() // the others are next
	}
	return r.computable(scopes, daysOf(some)), err
}

// restedUnits finds the days of metrics of experiments that are to be computed, in this cycle or the next ones.
func (r *Runner) restedUnits(ctx context.Context, scopes []scoped, marks store.Params) ([]dirtyDay, error) {
	rows, err := r.markedUnits(ctx, scopes, marks, r.lastInstant-rest.Microseconds())
	return r.computable(scopes, daysOf(rows)), err
}

// staleUnits finds all days of metrics of experiments that are not as the raw events are, those too that rest.
func (r *Runner) staleUnits(ctx context.Context, scopes []scoped, marks store.Params) ([]dirtyDay, error) {
	rows, err := r.markedUnits(ctx, scopes, marks, math.MaxInt64/2)
	return r.computable(scopes, daysOf(rows)), err
}

// markedUnit is a row of dirty_units.sql: Early says that the day is dirty only for what units did before their exposure, Since when its
// window was begun, in microseconds.
type markedUnit struct {
	dirtyDay
	Early bool  `ch:"early"`
	Since int64 `ch:"since"`
}

// markedUnits leaves out days that rest and whose windows are younger than an instant, in microseconds.
func (r *Runner) markedUnits(ctx context.Context, scopes []scoped, marks store.Params, rested int64) (rows []markedUnit, err error) {
	err = r.all(ctx, "dirty_units", &rows, with(scopeParams(scopes), marks, store.Params{"rested": rested}))
	return rows, err
}

// oneEarly leaves, of days that are dirty early only, those of the experiment that has waited longest.
func oneEarly(scopes []scoped, rows []markedUnit) []markedUnit {
	var first *markedUnit
	for i := range rows {
		if rows[i].Early && (first == nil || rows[i].Since < first.Since) {
			first = &rows[i]
		}
	}
	if first == nil {
		return rows
	}
	x := scopes[first.Place-1].x
	return slices.DeleteFunc(slices.Clone(rows), func(d markedUnit) bool { return d.Early && scopes[d.Place-1].x != x })
}

func daysOf(rows []markedUnit) []dirtyDay {
	days := make([]dirtyDay, len(rows))
	for i := range rows {
		days[i] = rows[i].dirtyDay
	}
	return days
}

// rest is how long a day's windows are left as they are when all that is new about the day is what units did before their
// exposure: with every new unit the last week would be read again otherwise. Until then such a unit counts as one without a
// past, in all groups alike, so that no comparison is biased by it.
const rest = 10 * time.Minute

// scopeParams lists scopes of experiments for statements that ask what they have to do.
func scopeParams(scopes []scoped) store.Params {
	names, experiments, ends, before := []string{}, []string{}, []uint16{}, []uint16{}
	for _, s := range scopes {
		names, experiments = append(names, s.name), append(experiments, s.x.version)
		ends, before = append(ends, uint16(s.x.endDay)), append(before, uint16(s.x.Window(&s.m.Metric)))
	}
	return store.Params{"scopes": names, "experiments": experiments, "end_days": ends, "early_days": before}
}

// dirtyMetrics finds the dirty days of metrics.
func (r *Runner) dirtyMetrics(ctx context.Context, scopes []scoped, marks store.Params) ([]dirtyDay, error) {
	names, back, ahead := []string{}, []uint16{}, []uint16{}
	for _, s := range scopes {
		before, after := s.reach()
		names, back, ahead = append(names, s.name), append(back, before), append(ahead, after)
	}
	var rows []dirtyDay
	p := with(marks, store.Params{"scopes": names, "back": back, "ahead": ahead})
	err := r.all(ctx, "dirty_metrics", &rows, p)
	return r.computable(scopes, rows), err
}

// dirtyAtOnce looks for the dirty days of all scopes that are not of experiments, a few hundred at a time: the statement costs more than what it
// reads. Days that are marked while they are computed are found by the next cycle.
func (r *Runner) dirtyAtOnce(ctx context.Context, scopes []scoped) (findDirty, error) {
	known := make(map[string][]uint16)
	for part := range slices.Chunk(scopes, scopesAtOnce) {
		days, err := r.dirtyMetrics(ctx, part, jobMarks(r.jobs))
		if err != nil {
			return nil, err
		}
		for _, d := range days {
			name := part[d.Place-1].name
			known[name] = append(known[name], d.Day)
		}
	}
	return func(_ context.Context, scopes []scoped, _ store.Params) (dirty []dirtyDay, _ error) {
		for i, s := range scopes {
			for _, day := range known[s.name] {
				dirty = append(dirty, dirtyDay{uint32(i + 1), day})
			}
		}
		slices.SortFunc(dirty, func(a, b dirtyDay) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Place, b.Place)) })
		return dirty, nil
	}, nil
}

// computable leaves out days that cannot be computed any more.
func (r *Runner) computable(scopes []scoped, rows []dirtyDay) []dirtyDay {
	return slices.DeleteFunc(rows, func(d dirtyDay) bool { return r.frozen(scopes[d.Place-1], Day(d.Day)) })
}

// batch is some metrics of one experiment, or some metrics by themselves, on consecutive days: one statement.
type batch struct {
	scopes   []scoped
	from, to Day
}

const (
	metricsAtOnce = 24 // moments.sql has the place of a metric in a byte
	daysAtOnce    = 7
	// eventBytes is what a statement that groups events by unit and day takes for each, at most: 24 metrics of which each event is another unit-day's.
	eventBytes = 1 << 10
)

// span is how many days of those that are dirty go into one statement: a week, or more where few enough events happened that all they could become
// fits into memory. A statement reads who was exposed, and all that came before, whether it is about one day or thirty.
func (r *Runner) span(ctx context.Context, dirty []dirtyDay) (days int, err error) {
	if len(dirty) == 0 {
		return daysAtOnce, nil
	}
	first, last := Day(dirty[0].Day), Day(dirty[len(dirty)-1].Day)
	if last-first < daysAtOnce {
		return daysAtOnce, nil
	}
	var events uint64
	if err := r.one(ctx, "events_between", dayParams(r.o.Zone, first, last), &events); err != nil {
		return 0, err
	}
	return max(daysAtOnce, int(min(r.eventsAtOnce*uint64(last-first+1)/max(events, 1), 366))), nil
}

// batches groups dirty days, which come in order of (day, place), into statements of so many days. Scopes of one experiment that are dirty
// on the same days go together, up to the bound above.
func batches(scopes []scoped, dirty []dirtyDay, days int) []batch {
	type key struct {
		x   *experiment
		set string
	}
	byDay := make(map[uint16]map[*experiment][]int)
	for _, d := range dirty {
		x := scopes[d.Place-1].x
		if byDay[d.Day] == nil {
			byDay[d.Day] = make(map[*experiment][]int)
		}
		byDay[d.Day][x] = append(byDay[d.Day][x], int(d.Place-1))
	}
	open, all := make(map[key]*batch), []*batch{}
	for _, day := range sortedKeys(byDay) {
		for _, places := range byDay[day] {
			for part := range slices.Chunk(places, metricsAtOnce) {
				k := key{scopes[part[0]].x, fmt.Sprint(part)}
				b := open[k]
				if b == nil || b.to+1 != Day(day) || int(b.to-b.from)+1 >= days {
					b = &batch{from: Day(day)}
					for _, place := range part {
						b.scopes = append(b.scopes, scopes[place])
					}
					open[k], all = b, append(all, b)
				}
				b.to = Day(day)
			}
		}
	}
	done := make([]batch, len(all))
	for i, b := range all {
		done[i] = *b
	}
	return done
}

func sortedKeys[V any](m map[uint16]V) []uint16 {
	keys := make([]uint16, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (b *batch) names() []string {
	names := make([]string, len(b.scopes))
	for i, s := range b.scopes {
		names[i] = s.name
	}
	return names
}

func (b *batch) metrics() []*metric {
	ms := make([]*metric, len(b.scopes))
	for i, s := range b.scopes {
		ms[i] = s.m
	}
	return ms
}

// dayParams are the parameters of statements that read raw rows of metric days.
func dayParams(zone *time.Location, from, to Day) store.Params {
	first, last := utcDates(zone, from, to)
	return store.Params{
		"zone": zone.String(), "from": uint16(from), "to": uint16(to), "utc_from": uint16(first), "utc_to": uint16(last),
		"scan_from": uint16(from), "scan_to": uint16(to),
	}
}

// run is one computation: its number, and when it started by the engine's clock, before it read anything.
type run struct {
	number  uint64
	started int64
	at      time.Time // when it started, by our clock
}

// runBits is how many bits of a run's number are random; the others are its start in milliseconds.
const runBits = 22

// grace is how long rows of a run that is not, or no longer, published are left alone: readers may still be at them, and a
// run must be published within half of it.
const grace = 30 * time.Minute

func (r *Runner) newRun(ctx context.Context) (run, error) {
	at := r.o.Now().Round(0) // a machine that slept has aged
	started, err := r.instant(ctx)
	return run{numberOf(started) | r.o.Random()&(1<<runBits-1), started, at}, err
}

// numberOf is the smallest number of a run that started then.
func numberOf(micros int64) uint64 { return uint64(micros/1000) << runBits }

// publish makes a run's rows the ones that count. A run that took so long that its rows may be cleaned away is given up.
func (r *Runner) publish(ctx context.Context, name string, u run, b *batch, p store.Params, sum *Report) error {
	if took := r.o.Now().Round(0).Sub(u.at); took > grace/2 {
		return fmt.Errorf("days %s to %s took %s, longer than the %s a run has to publish itself", b.from, b.to, took, grace/2)
	}
	if err := r.exec(ctx, name, p); err != nil {
		return err
	}
	n := len(b.scopes) * int(b.to-b.from+1)
	sum.Windows += n
	windowsPublished.Add(n)
	return r.progressed(ctx, b)
}

package rollup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// dueDay is an as-of day whose moments are not made of the runs published now. Runs is a hash of those.
type dueDay struct {
	Place uint32 `ch:"place"`
	Day   uint16 `ch:"due_day"`
	Runs  uint64 `ch:"published_runs"`
}

// settleMoments takes the moments that are due, of scopes whose days could be computed.
func (r *Runner) settleMoments(ctx context.Context, scopes []scoped, completeTo int64, sum *Report) error {
	failing := make(map[string]bool)
	for _, f := range r.failed() {
		failing[f.Scope] = true
	}
	sound := slices.DeleteFunc(slices.Clone(scopes), func(s scoped) bool { return failing[s.name] || failing[s.x.version] })
	// Values that are adjusted are read several times over, once for the bounds: metrics that need that are kept apart from the others.
	plain, adjusted := apart(sound, func(s scoped) bool { return !s.m.isAdjusted() })
	for _, alike := range [][]scoped{plain, adjusted} {
		for part := range slices.Chunk(alike, scopesAtOnce) {
			if err := r.momentsOf(ctx, part, completeTo, sum); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Runner) momentsOf(ctx context.Context, scopes []scoped, completeTo int64, sum *Report) error {
	days, runs, err := r.momentsDue(ctx, scopes)
	if err != nil {
		return err
	}
	for _, b := range batches(scopes, days, daysAtOnce) {
		if err := r.together(ctx, b, func(b *batch) error { return r.moments(ctx, b, runs, completeTo, sum) }); err != nil {
			return err
		}
	}
	return nil
}

// apart splits a list in two, those that are so first.
func apart[T any](all []T, is func(T) bool) (these, others []T) {
	for _, v := range all {
		if is(v) {
			these = append(these, v)
		} else {
			others = append(others, v)
		}
	}
	return these, others
}

// scopeDay is one as-of day of one scope.
type scopeDay struct {
	scope string
	day   Day
}

func (r *Runner) momentsDue(ctx context.Context, scopes []scoped) ([]dirtyDay, map[scopeDay]uint64, error) {
	var rows []dueDay
	if err := r.all(ctx, "moments_due", &rows, scopeParams(scopes)); err != nil {
		return nil, nil, err
	}
	days, runs := make([]dirtyDay, len(rows)), make(map[scopeDay]uint64, len(rows))
	for i, row := range rows {
		days[i] = dirtyDay{row.Place, row.Day}
		runs[scopeDay{scopes[row.Place-1].name, Day(row.Day)}] = row.Runs
	}
	return days, runs, nil
}

// moments takes the moments of a batch's metrics as of each of its days.
func (r *Runner) moments(ctx context.Context, b *batch, runs map[scopeDay]uint64, completeTo int64, sum *Report) error {
	started, err := r.instant(ctx)
	if err != nil {
		return err
	}
	days, hashes := []uint16{}, []uint64{}
	for d := b.from; d <= b.to; d++ {
		days = append(days, uint16(d))
	}
	for _, s := range b.scopes {
		for _, d := range days {
			hashes = append(hashes, runs[scopeDay{s.name, Day(d)}])
		}
	}
	p := with(b.scopes[0].x.params(r.o.Zone.String()), valueParams(b.metrics()), b.scopes[0].x.pastParams(b.metrics()), store.Params{
		"scopes": b.names(), "as_of": days, "runs": hashes, "started": started, "complete_to": completeTo,
		"pairs": b.pairs(),
	})
	text := momentsText(b.metrics(), len(days))
	if err := r.execText(ctx, "moments", text, p); err != nil {
		return err
	}
	sum.AsOfDays += len(hashes)
	return nil
}

// pairs says of each metric whether its value is a pair of numbers.
func (b *batch) pairs() []uint8 {
	pairs := make([]uint8, len(b.scopes))
	for i, s := range b.scopes {
		if s.m.HasDenominator() {
			pairs[i] = 1
		}
	}
	return pairs
}

// momentsText fills in what a unit makes of its days as of so many days, and the moments of that.
func momentsText(ms []*metric, days int) string {
	single := !slices.ContainsFunc(ms, (*metric).HasDenominator)
	sums, each, without := cumulative(ms, days, single)
	early := earlyValue(ms, false)
	x, px := valueOfKinds(ms, "(slice - first_day + 1)", "{windows:Array(UInt16)}[place]")
	text := fillAll(statement("moments"), map[string]string{
		"sums": sums, "each": each, "without": without, "early": early, "value": x, "past": px, "units": schema.UnitsSQL, "merged": statement("merged"),
	})
	text = later(text, ms, when{holds: "since >= 0"}, "toInt32(slice)", true)
	if !ms[0].isAdjusted() { // all alike
		return fill(text, "parts", statement("parts_plain"))
	}
	return adjust(text, ms)
}

// cumulative is what a unit makes of its days as of each day, the names of that one by one, and constants for what metrics like these do not have: one aggregate
// a day costs a fraction of what arrays in a row's place would.
func cumulative(ms []*metric, days int, single bool) (sums, each, without string) {
	xs, ys, counts, lists := make([]string, days), make([]string, days), make([]string, days), make([]string, days)
	for i := range days {
		day := fmt.Sprintf("days[%d]", i+1)
		w := when{holds: "since >= 0 AND at <= " + day}
		xs[i], ys[i] = valueOf(ms, w)
		counts[i], lists[i] = w.fill("countIf(COND)"), valuesOf(ms, w)
	}
	list := func(of []string, name string) string { return "[" + strings.Join(of, ", ") + "] AS " + name }
	sums, each = list(xs, "xs")+", "+list(counts, "counts"), "xs AS x0, counts AS active_days"
	if single {
		without = "0. AS y0, "
	} else {
		sums, each = sums+", "+list(ys, "ys"), each+", ys AS y0"
	}
	if anyOf(ms, kindValues) {
		return sums + ", " + list(lists, "lists"), each + ", lists AS vals", without + "vals, "
	}
	return sums, each, without + "CAST([], 'Array(Float64)') AS vals, "
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"time"
)

// Options of a run; the zero value works.
type Options struct {
	Scale  Scale
	Seed   uint64 // default 1
	Rounds int    // default 7 (5 at small scale)
	// Cases chooses cases by their names; nil chooses all.
	Cases *regexp.Regexp
	// Progress is told about each step; step counts to steps within the case.
	Progress func(suite, name string, step, steps int)
	Now      func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Scale == "" {
		o.Scale = Small
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Rounds == 0 {
		o.Rounds = Pick(o.Scale, 5, 7, 7)
	}
	if o.Progress == nil {
		o.Progress = func(string, string, int, int) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Run measures the suites, one after the other, and reports. A suite or case that fails is in the report with its error, and the others go
// on; so is what was measured before ctx ended, which is the only error returned.
func Run(ctx context.Context, suites []Suite, o Options) (*Report, error) {
	o = o.withDefaults()
	r := &Report{Environment: environment(o)}
	defer r.fit()
	for _, s := range suites {
		started := o.Now()
		err := r.suite(ctx, s, o)
		r.Took = append(r.Took, Took{s.Name, o.Now().Sub(started).Round(100 * time.Millisecond).Seconds()})
		if ctx.Err() != nil {
			return r, fmt.Errorf("bench %s: %w", s.Name, ctx.Err())
		}
		if err != nil {
			r.Cases = append(r.Cases, Result{Suite: s.Name, Name: "the suite itself", By: CPU, Error: err.Error()})
		}
	}
	return r, nil
}

func (r *Report) suite(ctx context.Context, s Suite, o Options) (err error) {
	env, err := NewEnv(o.Scale, o.Seed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	cases, err := s.Open(ctx, env)
	if err != nil {
		return err
	}
	for i := range cases {
		if o.Cases != nil && !o.Cases.MatchString(cases[i].Name) {
			continue
		}
		result := measure(ctx, s.Name, &cases[i], o)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.Cases = append(r.Cases, result)
	}
	if v := env.engineVersion(ctx); v != "" {
		r.Environment.ClickHouse = v
	}
	return nil
}

// measure asks one case's question of all its contestants.
func measure(ctx context.Context, suite string, c *Case, o Options) Result {
	r := Result{Suite: suite, Name: c.Name, Unit: c.Unit, By: c.By, Curve: c.Curve, XName: c.XName, X: c.X}
	if r.By == "" {
		r.By = CPU
	}
	samples, err := rounds(ctx, suite, c, o)
	if c.Close != nil {
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.fill(c, samples)
	return r
}

// rounds is a warm-up and then the rounds, each beginning with another contestant.
func rounds(ctx context.Context, suite string, c *Case, o Options) ([][]Sample, error) {
	if c.Prepare != nil {
		o.Progress(suite, c.Name+": preparing", 0, 1)
		if err := c.Prepare(ctx); err != nil {
			return nil, fmt.Errorf("prepare: %w", err)
		}
	}
	n := o.Rounds
	if c.Rounds != 0 {
		n = c.Rounds
	}
	first := -1 // the warm-up
	if c.Cold {
		first = 0
	}
	samples := make([][]Sample, len(c.Contestants))
	steps := (n - first) * len(c.Contestants)
	for round := first; round < n; round++ {
		for k := range c.Contestants {
			which := (k + max(round, 0)) % len(c.Contestants)
			o.Progress(suite, c.Name, (round-first)*len(c.Contestants)+k, steps)
			s, err := labelled(ctx, suite, c.Name, &c.Contestants[which])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Contestants[which].Name, err)
			}
			if round >= 0 {
				samples[which] = append(samples[which], s)
			}
		}
	}
	o.Progress(suite, c.Name, steps, steps)
	return samples, agree(c, samples)
}

// labelled gives a CPU profile of the run the names of what was measured: go tool pprof -tagfocus=contestant=PulseHouse …
func labelled(ctx context.Context, suite, name string, c *Contestant) (s Sample, err error) {
	pprof.Do(ctx, pprof.Labels("suite", suite, "case", name, "contestant", c.Name), func(ctx context.Context) { s, err = once(ctx, c) })
	return s, err
}

func once(ctx context.Context, c *Contestant) (s Sample, err error) {
	if c.Before != nil {
		if err := c.Before(ctx); err != nil {
			return s, err
		}
	}
	runtime.GC()              // so that nobody pays for the garbage of the one before
	children := childrenCPU() // before our own clock starts: looking for them takes milliseconds
	own, started := ownCPU(), time.Now()
	s, err = c.Run(ctx)
	wall, cpu := time.Since(started), ownCPU()-own
	if s.Wall == 0 {
		s.Wall = wall
	}
	if s.CPU == 0 {
		s.CPU = cpu + childrenCPU() - children
	}
	if err == nil && s.Ops <= 0 {
		err = errors.New("did nothing: Sample.Ops is 0")
	}
	return s, err
}

// agree wants the same check of all contestants that give one.
func agree(c *Case, samples [][]Sample) error {
	check, by := "", ""
	for k, own := range samples {
		for _, s := range own {
			switch {
			case s.Check == "":
			case check == "":
				check, by = s.Check, c.Contestants[k].Name
			case s.Check != check:
				return fmt.Errorf("%s made %q where %s made %q: they did not do the same work", c.Contestants[k].Name, s.Check, by, check)
			}
		}
	}
	return nil
}

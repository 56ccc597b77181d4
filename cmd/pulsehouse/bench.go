package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/bench/forward"
	benchgate "github.com/pulsehouse/pulsehouse/bench/gate"
	"github.com/pulsehouse/pulsehouse/bench/growth"
	benchingest "github.com/pulsehouse/pulsehouse/bench/ingest"
	"github.com/pulsehouse/pulsehouse/bench/machine"
	"github.com/pulsehouse/pulsehouse/bench/pulse"
	"github.com/pulsehouse/pulsehouse/bench/rollups"
)

// suites are what can be measured, in the order in which "all" does.
var suites = []bench.Suite{machine.Suite, rollups.Suite, benchingest.Suite, pulse.Suite, forward.Suite, benchgate.Suite, growth.Suite}

// regressed is a run that was dearer than its baseline beyond the noise.
type regressed struct{ error }

// benchOptions are the flags of bench.
type benchOptions struct {
	Scale, Cases, Baseline, Profile string
	Report, Merge                   []string
	Seed                            uint64
	Rounds                          int
	Assert                          bool
}

func benchCommand(suites []bench.Suite) *cobra.Command {
	var o benchOptions
	var names []string
	for _, s := range suites {
		names = append(names, s.Name)
	}
	cmd := &cobra.Command{
		Use:       "bench " + strings.Join(append(names, "all"), "|"),
		Short:     "Measure this machine: ours beside peers and ceilings, in turns, with a report",
		Args:      cobra.MinimumNArgs(1),
		ValidArgs: append(names, "all"),
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := chooseSuites(suites, args)
			if err != nil {
				return err
			}
			return runBench(cmd, o, chosen)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Scale, "scale", string(bench.Small), "how much there is to do: small (minutes), medium, large (hours)")
	f.StringVar(&o.Cases, "case", "", "measure only the cases whose names this regular expression finds")
	f.StringSliceVar(&o.Report, "report", nil, "write the report to these files: .json for programs, anything else is Markdown")
	f.StringVar(&o.Baseline, "baseline", "", "compare with this earlier JSON report")
	f.StringSliceVar(&o.Merge, "merge", nil, "JSON reports whose cases join this one's, such as that of make bench-peers")
	f.BoolVar(&o.Assert, "assert", false, "end with exit code 4 when something became dearer than the baseline beyond the noise")
	f.StringVar(&o.Profile, "profile", "", "write a CPU profile of this process to this file, labelled by suite, case and contestant (go tool pprof -tagfocus)")
	f.Uint64Var(&o.Seed, "seed", 1, "seed of the workload")
	f.IntVar(&o.Rounds, "rounds", 0, "rounds of each contestant; 0 is what the scale has")
	return cmd
}

func runBench(cmd *cobra.Command, o benchOptions, chosen []bench.Suite) error {
	if !slices.Contains(bench.Scales, bench.Scale(o.Scale)) {
		return usageError{fmt.Errorf("--scale %q: it is one of %v", o.Scale, bench.Scales)}
	}
	if o.Assert && o.Baseline == "" {
		return usageError{errors.New("--assert needs a --baseline to compare with")}
	}
	baseline, others, err := o.read()
	if err != nil {
		return err // before minutes of measuring
	}
	var cases *regexp.Regexp
	if o.Cases != "" {
		if cases, err = regexp.Compile(o.Cases); err != nil {
			return usageError{fmt.Errorf("--case: %w", err)}
		}
	}
	report, stopped := measureBench(cmd, o, cases, chosen)
	if report == nil {
		return stopped
	}
	if stopped == nil && len(report.Cases) == 0 {
		return usageError{fmt.Errorf("--case %q: no case of what is to be measured is called like that", o.Cases)}
	}
	for _, other := range others {
		report.Merge(other)
	}
	if err := errors.Join(stopped, writeReport(cmd.OutOrStdout(), report, o.Report)); err != nil {
		return err
	}
	compared := compareBench(cmd.OutOrStdout(), report, baseline, o)
	if failed := report.Failed(); len(failed) > 0 {
		return errors.Join(compared, fmt.Errorf("%d cases have no numbers: %s", len(failed), strings.Join(failed, "; ")))
	}
	return compared
}

// read reads the reports that this run is set beside.
func (o benchOptions) read() (baseline *bench.Report, others []*bench.Report, err error) {
	for _, file := range o.Merge {
		other, err := bench.ReadReport(file)
		if err != nil {
			return nil, nil, err
		}
		others = append(others, other)
	}
	if o.Baseline != "" {
		baseline, err = bench.ReadReport(o.Baseline)
	}
	return baseline, others, err
}

// measureBench runs the suites, under a profile where one is wanted.
func measureBench(cmd *cobra.Command, o benchOptions, cases *regexp.Regexp, chosen []bench.Suite) (r *bench.Report, err error) {
	if o.Profile != "" {
		f, err := os.Create(o.Profile)
		if err != nil {
			return nil, fmt.Errorf("write profile: %w", err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, fmt.Errorf("write profile: %w", err)
		}
		defer func() { pprof.StopCPUProfile(); err = errors.Join(err, f.Close()) }()
	}
	spareProcessor() // as when it serves
	bars := newBars(cmd)
	defer bars.close()
	return bench.Run(cmd.Context(), chosen, bench.Options{Scale: bench.Scale(o.Scale), Seed: o.Seed, Rounds: o.Rounds, Cases: cases, Progress: bars.step})
}

func chooseSuites(suites []bench.Suite, names []string) (chosen []bench.Suite, err error) {
	if slices.Contains(names, "all") {
		return suites, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(suites, func(s bench.Suite) bool { return s.Name == name })
		if i < 0 {
			return nil, usageError{fmt.Errorf("there is no bench %q", name)}
		}
		chosen = append(chosen, suites[i])
	}
	return chosen, nil
}

// writeReport prints the report, and writes it to each file that is named.
func writeReport(out io.Writer, r *bench.Report, files []string) error {
	errs := []error{r.Markdown(out)}
	for _, file := range files {
		if err := writeReportTo(r, file); err != nil {
			errs = append(errs, fmt.Errorf("write report %q: %w", file, err))
		}
	}
	return errors.Join(errs...)
}

func writeReportTo(r *bench.Report, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if filepath.Ext(file) == ".json" {
		e := json.NewEncoder(f)
		e.SetIndent("", " ")
		err = e.Encode(r)
	} else {
		err = r.Markdown(f)
	}
	return errors.Join(err, f.Close())
}

// compareBench prints what moved beyond the noise.
func compareBench(out io.Writer, r, baseline *bench.Report, o benchOptions) error {
	if baseline == nil {
		return nil
	}
	changes, worse := r.Compare(baseline), []string{}
	fmt.Fprintf(out, "\n## Against %s (commit %s)\n\n%d numbers compared.\n", o.Baseline, baseline.Environment.Commit, len(changes))
	if !r.Comparable(baseline) {
		fmt.Fprintf(out, "Costs over ceilings, not times: it is another machine or scale, or went at another pace (what needs none of ours cost %.2f times as much).\n", r.Pace(baseline))
	}
	for _, c := range changes {
		switch {
		case c.Regression():
			fmt.Fprintf(out, "- dearer: %s\n", c)
			worse = append(worse, c.String())
		case c.Improvement():
			fmt.Fprintf(out, "- cheaper: %s\n", c)
		}
	}
	if len(changes) == 0 {
		return usageError{fmt.Errorf("nothing in %s can be compared with this run", o.Baseline)}
	}
	if o.Assert && len(worse) > 0 {
		return regressed{fmt.Errorf("dearer than the baseline beyond the noise: %s", strings.Join(worse, "; "))}
	}
	return nil
}

// bars shows one bar a case, or prints a line a case where nobody watches.
type bars struct {
	progress *mpb.Progress
	bar      *mpb.Bar
	name     string
	log      io.Writer
}

func newBars(cmd *cobra.Command) *bars {
	b := &bars{log: cmd.ErrOrStderr()}
	if out := watched(os.Stderr); out != nil {
		b.progress = mpb.NewWithContext(cmd.Context(), mpb.WithOutput(out))
	}
	return b
}

func (b *bars) step(suite, name string, step, steps int) {
	if full := suite + ": " + name; full != b.name {
		b.finish()
		b.name = full
		if b.progress == nil {
			fmt.Fprintln(b.log, full)
			return
		}
		b.bar = b.progress.AddBar(int64(steps), mpb.PrependDecorators(decor.Name(full+" ")),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d "), decor.AverageETA(decor.ET_STYLE_GO)))
	}
	if b.bar != nil {
		b.bar.SetCurrent(int64(step))
	}
}

// finish completes the bar, also that of a case that failed halfway.
func (b *bars) finish() {
	if b.bar != nil {
		b.bar.SetTotal(-1, true)
	}
	b.bar = nil
}

func (b *bars) close() {
	b.finish()
	if b.progress != nil {
		b.progress.Wait()
	}
}

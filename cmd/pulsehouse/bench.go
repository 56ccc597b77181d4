package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/bench/forward"
	benchgate "github.com/pulsehouse/pulsehouse/bench/gate"
	benchingest "github.com/pulsehouse/pulsehouse/bench/ingest"
	"github.com/pulsehouse/pulsehouse/bench/machine"
	"github.com/pulsehouse/pulsehouse/bench/pulse"
	"github.com/pulsehouse/pulsehouse/bench/rollups"
)

// suites are what can be measured, in the order in which "all" does.
var suites = []bench.Suite{machine.Suite, rollups.Suite, benchingest.Suite, pulse.Suite, forward.Suite, benchgate.Suite}

// regressed is a run that was dearer than its baseline beyond the noise.
type regressed struct{ error }

// benchOptions are the flags of bench.
type benchOptions struct {
	Scale, Report, Baseline string
	Merge                   []string
	Seed                    uint64
	Rounds                  int
	Assert                  bool
}

func benchCommand() *cobra.Command {
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
			return runBench(cmd, o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Scale, "scale", string(bench.Small), "how much there is to do: small (minutes), medium, large (hours)")
	f.StringVar(&o.Report, "report", "", "write the report to this file: .json for programs, anything else is Markdown")
	f.StringVar(&o.Baseline, "baseline", "", "compare with this earlier JSON report")
	f.StringSliceVar(&o.Merge, "merge", nil, "JSON reports whose cases join this one's, such as that of make bench-peers")
	f.BoolVar(&o.Assert, "assert", false, "end with exit code 4 when something became dearer than the baseline beyond the noise")
	f.Uint64Var(&o.Seed, "seed", 1, "seed of the workload")
	f.IntVar(&o.Rounds, "rounds", 0, "rounds of each contestant; 0 is what the scale has")
	return cmd
}

func runBench(cmd *cobra.Command, o benchOptions, args []string) error {
	chosen, err := chooseSuites(args)
	if err != nil {
		return err
	}
	if !slices.Contains(bench.Scales, bench.Scale(o.Scale)) {
		return usageError{fmt.Errorf("--scale %q: it is one of %v", o.Scale, bench.Scales)}
	}
	if o.Assert && o.Baseline == "" {
		return usageError{errors.New("--assert needs a --baseline to compare with")}
	}
	bars := newBars(cmd)
	report, err := bench.Run(cmd.Context(), chosen, bench.Options{
		Scale: bench.Scale(o.Scale), Seed: o.Seed, Rounds: o.Rounds, Progress: bars.step,
	})
	bars.close()
	if err != nil {
		return err
	}
	for _, file := range o.Merge {
		other, err := bench.ReadReport(file)
		if err != nil {
			return err
		}
		report.Merge(other)
	}
	if err := writeReport(cmd.OutOrStdout(), report, o.Report); err != nil {
		return err
	}
	if failed := report.Failed(); len(failed) > 0 {
		return fmt.Errorf("%d cases have no numbers: %s", len(failed), strings.Join(failed, "; "))
	}
	return compareBench(cmd.OutOrStdout(), report, o)
}

func chooseSuites(names []string) (chosen []bench.Suite, err error) {
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

// writeReport prints the report, and writes it to a file if one is named.
func writeReport(out io.Writer, r *bench.Report, file string) error {
	if err := r.Markdown(out); err != nil || file == "" {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if filepath.Ext(file) == ".json" {
		e := json.NewEncoder(f)
		e.SetIndent("", " ")
		err = e.Encode(r)
	} else {
		err = r.Markdown(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write report %q: %w", file, err)
	}
	return nil
}

// compareBench prints what moved beyond the noise.
func compareBench(out io.Writer, r *bench.Report, o benchOptions) error {
	if o.Baseline == "" {
		return nil
	}
	baseline, err := bench.ReadReport(o.Baseline)
	if err != nil {
		return err
	}
	changes, worse := r.Compare(baseline), []string{}
	fmt.Fprintf(out, "\n## Against %s (commit %s)\n\n%d numbers compared.\n", o.Baseline, baseline.Environment.Commit, len(changes))
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
	if out := barOutput(); out != nil {
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

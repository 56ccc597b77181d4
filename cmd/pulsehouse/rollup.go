package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pulsehouse/pulsehouse/query/client"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema"
)

// rollupRoom is what the Console API can ask of the rollups, once they run.
type rollupRoom struct{ runner atomic.Pointer[rollup.Runner] }

func (r *rollupRoom) get() (*rollup.Runner, error) {
	if run := r.runner.Load(); run != nil {
		return run, nil
	}
	return nil, schema.Errorf(503, "starting", "the rollups are not running yet; try again in a few seconds")
}

// Status says how far they are.
func (r *rollupRoom) Status(ctx context.Context) (schema.RollupStatus, error) {
	run, err := r.get()
	if err != nil {
		return schema.RollupStatus{}, err
	}
	s, err := run.Status(ctx)
	return s.Shown(), err
}

// Failures are what could not be computed; none are known before they run.
func (r *rollupRoom) Failures() []schema.RollupFailure {
	if run := r.runner.Load(); run != nil {
		return run.Failures()
	}
	return nil
}

// Look has days computed soon that were marked. Rollups that do not run yet find them when they do.
func (r *rollupRoom) Look() {
	if run := r.runner.Load(); run != nil {
		run.Look()
	}
}

// Samples are the newest events that a metric takes.
func (r *rollupRoom) Samples(ctx context.Context, m schema.Metric, limit int) ([]schema.MetricSample, error) {
	run, err := r.get()
	if err != nil {
		return nil, err
	}
	return run.Samples(ctx, m, limit)
}

// Preview computes totals of some days and writes nothing.
func (r *rollupRoom) Preview(ctx context.Context, m schema.Metric, from, to string) ([]schema.MetricDay, error) {
	run, err := r.get()
	if err != nil {
		return nil, err
	}
	first, err := rollup.ParseDay(from)
	if err != nil {
		return nil, err
	}
	last, err := rollup.ParseDay(to)
	if err != nil {
		return nil, err
	}
	return run.Preview(ctx, m, first, last)
}

func rollupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "rollup", Short: "Compute days again, and see how far the rollups are"}
	cmd.AddCommand(rollupRunCommand(), rollupStatusCommand(),
		turnJobCommand("cancel", "Stop a job: what it has done stays, days it has not come to are as they were before"),
		turnJobCommand("resume", "Go on with a job that was cancelled or failed"))
	return cmd
}

// jobFlags are what a job is about.
type jobFlags struct {
	remote
	from, to, metric, format string
}

func (f *jobFlags) add(cmd *cobra.Command) {
	f.flags(cmd.Flags())
	cmd.Flags().StringVar(&f.from, "from", "", "first metric day, yyyy-mm-dd; default: the first there is")
	cmd.Flags().StringVar(&f.to, "to", "", "last metric day, yyyy-mm-dd; default: today")
	cmd.Flags().StringVar(&f.metric, "metric", "", "id of one metric, name::type; default: everything")
	formatFlag(cmd.Flags(), &f.format, "table", "json")
}

func rollupRunCommand() *cobra.Command {
	var f jobFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Compute days again; the work goes on in the server when this is interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			j, err := f.watch(cmd, "rollup")
			if err == nil && f.format == "table" {
				fmt.Fprintf(cmd.OutOrStdout(), "computed %d days of metrics again\n", j.Done)
			}
			return err
		},
	}
	f.add(cmd)
	return cmd
}

// turnJobCommand cancels or resumes a job.
func turnJobCommand(verb, short string) *cobra.Command {
	var f remote
	cmd := &cobra.Command{
		Use: verb + " JOB", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			j, err := c.TurnJob(cmd.Context(), args[0], verb)
			if err != nil {
				return reached(err)
			}
			printJob(cmd.OutOrStdout(), j)
			return nil
		},
	}
	f.flags(cmd.Flags())
	return cmd
}

func printJob(w io.Writer, j client.Job) {
	fmt.Fprintf(w, "job %s  %s %s..%s %s  %s  %d of %d", j.ID, j.Kind, j.From, j.To, j.Metric, j.State, j.Done, j.Total)
	var found rollup.Verification
	if j.Kind == "verify" && j.State == "done" && json.Unmarshal(j.Result, &found) == nil {
		fmt.Fprintf(w, "  %d numbers differ", len(found.Differences)+found.More)
	}
	fmt.Fprintln(w)
}

func verifyCommand() *cobra.Command {
	var f jobFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare everything that is rolled up with the raw events, and name any difference",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			j, err := f.watch(cmd, "verify")
			if err != nil {
				return err
			}
			var found rollup.Verification
			if err := json.Unmarshal(j.Result, &found); err != nil {
				return fmt.Errorf("read what verify found: %w", err)
			}
			if f.format == "table" {
				printVerification(cmd.OutOrStdout(), found)
			}
			if n := len(found.Differences) + found.More; n > 0 {
				return fmt.Errorf("%d numbers differ from the raw events; compute the days again with: pulsehouse rollup run", n)
			}
			return nil
		},
	}
	f.add(cmd)
	return cmd
}

func printVerification(w io.Writer, found rollup.Verification) {
	for _, d := range found.Differences {
		about := slices.DeleteFunc([]string{d.Table, d.Experiment, d.Metric, d.Date, d.UnitType, d.Unit}, func(s string) bool { return s == "" })
		fmt.Fprintf(w, "%s  %s: rollup %v, raw %v\n", strings.Join(about, "  "), d.Field, d.Rollup, d.Raw)
	}
	for _, reason := range found.NotCompared {
		fmt.Fprintln(w, "not compared:", reason)
	}
	if found.From == "" {
		fmt.Fprintln(w, "there is nothing to compare on these days")
		return
	}
	fmt.Fprintf(w, "compared %d numbers of %s to %s, %d numbers differ", found.Compared, found.From, found.To, len(found.Differences)+found.More)
	if found.Skipped > 0 {
		fmt.Fprintf(w, ", %d days are being computed and were left out", found.Skipped)
	}
	fmt.Fprintln(w)
}

// watch asks for a job and shows its progress until it is over. Interrupted, it leaves the job to the server.
func (f *jobFlags) watch(cmd *cobra.Command, kind string) (client.Job, error) {
	c, err := f.client()
	if err != nil {
		return client.Job{}, err
	}
	ctx, remarks := cmd.Context(), cmd.ErrOrStderr()
	bar := watched(remarks)
	j, err := c.CreateJob(ctx, kind, f.metric, f.from, f.to)
	if err == nil && j.Notice != "" {
		fmt.Fprintln(remarks, j.Notice)
	}
	for err == nil && (j.State == "waiting" || j.State == "running") {
		if bar != nil {
			progressBar(bar, j)
		}
		select {
		case <-ctx.Done():
			fmt.Fprintf(remarks, "\nthe server goes on; see job %s with: pulsehouse rollup status, stop it with: pulsehouse rollup cancel %s\n", j.ID, j.ID)
			return j, ctx.Err()
		case <-time.After(500 * time.Millisecond):
			j, err = c.Job(ctx, j.ID)
		}
	}
	if bar != nil {
		fmt.Fprint(bar, "\r\033[K")
	}
	if err == nil && j.State == "failed" {
		err = fmt.Errorf("job %s failed: %s", j.ID, j.Result)
	}
	if err == nil && j.State == "cancelled" {
		err = fmt.Errorf("job %s was cancelled at %d of %d; go on with: pulsehouse rollup resume %s", j.ID, j.Done, j.Total, j.ID)
	}
	if err == nil && f.format == "json" {
		return j, printJSON(cmd.OutOrStdout(), j)
	}
	return j, reached(err)
}

// watched is where a progress bar goes: nowhere, nil, when it is no terminal.
func watched(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return w
	}
	return nil
}

func progressBar(w io.Writer, j client.Job) {
	const width = 40
	share := 0.0
	if j.Total > 0 {
		share = float64(j.Done) / float64(j.Total)
	}
	fmt.Fprintf(w, "\r%-8s [%-*s] %3.0f %%  %d of %d", j.State, width, strings.Repeat("#", int(share*width)), 100*share, j.Done, j.Total)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func rollupStatusCommand() *cobra.Command {
	var f jobFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "How far the rollups are, what they could not compute, and which jobs there are",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.client()
			if err != nil {
				return err
			}
			s, err := c.RollupStatus(cmd.Context())
			if err != nil {
				return reached(err)
			}
			jobs, err := c.Jobs(cmd.Context())
			if err != nil {
				return reached(err)
			}
			if f.format == "json" {
				return printJSON(cmd.OutOrStdout(), map[string]any{"status": s, "jobs": jobs})
			}
			printStatus(cmd.OutOrStdout(), s, jobs)
			return nil
		},
	}
	f.flags(cmd.Flags())
	formatFlag(cmd.Flags(), &f.format, "table", "json")
	return cmd
}

func printStatus(w io.Writer, s schema.RollupStatus, jobs []client.Job) {
	if s.CompleteTo == nil {
		fmt.Fprintln(w, "nothing was received yet")
	} else {
		fmt.Fprintf(w, "complete to %s, lag %.0f s, %d loads (%d rows) wait\n", s.CompleteTo.Format(time.RFC3339), s.LagSeconds, s.WaitingLoads, s.WaitingRows)
	}
	if s.RawDataFrom != nil {
		fmt.Fprintf(w, "raw events before %s were dropped: earlier days keep their numbers and cannot be computed again\n", *s.RawDataFrom)
	}
	for _, d := range s.Dirty {
		fmt.Fprintf(w, "to compute  %4d days of %s\n", d.Days, d.Scope)
	}
	for _, x := range s.Failures {
		fmt.Fprintf(w, "failed      %s, %d times since %s: %s\n", x.Scope, x.Tries, x.Since.Format(time.RFC3339), x.Error)
	}
	for _, j := range jobs {
		printJob(w, j)
	}
}

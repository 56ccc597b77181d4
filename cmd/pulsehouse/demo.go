package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/pulsehouse/pulsehouse/bench/demo"
	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/query/client"
)

func demoCommand() *cobra.Command {
	var r remote
	var units, days int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Send two weeks of events with known lifts, and print what Pulse finds beside the truth",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if units < demoLeast || days < 1 || days > demoLongest {
				return usageError{fmt.Errorf("--units %d --days %d: the demo needs %d units or more, and 1 to %d days", units, days, demoLeast, demoLongest)}
			}
			c, err := r.client()
			if err != nil {
				return err
			}
			d := demonstration{remote: r, client: c, plan: demo.NewPlan(units, days, time.Now()), out: cmd.OutOrStdout()}
			return reached(d.run(cmd.Context()))
		},
	}
	r.flags(cmd.Flags())
	cmd.Flags().IntVar(&units, "units", 20_000, "units to make")
	cmd.Flags().IntVar(&days, "days", 14, "days to make, up to yesterday")
	return cmd
}

// The smallest and the longest demo.
const (
	demoLeast   = 20
	demoLongest = 365
)

// demonstration is one run of the demo.
type demonstration struct {
	remote remote
	client *client.Client
	plan   demo.Plan
	out    io.Writer
}

func (d *demonstration) run(ctx context.Context) error {
	if err := d.client.Ready(ctx); err != nil {
		return err
	}
	if err := d.define(ctx); err != nil {
		return err
	}
	if err := d.send(ctx); err != nil {
		return err
	}
	reports, err := d.await(ctx)
	if err != nil {
		return err
	}
	return d.print(reports)
}

// define creates the metrics and experiments, and starts them at the first of the demo's days.
func (d *demonstration) define(ctx context.Context) error {
	for _, m := range d.plan.Metrics() {
		if err := d.client.SaveMetric(ctx, m); err != nil {
			return fmt.Errorf("create metric %q: %w", m.Name, err)
		}
	}
	for _, x := range d.plan.Experiments() {
		if exists, err := d.client.HasExperiment(ctx, x.ID); err != nil {
			return err
		} else if exists {
			fmt.Fprintf(d.out, "experiment %s of an earlier demo begins anew\n", x.ID)
		}
		if err := d.client.SaveExperiment(ctx, x); err != nil {
			return fmt.Errorf("create experiment %q: %w", x.ID, err)
		}
		if err := d.client.StartExperiment(ctx, x.ID, d.plan.Start); err != nil {
			return fmt.Errorf("start experiment %q: %w", x.ID, err)
		}
	}
	return nil
}

// send sends the events, with a bar.
func (d *demonstration) send(ctx context.Context) error {
	target := demo.Target{URL: d.remote.URL}
	var err error
	if target.WriteKey, err = d.remote.secret("", "PULSEHOUSE_WRITE_KEY", writeKeyFile); err != nil {
		return err
	}
	if target.ServerKey, err = d.remote.secret("", "PULSEHOUSE_SERVER_KEY", serverKeyFile); err != nil {
		return err
	}
	total := 0
	for e := range d.plan.Events() {
		total++
		if e.Repeat && e.Kind != demo.AAExposure {
			total++
		}
	}
	progress := mpb.NewWithContext(ctx, mpb.WithOutput(watched(os.Stderr)))
	bar := progress.AddBar(int64(total), mpb.PrependDecorators(decor.Name("sending events "), decor.CountersNoUnit("%d / %d")),
		mpb.AppendDecorators(decor.AverageSpeed(0, " %.0f/s"), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
	target.Progress = func(n int) { bar.SetCurrent(int64(n)) }
	started := time.Now()
	n, err := d.plan.Send(ctx, target)
	bar.SetTotal(-1, true)
	if err != nil {
		bar.Abort(false)
	}
	progress.Wait()
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%d events acknowledged in %.1f s\n", n, time.Since(started).Seconds())
	return nil
}

// await waits until the rollups have seen everything that was sent. A last event, sent a little later, marks the end: once
// results are complete up to its receipt, and reach the last day that was sent, everything before it is in them. (Results of the
// first days are there, and complete, while those of the last days are still being computed.)
func (d *demonstration) await(ctx context.Context) (map[string]pulse.Report, error) {
	sent := time.Now()
	if err := d.remote.mark(ctx, sent); err != nil {
		return nil, err
	}
	zone, err := d.client.Zone(ctx)
	if err != nil {
		return nil, err
	}
	last := d.plan.End().Add(-time.Millisecond).In(zone).Format(time.DateOnly)
	reports := make(map[string]pulse.Report)
	for _, x := range d.plan.Experiments() {
		for {
			r, err := d.client.Pulse(ctx, x.ID, url.Values{})
			if err != nil {
				return nil, err
			}
			if r.DataCompleteTo != nil && r.DataCompleteTo.Time().After(sent) && r.DS >= last && allComputed(r) {
				reports[x.ID] = r
				break
			}
			select {
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
	return reports, nil
}

func allComputed(r pulse.Report) bool {
	for _, m := range r.PrimaryMetrics {
		if m.Status == pulse.Pending {
			return false
		}
	}
	return true
}

// print sets what Pulse found beside the truth.
func (d *demonstration) print(reports map[string]pulse.Report) error {
	for _, x := range d.plan.Experiments() {
		fmt.Fprintln(d.out)
		if err := pulse.Text(d.out, reports[x.ID], pulse.TextOptions{Color: colour(d.out)}); err != nil {
			return err
		}
	}
	fmt.Fprintf(d.out, "\nWhat was planted, and what Pulse says of it:\n\n")
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "experiment\tmetric\ttrue lift\tfound\t95 % interval\ttruth inside")
	for _, t := range d.plan.Truths() {
		for _, m := range reports[t.Experiment].PrimaryMetrics {
			if m.MetricID == t.Metric.ID() {
				fmt.Fprintln(w, truthLine(t, m))
			}
		}
	}
	fmt.Fprintln(w, "\nOne interval in twenty is expected to miss: that is what 95 % means.")
	return w.Flush()
}

func truthLine(t demo.Truth, m pulse.Result) string {
	line := fmt.Sprintf("%s\t%s\t%+.2f %%\t", t.Experiment, t.Metric.Name, 100*t.Lift)
	b := m.PercentConfidenceInterval
	if m.PercentChange == nil || b == nil || b.Lower == nil || b.Upper == nil {
		return line + string(m.Status) + "\t\t"
	}
	inside := "yes"
	if lift := 100 * t.Lift; lift < *b.Lower || lift > *b.Upper {
		inside = "no"
	}
	return line + fmt.Sprintf("%+.2f %%\t[%+.2f, %+.2f]\t%s", *m.PercentChange, *b.Lower, *b.Upper, inside)
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pulsehouse/pulsehouse/query/client"
)

func aaCommand() *cobra.Command {
	var r remote
	var splits, seed int
	var format string
	cmd := &cobra.Command{
		Use:   "aa EXPERIMENT|METRIC",
		Short: "Check the statistics on your own data: split real units at random many times and look at the p-values",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := r.client()
			if err != nil {
				return err
			}
			results, err := c.AA(cmd.Context(), args[0], splits, seed)
			if err != nil {
				return reached(err)
			}
			if format == "json" {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(results)
			}
			printAA(cmd.OutOrStdout(), results)
			return nil
		},
	}
	r.flags(cmd.Flags())
	f := cmd.Flags()
	f.IntVar(&splits, "splits", 1000, "how often the units are split")
	f.IntVar(&seed, "seed", 1, "the same seed gives the same splits")
	formatFlag(f, &format, "table", "json")
	return cmd
}

// printAA draws the p-values of each metric: even bars are what a test that can be trusted gives.
func printAA(w io.Writer, results []client.AA) {
	for _, r := range results {
		fmt.Fprintf(w, "%s, units of %s: %s\n", r.Metric, r.Experiment, r.Status)
		if r.Tested == 0 {
			fmt.Fprintf(w, "  %s\n\n", r.Reason)
			continue
		}
		fmt.Fprintf(w, "  %d units, %d splits; p <= %g in %.1f %% of them (%.1f to %.1f %% is right); even bars: p = %.2g\n",
			r.Units, r.Tested, r.Alpha, 100*r.FalsePositives, 100*r.Low, 100*r.High, r.UniformP)
		for i, n := range r.Histogram {
			width := n * len(r.Histogram) * 20 / r.Tested
			fmt.Fprintf(w, "  %.2f %-40s %d\n", float64(i)/float64(len(r.Histogram)), strings.Repeat("█", min(width, 40)), n)
		}
		fmt.Fprintln(w)
	}
}

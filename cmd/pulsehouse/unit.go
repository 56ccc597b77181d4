package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/schema"
)

func unitCommand() *cobra.Command {
	var r remote
	var format string
	cmd := &cobra.Command{
		Use:   "unit TYPE ID",
		Short: "Show what one unit saw and did, and why it counts or not",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := r.client()
			if err != nil {
				return err
			}
			var u query.UnitReport
			if err := c.Get(cmd.Context(), &u, "units", args[0], args[1]); err != nil {
				return reached(err)
			}
			if format == "json" {
				return printJSON(cmd.OutOrStdout(), u)
			}
			return printUnit(cmd.OutOrStdout(), u)
		},
	}
	r.flags(cmd.Flags())
	formatFlag(cmd.Flags(), &format, "text", "json")
	return cmd
}

func printUnit(w io.Writer, u query.UnitReport) error {
	fmt.Fprintf(w, "%s %s\n\nexposures\n", u.UnitType, u.UnitID)
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	for _, e := range u.Exposures {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%d times\tfirst %s\n", e.Name, e.Kind, e.Rule, e.Value, e.Times, at(schema.Millis(e.First)))
	}
	if len(u.Exposures) == 0 {
		fmt.Fprintln(t, "  none")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, x := range slices.Concat(u.Experiments, u.Comparisons) {
		fmt.Fprintf(w, "\n%s: ", placeName(x))
		if x.GroupID != "" {
			fmt.Fprintf(w, "group %s since %s; ", x.GroupID, at(x.FirstExposure))
		}
		fmt.Fprintln(w, x.Reason)
		for _, c := range x.Contributions {
			fmt.Fprintf(t, "  %s\tday %+d\t%s\t%v\t%v\n", c.Date, c.DaysSince, c.MetricID, c.Numerator, c.Denominator)
		}
		for _, e := range x.Events {
			fmt.Fprintf(t, "  %d × %s\t%s\t%s\n", e.Times, e.Name, e.Fate, e.Reason)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// placeName is what a unit stands in.
func placeName(x query.UnitExperiment) string {
	switch {
	case x.GateID != "":
		return fmt.Sprintf("gate %s, rule %s", x.GateID, x.RuleID)
	case x.HoldoutID != "":
		return "holdout " + x.HoldoutID
	default:
		return "experiment " + x.ExperimentID
	}
}

func at(ms schema.Millis) string { return ms.Time().UTC().Format(time.RFC3339) }

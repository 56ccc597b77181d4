package pulse

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// TextOptions say what the terminal can show.
type TextOptions struct {
	Color bool
	ASCII bool
	Bar   int // width of the interval bars, 41 by default
}

// Text writes a report as a table with one interval bar a metric, all on one axis. The verdict is a word; colour only repeats it.
func Text(w io.Writer, r Report, o TextOptions) error {
	if o.Bar == 0 {
		o.Bar = 41
	}
	fmt.Fprintf(w, "%s: %s against %s, %v %% confidence, up to %s\n", r.Experiment, r.Test, r.Control, r.Confidence, orNone(r.DS))
	for _, g := range r.Exposures {
		fmt.Fprintf(w, "  %-16s %9d units  %6.2f %% (planned %.4g %%)\n", g.GroupName, g.Units, g.Share, g.Expected)
	}
	switch {
	case r.SRM != nil && r.SRM.PValue != nil:
		fmt.Fprintf(w, "  sample ratio check: %s, p = %s   crossover units left out: %d\n", r.SRM.Level, significant(*r.SRM.PValue), r.Crossovers)
	case r.SRM != nil && r.SRM.Advice != "":
		fmt.Fprintf(w, "  sample ratio check: %s\n", r.SRM.Advice)
	}
	if len(r.Applied) > 0 {
		fmt.Fprintf(w, "  %s\n", strings.Join(r.Applied, "  "))
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", warning)
	}
	axis := newAxis(r, o)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nmetric\tcontrol\ttest\tchange\tinterval\tp\t%s\tverdict\n", axis.head())
	for _, section := range [][]Result{r.PrimaryMetrics, r.SecondaryMetrics, r.OtherMetrics} {
		for _, m := range section {
			fmt.Fprintln(table, row(m, axis, o))
			for _, slice := range slices.Concat(m.Series, m.DimensionBreakdown) {
				part := slice.Result
				part.MetricName = "  " + cmp.Or(slice.Value, "(none)")
				fmt.Fprintln(table, row(part, axis, o))
			}
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if r.DataCompleteTo != nil {
		_, err := fmt.Fprintf(w, "\ncomplete to %s\n", time.UnixMilli(int64(*r.DataCompleteTo)).UTC().Format(time.RFC3339))
		return err
	}
	return nil
}

func row(m Result, axis axis, o TextOptions) string {
	if m.Status != OK {
		return strings.Join([]string{m.MetricName, value(m.ControlMean), value(m.TestMean), "", "", "", strings.Repeat(" ", o.Bar), string(m.Status)}, "\t")
	}
	interval := ""
	if b := m.PercentConfidenceInterval; b != nil && b.Lower != nil && b.Upper != nil {
		interval = fmt.Sprintf("[%+.2f, %+.2f]", *b.Lower, *b.Upper)
		if b.Kind == "complement" {
			interval = "outside " + interval
		}
	}
	change := ""
	if m.PercentChange != nil {
		change = fmt.Sprintf("%+.2f %%", *m.PercentChange)
	}
	return strings.Join([]string{m.MetricName, value(m.ControlMean), value(m.TestMean), change, interval, significant(*m.PValue), axis.bar(m), word(m.Verdict, o)}, "\t")
}

// word is the verdict with a sign before it, and a colour around both if there may be one.
func word(verdict string, o TextOptions) string {
	sign := map[string]string{"better": "+ ", "worse": "- ", "inconclusive": "· "}[verdict]
	if o.ASCII {
		sign = strings.ReplaceAll(sign, "·", "~")
	}
	code := map[string]string{"better": "32", "worse": "31"}[verdict]
	if !o.Color || code == "" {
		return sign + verdict
	}
	return "\x1b[" + code + "m" + sign + verdict + "\x1b[0m"
}

// axis is the scale that all bars share, symmetric around zero, in percent.
type axis struct {
	limit float64
	o     TextOptions
}

func newAxis(r Report, o TextOptions) axis {
	limit := 0.0
	for _, section := range [][]Result{r.PrimaryMetrics, r.SecondaryMetrics, r.OtherMetrics} {
		for _, m := range section {
			limit = max(limit, reach(m))
			for _, slice := range slices.Concat(m.Series, m.DimensionBreakdown) {
				limit = max(limit, reach(slice.Result))
			}
		}
	}
	if limit == 0 {
		limit = 1
	}
	return axis{limit, o}
}

// reach is how far an interval goes from zero; one that is unbounded has none.
func reach(m Result) float64 {
	b := m.PercentConfidenceInterval
	if b == nil || b.Lower == nil || b.Upper == nil || b.Kind != "bounded" {
		return 0
	}
	return max(math.Abs(*b.Lower), math.Abs(*b.Upper))
}

func (a axis) head() string {
	left, right := fmt.Sprintf("%+.1f %%", -a.limit), fmt.Sprintf("%+.1f %%", a.limit)
	gap := a.o.Bar - utf8.RuneCountInString(left) - utf8.RuneCountInString(right) - 1
	return left + strings.Repeat(" ", max(gap/2, 1)) + "0" + strings.Repeat(" ", max(gap-gap/2, 1)) + right
}

// column is where a percentage stands in a bar.
func (a axis) column(percent float64) int {
	x := (percent/a.limit + 1) / 2 * float64(a.o.Bar-1)
	return min(max(int(math.Round(x)), 0), a.o.Bar-1)
}

// bar draws the interval, the estimate in it, and the zero line.
func (a axis) bar(m Result) string {
	line, dash, dot, zero := []rune(strings.Repeat(" ", a.o.Bar)), '─', '●', '│'
	if a.o.ASCII {
		dash, dot, zero = '-', 'o', '|'
	}
	line[a.column(0)] = zero
	b := m.PercentConfidenceInterval
	if b == nil || b.Lower == nil || b.Upper == nil || b.Kind != "bounded" {
		return string(line)
	}
	for i := a.column(*b.Lower); i <= a.column(*b.Upper); i++ {
		if line[i] != zero {
			line[i] = dash
		}
	}
	if m.PercentChange != nil {
		line[a.column(*m.PercentChange)] = dot
	}
	return string(line)
}

func value(v *float64) string {
	if v == nil {
		return "unknown"
	}
	return strconv.FormatFloat(*v, 'g', 5, 64)
}

func significant(p float64) string {
	if p < 1e-4 {
		return strconv.FormatFloat(p, 'e', 1, 64)
	}
	return strconv.FormatFloat(p, 'f', 4, 64)
}

func orNone(s string) string {
	if s == "" {
		return "nothing yet"
	}
	return s
}

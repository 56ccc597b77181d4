package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/query/client"
)

func pulseCommand() *cobra.Command {
	var r remote
	var format, control, test, confidence, date string
	var cuped bool
	var with []string
	cmd := &cobra.Command{
		Use:   "pulse EXPERIMENT",
		Short: "Print an experiment's results, with interval bars",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := url.Values{}
			for name, value := range map[string]string{"control": control, "test": test, "confidence": confidence, "date": date} {
				if value != "" {
					q.Set(name, value)
				}
			}
			if cuped {
				q.Set("cuped", "true")
			}
			for _, parameter := range with {
				name, value, ok := strings.Cut(parameter, "=")
				if !ok {
					return usageError{fmt.Errorf("--with %q is not NAME=VALUE", parameter)}
				}
				q.Add(name, value)
			}
			report, err := r.pulse(cmd.Context(), args[0], q)
			if err != nil {
				return err
			}
			return printReport(cmd.OutOrStdout(), report, format)
		},
	}
	r.flags(cmd.Flags())
	f := cmd.Flags()
	formatFlag(f, &format, "table", "json", "csv")
	f.StringVar(&control, "control", "", "id or name of the control group; default: the experiment's")
	f.StringVar(&test, "test", "", "id or name of the test group; default: the first other one")
	f.StringVar(&confidence, "confidence", "", "confidence in percent; default: the experiment's")
	f.BoolVar(&cuped, "cuped", false, "adjust by what units did before their exposure, where that helps")
	f.StringArrayVar(&with, "with", nil, "another parameter of pulse_results, NAME=VALUE (docs/pulse.md); may be repeated")
	f.StringVar(&date, "date", "", "results as of this metric day, yyyy-mm-dd; default: the newest")
	return cmd
}

// client makes the client of the running server.
func (r *remote) client() (*client.Client, error) {
	key, err := r.consoleKey()
	return &client.Client{URL: r.URL, Key: key}, err
}

func (r *remote) pulse(ctx context.Context, id string, q url.Values) (pulse.Report, error) {
	c, err := r.client()
	if err != nil {
		return pulse.Report{}, err
	}
	report, err := c.Pulse(ctx, id, q)
	return report, reached(err)
}

// reached marks the errors of a server that does not answer, and of one that cannot make sense of what the command line asked.
func reached(err error) error {
	var refused *client.Error
	switch {
	case errors.Is(err, client.ErrUnreachable):
		return unavailable{err}
	case errors.As(err, &refused) && refused.Status == http.StatusBadRequest:
		return usageError{err}
	default:
		return err
	}
}

func printReport(w io.Writer, r pulse.Report, format string) error {
	switch format {
	case "csv":
		return pulse.Summary.CSV(w, r)
	case "json":
		return printJSON(w, r)
	default:
		return pulse.Text(w, r, pulse.TextOptions{Color: colour(w)})
	}
}

// colour says whether the output is a terminal whose user has not asked for none (NO_COLOR).
func colour(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == ""
}

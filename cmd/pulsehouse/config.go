package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// configCommand shows what serve would run with. It takes serve's flags, so that a command line can be tried out.
func configCommand() *cobra.Command {
	var o serveOptions
	show := &cobra.Command{
		Use:   "print",
		Short: "Show each setting of serve, its value and where it comes from",
		Args:  cobra.NoArgs,
		// In place of the root's: which flags were given is known only before the environment fills in the others.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(cmd *cobra.Command, _ []string) error {
			given := make(map[string]bool)
			cmd.Flags().Visit(func(f *pflag.Flag) { given[f.Name] = true })
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			return errors.Join(printConfig(cmd.OutOrStdout(), cmd.Flags(), given), o.check())
		},
	}
	o.flags(show.Flags())
	cmd := &cobra.Command{Use: "config", Short: "What the server is configured with"}
	cmd.AddCommand(show)
	return cmd
}

// printConfig lists the flags. A value with a password in it, as an address may have, is shown without.
func printConfig(w io.Writer, flags *pflag.FlagSet, given map[string]bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "setting\tvalue\tfrom")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			fmt.Fprintf(table, "--%s\t%s\t%s\n", f.Name, withoutPassword(f.Value.String()), origin(f, given))
		}
	})
	return table.Flush()
}

func origin(f *pflag.Flag, given map[string]bool) string {
	if given[f.Name] {
		return "command line"
	}
	if _, ok := os.LookupEnv(environmentName(f.Name)); ok {
		return environmentName(f.Name)
	}
	return "default"
}

// withoutPassword hides what stands between the colon and the @ of scheme://user:password@host.
func withoutPassword(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	end := strings.LastIndex(rest, "@")
	if !ok || end < 0 {
		return value
	}
	user, _, secret := strings.Cut(rest[:end], ":")
	if !secret {
		return value
	}
	return scheme + "://" + user + ":…" + rest[end:]
}

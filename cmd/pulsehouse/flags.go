package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// fromEnvironment gives every flag that was not set its twin's value: --listen is PULSEHOUSE_LISTEN.
func fromEnvironment(cmd *cobra.Command) error {
	flags, first := cmd.Flags(), misspeltEnvironment(cmd.Root(), os.Environ())
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := os.LookupEnv(environmentName(f.Name))
		if !ok || f.Changed || first != nil {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			first = usageError{fmt.Errorf("%s: %w", environmentName(f.Name), err)}
		}
	})
	return first
}

func environmentName(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// remote is the running server that a tool talks to.
type remote struct {
	URL, Key, Data string
}

func (r *remote) flags(flags *pflag.FlagSet) {
	r.URL = "http://localhost:8080"
	flags.Var(address{&r.URL}, "url", "the running PulseHouse")
	flags.StringVar(&r.Key, "key", "", "console key; default PULSEHOUSE_CONSOLE_KEY, else the one that serve left in --data")
	flags.StringVar(&r.Data, "data", "./data", "data folder of a server on this machine, to find its keys")
}

// consoleKey is the key from the flag, the environment, or the file that serve leaves for the local user.
func (r *remote) consoleKey() (string, error) {
	return r.secret(r.Key, "PULSEHOUSE_CONSOLE_KEY", consoleKeyFile)
}

func (r *remote) secret(flag, variable, file string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if value := os.Getenv(variable); value != "" {
		return value, nil
	}
	path := filepath.Join(r.Data, file)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usageError{fmt.Errorf("no key: give one with --key or %s (%s is not readable: %w)", variable, path, err)}
	}
	return strings.TrimSpace(string(text)), nil
}

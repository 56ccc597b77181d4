package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pulsehouse/pulsehouse/schema"
)

// strict makes a command and those below it refuse what they do not know, with what was likely meant, and say how they are used.
func strict(cmd *cobra.Command) *cobra.Command {
	cmd.SetFlagErrorFunc(flagError)
	for _, child := range cmd.Commands() {
		strict(child)
	}
	if cmd.HasSubCommands() {
		cmd.Args, cmd.RunE = cobra.ArbitraryArgs, chooseCommand
		return cmd
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w; it is used as: %s", err, cmd.UseLine())}
			}
			return nil
		}
	}
	return cmd
}

// chooseCommand runs where one of the commands below should have.
func chooseCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	var names []string
	for _, child := range cmd.Commands() {
		if !child.Hidden {
			names = append(names, child.Name())
		}
	}
	if meant := schema.Nearest(args[0], names); meant != "" {
		return usageError{fmt.Errorf("there is no %s %s; did you mean %q?", cmd.CommandPath(), args[0], meant)}
	}
	return usageError{fmt.Errorf("there is no %s %s; there are %s", cmd.CommandPath(), args[0], strings.Join(names, ", "))}
}

func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if meant := schema.Nearest(unknown.GetSpecifiedName(), names); meant != "" {
		return usageError{fmt.Errorf("%w; did you mean --%s?", err, meant)}
	}
	return usageError{fmt.Errorf("%w; %s --help lists the flags", err, cmd.CommandPath())}
}

// misspeltEnvironment refuses a variable of ours that is nearly one of those that are read. Others of that beginning are let be: where
// containers are run, services leave theirs.
func misspeltEnvironment(root *cobra.Command, environ []string) error {
	var names []string
	var collect func(cmd *cobra.Command)
	collect = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			names = append(names, strings.TrimPrefix(environmentName(f.Name), environmentPrefix))
		})
		for _, child := range cmd.Commands() {
			collect(child)
		}
	}
	collect(root)
	for _, kind := range schema.KeyKinds {
		names = append(names, strings.TrimPrefix(keyVariable(kind), environmentPrefix))
	}
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		name, ours := strings.CutPrefix(name, environmentPrefix)
		if !ours || slices.Contains(names, name) {
			continue
		}
		if meant := schema.Nearest(name, names); meant != "" {
			return usageError{fmt.Errorf("the environment's %s%s is read by nothing; did you mean %s%s?", environmentPrefix, name, environmentPrefix, meant)}
		}
	}
	return nil
}

const environmentPrefix = "PULSEHOUSE_"

// keyVariable is the variable that holds a key for the first start.
func keyVariable(kind schema.KeyKind) string {
	return environmentPrefix + strings.ToUpper(string(kind)) + "_KEY"
}

// givenKeys are the keys that the environment has.
func givenKeys() map[schema.KeyKind]string {
	given := make(map[schema.KeyKind]string)
	for _, kind := range schema.KeyKinds {
		given[kind] = os.Getenv(keyVariable(kind))
	}
	return given
}

// choice is a flag that takes one of some words, by default the first.
type choice struct {
	to    *string
	words []string
}

// formatFlag adds --format.
func formatFlag(flags *pflag.FlagSet, to *string, words ...string) {
	*to = words[0]
	flags.Var(choice{to, words}, "format", strings.Join(words, ", "))
}

func (c choice) String() string { return *c.to }
func (c choice) Type() string   { return "string" }

// Set is that of pflag.Value.
func (c choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("it is one of %s", strings.Join(c.words, ", "))
	}
	*c.to = word
	return nil
}

// size is a flag of bytes: a number, or one with a unit, as 8GiB.
type size struct{ to *uint64 }

func sizeFlag(flags *pflag.FlagSet, to *uint64, name string, otherwise uint64, usage string) {
	*to = otherwise
	flags.Var(size{to}, name, usage)
}

func (s size) String() string { return strconv.FormatUint(*s.to, 10) }
func (s size) Type() string   { return "bytes" }

// Set is that of pflag.Value.
func (s size) Set(text string) (err error) {
	if *s.to, err = humanize.ParseBytes(text); err != nil {
		return errors.New("it is a number of bytes, or one with a unit as 8GiB or 500MB")
	}
	return nil
}

// address is a flag that takes the address of a server, kept without a slash at its end.
type address struct{ to *string }

func (a address) String() string { return *a.to }
func (a address) Type() string   { return "string" }

// Set is that of pflag.Value.
func (a address) Set(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("it is an address as http://localhost:8080")
	}
	*a.to = strings.TrimRight(text, "/")
	return nil
}

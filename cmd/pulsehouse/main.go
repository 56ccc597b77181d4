// Command pulsehouse is the whole product: the server, and the tools that talk to one.
//
// serve.go ties the rooms together and reads as the architecture.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// version is set by the linker.
var version = "dev"

// Exit codes, beside 0.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitRegressed   = 4
	exitUnavailable = 69
	exitInterrupted = 130
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "engine" {
		os.Exit(store.ChildMain(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	interrupted := ctx.Err() != nil
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulsehouse:", err)
		os.Exit(exitCode(err, interrupted))
	}
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// unavailable is a server that does not answer.
type unavailable struct{ error }

func exitCode(err error, interrupted bool) int {
	var usage usageError
	var away unavailable
	var dearer regressed
	switch {
	case interrupted:
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &dearer):
		return exitRegressed
	case errors.As(err, &away):
		return exitUnavailable
	default:
		return exitFailed
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "pulsehouse",
		Short:         "A self-hosted, columnar analytics engine for experiments",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd) }
	cmd.AddCommand(gatesCommand())
	cmd.AddCommand(serveCommand(), configCommand(), pulseCommand(), aaCommand(), unitCommand(), rollupCommand(), verifyCommand(), demoCommand(), benchCommand(suites), tailCommand())
	cmd.InitDefaultCompletionCmd() // else cobra adds it later, and it would not be strict
	return strict(cmd)
}

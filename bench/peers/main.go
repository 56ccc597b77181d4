// Command peers measures others beside us, in the same frame and with the same workload as `pulsehouse bench`. It is a module of its
// own, so that what they depend on is no dependency of the product. `make bench-peers` runs it and merges its report with ours.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "engine" {
		os.Exit(store.ChildMain(os.Args[2:]))
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	scale := flag.String("scale", string(bench.Small), "small, medium or large")
	file := flag.String("report", "", "write the report as JSON to this file, for pulsehouse bench --merge")
	rounds := flag.Int("rounds", 0, "rounds of each contestant; 0 is what the scale has")
	flag.Parse()
	suites := slices.DeleteFunc([]bench.Suite{machine, collector, scorecards, forward, warehouse}, func(s bench.Suite) bool {
		return flag.NArg() > 0 && !slices.Contains(flag.Args(), s.Name)
	})
	last := ""
	r, err := bench.Run(ctx, suites, bench.Options{Rounds: *rounds, Scale: bench.Scale(*scale), Progress: func(suite, name string, _, _ int) {
		if line := suite + ": " + name; line != last {
			fmt.Fprintln(os.Stderr, line)
			last = line
		}
	}})
	if err != nil {
		return err
	}
	if err := r.Markdown(os.Stdout); err != nil {
		return err
	}
	if *file == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(*file, text, 0o644); err != nil {
		return err
	}
	if failed := r.Failed(); len(failed) > 0 {
		return errors.New(failed[0])
	}
	return nil
}

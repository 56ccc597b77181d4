package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/bench"
)

// TestBenchRegression: a run that became dearer ends with exit code 4 where that is asked for, one that did not with 0.
func TestBenchRegression(t *testing.T) {
	t.Parallel()
	price := time.Millisecond
	suite := bench.Suite{Name: "hash", Open: func(context.Context, *bench.Env) ([]bench.Case, error) {
		return []bench.Case{
			{Name: "rising", Unit: "block", Contestants: []bench.Contestant{{Name: "us", Role: bench.Ours, Run: func(context.Context) (bench.Sample, error) {
				return bench.Sample{Ops: 5, CPU: 5 * price, Wall: 5 * price}, nil
			}}}},
			{Name: "steady", Unit: "block", Contestants: []bench.Contestant{{Name: "us", Role: bench.Ours, Run: func(context.Context) (bench.Sample, error) {
				return bench.Sample{Ops: 1, CPU: time.Second, Wall: time.Second}, nil
			}}}},
		}, nil
	}}
	broken := bench.Suite{Name: "broken", Open: func(context.Context, *bench.Env) ([]bench.Case, error) { return nil, errors.New("no disk") }}
	base := filepath.Join(t.TempDir(), "base.json")
	f := func(code int, want string, args ...string) {
		t.Helper()
		cmd, out := benchCommand([]bench.Suite{broken, suite}), new(bytes.Buffer)
		cmd.SetArgs(append(args, "--rounds", "3"))
		cmd.SetOut(out)
		cmd.SetErr(out)
		err := cmd.ExecuteContext(t.Context())
		got := 0
		if err != nil {
			got = exitCode(err, false)
		}
		if got != code {
			t.Errorf("%v: exit code %d (%v), want %d", args, got, err, code)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%v: no %q in\n%s", args, want, out)
		}
	}
	f(0, "steady", "hash", "--report", base+","+base+".md")
	price *= 6
	f(4, "- dearer: hash/rising us: cost", "hash", "--baseline", base, "--assert")
	f(0, "- dearer: hash/rising us: cost", "hash", "--baseline", base)
	f(exitFailed, "| us | ours |", "broken", "hash") // one that fails does not take the others with it
	f(0, "hash: steady", "hash", "--case", "^stea", "--baseline", base, "--assert")
	f(exitUsage, "", "hash", "--assert")
	f(exitUsage, "", "hash", "--case", "(")
	f(exitUsage, "", "hash", "--case", "nothing")
	f(exitFailed, "", "hash", "--baseline", base+".not")
}

// Package growth is how the costs grow: with the size of batches, the number of connections, of events and of units. The rooms' own
// suites say how to make one point; this one asks for many, so that the frame can fit an exponent.
package growth

import (
	"context"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/bench/ingest"
	"github.com/pulsehouse/pulsehouse/bench/pulse"
)

// Suite is the scaling curves.
var Suite = bench.Suite{Name: "growth", Open: open}

func open(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	cases, err := ingest.Curves(ctx, env)
	if err != nil {
		return nil, err
	}
	return append(cases, pulse.Curves(env)...), nil
}

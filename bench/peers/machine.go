package main

import (
	"context"
	"time"

	"github.com/minio/simdjson-go"

	"github.com/pulsehouse/pulsehouse/bench"
)

// machine adds a SIMD parser to the case of the same name: the ceiling of reading JSON. It finds the structure of the whole body and
// builds its tape, which is more than validating.
var machine = bench.Suite{Name: "machine", Open: func(_ context.Context, env *bench.Env) ([]bench.Case, error) {
	const size = 100
	w, bodies, bytes := bench.Workload{Seed: env.Seed}, [][]byte{}, 0
	for n := range bench.Pick(env.Scale, 100, 500, 1000) {
		body := w.AppendBatch(nil, uint64(n), size)
		bodies, bytes = append(bodies, body), bytes+len(body)
	}
	var reuse *simdjson.ParsedJson
	return []bench.Case{{Name: "bytes of a call", Unit: "event", Contestants: []bench.Contestant{{
		Name: "parse (simdjson-go)", Role: bench.Ceiling, Run: func(context.Context) (bench.Sample, error) {
			started := time.Now()
			for _, body := range bodies {
				parsed, err := simdjson.Parse(body, reuse, simdjson.WithCopyStrings(false))
				if err != nil {
					return bench.Sample{}, err
				}
				reuse = parsed
			}
			rate := float64(bytes) / 1e6 / time.Since(started).Seconds()
			return bench.Sample{Ops: float64(len(bodies) * size), Extra: map[string]float64{"MB/s of JSON": rate}}, nil
		},
	}}}}, nil
}}

// Command peers measures evaluation beside the official Go SDK's, on the specs and users of pulse/gate/testdata. It is a module of its own,
// so that the SDK is no dependency of the product. `make bench-gate` runs it.
//
// usage: peers TESTDATA
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	statsig "github.com/statsig-io/go-sdk"
	"github.com/valyala/fastjson"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/pulse/gate"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: peers TESTDATA")
		os.Exit(2)
	}
	suite := bench.Suite{Name: "gate peers", Open: func(context.Context, *bench.Env) ([]bench.Case, error) { return open(os.Args[1]) }}
	r, err := bench.Run(context.Background(), []bench.Suite{suite}, bench.Options{Scale: bench.Small})
	if err == nil {
		err = r.Markdown(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// work is what every contestant evaluates: everything for every user.
type work struct {
	specs                  *gate.Specs
	gates, configs, layers []string
	users                  []*gate.User
	theirs                 []statsig.User
	sdk                    *statsig.Client
}

func open(dir string) ([]bench.Case, error) {
	text, err := os.ReadFile(filepath.Join(dir, "dcs_v1.json"))
	if err != nil {
		return nil, err
	}
	w := &work{}
	if w.specs, err = gate.Parse(text); err != nil {
		return nil, err
	}
	w.gates, w.configs, w.layers = w.specs.Names()
	vectors, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if err != nil {
		return nil, err
	}
	var v struct {
		Cases []struct{ User json.RawMessage }
	}
	if err := json.Unmarshal(vectors, &v); err != nil {
		return nil, err
	}
	for _, c := range v.Cases {
		parsed, err := fastjson.ParseBytes(c.User)
		if err != nil {
			return nil, err
		}
		u, _ := gate.ParseUser(parsed)
		var their statsig.User
		if err := json.Unmarshal(c.User, &their); err != nil {
			return nil, err
		}
		w.users, w.theirs = append(w.users, u), append(w.theirs, their)
	}
	w.sdk = statsig.NewClientWithOptions("secret-bench", &statsig.Options{
		LocalMode: true, BootstrapValues: string(text),
		StatsigLoggerOptions: statsig.StatsigLoggerOptions{DisableInitDiagnostics: true, DisableSyncDiagnostics: true, DisableApiDiagnostics: true},
	})
	return []bench.Case{{Name: "evaluate", Unit: "evaluation", Contestants: []bench.Contestant{
		{Name: "PulseHouse", Role: bench.Ours, Run: w.ours}, {Name: "statsig go-sdk v1.35.1", Role: bench.Peer, Run: w.official},
	}}}, nil
}

const repeats = 5

func (w *work) sample(passed int) bench.Sample {
	n := repeats * len(w.users) * (len(w.gates) + len(w.configs) + len(w.layers))
	return bench.Sample{Ops: float64(n), Check: fmt.Sprint(passed, " pass")}
}

func (w *work) ours(context.Context) (bench.Sample, error) {
	passed := 0
	for range repeats {
		for _, u := range w.users {
			for _, name := range w.gates {
				if w.specs.Gate(u, name, gate.Options{}).Value {
					passed++
				}
			}
			for _, name := range w.configs {
				passed += len(w.specs.Config(u, name, gate.Options{}).RuleID)
			}
			for _, name := range w.layers {
				passed += len(w.specs.Layer(u, name, gate.Options{}).RuleID)
			}
		}
	}
	return w.sample(passed), nil
}

func (w *work) official(context.Context) (bench.Sample, error) {
	passed := 0
	for range repeats {
		for _, u := range w.theirs {
			for _, name := range w.gates {
				if w.sdk.CheckGateWithExposureLoggingDisabled(u, name) {
					passed++
				}
			}
			for _, name := range w.configs {
				passed += len(w.sdk.GetConfigWithExposureLoggingDisabled(u, name).RuleID)
			}
			for _, name := range w.layers {
				passed += len(w.sdk.GetLayerWithExposureLoggingDisabled(u, name).RuleID)
			}
		}
	}
	return w.sample(passed), nil
}

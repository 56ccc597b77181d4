// Package gate measures what SDKs and scripts ask: checks over HTTP, and how soon a changed definition is served. Evaluation itself is
// measured against the official SDK in the nested module peers.
package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// Suite measures gates.
var Suite = bench.Suite{Name: "gate", Open: open}

const (
	gates = 1000
	key   = "secret-bench"
)

func open(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	h, err := openHouse(ctx, env)
	if err != nil {
		return nil, err
	}
	empty, err := serve(env, func(ctx *fasthttp.RequestCtx) { ctx.SetBodyString(`{}`) })
	if err != nil {
		return nil, err
	}
	n := bench.Pick(env.Scale, 20_000, 100_000, 500_000)
	return []bench.Case{
		{Name: "check_gate, one core", Unit: "request", By: bench.Wall, Contestants: []bench.Contestant{
			{Name: "PulseHouse, each exposure spooled", Role: bench.Ours, Run: h.check(n)},
			{Name: "an empty fasthttp handler", Role: bench.Ceiling, Run: func(context.Context) (bench.Sample, error) { return post(empty, n, 0) }},
		}},
		rebuild(),
	}, nil
}

// definition is a gate with three conditions and a percentage.
func definition(i int) schema.Gate {
	g := schema.Gate{Head: schema.Head{Name: fmt.Sprintf("gate_%d", i)}, IsEnabled: true, Rules: []schema.Rule{
		{Name: "staff", PassPercentage: 100, Conditions: []schema.Condition{{Type: "email", Operator: "str_ends_with_any", TargetValue: []byte(`["@corp.example"]`)}}},
		{Name: "some", PassPercentage: 50, Conditions: []schema.Condition{
			{Type: "country", Operator: "any", TargetValue: []byte(`["US","CA","DE"]`)},
			{Type: "app_version", Operator: "version_gte", TargetValue: []byte(`"2.1.0"`)},
			{Type: "custom_field", Field: "plan", Operator: "any", TargetValue: []byte(`["pro","team"]`)},
		}},
	}}
	if err := g.Validate(); err != nil {
		panic("BUG: " + err.Error())
	}
	return g
}

// rebuild is from definitions in memory, of which one was changed, to both files and the compiled specs.
func rebuild() bench.Case {
	d := &gate.Definitions{}
	for i := range gates {
		d.Gates = append(d.Gates, definition(i))
		d.Gates[i].Version = 1
	}
	builder := new(gate.Builder)
	builder.Build(d, 0)
	return bench.Case{Name: fmt.Sprintf("specs of %d gates rebuilt after a change", gates), Unit: "rebuild", Contestants: []bench.Contestant{
		{Name: "PulseHouse", Role: bench.Ours, Run: func(context.Context) (bench.Sample, error) {
			d.Gates[gates/2].Version++
			started := time.Now()
			b := builder.Build(d, started.UnixMilli())
			v1, err1 := b.V1(nil)
			v2, err2 := b.V2()
			b.Compile()
			ms := float64(time.Since(started).Microseconds()) / 1000
			return bench.Sample{Ops: 1, Extra: map[string]float64{"ms": ms, "v1 kB": float64(len(v1)) / 1000, "v2 kB": float64(len(v2)) / 1000}}, errors.Join(err1, err2)
		}},
	}}
}

// house is a server with definitions, and the way in for the exposures of its checks.
type house struct {
	address string
	spooled atomic.Int64 // exposures that are durable
	round   atomic.Int64
}

func openHouse(ctx context.Context, env *bench.Env) (*house, error) {
	db, err := env.DB(ctx)
	if err != nil {
		return nil, err
	}
	c := catalog.Open(db)
	keys := catalog.NewKeyring(c, filepath.Join(env.Dir, "keys.json"))
	if _, err := keys.FirstStart(ctx, map[schema.KeyKind]string{schema.ServerKey: key}); err != nil {
		return nil, err
	}
	g := definition(0)
	if err := catalog.Gates.Save(ctx, c, "bench", &g); err != nil {
		return nil, err
	}
	in, err := ingest.Open(filepath.Join(env.Dir, "spool"), db, ingest.Options{Keys: keys.Find, Log: env.Log}, spool.Options{Log: env.Log})
	if err != nil {
		return nil, err
	}
	h := &house{}
	submit := func(ctx context.Context, source string, body []byte) error {
		err := in.Submit(ctx, source, body)
		if err == nil {
			h.spooled.Add(int64(bytes.Count(body, []byte(`"eventName":`))))
		}
		return err
	}
	api := query.New(query.Options{DB: db, Catalog: c, Keys: keys, Log: env.Log, ReadBody: in.ReadBody, Submit: submit})
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var group errgroup.Group
	group.Go(func() error { return in.Run(running) })
	group.Go(func() error { return api.Run(running) })
	env.Defer(func() error { stop(); return group.Wait() })
	if h.address, err = serve(env, func(ctx *fasthttp.RequestCtx) { api.Handle(ctx) }); err != nil {
		return nil, err
	}
	for { // until the specs are served
		if _, err := post(h.address, 1, -1); err == nil {
			return h, nil
		} else if ctx.Err() != nil {
			return nil, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// serve serves on a port until the suite is over.
func serve(env *bench.Env, handler fasthttp.RequestHandler) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the bench: %w", err)
	}
	server := &fasthttp.Server{Handler: handler, StreamRequestBody: true, CloseOnShutdown: true}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	env.Defer(func() error { return errors.Join(server.Shutdown(), <-ended) })
	return l.Addr().String(), nil
}

// check sends checks of users never seen before, so that each logs an exposure, and waits until those are in the spool.
func (h *house) check(n int) func(context.Context) (bench.Sample, error) {
	return func(context.Context) (bench.Sample, error) {
		want := h.spooled.Load() + int64(n)
		s, err := post(h.address, n, h.round.Add(1))
		ended := time.Now()
		for err == nil && h.spooled.Load() < want && time.Since(ended) < 10*time.Second {
			time.Sleep(time.Millisecond)
		}
		s.Extra = map[string]float64{"ms until the last exposure is spooled": float64(time.Since(ended).Milliseconds())}
		return s, err
	}
}

// post sends n checks over one connection for each of a few clients, all on one core with the server.
func post(address string, n int, round int64) (bench.Sample, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const clients = 8
	client := &fasthttp.HostClient{Addr: address, MaxConns: clients}
	defer client.CloseIdleConnections()
	var g errgroup.Group
	started := time.Now()
	for c := range min(clients, n) {
		g.Go(func() error {
			req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(res)
			req.Header.SetMethod("POST")
			req.SetRequestURI("http://" + address + "/v1/check_gate")
			req.Header.Set("STATSIG-API-KEY", key)
			for i := c; i < n; i += clients {
				req.SetBodyString(fmt.Sprintf(`{"gateName":"gate_0","user":{"userID":"u%d-%d","country":"US","appVersion":"3.0","custom":{"plan":"pro"}}}`, round, i))
				if err := client.Do(req, res); err != nil {
					return err
				}
				if res.StatusCode() != fasthttp.StatusOK {
					return fmt.Errorf("check_gate answers %d %s", res.StatusCode(), res.Body())
				}
			}
			return nil
		})
	}
	err := g.Wait()
	return bench.Sample{Ops: float64(n), Wall: time.Since(started)}, err
}

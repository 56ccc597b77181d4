package ingest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/bench"
	in "github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

const (
	key         = "bench-write-key"
	connections = 16
)

// house is the way in behind a port.
type house struct {
	in     *in.Ingest
	client *fasthttp.HostClient
}

// open opens the way in, with a spool of its own, and runs it until the suite is over.
func openHouse(ctx context.Context, env *bench.Env, name string, db *store.DB, o in.Options, so spool.Options) (*house, error) {
	k := schema.NewKey("bench", schema.WriteKey, "bench", key)
	so.Log, o.Log = env.Log, env.Log
	o.Keys = func(secret string) (schema.Key, bool, bool) { return k, secret == key, true }
	i, err := in.Open(filepath.Join(env.Dir, name, "spool"), db, o, so)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the bench: %w", err)
	}
	server := &fasthttp.Server{
		Handler:           func(ctx *fasthttp.RequestCtx) { i.Handle(ctx) },
		StreamRequestBody: true, ReduceMemoryUsage: true, MaxRequestBodySize: 8 << 20, CloseOnShutdown: true,
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var g errgroup.Group
	g.Go(func() error { return i.Run(running) })
	g.Go(func() error { return server.Serve(l) })
	h := &house{in: i, client: &fasthttp.HostClient{Addr: l.Addr().String(), MaxConns: 2500}}
	env.Defer(func() error {
		h.client.CloseIdleConnections()
		stop()
		return errors.Join(server.Shutdown(), g.Wait())
	})
	return h, nil
}

// openAlone opens the way in without an engine: everything stays in the spool.
func openAlone(ctx context.Context, env *bench.Env, name string, fs spool.FS) (*house, error) {
	db, err := store.Open(store.Options{DSN: "http://nobody:nothing@127.0.0.1:1/nowhere", Log: env.Log})
	if err != nil {
		return nil, err
	}
	return openHouse(ctx, env, name, db, in.Options{}, spool.Options{FS: fs, MaxBytes: 64 << 30})
}

// send posts the bodies over several connections and returns how long each acknowledgement took.
func (h *house) send(ctx context.Context, bodies [][]byte) (took []time.Duration, err error) {
	took = make([]time.Duration, len(bodies))
	err = overConnections(ctx, len(bodies), func(n int) error {
		started := time.Now()
		defer func() { took[n] = time.Since(started) }()
		return h.post(bodies[n])
	})
	return took, err
}

// overConnections does what is numbered 0 to n-1, each connection its share of it.
func overConnections(ctx context.Context, n int, post func(n int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for c := range connections {
		g.Go(func() error {
			for k := c; k < n && ctx.Err() == nil; k += connections {
				if err := post(k); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// errBusy is the answer 429.
var errBusy = errors.New("/v1/batch answers 429: it has no memory for this request now")

// post sends a body with as little work as it takes: the load generator shares the processors with what it measures.
func (h *house) post(body []byte) error {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.Header.SetMethod(fasthttp.MethodPost)
	req.SetRequestURI("http://" + h.client.Addr + "/v1/batch")
	req.Header.Set(fasthttp.HeaderAuthorization, "Basic "+base64.StdEncoding.EncodeToString([]byte(key+":")))
	req.SetBodyRaw(body)
	if err := h.client.Do(req, res); err != nil {
		return err
	}
	if res.StatusCode() == fasthttp.StatusTooManyRequests {
		return errBusy
	}
	if res.StatusCode() != fasthttp.StatusOK {
		return fmt.Errorf("/v1/batch answers %d: %.300s", res.StatusCode(), res.Body())
	}
	return nil
}

// do wants a 200 and reads the answer, so that the connection is used again.
func do(client *http.Client, req *http.Request) error {
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %d: %.300s", req.URL.Path, res.StatusCode, answer)
	}
	return err
}

// loaded waits until nothing is in the spool that is not in the tables.
func (h *house) loaded(ctx context.Context) error {
	for h.in.Spool().Waiting > 0 {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// quantile is the q-quantile in milliseconds.
func quantile(took []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(took))
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Microseconds()) / 1000
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/valyala/fasthttp"
)

// boundMemory makes the garbage collector work harder before this process takes more than its share, which is all that is bounded in
// it (requests on their way, decoded requests, two loads) with room for what is being built; GOMEMLIMIT overrides it. The engine is
// a process of its own.
func boundMemory() {
	const share = 448 << 20
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(share)
	}
}

// spareProcessor lets Go run one thread more than there are processors. A thread that waits for an fsync keeps its place among those that
// run until the runtime takes it away, some 20 µs to 10 ms later: on two processors half of them stood still through most of the spool's fsyncs.
// GOMAXPROCS overrides it.
func spareProcessor() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}

// newServer makes the listener's server. fasthttp's defaults are unsafe for a public collector: they set aside a body's declared
// length before it arrives (facts: 8 MiB a slow connection) and write forms to disk, so bodies are streamed and forms are bodies. It
// has no net below its handlers either: one that panics takes the process with it.
func newServer(handler fasthttp.RequestHandler, log *slog.Logger) *fasthttp.Server {
	return &fasthttp.Server{
		Handler: func(ctx *fasthttp.RequestCtx) {
			defer survive(ctx, log)
			handler(ctx)
		},
		Name: "PulseHouse", NoDefaultServerHeader: true,
		StreamRequestBody: true, ReduceMemoryUsage: true, MaxRequestBodySize: 8 << 20, DisablePreParseMultipartForm: true,
		ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		CloseOnShutdown: true, Logger: quiet{},
	}
}

// survive answers for a handler that panicked.
func survive(ctx *fasthttp.RequestCtx, log *slog.Logger) {
	if p := recover(); p != nil {
		log.Error("BUG: a handler panicked", "request", ctx.ID(), "path", string(ctx.Path()), "panic", p, "stack", string(debug.Stack()))
		ctx.Response.Reset()
		answerJSON(ctx, fasthttp.StatusInternalServerError, map[string]any{
			"success": false, "code": "internal", "message": fmt.Sprintf("something went wrong here; the log has the reason under request %d", ctx.ID()),
		})
	}
}

// listen serves until ctx ends, then lets requests in flight finish.
func listen(ctx context.Context, l net.Listener, server *fasthttp.Server) error {
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		stopped <- server.ShutdownWithContext(limited)
	}()
	if err := server.Serve(l); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if err := <-stopped; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// quiet drops fasthttp's remarks on clients that hang up.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

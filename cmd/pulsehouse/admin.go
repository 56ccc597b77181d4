package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/VictoriaMetrics/metrics"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/pprofhandler"

	"github.com/pulsehouse/pulsehouse/ingest"
)

// admin serves /metrics and /debug/pprof on a listener of its own.
func admin(ctx context.Context, address string, in *ingest.Ingest, log *slog.Logger) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s for administration: %w (choose another --admin)", address, err)
	}
	gauges := metrics.NewSet()
	gauges.NewGauge("pulsehouse_spool_bytes", func() float64 { return float64(in.Spool().Bytes) })
	gauges.NewGauge("pulsehouse_spool_waiting_records", func() float64 { return float64(in.Spool().Waiting) })
	return listen(ctx, l, newServer(func(ctx *fasthttp.RequestCtx) {
		if string(ctx.Path()) != "/metrics" {
			pprofhandler.PprofHandler(ctx)
			return
		}
		var text bytes.Buffer
		gauges.WritePrometheus(&text)
		metrics.WritePrometheus(&text, true)
		ctx.SetContentType("text/plain; version=0.0.4")
		ctx.SetBody(text.Bytes())
	}, log))
}

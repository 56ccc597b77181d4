package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// health answers /healthz and /readyz.
type health struct {
	db     *store.DB
	keys   *catalog.Keyring
	ingest *ingest.Ingest
}

// handle answers the request if it asks for health, and says whether it did.
func (h *health) handle(ctx *fasthttp.RequestCtx) bool {
	switch string(ctx.Path()) {
	case "/healthz":
		answerJSON(ctx, fasthttp.StatusOK, map[string]any{"ok": true, "version": version})
	case "/readyz":
		h.ready(ctx)
	default:
		return false
	}
	return true
}

func (h *health) ready(ctx *fasthttp.RequestCtx) {
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	checks := h.checks(limited)
	status, ok := fasthttp.StatusOK, true
	for _, c := range checks {
		if !c.OK {
			status, ok = fasthttp.StatusServiceUnavailable, false
		}
	}
	answerJSON(ctx, status, map[string]any{"ready": ok, "checks": checks})
}

// checks are the conditions of readiness.
func (h *health) checks(ctx context.Context) []query.Check {
	return []query.Check{h.engine(ctx), h.schema(ctx), h.start(), h.spool()}
}

// spoolState is the queue as the Console API shows it.
func (h *health) spoolState() query.SpoolState {
	s := h.ingest.Spool()
	return query.SpoolState{Bytes: s.Bytes, MaxBytes: s.MaxBytes, WaitingRecords: s.Waiting, Damaged: s.Damaged}
}

func (h *health) engine(ctx context.Context) query.Check {
	if err := h.db.Ping(ctx); err != nil {
		return query.Check{Name: "engine", Detail: "the engine does not answer", Remedy: "events are spooled meanwhile; see the log for why it is away"}
	}
	return query.Check{Name: "engine", OK: true}
}

func (h *health) schema(ctx context.Context) query.Check {
	if err := h.db.SchemaCurrent(ctx, schema.SQL); err != nil {
		return query.Check{Name: "schema", Detail: "the tables are not those of this version", Remedy: "wait for the migration at start, or see the log"}
	}
	return query.Check{Name: "schema", OK: true}
}

// Keys are known once the first start has come to its end, or from the snapshot of an earlier one.
func (h *health) start() query.Check {
	if _, _, ready := h.keys.Find(""); !ready {
		return query.Check{Name: "start", Detail: "no keys are known yet", Remedy: "wait for the first start to finish; it needs the engine"}
	}
	return query.Check{Name: "start", OK: true}
}

// The spool is ready below nine tenths of its limit: there is still time to act before clients are turned away.
func (h *health) spool() query.Check {
	s := h.ingest.Spool()
	c := query.Check{Name: "spool", OK: s.Bytes < s.MaxBytes/10*9, Detail: fmt.Sprintf("%d of %d bytes", s.Bytes, s.MaxBytes)}
	if !c.OK {
		c.Remedy = "bring the engine back or give the spool more room; at the limit requests get 429 or 503"
	}
	return c
}

func answerJSON(ctx *fasthttp.RequestCtx, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer does not marshal: " + err.Error())
	}
	ctx.SetStatusCode(status)
	ctx.SetContentType("application/json")
	ctx.SetBody(text)
}

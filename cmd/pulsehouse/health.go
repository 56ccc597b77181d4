package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest"
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

// check is one line of /readyz.
type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Remedy string `json:"remedy,omitempty"`
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
	checks := []check{h.engine(limited), h.schema(limited), h.start(), h.spool()}
	status, ok := fasthttp.StatusOK, true
	for _, c := range checks {
		if !c.OK {
			status, ok = fasthttp.StatusServiceUnavailable, false
		}
	}
	answerJSON(ctx, status, map[string]any{"ready": ok, "checks": checks})
}

func (h *health) engine(ctx context.Context) check {
	if err := h.db.Ping(ctx); err != nil {
		return check{Name: "engine", Detail: "the engine does not answer", Remedy: "events are spooled meanwhile; see the log for why it is away"}
	}
	return check{Name: "engine", OK: true}
}

func (h *health) schema(ctx context.Context) check {
	if err := h.db.SchemaCurrent(ctx, schema.SQL); err != nil {
		return check{Name: "schema", Detail: "the tables are not those of this version", Remedy: "wait for the migration at start, or see the log"}
	}
	return check{Name: "schema", OK: true}
}

// Keys are known once the first start has come to its end, or from the snapshot of an earlier one.
func (h *health) start() check {
	if _, _, ready := h.keys.Find(""); !ready {
		return check{Name: "start", Detail: "no keys are known yet", Remedy: "wait for the first start to finish; it needs the engine"}
	}
	return check{Name: "start", OK: true}
}

// The spool is ready below nine tenths of its limit: there is still time to act before clients are turned away.
func (h *health) spool() check {
	s := h.ingest.Spool()
	c := check{Name: "spool", OK: s.Bytes < s.MaxBytes/10*9, Detail: fmt.Sprintf("%d of %d bytes", s.Bytes, s.MaxBytes)}
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

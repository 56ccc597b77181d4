package ingest

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/ingest/statsig"
	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Submit takes a log_event body that this process made for a source, and returns once it is durable: evaluations asked for over HTTP
// log their exposures that way.
func (in *Ingest) Submit(ctx context.Context, source string, body []byte) error {
	rec := spool.Record{
		Received: in.options.Now().UnixMilli(), RequestID: uuid.New(), Route: routeLogEvent, Decoder: decoderVersion, Body: body, Source: source,
	}
	m := meta{Prefix: in.options.Names().Prefix, Intake: in.options.Intake()}
	rows, err := in.decode(&rec, &m, func(name string) string { return m.learn(name, in.options.Resolve) })
	if err != nil {
		return err
	}
	if err := in.keep(ctx, rec, &m, rows); err != nil {
		return err
	}
	count(rows)
	return nil
}

// ReadBody reads an SDK's request body that is not for this room, inflated and unwrapped. What it returns is valid JSON by the same rules as
// what is stored, so that an exposure made from it cannot be refused later.
func (in *Ingest) ReadBody(ctx *fasthttp.RequestCtx) ([]byte, error) {
	body, err := in.readPlain(ctx)
	if err != nil {
		return nil, err
	}
	return body, wire.Validate(body)
}

func (in *Ingest) readPlain(ctx *fasthttp.RequestCtx) ([]byte, error) {
	limit := sdk.limit(&in.options)
	h := &hold{b: in.budget}
	defer h.end()
	body, err := in.readBody(ctx, limit, h)
	if err == nil {
		err = h.grow(ctx, len(body)+decodedMost(body, limit))
	}
	if errors.Is(err, errBusy) {
		return nil, schema.Errorf(fasthttp.StatusServiceUnavailable, "busy", "too many requests at once; try again later")
	}
	if err != nil {
		return nil, err
	}
	if body, err = inflate(body, encodingOf(body), limit); err != nil || !isEncoded(ctx) {
		return body, err
	}
	if body, err = statsig.Unwrap(body); err != nil {
		return nil, err
	}
	return inflate(body, encodingOf(body), limit)
}

package ingest

import (
	"context"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/ingest/statsig"
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

// ReadBody reads an SDK's request body that is not for this room, inflated and unwrapped.
func (in *Ingest) ReadBody(ctx *fasthttp.RequestCtx) ([]byte, error) {
	limit := sdk.limit(&in.options)
	body, err := readBody(ctx, limit)
	if err != nil {
		return nil, err
	}
	if body, err = inflate(body, encodingOf(body), limit); err != nil || !in.meta(ctx).Encoded {
		return body, err
	}
	if body, err = statsig.Unwrap(body); err != nil {
		return nil, err
	}
	return inflate(body, encodingOf(body), limit)
}

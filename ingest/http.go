package ingest

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Handle answers the request if its path is one of this room's, and says whether it was.
func (in *Ingest) Handle(ctx *fasthttp.RequestCtx) bool {
	path := strings.TrimPrefix(string(ctx.Path()), "/v1")
	r, ok := routes[path]
	switch {
	case ok:
		in.post(ctx, func() error { return in.accept(ctx, r) }, r.full)
	case path == "/m":
		in.post(ctx, func() error { return swallow(ctx, fasthttp.StatusOK) }, fasthttp.StatusTooManyRequests)
	case path == "/sdk_exception":
		in.post(ctx, func() error { return swallow(ctx, fasthttp.StatusAccepted) }, fasthttp.StatusServiceUnavailable)
	default:
		return in.handlePixel(ctx, path) || in.handleSettings(ctx, path)
	}
	return true
}

// Serves says whether Handle answers requests for a path, whatever their method.
func (in *Ingest) Serves(path string) bool {
	path = strings.TrimPrefix(path, "/v1")
	_, ok := routes[path]
	return ok || path == "/m" || path == "/sdk_exception" || strings.HasPrefix(path, "/pixel/") || settingsKey(path) != ""
}

// post does what a POST asks for, and refuses what went wrong; full is the status when there is no room.
func (in *Ingest) post(ctx *fasthttp.RequestCtx, do func() error, full int) {
	if !ctx.IsPost() {
		ctx.Response.Header.Set("Allow", "POST, OPTIONS")
		refuse(ctx, schema.Errorf(405, "method_not_allowed", "use POST for %s", ctx.Path()))
		return
	}
	if err := do(); err != nil {
		in.refuse(ctx, full, err)
	}
}

// accept takes one request from socket to spool. It answers yes only after the request is on disk.
func (in *Ingest) accept(ctx *fasthttp.RequestCtx, r route) error {
	h := &hold{b: in.budget}
	defer h.end()
	body, err := in.readBody(ctx, r.limit(&in.options), h)
	if err != nil {
		return err
	}
	in.pace.wait(ctx) // with no more memory than the body's
	if err := h.grow(ctx, len(body)+decodedMost(body, r.limit(&in.options))); err != nil {
		return err
	}
	if err := in.checkSignature(ctx, r, body); err != nil {
		return err
	}
	rows, err := in.take(ctx, r, body)
	if err != nil {
		return err
	}
	respond(ctx, r, rows)
	return nil
}

// take takes one request from memory to spool, and returns what it holds.
func (in *Ingest) take(ctx *fasthttp.RequestCtx, r route, body []byte) (*schema.Decoded, error) {
	key, err := in.find(offeredKeys(ctx)...)
	if err != nil && !isUnknown(err) {
		return nil, err
	}
	rec := spool.Record{
		Received: in.options.Now().UnixMilli(), RequestID: uuid.New(), Route: r.number,
		Encoding: uint8(encodingOf(body)), Decoder: decoderVersion, Body: body,
	}
	m := in.meta(ctx)
	m.MayErase = key.Kind == schema.ServerKey
	in.decoding.Add(1)
	rows, problem := in.decode(&rec, &m, func(name string) string { return m.learn(name, in.options.Resolve) })
	in.decoding.Add(-1)
	if problem != nil {
		return nil, problem
	}
	if len(rows.Events)+len(rows.Exposures) > schema.MaxRowsPerRequest {
		return nil, schema.Errorf(400, "too_many_events", "the request holds more than %d rows; send smaller batches", schema.MaxRowsPerRequest)
	}
	if err != nil { // no header has a known key: the body may
		if key, err = in.find(append(offeredKeys(ctx), rows.WriteKey)...); err != nil {
			return nil, err
		}
	}
	rec.Source = key.ID
	if err := in.keep(ctx, rec, &m, rows); err != nil {
		return nil, err
	}
	in.erase(rows.Erasures)
	count(rows)
	return rows, nil
}

// swallow reads a body that nobody needs and says yes: clients would try again, or complain.
func swallow(ctx *fasthttp.RequestCtx, status int) error {
	if stream := ctx.RequestBodyStream(); stream != nil {
		if err := drain(stream); err != nil {
			return schema.Errorf(400, "bad_request", "the body could not be read to its end: %v", err)
		}
	}
	ctx.SetContentType("application/json")
	ctx.SetStatusCode(status)
	ctx.SetBody(success)
	return nil
}

// keep filters the rows, notes for decoding again what it needs, and makes the request durable.
func (in *Ingest) keep(ctx context.Context, rec spool.Record, m *meta, rows *schema.Decoded) error {
	in.judge(rows, m)
	m.apply(rows)
	m.Instance = in.options.Instance
	returned(m.Instance, rows)
	if f := in.options.Filter(rec.Source); f != nil {
		m.FilterVersion, m.Filtered = f.Version, filter(f, rows)
	}
	m.Items = rows.Items
	text, err := json.Marshal(m)
	if err != nil {
		panic("BUG: meta does not marshal: " + err.Error())
	}
	rec.Meta = text
	_, err = in.spool.Append(ctx, rec, &spooled{rows, tallyOf(&rec, rows)})
	return err
}

// meta notes what decoding needs of the headers and of the settings in force.
func (in *Ingest) meta(ctx *fasthttp.RequestCtx) meta {
	h, q := &ctx.Request.Header, ctx.QueryArgs()
	m := meta{
		Prefix: in.options.Names().Prefix, Intake: in.options.Intake(),
		Encoded: isEncoded(ctx),
	}
	for _, name := range []string{"X-Retry-Count", "Statsig-Retry-Count"} {
		if n, err := strconv.Atoi(string(h.Peek(name))); err == nil && n > 0 {
			m.RetryCount = n
		}
	}
	for _, text := range []string{string(h.Peek("Statsig-Client-Time")), string(q.Peek("t"))} {
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil && m.ClientTime == 0 {
			m.ClientTime = schema.Millis(ms)
		}
	}
	return m
}

// isEncoded says whether the body is turned round and in base64, as browsers send it.
func isEncoded(ctx *fasthttp.RequestCtx) bool {
	return string(ctx.Request.Header.Peek("Statsig-Encoded")) == "1" || string(ctx.QueryArgs().Peek("se")) == "1"
}

func count(rows *schema.Decoded) {
	eventsAccepted.Add(len(rows.Events))
	for _, r := range rows.Rejections {
		eventsRejected(string(r.Reason)).Inc()
	}
}

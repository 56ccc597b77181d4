package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Handle answers the request if its path is one of this room's, and says whether it was.
func (in *Ingest) Handle(ctx *fasthttp.RequestCtx) bool {
	r, ok := routes[strings.TrimPrefix(string(ctx.Path()), "/v1")]
	if !ok {
		return false
	}
	if !ctx.IsPost() {
		refuse(ctx, schema.Errorf(405, "method_not_allowed", "use POST for %s", ctx.Path()))
		return true
	}
	if err := in.accept(ctx, r); err != nil {
		in.refuse(ctx, r, err)
	}
	return true
}

// accept takes one request from socket to spool. It answers 200 only after the request is on disk.
func (in *Ingest) accept(ctx *fasthttp.RequestCtx, r route) error {
	body, err := readBody(ctx, r.limit(&in.options))
	if err != nil {
		return err
	}
	rec := spool.Record{
		Received: in.options.Now().UnixMilli(), RequestID: uuid.New(), Route: r.number,
		Encoding: uint8(encodingOf(body)), Decoder: decoderVersion, Body: body,
	}
	m := in.meta(ctx)
	rows, err := in.decode(&rec, m)
	if err != nil {
		return err
	}
	if len(rows.Events)+len(rows.Exposures) > schema.MaxRowsPerRequest {
		return schema.Errorf(400, "too_many_events", "the request holds more than %d rows; send smaller batches", schema.MaxRowsPerRequest)
	}
	key, err := in.authenticate(ctx, rows.WriteKey)
	if err != nil {
		return err
	}
	rec.Source = key.ID
	if err := in.keep(ctx, rec, m, rows); err != nil {
		return err
	}
	count(rows)
	respond(ctx, r, rows)
	return nil
}

// keep filters the rows, notes for decoding again what it needs, and makes the request durable.
func (in *Ingest) keep(ctx context.Context, rec spool.Record, m meta, rows *schema.Decoded) error {
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

// readBody reads the body as it came, in memory that outlives the request.
func readBody(ctx *fasthttp.RequestCtx, limit int) ([]byte, error) {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return append([]byte(nil), ctx.PostBody()...), nil
	}
	if n := ctx.Request.Header.ContentLength(); n > limit {
		return nil, errors.Join(tooLarge(limit), drain(stream))
	}
	body, err := io.ReadAll(io.LimitReader(stream, int64(limit)+1))
	if err != nil {
		return nil, schema.Errorf(400, "bad_request", "the body could not be read to its end: %v; send it again", err)
	}
	if len(body) > limit {
		return nil, errors.Join(tooLarge(limit), drain(stream))
	}
	return body, nil
}

// drain reads what is left of a body that is refused, up to a bound: a client that is still writing when the connection closes
// sees a reset instead of the refusal, and would send the same again.
func drain(stream io.Reader) error {
	const most = 16 << 20
	_, err := io.CopyN(io.Discard, stream, most)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// meta notes what decoding needs of the headers.
func (in *Ingest) meta(ctx *fasthttp.RequestCtx) meta {
	h, q := &ctx.Request.Header, ctx.QueryArgs()
	m := meta{Prefix: in.options.Names().Prefix, Encoded: string(h.Peek("Statsig-Encoded")) == "1" || string(q.Peek("se")) == "1"}
	m.RetryCount, _ = strconv.Atoi(string(h.Peek("X-Retry-Count")))
	for _, text := range []string{string(h.Peek("Statsig-Client-Time")), string(q.Peek("t"))} {
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil && m.ClientTime == 0 {
			m.ClientTime = schema.Millis(ms)
		}
	}
	return m
}

func count(rows *schema.Decoded) {
	eventsAccepted.Add(len(rows.Events))
	for _, r := range rows.Rejections {
		eventsRejected(string(r.Reason)).Inc()
	}
}

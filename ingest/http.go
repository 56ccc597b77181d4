package ingest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// routes maps paths, without the optional /v1, to what is spooled as their route.
var routes = map[string]uint8{
	"/batch": uint8(segment.Batch), "/b": uint8(segment.Batch), "/import": uint8(segment.Batch),
	"/track": uint8(segment.Track), "/t": uint8(segment.Track),
	"/identify": uint8(segment.Identify), "/i": uint8(segment.Identify),
	"/page": uint8(segment.Page), "/p": uint8(segment.Page),
	"/screen": uint8(segment.Screen), "/s": uint8(segment.Screen),
	"/group": uint8(segment.Group), "/g": uint8(segment.Group),
	"/alias": uint8(segment.Alias), "/a": uint8(segment.Alias),
	"/log_event": routeLogEvent, "/rgstr": routeLogEvent,
}

// Handle answers the request if its path is one of this room's, and says whether it was.
func (in *Ingest) Handle(ctx *fasthttp.RequestCtx) bool {
	route, ok := routes[strings.TrimPrefix(string(ctx.Path()), "/v1")]
	if !ok {
		return false
	}
	if !ctx.IsPost() {
		refuse(ctx, schema.Errorf(405, "method_not_allowed", "use POST for %s", ctx.Path()))
		return true
	}
	if err := in.accept(ctx, route); err != nil {
		in.refuse(ctx, route, err)
	}
	return true
}

// accept takes one request from socket to spool. It answers 200 only after the request is on disk.
func (in *Ingest) accept(ctx *fasthttp.RequestCtx, route uint8) error {
	body, err := readBody(ctx, in.limit(route))
	if err != nil {
		return err
	}
	rec := spool.Record{
		Received: in.options.Now().UnixMilli(), RequestID: uuid.New(), Route: route,
		Encoding: uint8(encodingOf(body)), Decoder: decoderVersion, Body: body, Meta: in.meta(ctx),
	}
	rows, err := in.decode(&rec)
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
	if _, err := in.spool.Append(ctx, rec, rows); err != nil {
		return err
	}
	count(rows)
	respond(ctx, route, rows)
	return nil
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
func (in *Ingest) meta(ctx *fasthttp.RequestCtx) []byte {
	h, q := &ctx.Request.Header, ctx.QueryArgs()
	m := meta{Prefix: in.options.Names().Prefix, Encoded: string(h.Peek("Statsig-Encoded")) == "1" || string(q.Peek("se")) == "1"}
	m.RetryCount, _ = strconv.Atoi(string(h.Peek("X-Retry-Count")))
	for _, text := range []string{string(h.Peek("Statsig-Client-Time")), string(q.Peek("t"))} {
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil && m.ClientTime == 0 {
			m.ClientTime = schema.Millis(ms)
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic("BUG: meta does not marshal: " + err.Error())
	}
	return text
}

// authenticate finds the source: the key in a header, else in the query, else in the body. A header that names an unknown key
// does not hide a known one in the body: some clients send both.
func (in *Ingest) authenticate(ctx *fasthttp.RequestCtx, inBody string) (schema.Key, error) {
	named := false
	for _, secret := range append(offeredKeys(ctx), inBody) {
		if secret == "" {
			continue
		}
		named = true
		key, known, ready := in.options.Keys(secret)
		if !ready {
			return schema.Key{}, schema.Errorf(503, "starting", "the first start is not finished: no keys are known yet; try again in a few seconds")
		}
		if known && key.Active && key.Kind != schema.ConsoleKey {
			return key, nil
		}
	}
	if !named {
		return schema.Key{}, schema.Errorf(401, "unknown_source", "no write key: send it as the user of Basic authentication or as \"writeKey\" in the body")
	}
	return schema.Key{}, schema.Errorf(401, "unknown_source", "the write key is unknown or deactivated; see Settings → Keys for the right one")
}

// offeredKeys lists the keys in headers and query.
func offeredKeys(ctx *fasthttp.RequestCtx) []string {
	h, q := &ctx.Request.Header, ctx.QueryArgs()
	keys := []string{string(h.Peek("Statsig-Api-Key")), string(q.Peek("k")), string(q.Peek("statsig-api-key"))}
	kind, credentials, _ := strings.Cut(string(h.Peek("Authorization")), " ")
	switch strings.ToLower(kind) {
	case "basic":
		text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
		if err == nil {
			user, _, _ := strings.Cut(string(text), ":")
			keys = append(keys, user)
		}
	case "bearer":
		keys = append(keys, strings.TrimSpace(credentials))
	}
	return keys
}

func count(rows *schema.Decoded) {
	eventsAccepted.Add(len(rows.Events))
	for _, r := range rows.Rejections {
		eventsRejected(string(r.Reason)).Inc()
	}
}

// rejected is how an answer names an event that was refused alone.
type rejected struct {
	Index   int           `json:"index"`
	Code    schema.Reason `json:"code"`
	Message string        `json:"message"`
}

var success = []byte(`{"success":true}`)

// respond says yes. Official clients want exactly 200 and this body (SDKs take any 2xx and expect 202); what was rejected is
// added only where something was.
func respond(ctx *fasthttp.RequestCtx, route uint8, rows *schema.Decoded) {
	ctx.SetContentType("application/json")
	if route == routeLogEvent {
		ctx.SetStatusCode(fasthttp.StatusAccepted)
	}
	if len(rows.Rejections) == 0 {
		ctx.SetBody(success)
		return
	}
	answer := struct {
		Success  bool       `json:"success"`
		Rejected []rejected `json:"rejected"`
	}{Success: true}
	for _, r := range rows.Rejections {
		answer.Rejected = append(answer.Rejected, rejected{r.Item, r.Reason, r.Message})
	}
	writeJSON(ctx, answer)
}

// refuse maps an error to an answer; what is not a refusal is logged under a request id and called internal.
func (in *Ingest) refuse(ctx *fasthttp.RequestCtx, route uint8, err error) {
	if errors.Is(err, spool.ErrFull) {
		status := map[bool]int{true: 503, false: 429}[route == routeLogEvent] // SDKs never retry a 429
		refuse(ctx, schema.Errorf(status, "spool_full", "the spool is full because the engine is away or slow; try again later"))
		return
	}
	if e, ok := schema.AsError(err); ok {
		refuse(ctx, e)
		return
	}
	in.options.Log.Error("a request could not be spooled", "request", ctx.ID(), "error", err)
	refuse(ctx, schema.Errorf(503, "not_durable", "the request could not be made durable and was not accepted; try again (request %d)", ctx.ID()))
}

// retryAfter is how long a client should wait, in whole seconds: no client reads anything else.
const retryAfter = "5"

func refuse(ctx *fasthttp.RequestCtx, e *schema.Error) {
	requestsRefused(e.Code).Inc()
	ctx.SetStatusCode(e.Status)
	ctx.SetContentType("application/json")
	if e.Status == fasthttp.StatusTooManyRequests || e.Status == fasthttp.StatusServiceUnavailable {
		ctx.Response.Header.Set("Retry-After", retryAfter)
	}
	writeJSON(ctx, struct {
		Success bool   `json:"success"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{false, e.Code, e.Message})
}

func writeJSON(ctx *fasthttp.RequestCtx, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer does not marshal: " + err.Error())
	}
	ctx.SetBody(text)
}

package ingest

import (
	"encoding/json"
	"errors"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// rejected is how an answer names an event that was refused alone.
type rejected struct {
	Index   int           `json:"index"`
	Code    schema.Reason `json:"code"`
	Message string        `json:"message"`
}

var success = []byte(`{"success":true}`)

// respond says yes. Official clients want exactly 200 and this body (SDKs take any 2xx and expect 202); what was rejected is
// added only where something was.
func respond(ctx *fasthttp.RequestCtx, r route, rows *schema.Decoded) {
	ctx.SetContentType("application/json")
	ctx.SetStatusCode(r.ok)
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
func (in *Ingest) refuse(ctx *fasthttp.RequestCtx, r route, err error) {
	if errors.Is(err, spool.ErrFull) {
		refuse(ctx, schema.Errorf(r.full, "spool_full", "the spool is full because the engine is away or slow; try again later"))
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

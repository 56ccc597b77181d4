package ingest

import (
	"encoding/json"
	"errors"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/live"
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
	if r.wireFormat == delivery && rows.Items == 1 && len(rows.Rejections) == 1 {
		respondDelivery(ctx, &rows.Rejections[0])
		return
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

// respondDelivery answers the delivery of one event that was rejected. It is spooled and has its fate; the status is for Segment's own
// view of its deliveries, which shows the message. None of these is sent again.
func respondDelivery(ctx *fasthttp.RequestCtx, r *schema.Rejection) {
	status := fasthttp.StatusBadRequest
	switch r.Reason {
	case schema.UnknownType:
		status = fasthttp.StatusNotImplemented
	case schema.NotAllowed:
		status = fasthttp.StatusForbidden
	case schema.Erased:
		status = fasthttp.StatusOK
	}
	ctx.SetStatusCode(status)
	writeJSON(ctx, refusal{status == fasthttp.StatusOK, string(r.Reason), r.Message})
}

// refusal is the body of every no. Segment's Python client sends a request again and again whose refusal has no code.
type refusal struct {
	Success bool   `json:"success"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refuse maps an error to an answer; what is not a refusal is logged under a request id and called internal.
func (in *Ingest) refuse(ctx *fasthttp.RequestCtx, full int, err error) {
	e, ok := schema.AsError(err)
	switch {
	case errors.Is(err, spool.ErrFull):
		e = schema.Errorf(full, "spool_full", "the spool is full because the engine is away or slow; try again later")
	case errors.Is(err, errBusy):
		e = schema.Errorf(full, "busy", "too many requests at once: there is no memory for this one now; try again later")
	case !ok:
		in.options.Log.Error("a request could not be spooled", "request", ctx.ID(), "error", err)
		e = schema.Errorf(503, "not_durable", "the request could not be made durable and was not accepted; try again (request %d)", ctx.ID())
	}
	refuse(ctx, e)
	in.live.Offer(live.Request{
		Received: schema.Millis(in.options.Now().UnixMilli()), Rows: new(schema.Decoded), Refused: e,
	})
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
	writeJSON(ctx, refusal{false, e.Code, e.Message})
}

func writeJSON(ctx *fasthttp.RequestCtx, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer does not marshal: " + err.Error())
	}
	ctx.SetBody(text)
}

package ingest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// checkSignature wants Segment's deliveries signed when there is a shared secret: X-Signature is the HMAC-SHA1 of the body as sent, or
// of an array's first element as sent, in hex.
func (in *Ingest) checkSignature(ctx *fasthttp.RequestCtx, r route, body []byte) error {
	if r.number != routeSegmentWebhook {
		return nil
	}
	secret, err := in.options.WebhookSecret()
	if err != nil {
		in.options.Log.Error("the secret of deliveries cannot be read; they are put off until it can", "error", err)
		return schema.Errorf(503, "secret_unreadable", "the setting webhookSecret cannot be read here; set it again")
	}
	if secret == "" {
		return nil
	}
	text, err := inflate(body, encodingOf(body), r.limit(&in.options))
	if err != nil {
		return err
	}
	if err := wire.Validate(text); err != nil {
		return err
	}
	if signed(text, secret, string(ctx.Request.Header.Peek("X-Signature"))) {
		return nil
	}
	return schema.Errorf(403, "bad_signature",
		"the header X-Signature is missing or does not fit the body; give Segment's webhook the shared secret that is set here as webhookSecret")
}

// signed compares in constant time.
func signed(body []byte, secret, signature string) bool {
	what := wire.Trim(body)
	if wire.IsArray(what) {
		wire.Array(what, func(_ int, first []byte) bool { what = first; return false })
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write(what)
	given, err := hex.DecodeString(signature)
	return err == nil && hmac.Equal(mac.Sum(nil), given)
}

package ingest

import (
	"encoding/base64"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

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

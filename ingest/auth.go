package ingest

import (
	"encoding/base64"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

// find is the source that one of the keys belongs to. A key that is unknown does not hide a known one: some clients send both a
// header and a key in the body.
func (in *Ingest) find(secrets ...string) (schema.Key, error) {
	named, console := false, false
	for _, secret := range secrets {
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
		console = console || known && key.Kind == schema.ConsoleKey
	}
	if !named {
		return schema.Key{}, schema.Errorf(401, unknownSource, "no write key: send it as the user of Basic authentication or as \"writeKey\" in the body")
	}
	if console {
		return schema.Key{}, schema.Errorf(401, unknownSource, "this is a console key, which may not send events; use a write, server or client key")
	}
	return schema.Key{}, schema.Errorf(401, unknownSource, "the write key is unknown or deactivated; see Settings → Keys for the right one")
}

const unknownSource = "unknown_source"

func isUnknown(err error) bool {
	e, ok := schema.AsError(err)
	return ok && e.Code == unknownSource
}

// offeredKeys lists the keys in headers and query.
func offeredKeys(ctx *fasthttp.RequestCtx) []string {
	h, q := &ctx.Request.Header, ctx.QueryArgs()
	keys := []string{string(h.Peek("Statsig-Api-Key"))}
	for _, name := range []string{"k", "statsig-api-key", "statsig_api_key", "writeKey"} {
		keys = append(keys, string(q.Peek(name)))
	}
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

package ingest

import (
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

// handleSettings answers what analytics.js and Segment's mobile libraries ask before they send anything, and says whether the request
// was that question: which integrations a source has, and where events go.
func (in *Ingest) handleSettings(ctx *fasthttp.RequestCtx, path string) bool {
	secret := settingsKey(path)
	if secret == "" {
		return false
	}
	if !ctx.IsGet() && !ctx.IsHead() {
		ctx.Response.Header.Set("Allow", "GET, OPTIONS")
		refuse(ctx, schema.Errorf(405, "method_not_allowed", "use GET for %s", ctx.Path()))
		return true
	}
	key, err := in.find(secret)
	switch {
	case isUnknown(err) || err == nil && key.Public == "":
		refuse(ctx, schema.Errorf(404, unknownSource, "no source has this write key; see Settings → Keys for the right one"))
	case err != nil:
		in.refuse(ctx, fasthttp.StatusServiceUnavailable, err)
	default:
		ctx.SetContentType("application/json")
		ctx.Response.Header.Set("Cache-Control", "public, max-age=60")
		writeJSON(ctx, sdkSettings(secret, addressOf(ctx)))
	}
	return true
}

// settingsKey is the write key in /projects/{key}/settings, "" for other paths.
func settingsKey(path string) string {
	rest, begins := strings.CutPrefix(path, "/projects/")
	key, ends := strings.CutSuffix(rest, "/settings")
	if !begins || !ends || strings.Contains(key, "/") {
		return ""
	}
	return key
}

// address is how the client reached us.
type address struct{ protocol, host string }

func addressOf(ctx *fasthttp.RequestCtx) address {
	a := address{"http", string(ctx.Host())}
	if ctx.IsTLS() {
		a.protocol = "https"
	}
	h := &ctx.Request.Header
	if forwarded := string(h.Peek("X-Forwarded-Proto")); forwarded == "http" || forwarded == "https" {
		a.protocol = forwarded
	}
	if forwarded := string(h.Peek("X-Forwarded-Host")); forwarded != "" {
		a.host = forwarded
	}
	return a
}

// sdkSettings sends all events here and nothing of the library's own statistics. Everything that a library may look for is there: those
// for phones take a missing object for a broken answer.
func sdkSettings(writeKey string, a address) map[string]any {
	none := map[string]any{}
	return map[string]any{
		"integrations": map[string]any{"Segment.io": map[string]any{
			"apiKey": writeKey, "apiHost": a.host + "/v1", "protocol": a.protocol, "addBundledMetadata": true,
			"unbundledIntegrations": []string{}, "maybeBundledConfigIds": none,
			"versionSettings": map[string]any{"version": "4.4.7", "componentTypes": []string{"browser"}},
		}},
		"plan": none, "edgeFunction": none, "middlewareSettings": none, "enabledMiddleware": none,
		"metrics": map[string]any{"sampleRate": 0}, "legacyVideoPluginsEnabled": false, "remotePlugins": []string{},
	}
}

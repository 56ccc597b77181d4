package main

import (
	"strings"

	"github.com/valyala/fasthttp"
)

// cors lets pages of any origin send events and ask for evaluations. The keys they use are public, and none of these paths looks at
// cookies, so there is nothing that one origin could take from another; the origin is named, not *, for clients that are told to send
// credentials. The console and its API stay closed to other origins. collects names the paths without /v1.
func cors(collects func(path string) bool, handler fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		origin := ctx.Request.Header.Peek("Origin")
		path := string(ctx.Path())
		open := len(origin) > 0 && (strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/v2/") || collects(path))
		if open && ctx.IsOptions() && len(ctx.Request.Header.Peek("Access-Control-Request-Method")) > 0 {
			preflight(ctx)
		} else {
			handler(ctx)
		}
		if !open {
			return
		}
		h := &ctx.Response.Header
		h.SetBytesV("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "Retry-After, x-statsig-region")
		h.Add("Vary", "Origin")
	}
}

// preflight answers what a browser asks before it sends. Whatever headers a library wants to send, now or in its next version, it may.
func preflight(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	ctx.SetStatusCode(fasthttp.StatusNoContent)
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
	h.Set("Access-Control-Max-Age", "86400")
	if asked := ctx.Request.Header.Peek("Access-Control-Request-Headers"); len(asked) > 0 {
		h.SetBytesV("Access-Control-Allow-Headers", asked)
	}
}

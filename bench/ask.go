package bench

import (
	"fmt"

	"github.com/valyala/fasthttp"
)

// Ask asks the Console API, without a socket in between, with a console key. An answer that is not 200 is an error.
func Ask(handle func(*fasthttp.RequestCtx) bool, uri, secret string) ([]byte, error) {
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	ctx.Request.SetRequestURI(uri)
	ctx.Request.Header.Set("STATSIG-API-KEY", secret)
	handle(&ctx)
	if ctx.Response.StatusCode() != fasthttp.StatusOK {
		return nil, fmt.Errorf("%s: %d %s", uri, ctx.Response.StatusCode(), ctx.Response.Body())
	}
	return ctx.Response.Body(), nil
}

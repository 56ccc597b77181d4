package query

import (
	_ "embed"

	"github.com/valyala/fasthttp"
)

//go:embed openapi.yaml
var openAPI []byte

// describe answers /openapi.yaml: the Console API in OpenAPI 3.1.
func describe(ctx *fasthttp.RequestCtx) bool {
	if string(ctx.Path()) != "/openapi.yaml" || !ctx.IsGet() && !ctx.IsHead() {
		return false
	}
	ctx.SetContentType("application/yaml")
	ctx.SetBody(openAPI)
	return true
}

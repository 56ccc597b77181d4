package query

import (
	"testing"

	"github.com/valyala/fasthttp"
)

// The links of a page have the path as it was asked for, and one page.
func TestPageLinks(t *testing.T) {
	t.Parallel()
	c := &call{RequestCtx: &fasthttp.RequestCtx{}}
	c.Request.SetRequestURI("/console/v1/metrics/100%25off%3F%20a::sum/versions?limit=1&page=2&page=9")
	p := c.pages(1, 2, 5)
	const at = "/console/v1/metrics/100%25off%3F%20a::sum/versions?limit=1&page="
	if p.NextPage == nil || *p.NextPage != at+"3" || p.PreviousPage == nil || *p.PreviousPage != at+"1" {
		t.Errorf("next %v, previous %v", *p.NextPage, *p.PreviousPage)
	}
}

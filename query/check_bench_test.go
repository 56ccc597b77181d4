package query

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// One check of a user never seen before, from request to answer, its exposure logged.
func BenchmarkCheckGate(b *testing.B) {
	a, key := checker(b)
	ctx := new(fasthttp.RequestCtx)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		ctx.Request.Reset()
		ctx.Response.Reset()
		ctx.Request.Header.SetMethod("POST")
		ctx.Request.SetRequestURI("/v1/check_gate")
		ctx.Request.Header.Set("STATSIG-API-KEY", key)
		ctx.Request.SetBodyString(fmt.Sprintf(`{"gateName":"g","user":{"userID":"u%d","country":"US","appVersion":"3.0","custom":{"plan":"pro"}}}`, n))
		if !a.Handle(ctx) || ctx.Response.StatusCode() != fasthttp.StatusOK {
			b.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
		if n%1000 == 0 {
			a.exposures.flush(b.Context())
		}
	}
}

// checker is an API that serves one gate, and swallows exposures.
func checker(t testing.TB) (*API, string) {
	t.Helper()
	g := schema.Gate{Head: schema.Head{Name: "g"}, IsEnabled: true, Rules: []schema.Rule{{Name: "some", PassPercentage: 50, Conditions: []schema.Condition{
		{Type: "country", Operator: "any", TargetValue: []byte(`["US","DE"]`)},
		{Type: "app_version", Operator: "version_gte", TargetValue: []byte(`"2.1"`)},
		{Type: "custom_field", Field: "plan", Operator: "any", TargetValue: []byte(`["pro"]`)},
	}}}}
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	const secret = "secret-bench"
	path := filepath.Join(t.TempDir(), "keys.json")
	text, err := json.Marshal([]schema.Key{schema.NewKey("k", schema.ServerKey, "k", secret)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	a := New(Options{
		Keys: catalog.NewKeyring(nil, path), ReadBody: func(ctx *fasthttp.RequestCtx) ([]byte, error) { return append([]byte(nil), ctx.PostBody()...), nil },
		Submit: func(context.Context, string, []byte) error { return nil },
	})
	a.served.Store(&served{Specs: gate.Build(&gate.Definitions{Gates: []schema.Gate{g}}, 1).Compile()})
	return a, secret
}

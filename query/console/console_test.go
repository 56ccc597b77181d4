package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// The built files belong to the sources beside them. Neither Node nor the network is needed to find out.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("dist/MANIFEST")
	if err != nil {
		t.Fatal(err)
	}
	built := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("MANIFEST has the line %q", line)
		}
		built[name] = sum
	}
	for _, name := range sources(t) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(content); built[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has changed since dist was built: run make console", name)
		}
		delete(built, name)
	}
	for name := range built {
		t.Errorf("dist was built with %s, which is gone: run make console", name)
	}
}

// sources are the files that decide what dist is.
func sources(t *testing.T) []string {
	names := []string{"index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"}
	err := filepath.WalkDir("src", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func get(c *Console, path string, headers ...string) *fasthttp.RequestCtx {
	ctx := &fasthttp.RequestCtx{}
	ctx.Request.SetRequestURI(path)
	for i := 0; i < len(headers); i += 2 {
		ctx.Request.Header.Set(headers[i], headers[i+1])
	}
	if !c.Handle(ctx) {
		ctx.SetStatusCode(404)
	}
	return ctx
}

// The first load is what the page and the assets it names weigh on the wire.
func TestFirstLoadIsLight(t *testing.T) {
	const limit = 120_000
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	total, report := 0, ""
	for name, f := range c.files {
		total += len(f.gzipped)
		report += fmt.Sprintf("  %-24s %6d\n", "/"+name, len(f.gzipped))
	}
	if total > limit {
		t.Errorf("all files together are %d bytes compressed, more than %d:\n%s", total, limit, report)
	}
	t.Logf("%d bytes compressed:\n%s", total, report)
}

func TestHandle(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	page := get(c, "/")
	if got := string(page.Response.Header.Peek("Content-Security-Policy")); !strings.HasPrefix(got, "default-src 'self'") {
		t.Errorf("the page's policy is %q", got)
	}
	_, rest, ok := strings.Cut(string(page.Response.Body()), `src="./`)
	script, _, _ := strings.Cut(rest, `"`)
	if !ok || !strings.Contains(script, "?v=") {
		t.Fatalf("the page names its script without a version: %s", page.Response.Body())
	}
	asset := get(c, "/"+script, "Accept-Encoding", "gzip")
	if h := &asset.Response.Header; !strings.Contains(string(h.Peek("Cache-Control")), "immutable") || string(h.Peek("Content-Encoding")) != "gzip" {
		t.Errorf("%s is sent with %s", script, h.String())
	}
	plain, _, _ := strings.Cut(script, "?")
	if got := string(get(c, "/"+plain).Response.Header.Peek("Cache-Control")); got != "no-cache" {
		t.Errorf("an asset without version is sent with Cache-Control %q", got)
	}
	etag := string(page.Response.Header.Peek("ETag"))
	if got := get(c, "/", "If-None-Match", etag).Response.StatusCode(); got != 304 {
		t.Errorf("the page that the browser has is sent again: %d", got)
	}
	for _, path := range []string{"/MANIFEST", "/index.html", "/assets/none.js", "/v1/batch"} {
		if got := get(c, path).Response.StatusCode(); got != 404 {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

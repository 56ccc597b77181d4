// Package console is the web console: the pages of src, built into dist, embedded and served at the root.
//
// dist is committed, so that go build alone gives the whole console; its file names are stable, and what changes with the
// content is a query (?v=) that the server adds at start, so that browsers keep an asset for ever and still see the next one.
// dist/MANIFEST holds the digest of every source; a test fails when dist is older than src. The page addresses everything
// relative to itself and keeps its own state behind the #, so it works below any path at which a proxy puts it.
package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/valyala/fasthttp"
)

//go:embed dist
var files embed.FS

// Console holds the built files, ready to send.
type Console struct {
	files map[string]file // by path, without the leading slash; the page itself is ""
}

// file is one built file, as it is and compressed.
type file struct {
	contentType, version string
	plain, gzipped       []byte
}

// New prepares the embedded files.
func New() (*Console, error) {
	c := &Console{files: make(map[string]file)}
	err := fs.WalkDir(files, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "MANIFEST" {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		c.files[strings.TrimPrefix(name, "dist/")], err = prepare(name, content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the console: %w", err)
	}
	page, ok := c.files["index.html"]
	if !ok {
		return nil, fmt.Errorf("prepare the console: dist has no index.html; run make console")
	}
	c.files[""], err = prepare("index.html", c.versioned(page.plain))
	delete(c.files, "index.html")
	return c, err
}

func prepare(name string, content []byte) (file, error) {
	sum := sha256.Sum256(content)
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return file{}, err
	}
	if _, err := w.Write(content); err != nil {
		return file{}, err
	}
	if err := w.Close(); err != nil {
		return file{}, err
	}
	return file{mime.TypeByExtension(path.Ext(name)), hex.EncodeToString(sum[:8]), content, zipped.Bytes()}, nil
}

// versioned adds to every asset that the page names the version it has.
func (c *Console) versioned(page []byte) []byte {
	for name, f := range c.files {
		page = bytes.ReplaceAll(page, []byte(`./`+name+`"`), []byte(`./`+name+`?v=`+f.version+`"`))
	}
	return page
}

// policy keeps the page to its own origin: no script, style, picture, font or request from anywhere else, and no frame around it.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handle answers the request if it is for the page or one of its files, and says whether it was.
func (c *Console) Handle(ctx *fasthttp.RequestCtx) bool {
	f, ok := c.files[strings.TrimPrefix(string(ctx.Path()), "/")]
	if !ok || !ctx.IsGet() && !ctx.IsHead() {
		return false
	}
	h := &ctx.Response.Header
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+f.version+`"`)
	h.Set("Cache-Control", "no-cache")
	if string(ctx.QueryArgs().Peek("v")) == f.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(string(ctx.Request.Header.Peek("If-None-Match")), f.version) {
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		return true
	}
	ctx.SetContentType(f.contentType)
	if ctx.Request.Header.HasAcceptEncoding("gzip") {
		h.Set("Content-Encoding", "gzip")
		ctx.SetBody(f.gzipped)
		return true
	}
	ctx.SetBody(f.plain)
	return true
}

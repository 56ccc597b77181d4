package query

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"
	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/schema"
)

// served are the specs in force: compiled for our own evaluation, and as the files that SDKs download. They are never changed, only
// replaced as a whole.
type served struct {
	*gate.Specs
	v1, v2 *download
}

// download is a file in memory.
type download struct {
	plain []byte
	etag  string
	// zipped is made when the first client asks for it.
	zipped func() []byte
}

func newDownload(text []byte) *download {
	return &download{
		plain: text, etag: `"` + strconv.FormatUint(xxh3.Hash(text), 16) + `"`,
		zipped: sync.OnceValue(func() []byte {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			if _, err := w.Write(text); err != nil || w.Close() != nil {
				panic("BUG: gzip cannot write to memory")
			}
			return b.Bytes()
		}),
	}
}

// send answers with the file, compressed if the client takes that, or with 304 if it has it.
func (d *download) send(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set("ETag", d.etag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	ctx.SetContentType("application/json")
	if string(ctx.Request.Header.Peek("If-None-Match")) == d.etag {
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		return
	}
	if ctx.Request.Header.HasAcceptEncoding("gzip") {
		h.Set("Content-Encoding", "gzip")
		ctx.Response.SetBodyRaw(d.zipped())
		return
	}
	ctx.Response.SetBodyRaw(d.plain)
}

var noUpdates = []byte(`{"has_updates":false}`)

// downloadSpecs answers GET /v1/download_config_specs[/KEY.json][?sinceTime=] and its sister in /v2.
func (a *API) downloadSpecs(ctx *fasthttp.RequestCtx, version int) error {
	inPath := strings.TrimSuffix(path.Base(string(ctx.Path())), ".json")
	if _, err := a.sdkKey(ctx, inPath, schema.ServerKey); err != nil {
		return err
	}
	s := a.served.Load()
	if s == nil {
		return errStarting()
	}
	d := s.v1
	if version == 2 {
		d = s.v2
	}
	q := ctx.QueryArgs()
	since, _ := strconv.ParseInt(string(q.Peek("sinceTime")), 10, 64)
	if since >= s.Time || string(q.Peek("checksum")) == strconv.FormatInt(s.Time, 10) {
		ctx.SetContentType("application/json")
		ctx.Response.SetBodyRaw(noUpdates)
		return nil
	}
	d.send(ctx)
	return nil
}

func errStarting() error {
	return schema.Errorf(503, "starting", "the definitions are not read yet; try again in a few seconds")
}

// stamped puts the time into a file that was written with 0: it is only known once the file is known to differ from the last one.
func stamped(text []byte, time int64) []byte {
	now := strconv.FormatInt(time, 10)
	text = bytes.Replace(text, []byte(`"time":0,`), []byte(`"time":`+now+`,`), 1)
	return bytes.Replace(text, []byte(`"checksum":"0"`), []byte(`"checksum":"`+now+`"`), 1)
}

// filesOf writes both files of what was built, without a time.
func filesOf(b *gate.Built, lists []string) (v1, v2 []byte, err error) {
	if v1, err = b.V1(lists); err != nil {
		return nil, nil, fmt.Errorf("write config specs: %w", err)
	}
	if v2, err = b.V2(); err != nil {
		return nil, nil, fmt.Errorf("write config specs: %w", err)
	}
	return v1, v2, nil
}

// specPaths begin the paths of the Console API below which specs are changed.
var specPaths = []string{"gates/", "dynamic_configs/", "layers/", "holdouts/", "segments/", "experiments/", "environments/"}

// makesSpecs says whether a path of the Console API is one of what specs are made of.
func makesSpecs(path string) bool {
	return slices.ContainsFunc(specPaths, func(p string) bool { return strings.HasPrefix(path+"/", p) })
}

package ingest

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

// gif is a transparent picture of one by one point.
var gif = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;")

// handlePixel takes an event from a picture's address, and says whether it was one. Mail programs and pages show the picture
// whatever becomes of the event, and must not keep it; why an event was refused is in the metrics only.
func (in *Ingest) handlePixel(ctx *fasthttp.RequestCtx, path string) bool {
	kind, ok := strings.CutPrefix(path, "/pixel/")
	r, known := routes["/"+kind]
	if !ok || !known || r.wireFormat != single {
		return false
	}
	body, err := pixelBody(ctx.QueryArgs())
	if err == nil {
		_, err = in.take(ctx, r, body)
	}
	if err != nil {
		in.refuse(ctx, r.full, err)
		ctx.Response.Reset()
	}
	ctx.SetContentType("image/gif")
	ctx.Response.Header.Set("Cache-Control", "no-store")
	ctx.SetBody(gif)
	return true
}

// pixelBody is the event as JSON: what data holds in base64, or an object made from the query, in which dots lead deeper
// (properties.subject=Hello).
func pixelBody(q *fasthttp.Args) ([]byte, error) {
	if data := string(q.Peek("data")); data != "" {
		body, err := base64.RawStdEncoding.DecodeString(plainBase64.Replace(data))
		if err != nil {
			return nil, schema.Errorf(400, "bad_encoding", "data is not base64: %v", err)
		}
		return body, nil
	}
	event := map[string]any{}
	for key, value := range q.All() {
		setDeep(event, strings.Split(string(key), "."), string(value))
	}
	return json.Marshal(event)
}

// plainBase64 brings what stands in addresses to the standard alphabet: a plus sign arrives as a space.
var plainBase64 = strings.NewReplacer("-", "+", "_", "/", " ", "+", "=", "")

func setDeep(object map[string]any, path []string, value string) {
	for _, key := range path[:len(path)-1] {
		inner, ok := object[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[key] = inner
		}
		object = inner
	}
	object[path[len(path)-1]] = value
}

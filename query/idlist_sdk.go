package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

// The paths by which SDKs follow ID lists. A file's id cannot be guessed and SDKs send no key when they read one, so knowing it is enough.
const (
	listsPath     = "/v1/get_id_lists"
	listFilesPath = "/v1/id_list_files/"
)

// handleIDLists answers the request if an SDK asks for ID lists, and says whether it did.
func (a *API) handleIDLists(ctx *fasthttp.RequestCtx) bool {
	path := ctx.Path()
	rest, isLists := bytes.CutPrefix(path, []byte(listsPath))
	id, isFile := bytes.CutPrefix(path, []byte(listFilesPath))
	var err error
	switch {
	case isLists && (len(rest) == 0 || rest[0] == '/'):
		err = a.idLists(ctx, strings.TrimSuffix(strings.TrimPrefix(string(rest), "/"), ".json"))
	case isFile:
		err = a.idListFile(ctx, string(id))
	default:
		return false
	}
	if err != nil {
		a.refuse(&call{RequestCtx: ctx}, err)
	}
	return true
}

// sdkList is a list as SDKs are told of it.
type sdkList struct {
	Name         string        `json:"name"`
	Size         uint64        `json:"size"`
	URL          string        `json:"url"`
	CreationTime schema.Millis `json:"creationTime"`
	FileID       string        `json:"fileID"`
}

// idLists tells of every list and how long its file is. Small ones are told of too, though specs inline them: an SDK then has a list already
// when it outgrows that. An SDK drops the lists it is not told of, so nothing is answered until all are known; and lists without a line
// are not told of: the SDKs in Rust would ask for their first byte, get 416 and complain, at every poll.
func (a *API) idLists(ctx *fasthttp.RequestCtx, secret string) error {
	if _, err := a.sdkKey(ctx, secret, schema.ServerKey); err != nil {
		return err
	}
	all, ready := a.Lists.All()
	if !ready {
		return schema.Errorf(503, "starting", "the ID lists are being read; try again in a few seconds")
	}
	lists := make(map[string]sdkList, len(all))
	for _, s := range all {
		if s.Size == 0 {
			continue
		}
		lists[s.List] = sdkList{s.List, s.Size, origin(ctx) + listFilesPath + s.FileID, s.CreationTime, s.FileID}
	}
	text, err := json.Marshal(lists)
	if err != nil {
		return err
	}
	ctx.SetContentType("application/json")
	ctx.SetBody(text)
	return nil
}

// origin is how the client calls this server.
func origin(ctx *fasthttp.RequestCtx) string {
	scheme := "http"
	if forwarded := string(ctx.Request.Header.Peek("X-Forwarded-Proto")); forwarded == "https" || ctx.IsTLS() {
		scheme = "https"
	}
	return scheme + "://" + string(ctx.Host())
}

// idListFile serves a file or the rest of one, as it is: SDKs count the bytes of the answer, so it is never compressed and always has
// its length.
func (a *API) idListFile(ctx *fasthttp.RequestCtx, id string) error {
	if !ctx.IsGet() && !ctx.IsHead() {
		return schema.Errorf(405, "method_not_allowed", "use GET for %s", ctx.Path())
	}
	text, ranged := strings.CutPrefix(string(ctx.Request.Header.Peek("Range")), "bytes=")
	from, to, ok := parseRange(text)
	if ranged && !ok {
		return schema.Errorf(400, "bad_range", "the range %q is not of the form bytes=N- or bytes=N-M", text)
	}
	file, size, ok, err := a.Lists.OpenFile(id, from, to)
	if err != nil {
		return err
	}
	if !ok {
		return schema.Errorf(404, "file_not_found", "no ID list has the file %q now; ask %s again", id, listsPath)
	}
	ctx.SetContentType("text/plain; charset=utf-8")
	ctx.Response.Header.Set("Accept-Ranges", "bytes")
	if ranged && from >= size {
		ctx.SetStatusCode(fasthttp.StatusRequestedRangeNotSatisfiable)
		ctx.Response.Header.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		return file.Close()
	}
	end := max(min(size, to), from)
	if ranged {
		ctx.SetStatusCode(fasthttp.StatusPartialContent)
		ctx.Response.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, end-1, size))
	}
	ctx.SetBodyStream(file, int(end-from))
	return nil
}

// parseRange reads N- or N-M, of which [from, to) is made.
func parseRange(text string) (from, to uint64, ok bool) {
	first, last, ok := strings.Cut(text, "-")
	from, err := strconv.ParseUint(first, 10, 63)
	if !ok || err != nil {
		return 0, 1 << 63, false
	}
	if last == "" {
		return from, 1 << 63, true
	}
	to, err = strconv.ParseUint(last, 10, 62)
	return from, to + 1, err == nil && to >= from
}

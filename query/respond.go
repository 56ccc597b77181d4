package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"

	"github.com/google/uuid"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// list is data with its pagination.
type list struct {
	items      any
	pagination pagination
}

type pagination struct {
	ItemsPerPage int     `json:"itemsPerPage"`
	PageNumber   int     `json:"pageNumber"`
	NextPage     *string `json:"nextPage"`
	PreviousPage *string `json:"previousPage"`
	TotalItems   int     `json:"totalItems"`
}

// sender is an answer that is not one JSON object of ours.
type sender interface{ send(c *call) }

// file is sent as it is read.
type file struct {
	body              io.ReadCloser
	contentType, name string
}

func (f file) send(c *call) {
	c.SetContentType(f.contentType)
	c.Response.Header.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.name))
	c.SetBodyStream(f.body, -1)
}

// page cuts a list that is in memory to what limit and page ask for.
func page[T any](c *call, all []T) (any, error) {
	limit, number, err := c.paging()
	if err != nil {
		return nil, err
	}
	from := min((number-1)*limit, len(all))
	items := append([]T{}, all[from:min(from+limit, len(all))]...)
	return list{items, c.pages(limit, number, len(all))}, nil
}

func (c *call) paging() (limit, number int, err error) {
	if limit, err = c.positive("limit", 100); err != nil {
		return 0, 0, err
	}
	number, err = c.positive("page", 1)
	return min(limit, 1000), number, err
}

func (c *call) positive(name string, otherwise int) (int, error) {
	text := c.query(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, schema.Invalid(name, "%q is not a number above 0", text)
	}
	return n, nil
}

func (c *call) pages(limit, number, total int) pagination {
	link := func(n int) *string {
		args := c.QueryArgs()
		args.Del("page")
		args.SetUint("page", n)
		text := string(c.URI().PathOriginal()) + "?" + args.String()
		return &text
	}
	p := pagination{ItemsPerPage: limit, PageNumber: number, TotalItems: total}
	if number*limit < total {
		p.NextPage = link(number + 1)
	}
	if number > 1 {
		p.PreviousPage = link(number - 1)
	}
	return p
}

// query reads a parameter.
func (c *call) query(name string) string {
	c.asked = append(c.asked, name)
	return string(c.QueryArgs().Peek(name))
}

// bodyMost bounds what one request may make us hold: bodies are streamed, so nothing else does.
const bodyMost = 64 << 20

// readBody reads the body once; who asks again gets the same.
func (c *call) readBody() ([]byte, error) {
	if c.text != nil {
		return c.text, nil
	}
	stream := c.RequestBodyStream()
	if stream == nil {
		return c.Request.Body(), nil
	}
	text, err := io.ReadAll(io.LimitReader(stream, bodyMost+1))
	switch {
	case err != nil:
		return nil, schema.Errorf(400, "bad_request", "the body could not be read to its end: %v", err)
	case len(text) > bodyMost:
		return nil, schema.Errorf(413, "request_too_large", "the body is larger than %d bytes; send it in parts", bodyMost)
	default:
		c.text = text
		return text, nil
	}
}

// body reads the request's JSON into v. Wrong types and misspelt fields are refused by name; see unknown.go.
func (c *call) body(v any) error {
	text, err := c.readBody()
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	err = d.Decode(v)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is something behind the JSON object")
		}
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return schema.Invalid(wrong.Field, "a JSON %s is not possible here; %s is expected", wrong.Value, expected(wrong.Type))
	}
	if err != nil {
		return schema.Errorf(400, "invalid_json", "the body is not valid JSON: %v", err)
	}
	return c.refuseUnknown(text, v)
}

// expected says in words of JSON what is read into a type.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// problem is a refusal: RFC 9457 with Statsig's members.
type problem struct {
	Status    int    `json:"status"`
	Message   string `json:"message"`
	Type      string `json:"type"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Attr      string `json:"attr,omitempty"`
	RequestID string `json:"requestId"`
}

// respond writes the answer.
func (a *API) respond(c *call, data any, err error) {
	if err != nil {
		a.refuse(c, err)
		return
	}
	if s, ok := data.(sender); ok {
		s.send(c)
		return
	}
	envelope := map[string]any{"message": "OK", "data": data}
	if l, ok := data.(list); ok {
		envelope["data"], envelope["pagination"] = l.items, l.pagination
	}
	if len(c.ignored) > 0 {
		envelope["ignoredFields"] = c.ignored
	}
	if c.Response.StatusCode() == 0 {
		c.SetStatusCode(200)
	}
	a.write(c, "application/json", envelope)
}

func (a *API) refuse(c *call, err error) {
	id := uuid.NewString()
	e, ok := schema.AsError(err)
	var late *lateError
	switch {
	case ok:
	case errors.As(err, &late):
		a.Log.Warn("a request took too long", "request", id, "path", string(c.Path()), "error", err)
		e = schema.Errorf(504, "timeout", "no answer within %s: the engine is busy, or there is too much to read; ask for fewer days or metrics, try again, or raise --query-timeout (request %s)", late.limit, id)
	case errors.Is(err, store.ErrSilent):
		a.Log.Warn("the engine does not answer", "request", id, "path", string(c.Path()), "error", err)
		e = schema.Errorf(504, "timeout", "the engine does not answer: it hangs, or has too much to do; ask for fewer days or metrics, or try again (request %s)", id)
	case errors.Is(err, store.ErrAway):
		a.Log.Warn("a question could not be asked", "request", id, "error", err)
		e = schema.Errorf(503, "engine_away", "the engine is away; it is being started again, try in a few seconds (request %s)", id)
	default:
		a.Log.Error("a request failed", "request", id, "path", string(c.Path()), "error", err)
		e = schema.Errorf(500, "internal", "something went wrong here; the log has the reason under request %s", id)
	}
	if e.Status == 503 {
		c.Response.Header.Set("Retry-After", "5")
	}
	c.SetStatusCode(e.Status)
	a.write(c, "application/problem+json", problem{e.Status, e.Message, "/errors/" + e.Code, e.Code, e.Message, e.Field, id})
}

func (a *API) write(c *call, contentType string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		a.Log.Error("an answer does not marshal", "path", string(c.Path()), "error", err)
		c.SetStatusCode(500)
		text = []byte(`{"status":500,"code":"internal","message":"the answer could not be written"}`)
	}
	c.SetContentType(contentType)
	c.SetBody(text)
}

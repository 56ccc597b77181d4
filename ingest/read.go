package ingest

import (
	"errors"
	"io"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

// A body may be as slow as slowest, after some grace: a phone on a bad line is faster, and whoever drips holds memory.
const (
	slowestGrace = 10 * time.Second
	slowest      = 8 << 10 // bytes a second
)

// readBody reads the body as it came, in memory that outlives the request. It takes memory as the bytes come in and not as they are
// announced, so that a connection that announces much and sends little costs little.
func (in *Ingest) readBody(ctx *fasthttp.RequestCtx, limit int, h *hold) ([]byte, error) {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return append([]byte(nil), ctx.PostBody()...), h.grow(ctx, len(ctx.PostBody()))
	}
	announced := ctx.Request.Header.ContentLength() // negative when chunked
	if announced > limit {
		return nil, errors.Join(tooLarge(limit), drain(stream))
	}
	body, started := make([]byte, 0, firstBytes(announced)), in.clock()
	if err := h.grow(ctx, cap(body)); err != nil {
		return nil, err
	}
	for {
		if len(body) == cap(body) {
			if err := h.grow(ctx, 2*cap(body)); err != nil {
				return nil, errors.Join(err, drain(stream))
			}
			body = append(make([]byte, 0, 2*cap(body)), body...)
		}
		n, err := stream.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
			return nil, errors.Join(tooLarge(limit), drain(stream))
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, schema.Errorf(400, "bad_request", "the body could not be read to its end: %v; send it again", err)
		case in.clock().Sub(started) > slowestGrace+time.Duration(len(body))*time.Second/slowest:
			ctx.SetConnectionClose()
			return nil, schema.Errorf(408, "too_slow", "the body came slower than %d bytes a second and was cut off; send it again", slowest)
		}
	}
}

// firstBytes is the size of a body's first buffer: all of it, when it says that it is small. One more byte lets the end be seen without
// growing.
func firstBytes(announced int) int {
	const few = 32 << 10
	if announced >= 0 && announced < few {
		return announced + 1
	}
	return few
}

// drain reads what is left of a body that is refused, up to a bound: a client that is still writing when the connection closes
// sees a reset instead of the refusal, and would send the same again.
func drain(stream io.Reader) error {
	const most = 16 << 20
	_, err := io.CopyN(io.Discard, stream, most)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// maxRatio is how much smaller compression makes a body at most, beyond the first MiB: events shrink about sevenfold, a bomb a
// thousandfold.
const maxRatio = 100

// inflateMost is the most that a compressed body may become.
func inflateMost(body []byte, limit int) int { return min(limit, max(maxRatio*len(body), 1<<20)) }

// decodedMost bounds the memory that decoding takes beside the body: the body inflated, and rows that point into it.
func decodedMost(body []byte, limit int) int {
	rows := len(body) / 2
	if encodingOf(body) != plain {
		most := inflateMost(body, limit)
		rows = most + most/2
	}
	return rows
}

package ingest

import (
	"io"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

// dripping is a body that comes at a steady rate, on a clock that only it moves.
type dripping struct {
	left, each int // bytes, and how many come each second
	at         time.Time
}

func (d *dripping) Read(b []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	n := min(d.left, d.each, len(b))
	d.left -= n
	d.at = d.at.Add(time.Duration(n) * time.Second / time.Duration(d.each))
	return n, nil
}

// A body that comes slower than is allowed is cut off with 408, once its grace is over; a slow phone's is not.
func TestSlowBody(t *testing.T) {
	f := func(size, each int, code string) {
		t.Helper()
		in, d := testIngest(), &dripping{left: size, each: each, at: time.Unix(0, 0)}
		in.budget, in.clock = newBudget(1<<20), func() time.Time { return d.at }
		var ctx fasthttp.RequestCtx
		ctx.Request.SetBodyStream(d, size)
		h := &hold{b: in.budget}
		defer h.end()
		body, err := in.readBody(&ctx, 640<<10, h)
		if code == "" {
			if err != nil || len(body) != size {
				t.Errorf("%d bytes at %d a second: %d arrived, %v", size, each, len(body), err)
			}
			return
		}
		e, ok := schema.AsError(err)
		if !ok || e.Code != code || e.Status != 408 || !ctx.Response.ConnectionClose() {
			t.Errorf("%d bytes at %d a second: %v, want %s and the connection closed", size, each, err, code)
		}
		if rest := size - d.left; rest > 12*each {
			t.Errorf("%d bytes at %d a second were read before the client was cut off", rest, each)
		}
	}
	f(500_000, 10, "too_slow")
	f(500_000, 1000, "too_slow")
	f(500_000, 9000, "")
	f(9, 1, "") // within the grace
}

package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Any body on any route, compressed or not, is decoded or refused with a reason; what is decoded has a fate for every item, and the
// spooled request decodes to the same again.
func FuzzRequest(f *testing.F) {
	for _, text := range []string{
		mixedBatch, `{"events":[{"eventName":"a","user":{"userID":"u"}},{"eventName":"statsig::gate_exposure","user":{"userID":"u"},"metadata":{"gate":"3208383","ruleID":"r"}}]}`,
		`[{"type":"delete","userId":"u"},{"type":"track","event":"A","userId":"u","timestamp":1}]`, `{"exposures":[{"user":{"userID":"u"},"gateName":"g"}]}`,
		`{"user":{"userID":"u"},"event":"paid","timestamp":1}`, "=0HXbpjIzRnblZXZis3e", "",
	} {
		for number, format := range formats {
			if format != nil {
				f.Add([]byte(text), uint8(number), uint8(0))
			}
		}
		f.Add(squeezed(f, text, true), uint8(0), uint8(0))
		f.Add(squeezed(f, text, false), uint8(routeLogEvent), uint8(1))
	}
	in := testIngest()
	in.options.Resolve = func(hash string) (string, bool) { return "hold", hash == schema.DJB2("hold") }
	in.erased = newErasures(nil)
	in.erased.add([]schema.Erasure{{UnitType: schema.UserID, IDHash: schema.HashID("u"), Before: 5000}})
	f.Fuzz(func(t *testing.T, body []byte, route, flags uint8) {
		rec := spool.Record{Received: 1_700_000_000_000, Route: route, Encoding: uint8(encodingOf(body)), Body: body}
		if formats[route] == nil {
			return
		}
		m := meta{Prefix: "segment::", Encoded: flags&1 != 0, MayErase: flags&2 != 0}
		rows, err := in.decode(&rec, &m, func(name string) string { return m.learn(name, in.options.Resolve) })
		if err != nil {
			if e, ok := schema.AsError(err); !ok || e.Code == "undecodable" {
				t.Fatalf("%v", err)
			}
			return
		}
		in.judge(rows, &m)
		m.apply(rows)
		first := tallyOf(&rec, rows)
		var received, accounted int64
		for l, n := range first {
			if l.fate == schema.Received {
				received += n
			} else {
				accounted += n
			}
		}
		if received != accounted {
			t.Fatalf("%d items came, %d have a fate: %v", received, accounted, first)
		}
		if rec.Meta, err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
		if again, err := in.redecode(&rec); err != nil || !reflect.DeepEqual(again.tally, first) || !reflect.DeepEqual(again.rows.Exposures, rows.Exposures) {
			t.Fatalf("decoded again it is %v, %v; at first it was %v", again.tally, err, first)
		}
	})
}

func squeezed(f *testing.F, text string, asGzip bool) []byte {
	var b bytes.Buffer
	if !asGzip {
		w, err := zstd.NewWriter(nil)
		if err != nil {
			f.Fatal(err)
		}
		return w.EncodeAll([]byte(text), nil)
	}
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// Any address of a picture is an event or a refusal.
func FuzzPixel(f *testing.F) {
	for _, query := range []string{"userId=u&event=A&properties.a.b=1&properties.a=2", "data=eyJhIjoxfQ", "data=eyJhIjoxfQ==", "data=%%", "=&.=.&..", "a.b=1&a.b.c=2"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var q fasthttp.Args
		q.Parse(query)
		body, err := pixelBody(&q)
		if _, refused := schema.AsError(err); err != nil && !refused {
			t.Fatal(err)
		}
		if err == nil && !q.Has("data") && !json.Valid(body) {
			t.Fatalf("%q becomes %q", query, body)
		}
	})
}

func TestPixelBody(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		var q fasthttp.Args
		q.Parse(query)
		if body, err := pixelBody(&q); err != nil || string(body) != want {
			t.Errorf("%s becomes %s, %v, want %s", query, body, err, want)
		}
	}
	f("userId=u&event=Email+Opened&properties.subject=Hi%20there&properties.campaign.id=7", `{"event":"Email Opened","properties":{"campaign":{"id":"7"},"subject":"Hi there"},"userId":"u"}`)
	f("data=eyJ1c2VySWQiOiJ1In0", `{"userId":"u"}`)
	f("data=eyJ1c2VySWQiOiJ1In0=", `{"userId":"u"}`)
	f("data=eyJ1c2VySWQiOiLDv8O+In0%3D", "{\"userId\":\"\u00ff\u00fe\"}")
}

// Segment signs JSON.stringify(event): the HMAC-SHA1 of these bytes under the key "key" was made with OpenSSL:
// printf '{"type":"track"}' | openssl dgst -sha1 -hmac key
func TestSigned(t *testing.T) {
	const signature = "35a2b523a8ce44c554def3f0b98b818841fd681f"
	f := func(body, given string, want bool) {
		t.Helper()
		if got := signed([]byte(body), "key", given); got != want {
			t.Errorf("%s signed %s: %v, want %v", body, given, got, want)
		}
	}
	f(`{"type":"track"}`, signature, true)
	f(`[{"type":"track"},{"type":"page"}]`, signature, true)
	f(`{"type":"track" }`, signature, false)
	f(`{"type":"track"}`, "", false)
	f(`{"type":"track"}`, signature[:38], false)
	f(`[]`, signature, false)
}

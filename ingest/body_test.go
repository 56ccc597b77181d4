package ingest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/pulsehouse/pulsehouse/schema"
)

// A zstd body may announce a window that is far larger than the body, may or may not announce its size, and may come in frames.
func TestUnzstd(t *testing.T) {
	text := []byte(strings.Repeat(`{"type":"track","event":"A","userId":"u"},`, 3000))
	pack := func(text []byte, o ...zstd.EOption) []byte {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b, o...)
		if err != nil {
			t.Fatal(err)
		}
		for len(text) > 0 { // in pieces: so the frame does not know its size
			n := min(len(text), 10_000)
			if _, err := w.Write(text[:n]); err != nil {
				t.Fatal(err)
			}
			text = text[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	f := func(name string, body, want []byte, limit int) {
		t.Helper()
		got, err := inflate(body, encodingOf(body), limit)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(want))
		}
	}
	f("streamed", pack(text), text, 640<<10)
	f("window of 8 MiB", pack(text, zstd.WithWindowSize(8<<20)), text, 640<<10)
	f("just within the limit", pack(text), text, len(text))
	f("whole", whole.EncodeAll(text, nil), text, 640<<10)
	f("two frames", append(pack(text), pack(text)...), append(bytes.Clone(text), text...), 640<<10)
	for name, body := range map[string][]byte{"streamed": pack(text), "whole": whole.EncodeAll(text, nil)} {
		_, err := inflate(body, encodingOf(body), len(text)-1)
		if e, ok := schema.AsError(err); !ok || e.Code != "request_too_large" {
			t.Errorf("%s, one byte too large: %v", name, err)
		}
	}
}

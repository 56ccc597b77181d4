package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/pulsehouse/pulsehouse/schema"
)

// encoding is how a body is compressed, as the spool records it.
type encoding uint8

const (
	plain encoding = iota
	gzipped
	zstandard
)

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// encodingOf looks at the body itself: some clients forget the header, some proxies inflate and leave it, and no JSON text
// begins with either magic.
func encodingOf(body []byte) encoding {
	switch {
	case bytes.HasPrefix(body, gzipMagic):
		return gzipped
	case bytes.HasPrefix(body, zstdMagic):
		return zstandard
	default:
		return plain
	}
}

var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// inflate returns the body decompressed, in memory of its own unless it was plain, and refuses more than limit bytes.
func inflate(body []byte, e encoding, limit int) ([]byte, error) {
	if most := inflateMost(body, limit); most < limit && e != plain {
		text, err := inflate(body, e, most)
		if refused, ok := schema.AsError(err); ok && refused.Code == "request_too_large" {
			err = schema.Errorf(400, "request_too_large", "the body becomes more than %d times its size when decompressed; send it less compressed, or in smaller batches", maxRatio)
		}
		return text, err
	}
	switch e {
	case gzipped:
		return gunzip(body, limit)
	case zstandard:
		return unzstd(body, limit)
	default:
		if len(body) > limit {
			return nil, tooLarge(limit)
		}
		return body, nil
	}
}

func gunzip(body []byte, limit int) ([]byte, error) {
	r := gzipReaders.Get().(*gzip.Reader)
	defer gzipReaders.Put(r)
	if err := r.Reset(bytes.NewReader(body)); err != nil {
		return nil, badEncoding("gzip", err)
	}
	return readUpTo(r, "gzip", announcedSize(body, limit), limit)
}

// announcedSize is the size that the end of a gzip body announces (RFC 1952, ISIZE), and one byte more so that its end is seen without
// growing. A body that lies, or that has several members, or one that was cut off, only costs growing.
func announcedSize(body []byte, limit int) int {
	const trailer = 4
	if len(body) < trailer {
		return guessed(body, limit)
	}
	return min(int(binary.LittleEndian.Uint32(body[len(body)-trailer:]))+1, inflateMost(body, limit)+1)
}

// unzstd decodes into memory of a guessed size, or of the size that the frame announces, and never beyond the limit: a frame's window,
// which may be far larger than its content, is not set aside.
func unzstd(body []byte, limit int) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(body); err != nil {
		return nil, badEncoding("zstd", err)
	}
	size := guessed(body, limit)
	if h.HasFCS {
		if h.FrameContentSize > uint64(limit) {
			return nil, tooLarge(limit)
		}
		size = int(h.FrameContentSize)
	}
	for ; ; size = min(4*size, limit) {
		out, err := zstdReader().DecodeAll(body, make([]byte, 0, size))
		switch {
		case err == nil:
			return out, nil
		case size < limit: // a full buffer has more than one error
		default:
			return nil, zstdProblem(body, limit, err)
		}
	}
}

// zstdProblem tells a body that is too large from one that is damaged, by counting what can be read of it.
func zstdProblem(body []byte, limit int, problem error) error {
	if errors.Is(problem, zstd.ErrDecoderSizeExceeded) {
		return tooLarge(limit)
	}
	r, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return badEncoding("zstd", err)
	}
	defer r.Close()
	if n, _ := io.CopyN(io.Discard, r, int64(limit)+1); n > int64(limit) {
		return tooLarge(limit)
	}
	return badEncoding("zstd", problem)
}

// zstdReader is shared by all requests, as many of which decode at once as there are processors.
var zstdReader = sync.OnceValue(func() *zstd.Decoder {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic("BUG: a zstd decoder cannot be made: " + err.Error())
	}
	return r
})

// guessed is a first size for a body decompressed: event JSON shrinks about sevenfold.
func guessed(body []byte, limit int) int { return min(8*len(body)+512, limit+1) }

// readUpTo reads all of r into memory of a first size, which grows.
func readUpTo(r io.Reader, name string, size, limit int) ([]byte, error) {
	out := make([]byte, 0, size)
	for {
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
		n, err := r.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		if len(out) > limit {
			return nil, tooLarge(limit)
		}
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, badEncoding(name, err)
		}
	}
}

func tooLarge(limit int) error {
	return schema.Errorf(400, "request_too_large",
		"the body is larger than %d bytes when decompressed; as with Segment one event may have 32 KB and a batch 500 KB, so send less in each", limit)
}

func badEncoding(name string, err error) error {
	return schema.Errorf(400, "bad_encoding", "the body is not valid %s: %v; send it again, or send it uncompressed", name, err)
}

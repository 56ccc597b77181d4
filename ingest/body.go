package ingest

import (
	"bytes"
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
	return readUpTo(r, "gzip", len(body), limit)
}

func unzstd(body []byte, limit int) ([]byte, error) {
	r, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit)+1<<20))
	if err != nil {
		return nil, badEncoding("zstd", err)
	}
	defer r.Close()
	return readUpTo(r, "zstd", len(body), limit)
}

// readUpTo reads all of r, starting from a guess of its size: event JSON shrinks about sevenfold.
func readUpTo(r io.Reader, name string, compressed, limit int) ([]byte, error) {
	out := make([]byte, 0, min(8*compressed+512, limit+1))
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
		"the body is larger than %d bytes when decompressed; send smaller batches (Segment's limit is 500 KB)", limit)
}

func badEncoding(name string, err error) error {
	return schema.Errorf(400, "bad_encoding", "the body is not valid %s: %v; send it again, or send it uncompressed", name, err)
}

// Package machine measures what the machine itself can do: the ceilings that everything else is held against.
package machine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	stdjson "encoding/json"

	json "github.com/goccy/go-json"
	"github.com/klauspost/compress/gzip"

	"github.com/pulsehouse/pulsehouse/bench"
)

// Suite is the ceilings: memory, inflating, JSON, disk.
var Suite = bench.Suite{Name: "machine", Open: open}

// batchSize is that of a busy client.
const batchSize = 100

func open(_ context.Context, env *bench.Env) ([]bench.Case, error) {
	n := bench.Pick(env.Scale, 100, 500, 1000)
	w := bench.Workload{Seed: env.Seed}
	b := &bodies{}
	for i := range n {
		body := w.AppendBatch(nil, uint64(i), batchSize)
		packed, err := pack(body)
		if err != nil {
			return nil, err
		}
		b.plain, b.packed, b.bytes = append(b.plain, body), append(b.packed, packed), b.bytes+len(body)
		b.largest = max(b.largest, len(body))
	}
	return []bench.Case{b.touch(), syncs(env)}, nil
}

func pack(body []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	err := z.Close()
	return out.Bytes(), err
}

// bodies are batches, plain and compressed.
type bodies struct {
	plain, packed  [][]byte
	bytes, largest int
}

// touch is the least that can be done with a call: copy it, inflate it, see that it is JSON.
func (b *bodies) touch() bench.Case {
	scratch := make([]byte, b.largest)
	return bench.Case{Name: "bytes of a call", Unit: "event", Contestants: []bench.Contestant{
		{Name: "copy", Role: bench.Ceiling, Run: b.each(b.plain, func(body []byte) error {
			copy(scratch, body)
			return nil
		})},
		{Name: "inflate (klauspost)", Role: bench.Ceiling, Run: b.inflate()},
		{Name: "validate (go-json, as ingest does)", Role: bench.Ours, Run: b.each(b.plain, func(body []byte) error {
			var whole json.RawMessage
			return json.Unmarshal(body, &whole)
		})},
		{Name: "validate (encoding/json)", Role: bench.Peer, Run: b.each(b.plain, func(body []byte) error {
			if !stdjson.Valid(body) {
				return fmt.Errorf("%d bytes are not JSON", len(body))
			}
			return nil
		})},
	}}
}

func (b *bodies) inflate() func(context.Context) (bench.Sample, error) {
	var z gzip.Reader
	return b.each(b.packed, func(body []byte) error {
		if err := z.Reset(bytes.NewReader(body)); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, &z)
		return err
	})
}

func (b *bodies) each(list [][]byte, f func([]byte) error) func(context.Context) (bench.Sample, error) {
	return func(context.Context) (bench.Sample, error) {
		started := time.Now()
		for _, body := range list {
			if err := f(body); err != nil {
				return bench.Sample{}, err
			}
		}
		rate := float64(b.bytes) / 1e6 / time.Since(started).Seconds()
		return bench.Sample{Ops: float64(len(list) * batchSize), Extra: map[string]float64{"MB/s of JSON": rate}}, nil
	}
}

// syncs is how often the disk makes something durable: the ceiling of acknowledgements that do not wait for each other.
func syncs(env *bench.Env) bench.Case {
	n := bench.Pick(env.Scale, 100, 500, 1000)
	write := func(size int) func(context.Context) (bench.Sample, error) {
		record := bytes.Repeat([]byte("x"), size)
		return func(context.Context) (bench.Sample, error) {
			f, err := os.Create(filepath.Join(env.Dir, "sync"))
			if err != nil {
				return bench.Sample{}, err
			}
			defer f.Close()
			for range n {
				if _, err := f.Write(record); err != nil {
					return bench.Sample{}, err
				}
				if err := f.Sync(); err != nil {
					return bench.Sample{}, err
				}
			}
			return bench.Sample{Ops: float64(n)}, nil
		}
	}
	return bench.Case{Name: "write and fsync", Unit: "fsync", By: bench.Wall, Contestants: []bench.Contestant{
		{Name: "4 KiB", Role: bench.Ceiling, Run: write(4 << 10)}, {Name: "256 KiB", Role: bench.Ceiling, Run: write(256 << 10)},
	}}
}

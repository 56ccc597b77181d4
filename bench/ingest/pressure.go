package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
)

// halfLoad is how long an acknowledgement takes when half of what fits comes in, at even intervals, beside what the disk needs to make
// as many bytes durable. The intervals do not wait for answers: a slow one delays nobody else's start.
func (l *load) halfLoad(ctx context.Context, env *bench.Env) (c bench.Case, err error) {
	h, err := openAlone(ctx, env, "half", spool.Disk)
	if err != nil {
		return c, err
	}
	c = bench.Case{Name: "acknowledgement at half load", Unit: "batch", By: bench.Wall}
	var every time.Duration
	c.Prepare = func(ctx context.Context) error {
		started := time.Now()
		_, err := h.send(ctx, l.packed)
		every = 2 * time.Since(started) / time.Duration(len(l.packed))
		return err
	}
	c.Contestants = []bench.Contestant{
		{Name: "PulseHouse", Role: bench.Ours, Run: func(ctx context.Context) (bench.Sample, error) {
			took, err := h.sendEvery(ctx, every, l.packed)
			return latencies(took), err
		}},
		{Name: "write and fdatasync of one batch", Role: bench.Ceiling, Run: func(context.Context) (bench.Sample, error) {
			took, err := writeDurably(filepath.Join(env.Dir, "fdatasync"), l.packed)
			return latencies(took), err
		}},
	}
	return c, nil
}

func latencies(took []time.Duration) bench.Sample {
	var sum time.Duration
	for _, t := range took {
		sum += t
	}
	return bench.Sample{
		Ops: float64(len(took)), Wall: sum,
		Extra: map[string]float64{"p50 ms": quantile(took, 0.5), "p99 ms": quantile(took, 0.99)},
	}
}

// sendEvery starts a request at each interval.
func (h *house) sendEvery(ctx context.Context, every time.Duration, bodies [][]byte) ([]time.Duration, error) {
	took := make([]time.Duration, len(bodies))
	g, ctx := errgroup.WithContext(ctx)
	begin := time.Now()
	for n := range bodies {
		due := begin.Add(time.Duration(n) * every)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
		}
		g.Go(func() error {
			defer func() { took[n] = time.Since(due) }()
			return h.post(bodies[n])
		})
	}
	return took, g.Wait()
}

// writeDurably appends each body to a file and waits for the disk.
func writeDurably(path string, bodies [][]byte) (took []time.Duration, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("measure the disk: %w", err)
	}
	defer f.Close()
	for _, body := range bodies {
		started := time.Now()
		if _, err := f.Write(body); err != nil {
			return nil, fmt.Errorf("measure the disk: %w", err)
		}
		if err := f.Sync(); err != nil {
			return nil, fmt.Errorf("measure the disk: %w", err)
		}
		took = append(took, time.Since(started))
	}
	return took, os.Remove(path)
}

// engineAway is full load over a thousand connections while the engine is away: ten minutes of it at the large scale. Memory must
// not grow: what it was in the middle of the time is shown beside what it was at the end.
func (l *load) engineAway(ctx context.Context, env *bench.Env) (c bench.Case, err error) {
	h, err := openAlone(ctx, env, "away", spool.Disk)
	if err != nil {
		return c, err
	}
	lasts := bench.Pick(env.Scale, 10*time.Second, 2*time.Minute, 10*time.Minute)
	c = bench.Case{Name: "engine away, 1000 connections", Unit: "event", Rounds: 1, Cold: true}
	limit := int64(0)
	c.Prepare = func(context.Context) error { limit = debug.SetMemoryLimit(serveLimit + int64(inUse())); return nil }
	c.Close = func() error { debug.SetMemoryLimit(limit); return nil }
	c.Contestants = []bench.Contestant{{Name: "PulseHouse", Role: bench.Ours, Run: func(ctx context.Context) (bench.Sample, error) {
		debug.FreeOSMemory()
		before := bench.RSSOf(os.Getpid())
		loaded, stop := context.WithTimeout(ctx, lasts)
		defer stop()
		watched := make(chan residence, 1)
		go func() { watched <- watch(loaded, lasts) }()
		events, busy, err := h.flood(loaded, 1000, l.packed)
		m := <-watched
		return bench.Sample{Ops: events, Extra: map[string]float64{
			"MiB before": mib(before), "MiB in the middle": mib(m.middle), "MiB at the end": mib(bench.RSSOf(os.Getpid())),
			"MiB at most": mib(m.most), "answered 429": busy,
		}}, err
	}}}
	return c, nil
}

// serveLimit is what `pulsehouse serve` asks the garbage collector to keep to; what the load generator holds comes on top here.
const serveLimit = 448 << 20

// flood sends over many connections until ctx ends. Who is told that there is no room waits a little, as clients do.
func (h *house) flood(ctx context.Context, connections int, bodies [][]byte) (events, busy float64, err error) {
	var sent, refused atomic.Int64
	var g errgroup.Group
	for c := range connections {
		g.Go(func() error {
			for n := c; ctx.Err() == nil; n++ {
				switch err := h.post(bodies[n%len(bodies)]); {
				case err == nil:
					sent.Add(batchSize)
				case errors.Is(err, errBusy):
					refused.Add(1)
					time.Sleep(100 * time.Millisecond)
				default:
					return err
				}
			}
			return nil
		})
	}
	err = g.Wait()
	return float64(sent.Load()), float64(refused.Load()), err
}

// residence is our resident memory over time.
type residence struct{ middle, most int64 }

func watch(ctx context.Context, lasts time.Duration) (m residence) {
	tick := time.NewTicker(lasts / 100)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return m
		}
		rss := bench.RSSOf(os.Getpid())
		if m.most = max(m.most, rss); n <= 50 {
			m.middle = rss
		}
	}
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// connectionCases compare the memory of a connection with what net/http takes that reads into pooled buffers.
func connectionCases(ctx context.Context, env *bench.Env) (cases []bench.Case, err error) {
	ours, err := openAlone(ctx, env, "connections", spool.Disk)
	if err != nil {
		return nil, err
	}
	standard, err := serveStandard(env)
	if err != nil {
		return nil, err
	}
	for _, kind := range []struct {
		name string
		use  func(net.Conn) error
	}{
		{"an idle connection", sendWhole},
		{"a connection with a slow body", sendPart},
	} {
		measure := func(address string) func(context.Context) (bench.Sample, error) {
			return func(context.Context) (bench.Sample, error) { return perConnection(address, kind.use) }
		}
		cases = append(cases, bench.Case{
			Name: "memory of " + kind.name, Unit: "connection", Rounds: 3, Cold: true,
			Contestants: []bench.Contestant{
				{Name: "PulseHouse", Role: bench.Ours, Run: measure(ours.client.Addr)},
				{Name: "net/http, pooled buffers", Role: bench.Peer, Run: measure(standard)},
			},
		})
	}
	return cases, nil
}

// perConnection is the memory that a thousand connections take, heap and stacks, after each was used.
func perConnection(address string, use func(net.Conn) error) (s bench.Sample, err error) {
	const many = 1000
	before := inUse()
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range many {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return s, fmt.Errorf("connect: %w", err)
		}
		open = append(open, c)
		if err := use(c); err != nil {
			return s, err
		}
	}
	s.Ops = many
	s.Extra = map[string]float64{"bytes per connection": (float64(inUse()) - float64(before)) / many}
	return s, nil
}

// inUse is the heap and the stacks, after everything that is garbage has gone: twice, since pools keep theirs for one collection.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

const bodyBytes = 120 << 10

var requestHead = fmt.Sprintf("POST /v1/batch HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n", bodyBytes)

// sendWhole sends a request with a body of a batch's size and reads the answer; the connection is idle then.
func sendWhole(c net.Conn) error {
	if _, err := io.WriteString(c, requestHead+strings.Repeat(" ", bodyBytes)); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(c, 256), nil)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// sendPart sends the beginning of a body and leaves it at that.
func sendPart(c net.Conn) error {
	_, err := io.WriteString(c, requestHead+"{")
	return err
}

// serveStandard is what one writes with net/http who minds memory.
func serveStandard(env *bench.Env) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the bench: %w", err)
	}
	buffers := sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := buffers.Get().(*[]byte)
		defer buffers.Put(b)
		if _, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{r.Body}, *b); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	env.Defer(func() error {
		err := server.Close()
		if ended := <-ended; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	})
	return l.Addr().String(), nil
}

package ingest

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/bench"
	in "github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
)

// Curves is how an event's cost from socket to table depends on how many come in one request, and on how many connections they come.
func Curves(ctx context.Context, env *bench.Env) (cases []bench.Case, err error) {
	db, err := env.DB(ctx)
	if err != nil {
		return nil, err
	}
	h, err := openHouse(ctx, env, "curves", db, in.Options{}, spool.Options{})
	if err != nil {
		return nil, err
	}
	events := bench.Pick(env.Scale, 10_000, 200_000, 1_000_000)
	for _, size := range []int{1, 10, 100, 500, 2500} {
		c := bench.Case{
			Name: fmt.Sprintf("batches of %d", size), Unit: "event", Curve: "batch size", XName: "events a request", X: float64(size), Rounds: bench.Pick(env.Scale, 2, 3, 3),
			Contestants: []bench.Contestant{{Name: "PulseHouse, request to row", Role: bench.Ours, Run: h.inBatches(env.Seed, size, min(events/size, 5000))}},
		}
		cases = append(cases, c)
	}
	counts := []int{1, 10, 100, 1000, 10_000}
	for _, n := range counts {
		n = min(n, mostConnections())
		cases = append(cases, bench.Case{
			Name: fmt.Sprintf("%d connections", n), Unit: "event", Curve: "connections", XName: "connections", X: float64(n), Rounds: bench.Pick(env.Scale, 1, 3, 3), Cold: n > 1000,
			Contestants: []bench.Contestant{{Name: "PulseHouse, request to row", Role: bench.Ours, Run: h.manyConnections(env.Seed, n, max(events/connectionBatch, n))}},
		})
	}
	return cases, nil
}

// mostConnections is how many this process may have open with both ends in it.
func mostConnections() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 1000
	}
	const others = 500 // the engine's, the spool's, libraries
	return int(min(max(files.Cur, others+200)-others, 1<<20)) / 2
}

// inBatches sends so many requests of one size and waits until their events are rows.
func (h *house) inBatches(seed uint64, size, requests int) func(context.Context) (bench.Sample, error) {
	bodies := make([][]byte, min(requests, 200))
	for i := range bodies {
		bodies[i] = pack(smallCalls(i, size), gzip.BestSpeed)
	}
	return func(ctx context.Context) (bench.Sample, error) {
		all := make([][]byte, requests)
		for i := range all {
			all[i] = bodies[i%len(bodies)]
		}
		took, err := h.send(ctx, all)
		if err != nil {
			return bench.Sample{}, err
		}
		return bench.Sample{Ops: float64(requests * size), Extra: map[string]float64{"ack p99 ms": quantile(took, 0.99)}}, h.loaded(ctx)
	}
}

// smallCalls is a batch of calls so small that 2 500 of them are within Segment's 500 kB.
func smallCalls(n, size int) []byte {
	b := []byte(`{"batch":[`)
	for i := range size {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"type":"track","event":"Product Viewed","userId":"u%d","messageId":"curve-%d-%d","properties":{"product_id":"%d","value":%d}}`, (n*size+i)%5000, n, i, i%300, i%50)
	}
	return append(b, `],"sentAt":"2026-01-05T12:00:00.000Z"}`...)
}

func bodiesOf(seed uint64, size, n int) [][]byte {
	w, bodies := bench.Workload{Seed: seed}, make([][]byte, n)
	for i := range bodies {
		bodies[i] = pack(w.AppendBatch(nil, uint64(i), size), gzip.BestSpeed)
	}
	return bodies
}

// connectionBatch is how many events a request over one of many connections has: what a browser sends.
const connectionBatch = 10

// manyConnections sends so many requests over connections that are all open at once, each busy with one request at a time.
func (h *house) manyConnections(seed uint64, connections, requests int) func(context.Context) (bench.Sample, error) {
	bodies := bodiesOf(seed, connectionBatch, min(requests, 500))
	return func(ctx context.Context) (s bench.Sample, err error) {
		before := bench.RSS()
		lines := make([]*line, connections)
		defer func() {
			for _, l := range lines {
				if l != nil {
					l.conn.Close()
				}
			}
		}()
		for i := range lines {
			if lines[i], err = dial(ctx, h.client.Addr); err != nil {
				return s, fmt.Errorf("connection %d: %w", i+1, err)
			}
		}
		cpu, started := bench.CPUTime(), time.Now()
		took := make([]time.Duration, requests)
		var g errgroup.Group
		var refused atomic.Int64
		for c, l := range lines {
			g.Go(func() error {
				for n := c; n < requests; n += connections {
					started := time.Now()
					for {
						later, err := l.post(bodies[n%len(bodies)])
						if err != nil {
							return fmt.Errorf("connection %d of %d: %w", c+1, connections, err)
						}
						if !later {
							break
						}
						refused.Add(1)
						time.Sleep(100 * time.Millisecond) // less than a client waits
					}
					took[n] = time.Since(started)
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return s, err
		}
		grown := float64(bench.RSS()-before) / (1 << 20)
		if err := h.loaded(ctx); err != nil {
			return s, err
		}
		s = bench.Sample{Ops: float64(requests * connectionBatch), Wall: time.Since(started), CPU: bench.CPUTime() - cpu}
		s.Extra = map[string]float64{"ack p99 ms": quantile(took, 0.99), "MiB more while open, both ends": max(grown, 0.1), "answers of 429 a request": float64(refused.Load()) / float64(requests)}
		return s, nil
	}
}

// line is a client's connection, with as little around it as there can be: what is measured is the server.
type line struct {
	conn net.Conn
	in   *bufio.Reader
	head string
}

func dial(ctx context.Context, host string) (*line, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	login := base64.StdEncoding.EncodeToString([]byte(key + ":"))
	head := "POST /v1/batch HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Basic " + login + "\r\nContent-Type: application/json\r\nContent-Length: "
	return &line{conn: c, in: bufio.NewReaderSize(c, 1024), head: head}, nil
}

// post says whether the server wants it later: 429, when there is no memory for one more request.
func (l *line) post(body []byte) (later bool, err error) {
	if _, err := l.conn.Write(append(fmt.Appendf(nil, "%s%d\r\n\r\n", l.head, len(body)), body...)); err != nil {
		return false, err
	}
	answer := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(answer)
	if err := answer.Read(l.in); err != nil {
		return false, err
	}
	switch answer.StatusCode() {
	case fasthttp.StatusOK:
		return false, nil
	case fasthttp.StatusTooManyRequests:
		return true, nil
	default:
		return false, fmt.Errorf("answer %d: %s", answer.StatusCode(), answer.Body())
	}
}

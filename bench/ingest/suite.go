package ingest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	json "github.com/goccy/go-json"
	"github.com/klauspost/compress/gzip"

	"github.com/pulsehouse/pulsehouse/bench"
	in "github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/check.sql
var checkSQL string

//go:embed sql/stored.sql
var storedSQL string

//go:embed sql/raw_json.sql
var rawJSONSQL string

// Suite measures the way in.
var Suite = bench.Suite{Name: "ingest", Open: open}

func open(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	l, err := newLoad(env.Seed, bench.Pick(env.Scale, 2000, 4000, 8000))
	if err != nil {
		return nil, err
	}
	toRow, err := l.requestToRow(ctx, env)
	if err != nil {
		return nil, err
	}
	toAck, err := l.requestToAck(ctx, env)
	if err != nil {
		return nil, err
	}
	visible, err := l.ackToVisible(ctx, env)
	if err != nil {
		return nil, err
	}
	half, err := l.halfLoad(ctx, env)
	if err != nil {
		return nil, err
	}
	disk, err := l.onDisk(ctx, env)
	if err != nil {
		return nil, err
	}
	away, err := l.engineAway(ctx, env)
	if err != nil {
		return nil, err
	}
	connections, err := connectionCases(ctx, env)
	// Memory first: what the others leave behind would be counted with it.
	return append(append([]bench.Case{away}, connections...), toRow, disk, toAck, l.goSide(), half, visible), err
}

// insertEvents is an INSERT into the table of events up to its data.
func insertEvents() string {
	names := make([]string, 0, schema.EventColumns.NumFields())
	for _, f := range schema.EventColumns.Fields() {
		names = append(names, f.Name)
	}
	return "INSERT INTO events (" + strings.Join(names, ", ") + ")"
}

// requestToRow compares ours with what the engine does by itself.
func (l *load) requestToRow(ctx context.Context, env *bench.Env) (c bench.Case, err error) {
	c = bench.Case{Name: "request to row", Unit: "event", Prepare: l.prepare, Close: l.forget}
	ours, err := l.throughHouse(ctx, env)
	if err != nil {
		return c, err
	}
	c.Contestants = append(c.Contestants, ours)
	into := insertEvents()
	for _, p := range []struct {
		name, query string
		role        bench.Role
		bodies      func() [][]byte
	}{
		{"flat rows, JSONEachRow", into + " FORMAT JSONEachRow", bench.Peer, func() [][]byte { return [][]byte{l.flat} }},
		{"flat rows, two JSONEachRow at once", into + " FORMAT JSONEachRow", bench.Peer, func() [][]byte { return l.flatParts(2) }},
		{"flat rows in batches, async inserts", into + " SETTINGS async_insert = 1, wait_for_async_insert = 1 FORMAT JSONEachRow", bench.Peer, l.flatBatches},
		{"raw JSON taken apart in SQL", rawJSONSQL, bench.Peer, func() [][]byte { return [][]byte{l.lines} }},
		{"ready Arrow", into + " FORMAT ArrowStream", bench.Ceiling, func() [][]byte { return [][]byte{l.arrow} }},
	} {
		contestant, err := l.intoEngine(ctx, env, p.name, p.query, p.role, p.bodies)
		if err != nil {
			return c, err
		}
		c.Contestants = append(c.Contestants, contestant)
	}
	columns, err := l.throughColumns(ctx, env, into)
	c.Contestants = append(c.Contestants, columns)
	return c, err
}

// onDisk is how many bytes an event takes: as it was loaded, and a day later, when the engine has packed it tighter, with what that costs.
func (l *load) onDisk(ctx context.Context, env *bench.Env) (c bench.Case, err error) {
	c = bench.Case{Name: "bytes on disk", Unit: "event", Prepare: l.prepare, Close: l.forget}
	for _, p := range []struct {
		name   string
		role   bench.Role
		packed bool
	}{{"merged, as it was loaded", bench.Ceiling, false}, {"merged a day later", bench.Ours, true}} {
		db, err := env.DB(ctx)
		if err != nil {
			return c, err
		}
		if p.packed { // the rows say that they are old
			if err := db.Exec(ctx, "ALTER TABLE events "+schema.RetainedTables[0].TTL(0), nil); err != nil {
				return c, err
			}
		}
		loaded, err := l.intoDatabase(ctx, env, db, p.name, insertEvents()+" FORMAT JSONEachRow", p.role, func() [][]byte { return [][]byte{l.flat} })
		if err != nil {
			return c, err
		}
		empty, load := loaded.Before, loaded.Run
		loaded.Before = func(ctx context.Context) error {
			if err := empty(ctx); err != nil {
				return err
			}
			_, err := load(ctx)
			return err
		}
		loaded.Run = func(ctx context.Context) (bench.Sample, error) {
			return l.measured(ctx, db, func() error { return db.Exec(ctx, "OPTIMIZE TABLE events FINAL", nil) })
		}
		c.Contestants = append(c.Contestants, loaded)
	}
	return c, nil
}

// throughHouse is ours: from requests to rows.
func (l *load) throughHouse(ctx context.Context, env *bench.Env) (c bench.Contestant, err error) {
	db, err := env.DB(ctx)
	if err != nil {
		return c, err
	}
	// As large as loads are by default, and so that the last one is full: what would wait for company that does not come is not throughput.
	h, err := openHouse(ctx, env, "rows", db, in.Options{FlushRows: 50_000, FlushBytes: 128 << 20}, spool.Options{})
	if err != nil {
		return c, err
	}
	return bench.Contestant{
		Name: "PulseHouse", Role: bench.Ours, Before: truncate(db),
		Run: func(ctx context.Context) (bench.Sample, error) {
			return l.measured(ctx, db, func() error {
				if _, err := h.send(ctx, l.packed); err != nil {
					return err
				}
				return h.loaded(ctx)
			})
		},
	}, nil
}

// intoEngine posts bodies to the engine, over several connections where there are several.
func (l *load) intoEngine(ctx context.Context, env *bench.Env, name, query string, role bench.Role, bodies func() [][]byte) (c bench.Contestant, err error) {
	db, err := env.DB(ctx)
	if err != nil {
		return c, err
	}
	return l.intoDatabase(ctx, env, db, name, query, role, bodies)
}

func (l *load) intoDatabase(ctx context.Context, env *bench.Env, db *store.DB, name, query string, role bench.Role, bodies func() [][]byte) (c bench.Contestant, err error) {
	engine, err := env.Engine(ctx)
	if err != nil {
		return c, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	return bench.Contestant{
		Name: name, Role: role, Before: truncate(db),
		Run: func(ctx context.Context) (bench.Sample, error) {
			return l.measured(ctx, db, func() error {
				dsn, ok := engine.DSN()
				if !ok {
					return store.ErrAway
				}
				address, err := url.Parse(dsn)
				if err != nil {
					return err
				}
				address.RawQuery = url.Values{"database": {db.Database()}, "query": {query}}.Encode()
				all := bodies()
				return overConnections(ctx, len(all), func(n int) error {
					req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(all[n]))
					if err != nil {
						return err
					}
					return do(client, req)
				})
			})
		},
	}, nil
}

func truncate(db *store.DB) func(context.Context) error {
	return func(ctx context.Context) error { return db.Exec(ctx, "TRUNCATE TABLE events", nil) }
}

// measured does the work, and then, outside of the measured time, looks at what it made.
func (l *load) measured(ctx context.Context, db *store.DB, work func() error) (s bench.Sample, err error) {
	cpu, started := bench.CPUTime(), time.Now()
	if err := work(); err != nil {
		return s, err
	}
	s = bench.Sample{Ops: float64(l.events), CPU: bench.CPUTime() - cpu, Wall: time.Since(started)}
	var rows, sum, stored uint64
	if err := db.Row(ctx, checkSQL, nil).Scan(&rows, &sum); err != nil {
		return s, err
	}
	if err := db.Row(ctx, storedSQL, nil).Scan(&stored); err != nil {
		return s, err
	}
	s.Check = fmt.Sprintf("%d rows with checksum %d", rows, sum)
	s.Extra = map[string]float64{
		"bytes stored per event": float64(stored) / float64(l.events), "of gzip -6": float64(stored) / float64(l.gzip6),
		"events/s": s.Ops / s.Wall.Seconds(),
	}
	return s, nil
}

// forgetfulDisk says at once that everything is durable.
type forgetfulDisk struct{ spool.FS }

type forgetfulFile struct{ spool.File }

func (d forgetfulDisk) OpenFile(name string, flag int) (spool.File, error) {
	f, err := d.FS.OpenFile(name, flag)
	return forgetfulFile{f}, err
}

func (forgetfulFile) Sync() error { return nil }

// requestToAck is the Go side alone, with and without waiting for the disk. No engine is there.
func (l *load) requestToAck(ctx context.Context, env *bench.Env) (c bench.Case, err error) {
	c = bench.Case{Name: "request to acknowledgement", Unit: "event", By: bench.Wall}
	for name, fs := range map[string]spool.FS{"durable": spool.Disk, "from memory, not durable": forgetfulDisk{spool.Disk}} {
		h, err := openAlone(ctx, env, name, fs)
		if err != nil {
			return c, err
		}
		role := bench.Ours
		if fs != spool.Disk {
			role = bench.Ceiling
		}
		c.Contestants = append(c.Contestants, bench.Contestant{Name: name, Role: role, Run: func(ctx context.Context) (bench.Sample, error) {
			took, err := h.send(ctx, l.packed)
			return bench.Sample{Ops: float64(l.events), Extra: map[string]float64{
				"ack p50 ms": quantile(took, 0.5), "ack p99 ms": quantile(took, 0.99),
			}}, err
		}})
	}
	return c, nil
}

// goSide is decoding beside the least that must be done with the same bytes.
func (l *load) goSide() bench.Case {
	var z gzip.Reader
	scratch := make([]byte, 2*len(l.plain[0]))
	inflate := func(n int) ([]byte, error) {
		out := bytes.NewBuffer(make([]byte, 0, len(l.plain[n])+512))
		if err := z.Reset(bytes.NewReader(l.packed[n])); err != nil {
			return nil, err
		}
		_, err := io.Copy(out, &z)
		return out.Bytes(), err
	}
	each := func(f func(n int) error) func(context.Context) (bench.Sample, error) {
		return func(context.Context) (bench.Sample, error) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for n := range l.packed {
				if err := f(n); err != nil {
					return bench.Sample{}, err
				}
			}
			runtime.ReadMemStats(&after)
			ops := float64(l.events)
			return bench.Sample{Ops: ops, Extra: map[string]float64{"allocations per event": float64(after.Mallocs-before.Mallocs) / ops}}, nil
		}
	}
	return bench.Case{Name: "inflate and decode", Unit: "event", Contestants: []bench.Contestant{
		{Name: "PulseHouse", Role: bench.Ours, Run: each(func(n int) error {
			body, err := inflate(n)
			if err != nil {
				return err
			}
			_, err = segment.Decode(body, segment.Request{Route: segment.Batch, Received: receipt, Names: schema.Names{Prefix: "segment::"}})
			return err
		})},
		{Name: "inflate, see that it is JSON, copy", Role: bench.Ceiling, Run: each(func(n int) error {
			body, err := inflate(n)
			if err != nil {
				return err
			}
			if !json.Valid(body) {
				return errors.New("the workload is not JSON")
			}
			copy(scratch, body)
			return nil
		})},
	}}
}

// ackToVisible is how long a row takes from its acknowledgement until a query sees it, one batch every 100 ms.
func (l *load) ackToVisible(ctx context.Context, env *bench.Env) (c bench.Case, err error) {
	db, err := env.DB(ctx)
	if err != nil {
		return c, err
	}
	h, err := openHouse(ctx, env, "visible", db, in.Options{}, spool.Options{})
	if err != nil {
		return c, err
	}
	c = bench.Case{Name: "acknowledged to visible", Unit: "batch", By: bench.Wall, Rounds: 2}
	c.Contestants = []bench.Contestant{{Name: "PulseHouse", Role: bench.Ours, Before: truncate(db), Run: func(ctx context.Context) (bench.Sample, error) {
		var acked, took []time.Duration
		started := time.Now()
		for seen := 0; seen < 30; {
			if len(acked) < 30 && time.Since(started) >= time.Duration(len(acked))*100*time.Millisecond {
				if err := h.post(l.packed[len(acked)]); err != nil {
					return bench.Sample{}, err
				}
				acked = append(acked, time.Since(started))
			}
			var rows uint64
			if err := db.Row(ctx, "SELECT count() FROM events", nil).Scan(&rows); err != nil {
				return bench.Sample{}, err
			}
			for ; seen < int(rows)/batchSize; seen++ {
				took = append(took, time.Since(started)-acked[seen])
			}
		}
		return bench.Sample{Ops: 30, Extra: map[string]float64{"p50 ms": quantile(took, 0.5), "p99 ms": quantile(took, 0.99)}}, nil
	}}}
	return c, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/ingest/audience"
	"github.com/pulsehouse/pulsehouse/ingest/forward"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/query/console"
	"github.com/pulsehouse/pulsehouse/rollup"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	Data, Listen, Admin, ClickHouse, Engine, Timezone, Prefix string
	SpoolBytes                                                int64
	EngineMemory                                              uint64
	RollupThreads                                             int
	RollupMemory                                              int64
	TrustedProxies                                            []string
}

func serveCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take events in, roll them up, and serve results",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), o, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Data, "data", "./data", "folder for the spool, the embedded engine and the key snapshot")
	f.StringVar(&o.Listen, "listen", ":8080", "address for everything a client, script or person talks to")
	f.StringVar(&o.Admin, "admin", "127.0.0.1:8081", "address for /metrics and /debug/pprof; keep it private")
	f.StringVar(&o.ClickHouse, "clickhouse", "", "http://user:password@host:8123/database of a ClickHouse server, instead of the embedded engine")
	f.StringVar(&o.Engine, "engine", "", "path of libchdb.so; default: where make engine puts it")
	f.StringVar(&o.Timezone, "timezone", "UTC", "the project's time zone, where a metric day begins; fixed at the first start")
	f.StringVar(&o.Prefix, "prefix", "segment::", "prefix of Segment events' names; fixed at the first start")
	f.Int64Var(&o.SpoolBytes, "spool-bytes", 8<<30, "largest size of the spool; beyond it requests get 429 or 503")
	f.Uint64Var(&o.EngineMemory, "engine-memory", 0, "bytes of memory the embedded engine may take; 0 is half the machine's")
	f.IntVar(&o.RollupThreads, "rollup-threads", 1, "threads that a statement of the rollups may use; they rest as long as they work")
	f.Int64Var(&o.RollupMemory, "rollup-memory", 2<<30, "bytes of memory that a statement of the rollups may take; from half of it on it spills to disk; 0 is the engine's own limit")
	f.StringSliceVar(&o.TrustedProxies, "trusted-proxies", nil, "addresses or networks of proxies whose X-Forwarded-For is believed, as 10.0.0.0/8,127.0.0.1; without, a client's address is its peer's")
	return cmd
}

// serve is the architecture: the engine at the bottom, the way in and the way out above it, one listener on top. It opens from the
// bottom up and closes from the top down.
func serve(ctx context.Context, o serveOptions, log *slog.Logger) (err error) {
	boundMemory()
	proxies, err := query.ParseProxies(o.TrustedProxies)
	if err != nil {
		return fmt.Errorf("read --trusted-proxies: %w", err)
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("make data folder %q: %w", o.Data, err)
	}
	unlock, err := lock(o.Data)
	if err != nil {
		return err
	}
	defer unlock()
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (another server there? choose another --listen)", o.Listen, err)
	}
	defer listener.Close()

	// The engine, and everything that is kept in it.
	engine, db, err := openEngine(o, log)
	if err != nil {
		return err
	}
	defer db.Close()
	definitions := catalog.Open(db)
	sealer, err := catalog.OpenSealer(filepath.Join(o.Data, secretsKeyFile))
	if err != nil {
		return err
	}
	k := newKnown(definitions, sealer, o.Data)
	project := newProject(definitions, o)
	lists, err := idlist.Open(filepath.Join(o.Data, "idlists"), db, idlist.Options{
		Types: definitions.SegmentTypes, Shared: o.ClickHouse != "", Name: hostName(listener), Log: log,
	})
	if err != nil {
		return err
	}
	audiences := &audience.Runner{DB: db, Catalog: definitions, Lists: lists, Log: log}

	// The way in, what is made of it, and the way out.
	in, err := ingest.Open(filepath.Join(o.Data, "spool"), db, ingest.Options{
		Keys: k.keys.Find, Names: project.names, Filter: k.filters.Of, Instance: sealer.Instance(), Intake: k.intakes.Now, Resolve: k.names.Of,
		WebhookSecret: k.intakes.WebhookSecret, Log: log,
	}, spool.Options{MaxBytes: o.SpoolBytes})
	if err != nil {
		return err
	}
	out := forward.New(db, definitions, sealer, forward.Options{Node: in.Node(), Log: log})
	sessions, err := sessionSecret(o.Data)
	if err != nil {
		return err
	}
	well := &health{db, k.keys, in}
	explorer := rollup.NewExplorer(db, project.location)
	rolls := &rollupRoom{}
	api := query.New(query.Options{
		Rollups: rolls, DB: db, Catalog: definitions, Keys: k.keys, Lists: lists, Filters: k.filters, Intakes: k.intakes, InFlight: in.InFlight, Live: liveLog(in), Zone: project.zone, SessionSecret: sessions, TrustedProxies: proxies, Log: log,
		Explore: explorer.Explore, ReadBody: in.ReadBody, Submit: in.Submit,
		ReplayAudience: audiences.Replay,
		Outbound:       query.Outbound{Sealer: sealer, Try: out.Try},
		Process:        query.Process{Version: version, Prefix: func() string { return project.names().Prefix }, Checks: well.checks, Spool: well.spoolState},
	})
	pages, err := console.New()
	if err != nil {
		return err
	}

	// Run them. What stands on another stops before it: the way in until nobody hands it anything any more, the engine last.
	lowest := start(ctx, runEngine(engine))
	intake := start(ctx, in.Run)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return intake.fails(ctx) })
	g.Go(func() error {
		if err := prepare(ctx, o, db, k, project, log); err != nil {
			return err
		}
		g.Go(func() error { return lists.Run(ctx) })
		g.Go(func() error { return api.Run(ctx) })
		g.Go(func() error { return audiences.Run(ctx) })
		announce(log, o, listener)
		g.Go(func() error { return k.keepFresh(ctx, log) }) // not before all keys of a first start are there
		g.Go(func() error { return out.Run(ctx) })
		roll := rollup.New(db, definitions.ForRollup, rollup.Options{
			Zone: project.location(), Threads: o.RollupThreads, MemoryBytes: o.RollupMemory, Retention: definitions.Retention, Node: in.Node(), Log: log,
		})
		rolls.runner.Store(roll)
		return roll.Run(ctx)
	})
	g.Go(func() error {
		return listen(ctx, listener, newServer(cors(in.Serves, router(in, api, well, pages)), log))
	})
	g.Go(func() error { return admin(ctx, o.Admin, in, log) })
	return errors.Join(g.Wait(), intake.stop(), lowest.stop())
}

// openEngine makes the engine (none with --clickhouse) and the connection to it. It starts nothing.
func openEngine(o serveOptions, log *slog.Logger) (*store.Engine, *store.DB, error) {
	if o.ClickHouse != "" {
		db, err := store.Open(store.Options{DSN: o.ClickHouse, Log: log})
		return nil, db, err
	}
	engine, err := store.NewEngine(store.EngineOptions{
		Dir: filepath.Join(o.Data, "engine"), Library: o.Engine, MemoryBytes: o.EngineMemory, Log: log,
	})
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(store.Options{Engine: engine, Log: log})
	return engine, db, err
}

// runEngine runs the engine, if there is one.
func runEngine(engine *store.Engine) func(context.Context) error {
	if engine == nil {
		return func(context.Context) error { return nil }
	}
	return engine.Run
}

// floor is a part that runs on when ctx ends, until what stands on it has stopped.
type floor struct {
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // once ended is closed
}

func start(ctx context.Context, run func(context.Context) error) *floor {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &floor{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		f.err = run(ctx)
	}()
	return f
}

// fails waits until the part ends by itself and returns why, which stop does not repeat, or until ctx ends.
func (f *floor) fails(ctx context.Context) (err error) {
	select {
	case <-f.ended:
		err, f.err = f.err, nil
		return err
	case <-ctx.Done():
		return nil
	}
}

// stop stops the part and returns how it ended. It may be called again.
func (f *floor) stop() error {
	f.cancel()
	<-f.ended
	return f.err
}

// router asks each room in turn whether the request is its own.
func router(in *ingest.Ingest, api *query.API, h *health, pages *console.Console) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if in.Handle(ctx) || api.Handle(ctx) || h.handle(ctx) || pages.Handle(ctx) {
			return
		}
		answerJSON(ctx, fasthttp.StatusNotFound, map[string]any{
			"success": false, "code": "not_found", "message": fmt.Sprintf("nothing is served at %s %s", ctx.Method(), ctx.Path()),
		})
	}
}

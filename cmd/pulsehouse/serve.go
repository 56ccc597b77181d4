package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

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

// serve is the architecture: the engine at the bottom, the way in and the way out above it, one listener on top. It opens from the
// bottom up and closes from the top down.
func serve(ctx context.Context, o serveOptions, log *slog.Logger) error {
	boundMemory()
	spareProcessor()
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
	h := &house{o: o, log: log, listener: listener}
	if err := h.open(); err != nil {
		return err
	}
	defer h.db.Close()
	return h.run(ctx)
}

// house is all parts of a server, each above those that it stands on.
type house struct {
	o        serveOptions
	log      *slog.Logger
	listener net.Listener

	// The engine, and what is kept in it.
	engine      *store.Engine // nil with --clickhouse
	db          *store.DB
	definitions *catalog.Catalog
	sealer      *catalog.Sealer
	known       *known
	project     *project
	lists       *idlist.Lists

	// The way in, what is made of it, and the way out.
	in        *ingest.Ingest
	audiences *audience.Runner
	rolls     *rollupRoom
	out       *forward.Forwarder

	// What people and programs ask.
	well  *health
	api   *query.API
	pages *console.Console
}

// open puts the parts together, from the bottom up. It starts nothing.
func (h *house) open() error {
	for _, part := range []func() error{h.openEngine, h.openKept, h.openWays, h.openAnswers} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// openEngine makes the engine (none with --clickhouse) and the connection to it.
func (h *house) openEngine() (err error) {
	if h.o.ClickHouse == "" {
		h.engine, err = store.NewEngine(store.EngineOptions{
			Dir: filepath.Join(h.o.Data, "engine"), Library: h.o.Engine, MemoryBytes: h.o.EngineMemory, Log: h.log,
		})
		if err != nil {
			return err
		}
	}
	h.db, err = store.Open(store.Options{Engine: h.engine, DSN: h.o.ClickHouse, Log: h.log})
	return err
}

// openKept makes what reads and writes definitions, settings and ID lists.
func (h *house) openKept() (err error) {
	h.definitions = catalog.Open(h.db)
	if h.sealer, err = catalog.OpenSealer(filepath.Join(h.o.Data, secretsKeyFile)); err != nil {
		return err
	}
	h.known = newKnown(h.definitions, h.sealer, h.o.Data)
	h.project = newProject(h.definitions, h.o)
	h.lists, err = idlist.Open(filepath.Join(h.o.Data, "idlists"), h.db, idlist.Options{
		Types: h.definitions.SegmentTypes, Shared: h.o.ClickHouse != "", Name: hostName(h.listener), Log: h.log,
	})
	return err
}

// openWays makes the way in, what follows what came in, and the way out. The rollups are made when the project's time zone is known.
func (h *house) openWays() (err error) {
	k := h.known
	h.in, err = ingest.Open(filepath.Join(h.o.Data, "spool"), h.db, ingest.Options{
		Keys: k.keys.Find, Names: h.project.names, Filter: k.filters.Of, Instance: h.sealer.Instance(), Intake: k.intakes.Now,
		Resolve: k.names.Of, WebhookSecret: k.intakes.WebhookSecret, Log: h.log,
	}, spool.Options{MaxBytes: int64(h.o.SpoolBytes)})
	if err != nil {
		return err
	}
	h.audiences = &audience.Runner{DB: h.db, Catalog: h.definitions, Lists: h.lists, Log: h.log}
	h.rolls = &rollupRoom{}
	h.out = forward.New(h.db, h.definitions, h.sealer, forward.Options{Node: h.in.Node(), Log: h.log})
	return nil
}

// openAnswers makes the Console API, the console, and the checks.
func (h *house) openAnswers() error {
	proxies, err := query.ParseProxies(h.o.TrustedProxies)
	if err != nil {
		return fmt.Errorf("read --trusted-proxies: %w", err)
	}
	sessions, err := sessionSecret(h.o.Data)
	if err != nil {
		return err
	}
	h.well = &health{h.db, h.known.keys, h.in}
	explorer := rollup.NewExplorer(h.db, h.project.location)
	h.api = query.New(query.Options{
		DB: h.db, Catalog: h.definitions, Keys: h.known.keys, Filters: h.known.filters, Intakes: h.known.intakes, Lists: h.lists,
		Rollups: h.rolls, Explore: explorer.Explore, ExploreSQL: explorer.SQL, Zone: h.project.zone, QueryTimeout: h.o.QueryTimeout,
		InFlight: h.in.InFlight, Live: liveLog(h.in), ReadBody: h.in.ReadBody, Submit: h.in.Submit, ReplayAudience: h.audiences.Replay,
		Outbound: query.Outbound{Sealer: h.sealer, Try: h.out.Try},
		Process: query.Process{
			Version: version, Prefix: func() string { return h.project.names().Prefix }, Checks: h.well.checks, Spool: h.well.spoolState,
		},
		SessionSecret: sessions, TrustedProxies: proxies, Log: h.log,
	})
	h.pages, err = console.New()
	return err
}

// run runs the parts. What stands on another stops before it: the way in until nobody hands it anything any more, the engine last.
func (h *house) run(ctx context.Context) error {
	lowest := start(ctx, h.runEngine)
	intake := start(ctx, h.in.Run)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return intake.fails(ctx) })
	g.Go(func() error {
		if err := prepare(ctx, h.o, h.db, h.known, h.project, h.log); err != nil {
			return err
		}
		announce(h.log, h.o, h.listener)
		for _, part := range []func(context.Context) error{
			h.keepFresh, // not before all keys of a first start are there
			h.lists.Run, h.audiences.Run, h.runRollups, h.out.Run, h.api.Run, h.runQueries,
		} {
			g.Go(func() error { return part(ctx) })
		}
		return nil
	})
	g.Go(func() error {
		return listen(ctx, h.listener, newServer(cors(h.in.Serves, h.route), h.log))
	})
	g.Go(func() error { return admin(ctx, h.o.Admin, h.in, h.log) })
	g.Go(func() error {
		<-ctx.Done()
		h.log.Info("stopping: requests in flight are answered, then the engine ends; that takes some seconds")
		return nil
	})
	return errors.Join(g.Wait(), intake.stop(), lowest.stop())
}

// runQueries answers custom queries; of several servers one does.
func (h *house) runQueries(ctx context.Context) error { return h.api.RunQueries(ctx, h.in.Node()) }

// runEngine runs the engine, if there is one.
func (h *house) runEngine(ctx context.Context) error {
	if h.engine == nil {
		return nil
	}
	return h.engine.Run(ctx)
}

func (h *house) keepFresh(ctx context.Context) error { return h.known.keepFresh(ctx, h.log) }

// runRollups makes the rollups, for whose days the project's time zone must be known, and runs them.
func (h *house) runRollups(ctx context.Context) error {
	roll := rollup.New(h.db, h.definitions.ForRollup, rollup.Options{
		Zone: h.project.location(), Threads: h.o.RollupThreads, MemoryBytes: int64(h.o.RollupMemory), Retention: h.definitions.Retention,
		Node: h.in.Node(), Log: h.log,
	})
	h.rolls.runner.Store(roll)
	return roll.Run(ctx)
}

// route asks each room in turn whether the request is its own.
func (h *house) route(ctx *fasthttp.RequestCtx) {
	if h.in.Handle(ctx) || h.api.Handle(ctx) || h.well.handle(ctx) || h.pages.Handle(ctx) {
		return
	}
	answerJSON(ctx, fasthttp.StatusNotFound, map[string]any{
		"success": false, "code": "not_found", "message": fmt.Sprintf("nothing is served at %s %s", ctx.Method(), ctx.Path()),
	})
}

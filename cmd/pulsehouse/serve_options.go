package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	Data, Listen, Admin, ClickHouse, Engine, Timezone, Prefix string
	SpoolBytes                                                int64
	QueryTimeout                                              time.Duration
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
	f.DurationVar(&o.QueryTimeout, "query-timeout", time.Minute, "how long a question about results may take that no rollup answers")
	f.Int64Var(&o.SpoolBytes, "spool-bytes", 8<<30, "largest size of the spool; beyond it requests get 429 or 503")
	f.Uint64Var(&o.EngineMemory, "engine-memory", 0, "bytes of memory the embedded engine may take; 0 is half the machine's")
	f.IntVar(&o.RollupThreads, "rollup-threads", 1, "threads that a statement of the rollups may use; they rest as long as they work")
	f.Int64Var(&o.RollupMemory, "rollup-memory", 2<<30, "bytes of memory that a statement of the rollups may take; from half of it on it spills to disk; 0 is the engine's own limit")
	f.StringSliceVar(&o.TrustedProxies, "trusted-proxies", nil, "addresses or networks of proxies whose X-Forwarded-For is believed, as 10.0.0.0/8,127.0.0.1; without, a client's address is its peer's")
	return cmd
}

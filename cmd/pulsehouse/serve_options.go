package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/schema"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	Data, Listen, Admin, ClickHouse, Engine, Timezone, Prefix string
	QueryTimeout                                              time.Duration
	SpoolBytes, EngineMemory, RollupMemory                    uint64
	RollupThreads                                             int
	TrustedProxies                                            []string
}

func serveCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take events in, roll them up, and serve results",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return serve(cmd.Context(), o, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		},
	}
	o.flags(cmd.Flags())
	return cmd
}

func (o *serveOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.Data, "data", "./data", "folder for the spool, the embedded engine and the key snapshot")
	f.StringVar(&o.Listen, "listen", ":8080", "address for everything a client, script or person talks to")
	f.StringVar(&o.Admin, "admin", "127.0.0.1:8081", "address for /metrics and /debug/pprof; keep it private")
	f.StringVar(&o.ClickHouse, "clickhouse", "", "http://user:password@host:8123/database of a ClickHouse server, instead of the embedded engine")
	f.StringVar(&o.Engine, "engine", "", "path of libchdb.so; default: where make engine puts it")
	f.StringVar(&o.Timezone, "timezone", "UTC", "the project's time zone, where a metric day begins; fixed at the first start")
	f.StringVar(&o.Prefix, "prefix", "segment::", "prefix of Segment events' names; fixed at the first start")
	f.DurationVar(&o.QueryTimeout, "query-timeout", time.Minute, "how long a question about results may take that no rollup answers")
	sizeFlag(f, &o.SpoolBytes, "spool-bytes", 8<<30, "largest size of the spool; beyond it requests get 429 or 503")
	sizeFlag(f, &o.EngineMemory, "engine-memory", 0, "bytes of memory the embedded engine may take; 0 is half the machine's")
	f.IntVar(&o.RollupThreads, "rollup-threads", 1, "threads that a statement of the rollups may use; they rest as long as they work")
	sizeFlag(f, &o.RollupMemory, "rollup-memory", 2<<30, "bytes of memory that a statement of the rollups may take; from half of it on it spills to disk; 0 is the engine's own limit")
	f.StringSliceVar(&o.TrustedProxies, "trusted-proxies", nil, "addresses or networks of proxies whose X-Forwarded-For is believed, as 10.0.0.0/8,127.0.0.1; without, a client's address is its peer's")
}

// check refuses what cannot work, before anything is opened.
func (o *serveOptions) check() error {
	for flag, address := range map[string]string{"listen": o.Listen, "admin": o.Admin} {
		_, port, err := net.SplitHostPort(address)
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil {
			return usageError{fmt.Errorf("--%s %q is not an address as :8080 or 127.0.0.1:8080: %w", flag, address, err)}
		}
	}
	if _, err := time.LoadLocation(o.Timezone); err != nil {
		return usageError{fmt.Errorf("--timezone %q is not a zone as Europe/Berlin: %w", o.Timezone, err)}
	}
	if o.Engine != "" {
		if _, err := os.Stat(o.Engine); err != nil {
			return usageError{fmt.Errorf("--engine: %w; it is the path of libchdb.so, and without the flag the one that make engine fetches is found", err)}
		}
	}
	if _, err := query.ParseProxies(o.TrustedProxies); err != nil {
		return usageError{fmt.Errorf("--trusted-proxies: %w", err)}
	}
	for kind, secret := range givenKeys() {
		if n := len(secret); n > 0 && n < schema.SecretLeast {
			return usageError{fmt.Errorf("%s has %d characters; a key has %d at least", keyVariable(kind), n, schema.SecretLeast)}
		}
	}
	return nil
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	json "github.com/goccy/go-json"
	"github.com/klauspost/compress/gzip"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/clickhouseexporter"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// collector adds the OpenTelemetry Collector's ClickHouse exporter to the case of the same name. It is given the same bodies, which are
// inflated and decoded into log records as a receiver would, 8 192 at a time as its batch processor would, in the schema that the exporter
// makes itself. There is no port before it and no disk between: what it has in memory is lost with the process. Less work than ours.
var collector = bench.Suite{Name: "ingest", Open: func(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	p, err := newPipeline(ctx, env)
	if err != nil {
		return nil, err
	}
	return []bench.Case{{Name: "request to row", Unit: "event", Contestants: []bench.Contestant{{
		Name: "OpenTelemetry Collector's ClickHouse exporter", Role: bench.Peer, Run: p.run,
	}}}}, nil
}}

// batch is how many calls are in a request, together how many records the batch processor sends at once.
const batch, together = 100, 8192

type pipeline struct {
	db     *store.DB
	logs   exporter.Logs
	bodies [][]byte
	rows   uint64 // of earlier rounds
}

func newPipeline(ctx context.Context, env *bench.Env) (*pipeline, error) {
	p, w := &pipeline{}, bench.Workload{Seed: env.Seed}
	for n := range bench.Pick(env.Scale, 1000, 2000, 8000) {
		var body bytes.Buffer
		z, err := gzip.NewWriterLevel(&body, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		if _, err := z.Write(w.AppendBatch(nil, uint64(n), batch)); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		p.bodies = append(p.bodies, body.Bytes())
	}
	var err error
	if p.db, err = env.DB(ctx); err != nil {
		return nil, err
	}
	engine, err := env.Engine(ctx)
	if err != nil {
		return nil, err
	}
	p.logs, err = logsExporter(ctx, engine, p.db.Database())
	if err != nil {
		return nil, err
	}
	env.Defer(func() error { return p.logs.Shutdown(context.WithoutCancel(ctx)) })
	return p, p.logs.Start(ctx, host{})
}

type host struct{}

func (host) GetExtensions() map[component.ID]component.Component { return nil }

// logsExporter is the exporter as the collector would make it, without a queue: Consume returns when the rows are there.
func logsExporter(ctx context.Context, engine *store.Engine, database string) (exporter.Logs, error) {
	dsn, ok := engine.DSN()
	if !ok {
		return nil, store.ErrAway
	}
	credentials, address, _ := strings.Cut(strings.TrimPrefix(dsn, "http://"), "@")
	user, password, _ := strings.Cut(credentials, ":")
	f := clickhouseexporter.NewFactory()
	c := f.CreateDefaultConfig().(*clickhouseexporter.Config)
	c.Endpoint, c.Username, c.Password, c.Database = "http://"+address, user, configopaque.String(password), database
	c.QueueSettings, c.AsyncInsert = configoptional.None[exporterhelper.QueueBatchConfig](), false // it brings large blocks itself
	c.TimeoutSettings.Timeout = time.Minute
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("configure the exporter: %w", err)
	}
	return f.CreateLogs(ctx, exporter.Settings{
		ID: component.NewID(f.Type()),
		TelemetrySettings: component.TelemetrySettings{
			Logger: zap.NewNop(), TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider(), Resource: pcommon.NewResource(),
		},
	}, c)
}

// run brings all bodies into the table, one block after the other.
func (p *pipeline) run(ctx context.Context) (s bench.Sample, err error) {
	logs := plog.NewLogs()
	records := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	flush := func() error {
		err := p.logs.ConsumeLogs(ctx, logs)
		logs = plog.NewLogs()
		records = logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
		return err
	}
	for _, body := range p.bodies {
		if err := receive(body, records); err != nil {
			return s, err
		}
		if records.Len() >= together {
			if err := flush(); err != nil {
				return s, err
			}
		}
	}
	if err := flush(); err != nil {
		return s, err
	}
	return p.count(ctx)
}

func (p *pipeline) count(ctx context.Context) (s bench.Sample, err error) {
	var rows uint64
	if err := p.db.Row(ctx, "SELECT count() FROM otel_logs", nil).Scan(&rows); err != nil {
		return s, err
	}
	s.Ops = float64(rows - p.rows)
	p.rows = rows
	if want := float64(len(p.bodies) * batch); s.Ops != want {
		return s, fmt.Errorf("%v rows came into the table, want %v", s.Ops, want)
	}
	return s, nil
}

// receive makes log records of a request: the event's name, its time, the call as it came, and its fields as attributes.
func receive(packed []byte, records plog.LogRecordSlice) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	var request struct {
		Batch []json.RawMessage `json:"batch"`
	}
	if err := json.Unmarshal(text, &request); err != nil {
		return err
	}
	for _, call := range request.Batch {
		var fields map[string]any
		if err := json.Unmarshal(call, &fields); err != nil {
			return err
		}
		r := records.AppendEmpty()
		at, err := time.Parse(time.RFC3339, fmt.Sprint(fields["timestamp"]))
		if err != nil {
			return err
		}
		r.SetTimestamp(pcommon.NewTimestampFromTime(at))
		name, _ := fields["event"].(string)
		r.SetEventName(name)
		r.Body().SetStr(string(call))
		if err := r.Attributes().FromRaw(fields); err != nil {
			return err
		}
	}
	return nil
}

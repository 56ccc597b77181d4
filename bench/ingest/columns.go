package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// readyColumns makes of rows what clickhouse-go's column interface takes: a slice for each column, in the order of the schema.
func readyColumns(rows []*schema.Event) (columns []any) {
	values := make([]map[string]any, len(rows))
	for i, e := range rows {
		values[i] = columnsOf(i, e, func(at schema.Millis) any { return at.Time() }, jsonMap)
	}
	for _, f := range schema.EventColumns.Fields() {
		name := f.Name
		switch name {
		case "spool_id", "batch_seq":
			columns = append(columns, column(values, func(any) uint64 { return 1 }, name))
		case "position":
			columns = append(columns, column(values, func(v any) uint64 { return uint64(v.(int)) }, name))
		case "day":
			columns = append(columns, column(values, func(v any) time.Time { at, _ := time.Parse(time.DateOnly, v.(string)); return at }, name))
		case "time", "received_time":
			columns = append(columns, column(values, func(v any) time.Time { return v.(time.Time) }, name))
		case "original_time", "sent_time":
			columns = append(columns, column(values, pointer[time.Time], name))
		case "value":
			columns = append(columns, column(values, pointer[float64], name))
		case "time_guessed":
			columns = append(columns, column(values, func(v any) bool { return v.(bool) }, name))
		case "unit_ids":
			columns = append(columns, column(values, func(v any) map[string]string { return v.(map[string]string) }, name))
		default:
			columns = append(columns, column(values, func(v any) string { return fmt.Sprint(v) }, name))
		}
	}
	return columns
}

func column[T any](rows []map[string]any, f func(any) T, name string) []T {
	all := make([]T, len(rows))
	for i, row := range rows {
		all[i] = f(row[name])
	}
	return all
}

func pointer[T any](v any) *T {
	if t, ok := v.(T); ok {
		return &t
	}
	return nil
}

// throughColumns hands ready columns to clickhouse-go, as one block.
func (l *load) throughColumns(ctx context.Context, env *bench.Env, into string) (c bench.Contestant, err error) {
	db, err := env.DB(ctx)
	if err != nil {
		return c, err
	}
	engine, err := env.Engine(ctx)
	if err != nil {
		return c, err
	}
	empty, columns := truncate(db), []any(nil)
	run := func(ctx context.Context) error {
		dsn, ok := engine.DSN()
		if !ok {
			return store.ErrAway
		}
		o, err := clickhouse.ParseDSN(dsn)
		if err != nil {
			return fmt.Errorf("read the engine's address: %w", err)
		}
		o.Auth.Database, o.Protocol = db.Database(), clickhouse.HTTP
		conn, err := clickhouse.Open(o)
		if err != nil {
			return err
		}
		defer conn.Close()
		batch, err := conn.PrepareBatch(ctx, into)
		if err != nil {
			return err
		}
		defer batch.Close()
		for i, column := range columns {
			if err := batch.Column(i).Append(column); err != nil {
				return fmt.Errorf("column %d: %w", i, err)
			}
		}
		return batch.Send()
	}
	return bench.Contestant{
		Name: "ready columns, clickhouse-go", Role: bench.Ceiling, Before: func(ctx context.Context) error {
			rows, err := l.rows()
			if err != nil {
				return err
			}
			columns = readyColumns(rows)
			return empty(ctx)
		},
		Run: func(ctx context.Context) (bench.Sample, error) {
			defer func() { columns = nil }()
			return l.measured(ctx, db, func() error { return run(ctx) })
		},
	}, nil
}

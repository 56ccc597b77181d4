package main

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/bench/pulse"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/duckdb_read.sql
var duckRead string

//go:embed sql/duckdb_warehouse.sql
var duckWarehouse string

//go:embed sql/clickhouse_raw_events.sql
var rawEvents string

//go:embed sql/clickhouse_raw_exposures.sql
var rawExposures string

// scorecards adds DuckDB to the pulse suite's scorecard: the same rows, the same question, and, as the frame checks, the same answer. Ours and
// the warehouse's SQL on ClickHouse take part in the same rounds.
var scorecards = bench.Suite{Name: "pulse", Open: func(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	c, db, err := pulse.Scorecard(ctx, env)
	if err != nil {
		return nil, err
	}
	events, exposures := filepath.Join(env.Dir, "events.csv"), filepath.Join(env.Dir, "exposures.csv")
	for file, query := range map[string]string{events: rawEvents, exposures: rawExposures} {
		if err := export(ctx, db, query, file); err != nil {
			return nil, err
		}
	}
	duck, err := sql.Open("duckdb", filepath.Join(env.Dir, "scorecard.duckdb"))
	if err != nil {
		return nil, err
	}
	env.Defer(duck.Close)
	if _, err := duck.ExecContext(ctx, fmt.Sprintf(duckRead, events, exposures)); err != nil {
		return nil, fmt.Errorf("read the rows into DuckDB: %w", err)
	}
	c.Contestants = append(c.Contestants, bench.Contestant{
		Name: "DuckDB, one query a metric over raw events", Role: bench.Peer, Run: func(ctx context.Context) (bench.Sample, error) {
			sum := 0.0
			for i := range pulse.MetricCount {
				total, err := groups(ctx, duck, fmt.Sprintf("e%d", i))
				if err != nil {
					return bench.Sample{}, err
				}
				sum += total
			}
			return bench.Sample{Ops: 1, Check: fmt.Sprintf("%.8g", sum)}, nil
		},
	})
	return []bench.Case{c}, nil
}}

// groups asks for the moments of one metric and returns its total over all units.
func groups(ctx context.Context, duck *sql.DB, name string) (total float64, err error) {
	rows, err := duck.QueryContext(ctx, duckWarehouse, name)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var variation string
		var units, meanY, varY, meanX, varX, cov float64
		if err := rows.Scan(&variation, &units, &meanY, &varY, &meanX, &varX, &cov); err != nil {
			return 0, err
		}
		total += units * meanY
	}
	return total, rows.Err()
}

func export(ctx context.Context, db *store.DB, query, file string) error {
	body, err := db.Format(ctx, "CSVWithNames", query, nil)
	if err != nil {
		return fmt.Errorf("export rows: %w", err)
	}
	defer body.Close()
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("export rows: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(f, body); err != nil {
		return fmt.Errorf("export rows to %q: %w", file, err)
	}
	return nil
}

package main

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"path/filepath"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/duckdb_fill.sql
var duckFill string

//go:embed sql/duckdb_scorecard.sql
var duckScorecard string

//go:embed sql/clickhouse_events.sql
var houseEvents string

//go:embed sql/clickhouse_exposures.sql
var houseExposures string

//go:embed sql/clickhouse_scorecard.sql
var houseScorecard string

// warehouse asks for one experiment's scorecard the way that warehouse-native tools do (GrowthBook's metric query: first exposures joined
// with all events after them, totals per unit, then moments per group), on the engine that we embed and on DuckDB. PulseHouse itself
// answers from moments that its rollups keep, in milliseconds; this is what that saves each time.
var warehouse = bench.Suite{Name: "warehouse", Open: func(ctx context.Context, env *bench.Env) ([]bench.Case, error) {
	var cases []bench.Case
	for _, rows := range bench.Pick(env.Scale, []int{250_000, 1_000_000}, []int{1_000_000, 3_000_000, 10_000_000}, []int{1_000_000, 10_000_000}) {
		c, err := scorecard(ctx, env, rows)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}}

func scorecard(ctx context.Context, env *bench.Env, rows int) (bench.Case, error) {
	c := bench.Case{Name: fmt.Sprintf("scorecard over %d events", rows), Unit: "query", Curve: "scorecard", XName: "events", X: float64(rows)}
	db, err := env.DB(ctx)
	if err != nil {
		return c, err
	}
	for _, text := range []string{houseEvents, houseExposures} {
		if err := db.Exec(ctx, text, store.Params{"rows": uint64(rows)}); err != nil {
			return c, fmt.Errorf("fill ClickHouse: %w", err)
		}
	}
	duck, err := sql.Open("duckdb", filepath.Join(env.Dir, fmt.Sprintf("%d.duckdb", rows)))
	if err != nil {
		return c, err
	}
	env.Defer(duck.Close)
	if _, err := duck.ExecContext(ctx, fmt.Sprintf(duckFill, rows)); err != nil {
		return c, fmt.Errorf("fill DuckDB: %w", err)
	}
	c.Contestants = []bench.Contestant{
		{Name: "ClickHouse, warehouse-style SQL", Role: bench.Peer, Run: func(ctx context.Context) (s bench.Sample, err error) {
			s.Ops = 1
			return s, db.Row(ctx, houseScorecard, nil).Scan(&s.Check)
		}},
		{Name: "DuckDB, warehouse-style SQL", Role: bench.Peer, Run: func(ctx context.Context) (s bench.Sample, err error) {
			s.Ops = 1
			return s, duck.QueryRowContext(ctx, duckScorecard).Scan(&s.Check)
		}},
	}
	return c, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Options say where the engine is: a DSN, or an embedded [Engine] whose address changes with each start.
type Options struct {
	// DSN is http://user:password@host:port/database, or https.
	DSN    string
	Engine *Engine
	// Database holds our tables; default: that of the DSN, else "pulsehouse".
	Database string
	Log      *slog.Logger
}

// ErrAway is what every call returns, wrapped, while the engine cannot be reached.
var ErrAway = errors.New("the engine is away")

// ErrSilent is the [ErrAway] of an engine that is there and does not answer: it hangs, or has too much to do.
var ErrSilent = fmt.Errorf("%w: it does not answer", ErrAway)

// DB is the connection to the engine. It connects when used, and follows an embedded engine through restarts.
type DB struct {
	o Options

	mu   sync.Mutex
	dsn  string
	conn driver.Conn
}

// Open makes the connection without using it. The error is about the DSN.
func Open(o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Engine == nil {
		u, err := url.Parse(o.DSN)
		if err != nil {
			return nil, fmt.Errorf("read ClickHouse address: %w", err)
		}
		if u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("the ClickHouse address has scheme %q; Arrow is loaded over the HTTP interface: use http://user:password@host:8123/database", u.Scheme)
		}
		if name := strings.Trim(u.Path, "/"); o.Database == "" {
			o.Database = name
		}
	}
	if o.Database == "" {
		o.Database = "pulsehouse"
	}
	return &DB{o: o}, nil
}

// Database is the name of the database that holds our tables.
func (d *DB) Database() string { return d.o.Database }

// Close frees the connections.
func (d *DB) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn == nil {
		return nil
	}
	conn := d.conn
	d.conn, d.dsn = nil, ""
	return conn.Close()
}

// connection returns the pool for where the engine is now.
func (d *DB) connection() (driver.Conn, error) {
	dsn := d.o.DSN
	if d.o.Engine != nil {
		var up bool
		if dsn, up = d.o.Engine.DSN(); !up {
			return nil, ErrAway
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil && d.dsn == dsn {
		return d.conn, nil
	}
	if d.conn != nil {
		d.conn.Close()
	}
	conn, err := dial(dsn, d.o.Database)
	if err != nil {
		return nil, err
	}
	d.conn, d.dsn = conn, dsn
	return conn, nil
}

func dial(dsn, database string) (driver.Conn, error) {
	o, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("read ClickHouse address: %w", err)
	}
	o.Auth.Database = database
	o.Protocol = clickhouse.HTTP
	o.DialTimeout, o.ReadTimeout = 5*time.Second, 30*time.Minute // how long a query may take is its context's business
	o.MaxOpenConns, o.MaxIdleConns = 32, 8
	o.TransportFunc = summaries
	return clickhouse.Open(o)
}

// call runs one call on the connection, and tells an engine that is away from a query that is wrong.
func (d *DB) call(ctx context.Context, p Params, opts []Option, f func(context.Context, driver.Conn) error) error {
	conn, err := d.connection()
	if err != nil {
		return err
	}
	parameters, err := p.texts()
	if err != nil {
		return err
	}
	return away(ctx, f(apply(ctx, parameters, opts), conn))
}

// away wraps errors that did not come from the engine: then it was not reached, or left while it answered.
func away(ctx context.Context, err error) error {
	var refused *clickhouse.Exception
	switch {
	case err == nil, errors.As(err, &refused), ctx.Err() != nil:
		return err
	case strings.Contains(err.Error(), "DB::Exception"), strings.Contains(err.Error(), "code: "):
		return err
	case errors.Is(err, clickhouse.ErrAcquireConnTimeout):
		return fmt.Errorf("%w: %w", ErrSilent, err)
	default:
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
}

// Exec runs a statement without a result.
func (d *DB) Exec(ctx context.Context, sql string, p Params, opts ...Option) error {
	return d.call(ctx, p, opts, func(ctx context.Context, c driver.Conn) error { return c.Exec(ctx, trim(sql)) })
}

// Select runs a query and fills dest, a pointer to a slice of structs with `ch:"column"` tags.
func (d *DB) Select(ctx context.Context, dest any, sql string, p Params, opts ...Option) error {
	return d.call(ctx, p, opts, func(ctx context.Context, c driver.Conn) error { return c.Select(ctx, dest, trim(sql)) })
}

// Rows are the rows of an answer, one at a time, while the engine sends them: some blocks of them are in memory. Whoever does not read to
// the end cancels the context first, else Close reads on.
type Rows struct {
	ctx    context.Context
	rows   driver.Rows
	dest   any   // of the last Next …
	fields []any // … and the addresses of its fields, in the order of the columns
}

// Stream runs a query whose answer need not fit into memory.
func (d *DB) Stream(ctx context.Context, sql string, p Params, opts ...Option) (r *Rows, err error) {
	err = d.call(ctx, p, opts, func(queryCtx context.Context, c driver.Conn) error {
		rows, err := c.Query(queryCtx, trim(sql))
		r = &Rows{ctx: ctx, rows: rows}
		return err
	})
	return r, err
}

// Next fills dest, a pointer to a struct with ch tags, with the next row. It is false behind the last one.
func (r *Rows) Next(dest any) (bool, error) {
	if !r.rows.Next() {
		return false, away(r.ctx, r.rows.Err())
	}
	if dest != r.dest { // ScanStruct would look the names up for each row
		fields, err := fieldsOf(dest, r.rows.Columns())
		if err != nil {
			return false, err
		}
		r.dest, r.fields = dest, fields
	}
	return true, r.rows.Scan(r.fields...)
}

// fieldsOf are the addresses of the fields of a struct whose ch tags name the columns.
func fieldsOf(dest any, columns []string) (fields []any, err error) {
	v := reflect.ValueOf(dest).Elem()
	byName := make(map[string]any, v.NumField())
	for i := range v.NumField() {
		byName[v.Type().Field(i).Tag.Get("ch")] = v.Field(i).Addr().Interface()
	}
	for _, name := range columns {
		field, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("read rows: %T has no field for column %q", dest, name)
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// Close frees the connection.
func (r *Rows) Close() error { return r.rows.Close() }

// Row is the one row of a query, to be scanned.
type Row struct{ scan func(dest ...any) error }

// Scan fills dest with the row's columns; the error is that of the query, or sql.ErrNoRows.
func (r Row) Scan(dest ...any) error { return r.scan(dest...) }

// Row runs a query of one row when it is scanned.
func (d *DB) Row(ctx context.Context, sql string, p Params, opts ...Option) Row {
	return Row{func(dest ...any) error {
		return d.call(ctx, p, opts, func(ctx context.Context, c driver.Conn) error {
			return c.QueryRow(ctx, trim(sql)).Scan(dest...)
		})
	}}
}

// oneBlock makes one insert one block and so one part: nothing splits it, nothing delays it.
var oneBlock = map[string]any{
	"async_insert": 0, "max_insert_threads": 1, "max_insert_block_size": 10_000_000, "max_block_size": 10_000_000,
	"min_insert_block_size_rows": 10_000_000, "min_insert_block_size_bytes": 0, "input_format_parallel_parsing": 0,
	"input_format_arrow_import_nested": 0, "max_execution_time": 0,
}

// InsertArrow inserts a closed Arrow IPC stream of one record into the named columns of a table, as one block.
func (d *DB) InsertArrow(ctx context.Context, table string, columns []string, body io.Reader, opts ...Option) error {
	opts = append([]Option{WithSettings(oneBlock)}, opts...)
	statement := "INSERT INTO " + identifier(table) + " (" + strings.Join(columns, ", ") + ")"
	return d.call(ctx, nil, opts, func(ctx context.Context, c driver.Conn) error {
		return c.InsertFormat(ctx, "ArrowStream", statement, body)
	})
}

func identifier(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Kill makes sure that the query is not running, and waits until it is not.
func (d *DB) Kill(ctx context.Context, queryID string) error {
	return d.Exec(ctx, "KILL QUERY WHERE query_id = {id:String} SYNC", Params{"id": queryID})
}

// Ping asks whether the engine answers.
func (d *DB) Ping(ctx context.Context) error {
	var one uint8
	conn, err := d.connection()
	if err != nil {
		return err
	}
	// Not our database: before the first migration it does not exist.
	return away(ctx, conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"database": "default"})), "SELECT 1").Scan(&one))
}

// Version is the engine's.
func (d *DB) Version(ctx context.Context) (v string, err error) {
	err = d.Row(ctx, "SELECT version()", nil).Scan(&v)
	return v, err
}

func trim(sql string) string { return strings.TrimRight(sql, "; \n\t") }

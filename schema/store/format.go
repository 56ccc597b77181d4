package store

import (
	"context"
	"io"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Format runs a query and returns its answer as the engine writes it: CSVWithNames, JSONEachRow, ArrowStream. The reader has to be
// closed; ctx has to live until then.
func (d *DB) Format(ctx context.Context, format, sql string, p Params, opts ...Option) (body io.ReadCloser, err error) {
	err = d.call(ctx, p, opts, func(ctx context.Context, c driver.Conn) error {
		body, err = c.QueryFormat(ctx, format, trim(sql))
		return err
	})
	return body, err
}

package forward

import (
	"context"
	"fmt"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// stream is the rows of a stretch from both tables, in order, as the engine sends them.
type stream struct {
	st    *stretch
	stop  context.CancelFunc
	parts []*part
}

// part is the rows of one table.
type part struct {
	rows *store.Rows
	head row // the next one
	left uint64
	done bool
}

// streaming makes the engine sort on disk what is large, send small blocks, and wait for a reader that waits for the destination.
var streaming = map[string]any{
	"max_threads": oneThread, "max_block_size": 4096, "max_bytes_before_external_sort": 64 << 20, "http_send_timeout": 600,
}

// open begins to read a stretch.
func (s *source) open(ctx context.Context, st *stretch) (in *stream, err error) {
	ctx, stop := context.WithCancel(ctx)
	in = &stream{st: st, stop: stop}
	defer func() {
		if err != nil {
			in.close()
		}
	}()
	p := s.params(st)
	for table, wanted := range map[string]bool{eventsTable: s.d.Sends(schema.SendCustomEvents), exposuresTable: len(s.d.ExposureKinds()) > 0} {
		if !wanted || !slices.Contains(st.tables, table) {
			continue
		}
		rows, err := s.db.Stream(ctx, statement(table), p, store.WithSettings(streaming))
		if err != nil {
			return nil, fmt.Errorf("read %s.sql: %w", table, err)
		}
		in.parts = append(in.parts, &part{rows: rows, left: st.limit})
		if err := in.parts[len(in.parts)-1].advance(); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (p *part) advance() error {
	p.head = row{}
	there, err := p.rows.Next(&p.head)
	if p.done = !there; p.done || err != nil {
		return err
	}
	p.left--
	return nil
}

// fill appends up to most rows, and says where reading goes on behind them. more is false when the stretch ended: at its last load, or behind the
// last row of a table that has more than fits.
func (in *stream) fill(rows []row, most int) (all []row, end place, more bool, err error) {
	for len(rows) < most {
		p := in.first()
		if p == nil {
			return rows, place{batch: in.st.to + 1}, false, nil
		}
		rows = append(rows, p.head)
		end = place{p.head.Batch, p.head.Position + 1}
		if p.left == 0 {
			return rows, end, false, nil
		}
		if err := p.advance(); err != nil {
			return nil, end, false, err
		}
	}
	return rows, end, true, nil
}

// first is the part with the earliest row, nil when none has any.
func (in *stream) first() (first *part) {
	for _, p := range in.parts {
		if !p.done && (first == nil || p.head.against(place{first.head.Batch, first.head.Position}) < 0) {
			first = p
		}
	}
	return first
}

// close ends the queries. It may be called again.
func (in *stream) close() {
	in.stop()
	for _, p := range in.parts {
		_ = p.rows.Close() // it says that we cancelled it
	}
	in.parts = nil
}

package ingest

import (
	"encoding/json"
	"fmt"
	"unsafe"

	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/schema"
)

// spooled is what rides along with a request from its handler to the loader: its rows and their fates.
type spooled struct {
	rows  *schema.Decoded
	tally tally
}

// bytes is about what the rows keep alive: the text that they share, and themselves.
func (s *spooled) bytes() int {
	const overhead = 1024
	return s.rows.Text + len(s.rows.Events)*eventSize + len(s.rows.Exposures)*exposureSize + overhead
}

const (
	eventSize    = int(unsafe.Sizeof(schema.Event{}))
	exposureSize = int(unsafe.Sizeof(schema.Exposure{}))
)

// redecode turns a spooled request into its rows again.
func (in *Ingest) redecode(r *spool.Record) (s spooled, err error) {
	m, err := metaOf(r)
	if err != nil {
		return s, err
	}
	rows, err := in.decode(r, &m, m.resolve)
	if err != nil {
		return s, err
	}
	m.apply(rows)
	returned(m.Instance, rows)
	leaveOut(m.Filtered, rows, schema.ByEventFilter)
	return spooled{rows, tallyOf(r, rows)}, nil
}

func metaOf(r *spool.Record) (m meta, err error) {
	if err := json.Unmarshal(r.Meta, &m); err != nil {
		return m, fmt.Errorf("read meta of spool record %d: %w", r.Seq, err)
	}
	return m, nil
}

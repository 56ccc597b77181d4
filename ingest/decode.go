package ingest

import (
	"encoding/json"
	"fmt"

	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/ingest/spool"
	"github.com/pulsehouse/pulsehouse/ingest/statsig"
	"github.com/pulsehouse/pulsehouse/schema"
)

// decoderVersion is written into every spool record. It goes up when the same bytes would give other rows, so that a later
// version can decode what an earlier one spooled as the earlier one would have.
const decoderVersion = 1

// meta is what decoding depends on besides the body; it is spooled with it.
type meta struct {
	Prefix     string        `json:"prefix"`
	RetryCount int           `json:"retry,omitempty"`
	ClientTime schema.Millis `json:"client_time,omitempty"`
	Encoded    bool          `json:"encoded,omitempty"` // reversed base64, se=1
}

// decode turns a spooled request into rows. It is a pure function of the record.
func (in *Ingest) decode(r *spool.Record) (*schema.Decoded, error) {
	var m meta
	if err := json.Unmarshal(r.Meta, &m); err != nil {
		return nil, fmt.Errorf("read meta of spool record %d: %w", r.Seq, err)
	}
	format := formats[r.Route]
	if format == nil {
		return nil, fmt.Errorf("read spool record %d: no route has the number %d; was it written by a newer version?", r.Seq, r.Route)
	}
	body, err := inflate(r.Body, encoding(r.Encoding), format.limit(&in.options))
	if err != nil {
		return nil, err
	}
	if r.Route == routeLogEvent {
		return decodeLogEvent(body, r, m)
	}
	return segment.Decode(body, segment.Request{
		Route: segment.Route(r.Route), Received: schema.Millis(r.Received), RequestID: r.RequestID,
		Names: schema.Names{Prefix: m.Prefix}, RetryCount: m.RetryCount,
	})
}

func decodeLogEvent(body []byte, r *spool.Record, m meta) (*schema.Decoded, error) {
	if m.Encoded {
		var err error
		if body, err = statsig.Unwrap(body); err != nil {
			return nil, err
		}
	}
	return statsig.Decode(body, statsig.Request{
		Received: schema.Millis(r.Received), RequestID: r.RequestID, ClientTime: m.ClientTime,
	})
}

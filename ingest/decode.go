package ingest

import (
	"fmt"
	"runtime/debug"

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
	MayErase   bool          `json:"may_erase,omitempty"`
	schema.Intake
	verdict
	// Instance is who we are, so that what we exported ourselves is recognised.
	Instance string `json:"instance,omitempty"`
	// Items is how many items the request held when it came, FilterVersion the version of its source's filter, and Filtered the
	// places of what that filter left out.
	Items         int    `json:"items"`
	FilterVersion int    `json:"filter,omitempty"`
	Filtered      bitmap `json:"filtered,omitempty"`
}

// decode turns a request into rows. It is a pure function of the record and its meta: resolve is the meta's, but for a request that has
// just come it is the one that fills it. A decoder that panics refuses the request:
// one request never takes the others down.
func (in *Ingest) decode(r *spool.Record, m *meta, resolve func(string) string) (rows *schema.Decoded, err error) {
	defer func() {
		if p := recover(); p != nil {
			decoderPanics.Inc()
			in.options.Log.Error("BUG: a decoder panicked; the request is refused", "route", r.Route, "panic", p, "stack", string(debug.Stack()))
			rows, err = nil, schema.Errorf(400, "undecodable", "the body could not be decoded; please report it with the body")
		}
	}()
	format := formats[r.Route]
	if format == nil {
		return nil, fmt.Errorf("read spool record %d: no route has the number %d; was it written by a newer version?", r.Seq, r.Route)
	}
	limit := format.limit(&in.options)
	body, err := inflate(r.Body, encoding(r.Encoding), limit)
	if err != nil {
		return nil, err
	}
	if format.kind == schema.FromStatsig {
		return decodeStatsig(body, limit, r, m, resolve)
	}
	number := segment.Route(r.Route)
	if format == delivery {
		number = segment.Delivered
	}
	return segment.Decode(body, segment.Request{
		Route: number, Received: schema.Millis(r.Received), RequestID: r.RequestID, Names: schema.Names{Prefix: m.Prefix},
		RetryCount: m.RetryCount, Intake: m.Intake, MayErase: m.MayErase,
	})
}

func decodeStatsig(body []byte, limit int, r *spool.Record, m *meta, resolve func(string) string) (*schema.Decoded, error) {
	if m.Encoded {
		var err error
		if body, err = statsig.Unwrap(body); err != nil {
			return nil, err
		}
		if body, err = inflate(body, encodingOf(body), limit); err != nil {
			return nil, err
		}
	}
	decode := statsig.Decode
	switch r.Route {
	case routeCustomExposure:
		decode = statsig.DecodeExposures
	case routeEventWebhook:
		decode = statsig.DecodeWebhook
	}
	return decode(body, statsig.Request{
		Received: schema.Millis(r.Received), RequestID: r.RequestID, ClientTime: m.ClientTime, RetryCount: m.RetryCount, Resolve: resolve,
	})
}

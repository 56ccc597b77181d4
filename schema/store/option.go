package store

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Option is a wish for one call.
type Option func(*wishes)

type wishes struct {
	settings clickhouse.Settings
	queryID  string
	stats    *Stats
}

// WithQueryID names the query, so that it can be found and killed.
func WithQueryID(id string) Option { return func(w *wishes) { w.queryID = id } }

// WithSettings sets ClickHouse settings; later ones win.
func WithSettings(s map[string]any) Option { return func(w *wishes) { maps.Copy(w.settings, s) } }

// WithStats fills s when the call has ended.
func WithStats(s *Stats) Option { return func(w *wishes) { w.stats = s } }

// Stats is what a query cost.
type Stats struct {
	QueryID             string
	RowsRead, BytesRead uint64
	Elapsed             time.Duration
}

type statsKey struct{}

func apply(ctx context.Context, parameters map[string]string, opts []Option) context.Context {
	w := wishes{settings: clickhouse.Settings{}}
	for _, o := range opts {
		o(&w)
	}
	if w.stats != nil {
		ctx = context.WithValue(ctx, statsKey{}, w.stats)
		w.settings["wait_end_of_query"] = 1 // so that the summary is complete
	}
	options := []clickhouse.QueryOption{clickhouse.WithSettings(w.settings)}
	if len(parameters) > 0 {
		options = append(options, clickhouse.WithParameters(parameters))
	}
	if w.queryID != "" {
		options = append(options, clickhouse.WithQueryID(w.queryID))
	}
	return clickhouse.Context(ctx, options...)
}

// summaryReader reads what a query cost from the headers of its answer, which clickhouse-go does not pass on.
type summaryReader struct{ next http.RoundTripper }

func summaries(t *http.Transport) (http.RoundTripper, error) { return summaryReader{t}, nil }

func (r summaryReader) RoundTrip(req *http.Request) (*http.Response, error) {
	started := time.Now()
	res, err := r.next.RoundTrip(req)
	if stats, ok := req.Context().Value(statsKey{}).(*Stats); ok && err == nil {
		stats.read(res.Header)
		stats.Elapsed = time.Since(started)
	}
	return res, err
}

func (s *Stats) read(h http.Header) {
	var summary struct {
		ReadRows  string `json:"read_rows"`
		ReadBytes string `json:"read_bytes"`
	}
	s.QueryID = h.Get("X-Clickhouse-Query-Id")
	if json.Unmarshal([]byte(h.Get("X-Clickhouse-Summary")), &summary) == nil {
		s.RowsRead, _ = strconv.ParseUint(summary.ReadRows, 10, 64)
		s.BytesRead, _ = strconv.ParseUint(summary.ReadBytes, 10, 64)
	}
}

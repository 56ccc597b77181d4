package ingest

import (
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/ingest/segment"
	"github.com/pulsehouse/pulsehouse/schema"
)

// The spool's numbers of routes that are not package segment's, which are numbered from 0. A number never changes its meaning.
const (
	routeSegmentWebhook = 20
	routeRudderStack    = 21
	routeLogEvent       = 100
	routeCustomExposure = 101
	routeEventWebhook   = 102
)

// wireFormat is what the routes of one kind of sender have in common.
type wireFormat struct {
	kind schema.SourceKind
	// ok is the status that its senders want to hear, full the one that makes them come again when there is no room.
	ok, full int
	limit    func(*Options) int
}

// Segment's libraries want exactly 200 and wait on a 429. SDKs expect 202 and never retry a 429. Segment's own deliveries are tried
// again for hours on a 503.
var (
	tracking = &wireFormat{schema.FromSegment, fasthttp.StatusOK, fasthttp.StatusTooManyRequests, func(o *Options) int { return o.SegmentBody }}
	single   = &wireFormat{schema.FromSegment, fasthttp.StatusOK, fasthttp.StatusTooManyRequests, func(*Options) int { return segment.MaxItemBytes }}
	delivery = &wireFormat{schema.FromSegment, fasthttp.StatusOK, fasthttp.StatusServiceUnavailable, func(o *Options) int { return o.StatsigBody }}
	sdk      = &wireFormat{schema.FromStatsig, fasthttp.StatusAccepted, fasthttp.StatusServiceUnavailable, func(o *Options) int { return o.StatsigBody }}
	webhook  = &wireFormat{schema.FromStatsig, fasthttp.StatusOK, fasthttp.StatusServiceUnavailable, func(o *Options) int { return o.StatsigBody }}
)

// route is one path of the way in, and the number under which its requests are spooled.
type route struct {
	number uint8
	*wireFormat
}

// routes maps paths, without the optional /v1.
var routes = map[string]route{
	"/batch": {uint8(segment.Batch), tracking}, "/b": {uint8(segment.Batch), tracking}, "/import": {uint8(segment.Batch), tracking},
	"/track": {uint8(segment.Track), single}, "/t": {uint8(segment.Track), single},
	"/identify": {uint8(segment.Identify), single}, "/i": {uint8(segment.Identify), single},
	"/page": {uint8(segment.Page), single}, "/p": {uint8(segment.Page), single},
	"/screen": {uint8(segment.Screen), single}, "/s": {uint8(segment.Screen), single},
	"/group": {uint8(segment.Group), single}, "/g": {uint8(segment.Group), single},
	"/alias": {uint8(segment.Alias), single}, "/a": {uint8(segment.Alias), single},

	"/webhooks/segment_webhook": {routeSegmentWebhook, delivery}, "/webhooks/rudderstack": {routeRudderStack, delivery},
	"/webhooks/event_webhook": {routeEventWebhook, webhook},

	"/log_event": {routeLogEvent, sdk}, "/rgstr": {routeLogEvent, sdk}, "/rgstr_b": {routeLogEvent, sdk},
	"/log_custom_exposure": {routeCustomExposure, sdk},
}

// formats finds the wire format of a spooled route; a number that is nobody's has none.
var formats = func() (byNumber [256]*wireFormat) {
	for _, r := range routes {
		byNumber[r.number] = r.wireFormat
	}
	return byNumber
}()

// kindOf is the format that a spooled route speaks.
func kindOf(number uint8) schema.SourceKind {
	if f := formats[number]; f != nil {
		return f.kind
	}
	return schema.FromSegment
}

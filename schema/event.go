package schema

import "time"

// Millis is an instant as Unix milliseconds, the resolution of every wire format we read.
type Millis int64

// Day returns the instant's UTC date as days since 1970-01-01, the unit of Arrow's date32 and ClickHouse's Date32.
func (m Millis) Day() int32 {
	const day = 86_400_000
	d := int64(m) / day
	if int64(m)%day < 0 {
		d--
	}
	return int32(d)
}

// Kind is what sort of call an event arrived as.
type Kind string

// The six Segment calls, and what a Statsig SDK logs.
const (
	Track    Kind = "track"
	Identify Kind = "identify"
	Page     Kind = "page"
	Screen   Kind = "screen"
	Group    Kind = "group"
	Alias    Kind = "alias"
	Logged   Kind = "log_event"
	// Internal is what an SDK says of itself (statsig::diagnostics and the like): kept for the log, never part of a metric.
	Internal Kind = "internal"
	// Delete asks to forget a user; it becomes an [Erasure], never a stored event.
	Delete Kind = "delete"
)

// SourceKind is the wire format a source speaks.
type SourceKind string

// The wire formats.
const (
	FromSegment SourceKind = "segment"
	FromStatsig SourceKind = "statsig"
)

// Production is the environment of events that do not name another. Only it counts in metrics.
const Production = "production"

// Event is one thing that happened, as decoded from a request. Strings may share the memory of the request's buffer.
type Event struct {
	// MessageID identifies the event: any number of deliveries with one MessageID are one event.
	MessageID string
	// Item is the event's index within its request.
	Item int
	Kind Kind
	// Event is the name as the client sent it: a track event's name, a page's or screen's name, or "".
	Event string
	// Name is the shown and metric name, see [Names].
	Name string
	// Audience is what an audience call asks of an ID list.
	Audience Audience

	// Time is when it happened, corrected for the client's clock. Original, Sent are what the client wrote, 0 when it
	// wrote nothing that can be read; TimeGuessed says that Time had to be taken from the receipt.
	Time, Original, Sent, Received Millis
	TimeGuessed                    bool

	UserID, AnonymousID, GroupID, PreviousID string
	// UnitIDs are the custom IDs; userID and anonymousID are the fields above and never in here.
	UnitIDs     UnitIDs
	Environment string

	Value    float64
	HasValue bool

	// JSON texts as received, "" when absent. UserProperties are what describes the user (statsigCustom, user.custom).
	Properties, Traits, UserProperties, Context, Integrations string
	// Extra is a JSON object of top-level fields that have no column of their own, "" when there are none.
	Extra string
	// Library is "name/version" of what sent it.
	Library string
	// Raw is the item as received, for the live log; it has no column.
	Raw string
}

// Position returns the address of the n-th row that one spooled request produced in one table. With the spool's id it is
// unique for all time: 44 bits of record sequence, 20 bits of row.
func Position(recordSeq uint64, n int) uint64 { return recordSeq<<rowBits | uint64(n)&(1<<rowBits-1) }

const rowBits = 20

// Place is the inverse of [Position].
func Place(position uint64) (recordSeq uint64, n int) {
	return position >> rowBits, int(position & (1<<rowBits - 1))
}

// MaxRowsPerRequest is how many rows of one table a single request may produce, the limit of [Position].
const MaxRowsPerRequest = 1 << 20

// Names turns a call into the name under which it is shown and used in metrics. Prefix is fixed at first start.
//
//	track   segment::Order Completed        page   segment::page:Home      group     segment::group
//	screen  segment::screen:Settings        identify segment::identify     alias     segment::alias
//
// Events of Statsig SDKs keep their own name.
type Names struct{ Prefix string }

// Of returns the shown name.
func (n Names) Of(source SourceKind, kind Kind, event string) string {
	if source == FromStatsig {
		return event
	}
	switch kind {
	case Track:
		return n.Prefix + event
	case Page, Screen:
		if event == "" {
			return n.Prefix + string(kind)
		}
		return n.Prefix + string(kind) + ":" + event
	default:
		return n.Prefix + string(kind)
	}
}

// OfAudience returns the shown name of an audience call, whatever sort of call it is: so it counts in no metric but one that names it.
func (n Names) OfAudience(a Audience) string { return n.Prefix + "audience:" + a.Key() }

// Storable clamps an instant to what a Date column can hold, 1970-01-01 to 2149-06-06, so that one absurd clock never makes
// a whole load fail. What the client wrote is gone from the row then; it is still in the spooled request's sample.
func (m Millis) Storable() Millis {
	const last = 65535*86_400_000 + 86_399_999
	return min(max(m, 0), last)
}

// Time is the instant in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

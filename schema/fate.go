package schema

// Fate is what became of a received event.
type Fate string

// The fates. Every received event has exactly one; Duplicate is derived from the tables, see DESIGN.md §5.
const (
	Stored    Fate = "stored"
	Filtered  Fate = "filtered"
	Rejected  Fate = "rejected"
	Duplicate Fate = "duplicate"
	// Received is no fate of its own: the ledger counts every item under it once more, apart from what became of it, so that it
	// balances only if none was forgotten.
	Received Fate = "received"
	// Refused is a whole request that was not acknowledged; it is in the live log and in /metrics, not in the ledger.
	Refused Fate = "refused"
)

// LiveFates are those that entries of the live log have.
var LiveFates = []Fate{Stored, Filtered, Rejected, Duplicate, Refused}

// Reason is why an event was rejected: Segment's own discard codes where there is one.
type Reason string

// Segment's codes, used verbatim, and ours where Segment has none.
const (
	NoUserAnonID        Reason = "no_user_anon_id"
	EventNotDefined     Reason = "event_not_defined"
	EventNotString      Reason = "event_not_string"
	PropertiesNotObject Reason = "properties_not_object"
	TraitsNotObject     Reason = "traits_not_object"
	NameNotString       Reason = "name_not_string"
	CategoryNotString   Reason = "category_not_string"
	IDRequired          Reason = "id_required"
	IDNotString         Reason = "id_not_string"
	EmptyBatch          Reason = "empty_batch"
	BadRequest          Reason = "bad_request"
	UnknownType         Reason = "unknown_type"
	TooLarge            Reason = "event_too_large"
	TooMany             Reason = "too_many_events"
	// Undecodable are the events of a spooled request that could not be decoded again and was set aside.
	Undecodable Reason = "undecodable"
	// RefusedByEngine are rows that the engine does not take, whose load was taken apart to find them.
	RefusedByEngine Reason = "refused_by_engine"
	// ByEventFilter are events that the source's [EventFilter] leaves out.
	ByEventFilter Reason = "event_filter"
	// NotAllowed is an order to erase a user that came with a key which may not give it.
	NotAllowed Reason = "not_allowed"
	// Erased is an event that is older than the erasure of its user.
	Erased Reason = "erased"
	// NotInExperiment is an exposure whose rule says that the unit is in no group: not started, not allocated, overridden …
	NotInExperiment Reason = "not_in_experiment"
	// Repeated is an exposure that stands earlier in the same request; SDKs differ in whether they leave repeats out.
	Repeated Reason = "repeated"
	// OwnExport are events that this instance sent to a destination and that came back, see [Exported].
	OwnExport Reason = "own_export"
)

// Rejection is one event that was refused alone; its neighbours were not.
type Rejection struct {
	Item    int
	Reason  Reason
	Message string
	// Name is the event's shown name as far as it could be read.
	Name string
	// Sample is the item's JSON, cut to a bound.
	Sample string
	// Offset is where the item begins in the request's body, decompressed.
	Offset int
}

// FilteredEvent is one that was left out on purpose.
type FilteredEvent struct {
	Event
	Reason Reason
}

// Decoded is what one request holds. Each of its items is in exactly one place: an event, an event that was filtered, a
// rejection, one or two erasures, or (what an SDK logs about an exposure) an exposure without an event.
type Decoded struct {
	// Items is how many there were, counted apart from what became of them.
	Items      int
	Events     []Event
	Exposures  []Exposure
	Filtered   []FilteredEvent
	Rejections []Rejection
	Erasures   []Erasure
	// WriteKey is the key in the body, for clients that send it there.
	WriteKey string
	// Text is the size in bytes of the body, inflated, whose memory the rows share.
	Text int
}

// ExposureOnly lists the items that are an exposure and nothing else, each by its primary exposure.
func (d *Decoded) ExposureOnly(f func(x *Exposure)) {
	last := -1
	for i := range d.Exposures {
		x := &d.Exposures[i]
		if x.Kind != Viewed && !x.Secondary && x.Item != last {
			f(x)
			last = x.Item
		}
	}
}

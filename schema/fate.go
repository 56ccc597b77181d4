package schema

// Fate is what became of a received event.
type Fate string

// The fates. Every received event has exactly one; Duplicate is derived from the tables, see DESIGN.md §5.
const (
	Stored    Fate = "stored"
	Filtered  Fate = "filtered"
	Rejected  Fate = "rejected"
	Duplicate Fate = "duplicate"
)

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
}

// Decoded is what one request holds.
type Decoded struct {
	Events     []Event
	Exposures  []Exposure
	Rejections []Rejection
	// WriteKey is the key in the body, for clients that send it there.
	WriteKey string
}

// Received is how many events the request carried.
func (d *Decoded) Received() int { return len(d.Events) + len(d.Rejections) }

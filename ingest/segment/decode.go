package segment

import (
	"fmt"
	"slices"
	"sync"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Route is the path a request came by, which says what a single event is.
type Route uint8

// The routes.
const (
	Batch Route = iota
	Track
	Identify
	Page
	Screen
	Group
	Alias
	// Delivered is what Segment itself or a system like it delivers: one event, an array of them, or a batch. Times are
	// corrected already, and a user can be erased.
	Delivered
)

// Kind is the kind of a single-event route, "" where each item says its own.
func (r Route) Kind() schema.Kind {
	return [...]schema.Kind{
		Batch: "", Track: schema.Track, Identify: schema.Identify, Page: schema.Page, Screen: schema.Screen,
		Group: schema.Group, Alias: schema.Alias, Delivered: "",
	}[r]
}

// Request is what decoding depends on besides the body.
type Request struct {
	Route     Route
	Received  schema.Millis
	RequestID [16]byte
	Names     schema.Names
	// RetryCount above 0 marks a retry, which may carry an old sentAt.
	RetryCount int
	schema.Intake
	// MayErase says that the sender proved to be allowed to erase users: it holds a secret key.
	MayErase bool
}

// Limits of Segment's API, with slack: clients measure before batch-level fields are added, some in decimal, some in binary.
// Segment adds to what it delivers, and its webhooks deliver up to 4000 events at once.
const (
	MaxItems          = 2500
	MaxItemBytes      = 33 << 10
	MaxDelivered      = 5000
	MaxDeliveredBytes = 128 << 10
	sampleBytes       = 1024
)

func (r *Request) limits() (items, itemBytes int) {
	if r.Route == Delivered {
		return MaxDelivered, MaxDeliveredBytes
	}
	return MaxItems, MaxItemBytes
}

// Decode reads a body that has been decompressed. The error is a *schema.Error and means that the body is no JSON object; what
// is wrong with single items is in Rejections. Where a key stands twice, the last one counts.
//
// Strings of the result share the body's memory: the body must not be reused.
func Decode(body []byte, r Request) (*schema.Decoded, error) {
	if err := wire.Validate(body); err != nil {
		return nil, err
	}
	d := &decoder{Request: r, body: body, out: &schema.Decoded{Text: len(body)}}
	switch {
	case r.Route == Batch:
		return d.out, d.batch(body)
	case r.Route == Delivered && wire.IsArray(wire.Trim(body)):
		l, _ := d.list(wire.Trim(body))
		d.items(&l)
	case r.Route == Delivered && wire.IsArray(wire.Get(body, "batch")):
		return d.out, d.batch(body)
	default:
		d.single(body)
	}
	return d.out, nil
}

type decoder struct {
	Request
	body []byte
	out  *schema.Decoded
	// of the batch
	sent                  schema.Millis
	context, integrations []byte
	// of the last item that named its library
	lastContext []byte
	lastLibrary string
}

func (d *decoder) single(body []byte) {
	wire.Object(body, func(key string, value []byte) bool {
		if key == "writeKey" {
			d.out.WriteKey = wire.Text(value)
		}
		return true
	})
	f := d.fields(wire.Trim(body))
	d.item(0, &f)
}

func (d *decoder) batch(body []byte) error {
	var items list
	wire.Members(body, func(key string, rest []byte) (end int, more bool) {
		if key == "batch" {
			items, end = d.list(rest)
			return end, true
		}
		end = wire.End(rest)
		value := rest[:end]
		switch key {
		case "writeKey":
			d.out.WriteKey = wire.Text(value)
		case "sentAt":
			d.sent, _ = wire.Time(value)
		case "context":
			d.context = value
		case "integrations":
			d.integrations = value
		}
		return end, true
	})
	if !items.there {
		return schema.Errorf(400, "invalid_batch", "the body has no \"batch\" array; send {\"batch\": [ … ]}, or one event to its own route")
	}
	d.items(&items)
	return nil
}

// list is the items of a batch, found but not judged: what the batch says of all of them may stand behind them.
type list struct {
	there bool
	found []fields // of as many as a batch may have
	over  [][]byte // the others
}

// foundBefore is lists of fields that are cleared and serve again: they are as large as all that is made of a batch.
var foundBefore = sync.Pool{New: func() any { return new([]fields) }}

// list finds the items of the array that a text begins with, and where it ends.
func (d *decoder) list(text []byte) (l list, end int) {
	most, _ := d.limits()
	end = wire.Elements(text, func(n int, rest []byte) (end int, more bool) {
		if n >= most {
			end = wire.End(rest)
			l.over = append(l.over, rest[:end])
			return end, true
		}
		f := d.fields(rest)
		end = len(f.text)
		if n == 0 {
			l.found = slices.Grow(*foundBefore.Get().(*[]fields), min(len(text)/max(end, 1)+1, most))
		}
		l.found = append(l.found, f)
		return end, true
	})
	l.there = wire.IsArray(text) || wire.IsNull(text) // null is how some languages write an empty list
	return l, end
}

// items judges the items of a list, which must not be used any more.
func (d *decoder) items(l *list) {
	d.out.Events = make([]schema.Event, 0, len(l.found))
	for n := range l.found {
		d.item(n, &l.found[n])
	}
	for n, item := range l.over {
		d.out.Items++
		d.reject(len(l.found)+n, item, schema.TooMany, fmt.Sprintf("a batch may have %d events; this one was beyond and is not stored", len(l.found)))
	}
	clear(l.found)
	l.found = l.found[:0]
	foundBefore.Put(&l.found)
}

func (d *decoder) reject(n int, item []byte, reason schema.Reason, message string) {
	kind, event := d.Route.Kind(), wire.Text(wire.Get(item, "event"))
	if kind == "" {
		kind = schema.Kind(wire.Text(wire.Get(item, "type")))
	}
	if kind == schema.Page || kind == schema.Screen {
		event = wire.Text(wire.Get(item, "name"))
	}
	name := event
	if kind != "" && (kind != schema.Track || event != "") {
		name = d.Names.Of(schema.FromSegment, kind, event)
	}
	d.out.Rejections = append(d.out.Rejections, schema.Rejection{
		Item: n, Reason: reason, Message: message, Name: name,
		Sample: string(item[:min(len(item), sampleBytes)]), Offset: wire.Offset(d.body, item),
	})
}

// item puts one event, of which the fields were found, into the result, or rejects it.
func (d *decoder) item(n int, f *fields) {
	d.out.Items++
	_, most := d.limits()
	switch {
	case !wire.IsObject(f.text):
		d.reject(n, f.text, schema.BadRequest, "the item is not a JSON object")
		return
	case len(f.text) > most:
		d.reject(n, f.text, schema.TooLarge, fmt.Sprintf("the event has %d bytes, more than the %d that are allowed", len(f.text), most))
		return
	}
	if reason, message := d.check(f); reason != "" {
		d.reject(n, f.text, reason, message)
		return
	}
	if f.kind == schema.Delete {
		d.erase(n, f)
		return
	}
	f.context = merged(f.context, d.context)
	f.integrations = merged(f.integrations, d.integrations)
	e := d.event(n, f)
	e.Raw = wire.Share(f.text)
	if x, ok := exposure(&e, f); ok {
		d.out.Exposures = append(d.out.Exposures, x)
	}
	d.out.Events = append(d.out.Events, e)
}

// erase orders to forget the user, and the anonymous ID that stands beside.
func (d *decoder) erase(n int, f *fields) {
	at, _ := wire.Time(f.timestamp)
	for _, u := range []schema.UnitID{{Type: schema.UserID, Value: wire.ID(f.userID)}, {Type: schema.AnonymousID, Value: wire.ID(f.anonymousID)}} {
		if u.Value != "" {
			d.out.Erasures = append(d.out.Erasures, schema.Erasure{
				MessageID: wire.Identity(wire.ID(f.messageID), d.RequestID, n), Item: n, UnitType: u.Type, IDHash: schema.HashID(u.Value),
				Before: wire.Corrected(at, 0, d.Received, false), Received: d.Received,
			})
		}
	}
}

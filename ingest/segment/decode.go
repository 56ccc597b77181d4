package segment

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/zeebo/xxh3"

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
)

// Kind is the kind of a single-event route, "" for batches.
func (r Route) Kind() schema.Kind {
	return [...]schema.Kind{
		Batch: "", Track: schema.Track, Identify: schema.Identify, Page: schema.Page, Screen: schema.Screen,
		Group: schema.Group, Alias: schema.Alias,
	}[r]
}

// Request is what decoding depends on besides the body.
type Request struct {
	Route     Route
	Received  schema.Millis
	RequestID [16]byte
	Names     schema.Names
	// Delivered marks Segment's own deliveries, whose timestamp is corrected already.
	Delivered bool
	// RetryCount above 0 marks a retry, which may carry an old sentAt.
	RetryCount int
	// ValuePath is the dotted path of the property that is the event's value; "" is revenue, else value.
	ValuePath string
}

// Limits of Segment's API, with slack: clients measure before batch-level fields are added, some in decimal, some in binary.
const (
	MaxItems     = 2500
	MaxItemBytes = 33 << 10
	sampleBytes  = 1024
)

// Decode reads a body that has been decompressed. The error is a *schema.Error and means that the body is no JSON object; what
// is wrong with single items is in Rejections. Where a key stands twice, the last one counts.
//
// Strings of the result share the body's memory: the body must not be reused.
func Decode(body []byte, r Request) (*schema.Decoded, error) {
	if err := wire.Validate(body); err != nil {
		return nil, err
	}
	d := &decoder{Request: r, body: body, out: new(schema.Decoded)}
	if r.Route != Batch {
		d.single(body)
		return d.out, nil
	}
	return d.out, d.batch(body)
}

type decoder struct {
	Request
	body []byte
	out  *schema.Decoded
	// of the batch
	sent                  schema.Millis
	context, integrations []byte
}

func (d *decoder) single(body []byte) {
	wire.Object(body, func(key string, value []byte) bool {
		if key == "writeKey" {
			d.out.WriteKey = wire.Text(value)
		}
		return true
	})
	d.item(0, body)
}

func (d *decoder) batch(body []byte) error {
	var items []byte
	wire.Object(body, func(key string, value []byte) bool {
		switch key {
		case "batch":
			items = value
		case "writeKey":
			d.out.WriteKey = wire.Text(value)
		case "sentAt":
			d.sent, _ = wire.Time(value)
		case "context":
			d.context = value
		case "integrations":
			d.integrations = value
		}
		return true
	})
	if !wire.IsArray(items) {
		return schema.Errorf(400, "invalid_batch", "the body has no \"batch\" array; send {\"batch\": [ … ]}, or one event to its own route")
	}
	wire.Array(items, func(n int, item []byte) bool {
		if n == 0 {
			expected := min(len(items)/len(item)+1, MaxItems)
			d.out.Events = make([]schema.Event, 0, expected)
		}
		if n >= MaxItems {
			d.out.Items++
			d.reject(n, item, schema.TooMany, fmt.Sprintf("a batch may have %d events; this one was beyond and is not stored", MaxItems))
			return true
		}
		d.item(n, item)
		return true
	})
	return nil
}

func (d *decoder) reject(n int, item []byte, reason schema.Reason, message string) {
	name := wire.Text(wire.Get(item, "event"))
	d.out.Rejections = append(d.out.Rejections, schema.Rejection{
		Item: n, Reason: reason, Message: message, Name: name, Sample: string(item[:min(len(item), sampleBytes)]), Offset: wire.Offset(d.body, item),
	})
}

// item decodes one event into the result, or rejects it.
func (d *decoder) item(n int, item []byte) {
	d.out.Items++
	switch {
	case !wire.IsObject(item):
		d.reject(n, item, schema.BadRequest, "the item is not a JSON object")
		return
	case len(item) > MaxItemBytes:
		d.reject(n, item, schema.TooLarge, fmt.Sprintf("the event has %d bytes, more than the %d that are allowed", len(item), MaxItemBytes))
		return
	}
	f := d.fields(item)
	if reason, message := d.check(&f); reason != "" {
		d.reject(n, item, reason, message)
		return
	}
	e := d.event(n, &f)
	e.Raw = wire.Share(item)
	if x, ok := exposure(&e, &f); ok {
		d.out.Exposures = append(d.out.Exposures, x)
	}
	d.out.Events = append(d.out.Events, e)
}

// identity is the message's id: as sent, shortened if absurdly long, else made from where the item stood.
func (d *decoder) identity(n int, sent []byte) string {
	id := wire.ID(sent)
	switch {
	case id == "":
		return "ph-" + hex.EncodeToString(d.RequestID[:]) + "-" + strconv.Itoa(n)
	case len(id) > 256:
		return fmt.Sprintf("%s-%016x", id[:200], xxh3.HashString(id))
	default:
		return id
	}
}

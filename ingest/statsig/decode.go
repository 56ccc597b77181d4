package statsig

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Request is what decoding depends on besides the body.
type Request struct {
	Received   schema.Millis
	RequestID  [16]byte
	ClientTime schema.Millis // STATSIG-CLIENT-TIME or t=, 0 when absent
	RetryCount int
	// Resolve turns the hash of a gate's or experiment's name back into the name; what it does not know it returns as it is. JS
	// clients send hashed names where they know no other.
	Resolve func(name string) string
}

// Unwrap undoes the encoding that JS clients ask for with se=1: base64, reversed.
func Unwrap(body []byte) ([]byte, error) {
	text := slices.Clone(wire.Trim(body))
	slices.Reverse(text)
	plain, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return nil, schema.Errorf(400, "bad_encoding", "the body is marked as encoded (se=1) but is not reversed base64: %v", err)
	}
	return plain, nil
}

// Decode reads the body of log_event or rgstr, which has been decompressed and unwrapped. The error is a *schema.Error and means
// that the body is no such JSON; what is wrong with single items is in Rejections. Strings of the result share the body's memory: the body
// must not be reused.
func Decode(body []byte, r Request) (*schema.Decoded, error) {
	d, err := newDecoder(body, r)
	if err != nil {
		return nil, err
	}
	var events []byte
	wire.Object(body, func(key string, value []byte) bool {
		switch key {
		case "events":
			events = value
		case "statsigMetadata":
			d.metadata = value
		case "clientTime": // beacons cannot send headers
			if at, ok := wire.Time(value); ok && d.ClientTime == 0 {
				d.ClientTime = at
			}
		}
		return true
	})
	if events == nil || !wire.IsArray(events) && !wire.IsNull(events) {
		return nil, schema.Errorf(400, "invalid_events", "the body has no \"events\" array; send {\"events\": [ … ]}")
	}
	d.each(events, d.logged)
	return d.out, nil
}

func newDecoder(body []byte, r Request) (*decoder, error) {
	if err := wire.Validate(body); err != nil {
		return nil, err
	}
	if r.Resolve == nil {
		r.Resolve = func(name string) string { return name }
	}
	return &decoder{Request: r, body: body, out: &schema.Decoded{Text: len(body)}}, nil
}

type decoder struct {
	Request
	body     []byte
	out      *schema.Decoded
	metadata []byte // of the request
	seen     map[uint64]schema.Millis
}

// Limits with slack: SDKs flush at 1000 or 2000 events.
const (
	maxItems     = 20_000
	maxItemBytes = 256 << 10
	sampleBytes  = 1024
)

// each decodes the elements of an array, or rejects those that no decoder has to look at.
func (d *decoder) each(items []byte, decode func(n int, item []byte)) {
	wire.Array(items, func(n int, item []byte) bool {
		d.out.Items++
		switch {
		case n >= maxItems:
			d.reject(n, item, "", schema.TooMany, fmt.Sprintf("a request may have %d events; this one was beyond and is not stored", maxItems))
		case !wire.IsObject(item):
			d.reject(n, item, "", schema.BadRequest, "the item is not a JSON object")
		case len(item) > maxItemBytes:
			d.reject(n, item, "", schema.TooLarge, fmt.Sprintf("the event has %d bytes, more than the %d that are allowed", len(item), maxItemBytes))
		default:
			decode(n, item)
		}
		return true
	})
}

func (d *decoder) reject(n int, raw []byte, name string, reason schema.Reason, message string) {
	d.out.Rejections = append(d.out.Rejections, schema.Rejection{
		Item: n, Reason: reason, Message: message, Name: name, Sample: string(raw[:min(len(raw), sampleBytes)]), Offset: wire.Offset(d.body, raw),
	})
}

// item is one logged event, before it is known what it is.
type item struct {
	raw                               []byte
	name, id                          string
	user, value, metadata, time, meta []byte
	secondary                         []byte
	extra                             wire.Builder
}

// logged decodes one item of log_event.
func (d *decoder) logged(n int, raw []byte) {
	it := item{raw: raw}
	wire.Object(raw, func(key string, v []byte) bool {
		switch key {
		case "eventName":
			it.name = wire.ID(v)
		case "user":
			it.user = v
		case "value":
			it.value = v
		case "metadata":
			it.metadata = v
		case "time":
			it.time = v
		case "statsigMetadata":
			it.meta = v
		case "secondaryExposures":
			it.secondary = v
		default:
			it.extra.Add(key, v)
		}
		return true
	})
	d.take(n, &it)
}

// take puts an item where it belongs: exposures, events of the SDK itself, or events.
func (d *decoder) take(n int, it *item) {
	if it.name == "" {
		d.reject(n, it.raw, "", schema.EventNotDefined, "the event has no name: it needs an eventName")
		return
	}
	e := d.event(n, it)
	kind, exposed := exposureKind(it.name)
	if e.Kind == schema.Logged && e.UserID == "" && e.AnonymousID == "" && len(e.UnitIDs) == 0 {
		d.reject(n, it.raw, it.name, schema.NoUserAnonID, "the event has no user: it needs a userID, a custom ID, or a stableID")
		return
	}
	if exposed {
		d.exposures(kind, &e, it)
		return
	}
	d.out.Events = append(d.out.Events, e)
}

// meta is a field of the event's statsigMetadata, else of the request's.
func (d *decoder) meta(it *item, key string) string {
	if v := wire.ID(wire.Get(it.meta, key)); v != "" {
		return v
	}
	return wire.ID(wire.Get(d.metadata, key))
}

func (d *decoder) event(n int, it *item) schema.Event {
	e := schema.Event{
		MessageID: d.identity(n, it), Item: n, Kind: kindOf(it.name), Event: it.name, Name: it.name, Received: d.Received,
		Environment: schema.Production, Sent: d.ClientTime, Library: d.library(it), Raw: wire.Share(it.raw),
	}
	var ok bool
	if e.Original, ok = wire.Time(it.time); !ok {
		e.TimeGuessed = !wire.IsNull(it.time)
	}
	e.Time = wire.Corrected(e.Original, d.ClientTime, d.Received, d.RetryCount > 0)
	fillUser(&e, it.user)
	if stable := d.meta(it, "stableID"); e.UnitIDs.Get(schema.StableID) == "" {
		e.UnitIDs.Set(schema.StableID, stable)
	}
	if wire.IsObject(it.metadata) {
		e.Properties = wire.Share(it.metadata)
	} else if !wire.IsNull(it.metadata) {
		it.extra.Add("metadata", it.metadata)
	}
	if e.Value, e.HasValue = wire.Number(it.value); !e.HasValue && !wire.IsNull(it.value) {
		it.extra.Add("value", it.value)
	}
	e.Extra = it.extra.String()
	return e
}

func (d *decoder) library(it *item) string {
	name, version := d.meta(it, "sdkType"), d.meta(it, "sdkVersion")
	if name == "" && version == "" {
		return ""
	}
	return name + "/" + version
}

// kindOf tells what an SDK says of itself from what it was told to log. Exposures and auto-captured events are not its own.
func kindOf(name string) schema.Kind {
	if _, exposed := exposureKind(name); !exposed && strings.HasPrefix(name, "statsig::") {
		return schema.Internal
	}
	return schema.Logged
}

// identity is the one the item has, else a hash of it in its session and place; without a session, of where it stood.
func (d *decoder) identity(n int, it *item) string {
	if session := d.meta(it, "sessionID"); it.id == "" && session != "" {
		return "sdk-" + hashed(session, n, it.raw)
	}
	return wire.Identity(it.id, d.RequestID, n)
}

func hashed(session string, n int, raw []byte) string {
	h := xxh3.New()
	fmt.Fprintf(h, "%q %d ", session, n)
	h.Write(raw)
	sum := h.Sum128().Bytes()
	return hex.EncodeToString(sum[:])
}

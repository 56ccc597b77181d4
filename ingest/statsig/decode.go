package statsig

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
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
}

// Unwrap undoes the encoding that JS clients ask for with se=1: base64, reversed.
func Unwrap(body []byte) ([]byte, error) {
	text := slices.Clone(body)
	slices.Reverse(text)
	plain, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return nil, schema.Errorf(400, "bad_encoding", "the body is marked as encoded (se=1) but is not reversed base64: %v", err)
	}
	return plain, nil
}

// Decode reads a body that has been decompressed and unwrapped. The error is a *schema.Error and means that the body is no JSON.
// Strings of the result share the body's memory: the body must not be reused.
func Decode(body []byte, r Request) (*schema.Decoded, error) {
	if err := wire.Validate(body); err != nil {
		return nil, err
	}
	d := &decoder{Request: r, body: body, out: new(schema.Decoded)}
	var events []byte
	wire.Object(body, func(key string, value []byte) bool {
		switch key {
		case "events":
			events = value
		case "statsigMetadata":
			d.metadata = value
		}
		return true
	})
	wire.Array(events, func(n int, item []byte) bool { d.item(n, item); return true })
	return d.out, nil
}

type decoder struct {
	Request
	body     []byte
	out      *schema.Decoded
	metadata []byte // of the request
}

// item is one logged event, before it is known what it is.
type item struct {
	name                              string
	user, value, metadata, time, meta []byte
	secondary                         []byte
	extra                             wire.Builder
}

func (d *decoder) item(n int, raw []byte) {
	d.out.Items++
	var it item
	wire.Object(raw, func(key string, v []byte) bool {
		switch key {
		case "eventName":
			it.name = wire.Text(v)
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
	e := d.event(n, raw, &it)
	e.Raw = wire.Share(raw)
	switch {
	case it.name == "":
		d.reject(n, raw, schema.EventNotDefined, "the event has no eventName")
	case e.UserID == "" && e.AnonymousID == "" && len(e.UnitIDs) == 0:
		d.reject(n, raw, schema.NoUserAnonID, "the event has no user: it needs a userID, a custom ID, or a stableID")
	case strings.HasPrefix(it.name, "statsig::") && strings.HasSuffix(it.name, "_exposure"):
		d.exposures(&e, &it)
	default:
		d.out.Events = append(d.out.Events, e)
	}
}

func (d *decoder) reject(n int, raw []byte, reason schema.Reason, message string) {
	const sample = 1024
	d.out.Rejections = append(d.out.Rejections, schema.Rejection{
		Item: n, Reason: reason, Message: message, Sample: string(raw[:min(len(raw), sample)]),
		Offset: wire.Offset(d.body, raw),
	})
}

// meta is a field of the event's statsigMetadata, else of the request's.
func (d *decoder) meta(it *item, key string) string {
	if v := wire.ID(wire.Get(it.meta, key)); v != "" {
		return v
	}
	return wire.ID(wire.Get(d.metadata, key))
}

func (d *decoder) event(n int, raw []byte, it *item) schema.Event {
	e := schema.Event{
		MessageID: d.identity(n, raw, it), Item: n, Kind: schema.Logged, Event: it.name, Name: it.name, Received: d.Received,
		Environment: schema.Production, Sent: d.ClientTime, Library: d.meta(it, "sdkType") + "/" + d.meta(it, "sdkVersion"),
	}
	var ok bool
	if e.Original, ok = wire.Time(it.time); !ok {
		e.TimeGuessed = !wire.IsNull(it.time)
	}
	e.Time = wire.Corrected(e.Original, d.ClientTime, d.Received, false)
	fillUser(&e, it.user)
	if stable := d.meta(it, "stableID"); e.UnitIDs.Get(schema.StableID) == "" {
		e.UnitIDs.Set(schema.StableID, stable)
	}
	if wire.IsObject(it.metadata) {
		e.Properties = wire.Share(it.metadata)
	}
	if e.Value, e.HasValue = wire.Number(it.value); !e.HasValue && !wire.IsNull(it.value) {
		it.extra.Add("value", it.value)
	}
	e.Extra = it.extra.String()
	return e
}

// identity is a hash of the item in its session and place; without a session, of where it stood.
func (d *decoder) identity(n int, raw []byte, it *item) string {
	session := d.meta(it, "sessionID")
	if session == "" {
		return "ph-" + hex.EncodeToString(d.RequestID[:]) + "-" + strconv.Itoa(n)
	}
	h := xxh3.New()
	fmt.Fprintf(h, "%q %d ", session, n)
	h.Write(raw)
	sum := h.Sum128().Bytes()
	return "sdk-" + hex.EncodeToString(sum[:])
}

// fillUser reads the user: ids into their columns, the rest as user properties, private attributes not at all.
func fillUser(e *schema.Event, user []byte) {
	var rest wire.Builder
	wire.Object(user, func(key string, v []byte) bool {
		switch key {
		case "userID":
			e.UserID = wire.ID(v)
		case "customIDs":
			wire.Object(v, func(unitType string, id []byte) bool { setUnit(e, unitType, wire.ID(id)); return true })
		case "statsigEnvironment":
			if tier := wire.Text(wire.Get(v, "tier")); tier != "" {
				e.Environment = strings.ToLower(tier)
			}
		case "privateAttributes":
		default:
			if !wire.IsNull(v) {
				rest.Add(key, v)
			}
		}
		return true
	})
	e.UserProperties = rest.String()
}

func setUnit(e *schema.Event, unitType, id string) {
	if strings.EqualFold(unitType, string(schema.AnonymousID)) {
		e.AnonymousID = id
		return
	}
	e.UnitIDs.Set(schema.UnitType(unitType), id)
}

// exposures adds the exposure that an item is, and those of the gates that were asked on the way.
func (d *decoder) exposures(e *schema.Event, it *item) {
	get := func(key string) string { return wire.ID(wire.Get(it.metadata, key)) }
	x := schema.Exposure{
		MessageID: e.MessageID, Item: e.Item, Time: e.Time, Received: e.Received, UserID: e.UserID, AnonymousID: e.AnonymousID,
		UnitIDs: e.UnitIDs, Environment: e.Environment, UserProperties: e.UserProperties, Library: e.Library,
		Rule: get("ruleID"), Reason: get("reason"), Raw: e.Raw,
	}
	switch strings.TrimSuffix(strings.TrimPrefix(it.name, "statsig::"), "_exposure") {
	case "gate":
		x.Kind, x.Name, x.Value = schema.GateExposure, get("gate"), get("gateValue")
	case "layer":
		x.Kind, x.Name, x.Layer, x.Value = schema.LayerExposure, get("allocatedExperiment"), get("config"), get("parameterName")
	default:
		x.Kind, x.Name = schema.ConfigExposure, get("config")
	}
	if x.Name != "" || x.Layer != "" {
		d.out.Exposures = append(d.out.Exposures, x)
	}
	wire.Array(it.secondary, func(_ int, gate []byte) bool {
		s := x
		s.Kind, s.Secondary, s.Layer = schema.GateExposure, true, ""
		s.Name, s.Value, s.Rule = wire.ID(wire.Get(gate, "gate")), wire.ID(wire.Get(gate, "gateValue")), wire.ID(wire.Get(gate, "ruleID"))
		if s.Name != "" {
			d.out.Exposures = append(d.out.Exposures, s)
		}
		return true
	})
}

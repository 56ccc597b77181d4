package segment

import (
	"bytes"
	"strings"

	"github.com/pulsehouse/pulsehouse/ingest/audience"
	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// event makes the event from checked fields.
func (d *decoder) event(n int, f *fields) schema.Event {
	e := schema.Event{
		MessageID: wire.Identity(wire.ID(f.messageID), d.RequestID, n), Item: n, Kind: f.kind, Received: d.Received, Environment: schema.Production,
		UserID: wire.ID(f.userID), AnonymousID: wire.ID(f.anonymousID), GroupID: wire.ID(f.groupID), PreviousID: wire.ID(f.previousID),
		Traits: object(f.traits), Context: object(f.context), Integrations: object(f.integrations),
	}
	if f.kind == schema.Page || f.kind == schema.Screen {
		e.Event = wire.Text(f.name)
	} else {
		e.Event = wire.Text(f.event)
		if wire.IsString(f.name) {
			f.extra.Add("name", f.name)
		}
	}
	e.Name = d.Names.Of(schema.FromSegment, f.kind, e.Event)
	d.times(&e, f)
	d.fromContext(&e, f)
	d.properties(&e, f.properties)
	if f.kind == schema.Identify || f.kind == schema.Group {
		e.Traits = lift(&e, f.traits, func(string, []byte) {})
	}
	d.mapIdentifiers(&e, f)
	e.Extra = f.extra.String()
	return e
}

func object(b []byte) string {
	if !wire.IsObject(b) {
		return ""
	}
	return wire.Share(b)
}

// times fills the three times as written and the one that counts.
func (d *decoder) times(e *schema.Event, f *fields) {
	at, ok := wire.Time(f.timestamp)
	e.TimeGuessed = !ok && !wire.IsNull(f.timestamp)
	if e.Sent = d.sent; !wire.IsNull(f.sentAt) {
		e.Sent, _ = wire.Time(f.sentAt)
	}
	original, written := wire.Time(f.original)
	if written && !ok { // a delivery that nobody has corrected
		e.Original, e.Time = original, wire.Corrected(original, e.Sent, d.Received, d.RetryCount > 0)
		return
	}
	if e.Original = at; d.Route == Delivered {
		if written {
			e.Original = original
		}
		e.Time = wire.Corrected(at, 0, d.Received, false)
		return
	}
	e.Time = wire.Corrected(at, e.Sent, d.Received, d.RetryCount > 0)
}

// fromContext takes from the context what has a column.
func (d *decoder) fromContext(e *schema.Event, f *fields) {
	wire.Object(f.context, func(key string, value []byte) bool {
		switch key {
		case "library":
			if wire.IsObject(value) {
				e.Library = d.libraryOf(value)
			}
		case "groupId":
			if e.GroupID == "" {
				e.GroupID = wire.ID(value)
			}
		case "personas":
			d.audience(e, f, value)
		}
		return true
	})
}

// libraryOf is name/version; the items of a batch most often have the same one.
func (d *decoder) libraryOf(context []byte) string {
	if !bytes.Equal(context, d.lastContext) || d.lastContext == nil {
		d.lastContext, d.lastLibrary = context, wire.Text(wire.Get(context, "name"))+"/"+wire.ID(wire.Get(context, "version"))
	}
	return d.lastLibrary
}

// audience notes what an audience call asks of a list.
func (d *decoder) audience(e *schema.Event, f *fields, personas []byte) {
	said := f.traits
	if f.kind == schema.Track {
		said = f.properties
	}
	if e.Audience = audience.Read(personas, said); e.Audience != "" {
		e.Name = d.Names.OfAudience(e.Audience)
	}
}

// properties takes the value, lifts out what belongs to Statsig's integration, and keeps the rest as it was written.
func (d *decoder) properties(e *schema.Event, properties []byte) {
	var revenue, value []byte
	e.Properties = lift(e, properties, func(key string, v []byte) {
		switch key {
		case "revenue":
			revenue = v
		case "value":
			value = v
		}
	})
	if d.ValuePath != "" {
		if e.Value, e.HasValue = wire.Number(wire.Get(properties, d.ValuePath)); e.HasValue {
			return
		}
	}
	if e.Value, e.HasValue = wire.Number(revenue); !e.HasValue {
		e.Value, e.HasValue = wire.Number(value)
	}
}

// lift takes out of properties or traits what Statsig's integration puts there, shows the rest to others, and returns it.
func lift(e *schema.Event, properties []byte, others func(key string, value []byte)) string {
	if !wire.IsObject(properties) {
		return ""
	}
	lifted := false
	wire.Object(properties, func(key string, v []byte) bool {
		switch key {
		case "statsigCustomIDs":
			pairs(v, func(k string, id []byte) { setUnit(e, k, wire.ID(id)) })
		case "statsigCustom":
			var b wire.Builder
			pairs(v, func(k string, v []byte) { b.Add(k, v) })
			e.UserProperties = b.String()
		case "statsigEnvironment":
			if tier := tierOf(v); tier != "" {
				e.Environment = tier
			}
		default:
			others(key, v)
			return true
		}
		lifted = true
		return true
	})
	if lifted {
		return without(properties)
	}
	return wire.Share(properties)
}

// tierOf reads {"tier": "staging"}, or the tier alone.
func tierOf(environment []byte) string {
	tier := wire.Text(environment)
	if wire.IsObject(environment) {
		tier = wire.Text(wire.Get(environment, "tier"))
	}
	return strings.ToLower(strings.TrimSpace(tier))
}

// mapIdentifiers fills the unit IDs that the event does not name itself from the fields that the settings map.
func (d *decoder) mapIdentifiers(e *schema.Event, f *fields) {
	for _, m := range d.MapIdentifiers {
		if e.UnitIDs.Get(m.IDType) != "" {
			continue
		}
		from, path := f.text, m.Field
		if rest, ok := strings.CutPrefix(path, "context."); ok {
			from, path = f.context, rest // with what the batch adds
		}
		setUnit(e, string(m.IDType), wire.ID(wire.Get(from, path)))
	}
}

// without is the properties less those that became columns.
func without(properties []byte) string {
	var b wire.Builder
	wire.Object(properties, func(key string, value []byte) bool {
		switch key {
		case "statsigCustomIDs", "statsigCustom", "statsigEnvironment":
		default:
			b.Add(key, value)
		}
		return true
	})
	if text := b.String(); text != "" {
		return text
	}
	return "{}"
}

// pairs reads [k1, v1, k2, v2, …], where a last key without a value is dropped, or an object.
func pairs(b []byte, f func(key string, value []byte)) {
	wire.Object(b, func(key string, value []byte) bool { f(key, value); return true })
	key := ""
	wire.Array(b, func(n int, v []byte) bool {
		if n%2 == 0 {
			key = wire.ID(v)
		} else if key != "" {
			f(key, v)
		}
		return true
	})
}

// setUnit adds a custom id; userID and anonymousID are no custom types and only fill what the call left open.
func setUnit(e *schema.Event, unitType, id string) {
	switch strings.ToLower(unitType) {
	case "userid":
		if e.UserID == "" {
			e.UserID = id
		}
	case "anonymousid":
		if e.AnonymousID == "" {
			e.AnonymousID = id
		}
	default:
		e.UnitIDs.Set(schema.UnitType(unitType), id)
	}
}

// exposure makes the exposure that a track event "Experiment Viewed" is: in Segment's words (experiment_id, variation_id, and
// their names), GrowthBook's (experimentId, variationId) or Eppo's (experiment, variation), which has a name of its own, too.
func exposure(e *schema.Event, f *fields) (x schema.Exposure, ok bool) {
	if e.Kind != schema.Track || !strings.EqualFold(e.Event, "Experiment Viewed") && e.Event != "Eppo Randomization Event" {
		return x, false
	}
	first := func(keys ...string) string {
		for _, key := range keys {
			if id := wire.ID(wire.Get(f.properties, key)); id != "" {
				return id
			}
		}
		return ""
	}
	x = schema.Exposure{
		MessageID: e.MessageID, Item: e.Item, Kind: schema.Viewed, Time: e.Time, Received: e.Received, UserID: e.UserID,
		AnonymousID: e.AnonymousID, UnitIDs: e.UnitIDs, Environment: e.Environment, UserProperties: e.UserProperties, Library: e.Library,
		Name:     first("experiment_id", "experimentId", "experiment", "experiment_name", "experimentName", "featureFlag"),
		Rule:     first("variation_id", "variationId", "variation"),
		RuleName: first("variation_name", "variationName"),
	}
	return x, x.Name != "" && (x.Rule != "" || x.RuleName != "")
}

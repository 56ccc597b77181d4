package segment

import (
	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// fields are the raw values of one item's top level; those without a column of their own are collected in extra.
type fields struct {
	text                                                   []byte // the item
	kind                                                   schema.Kind
	kindRaw, messageID, userID, anonymousID, groupID       []byte
	previousID, event, name, category, timestamp, original []byte
	sentAt, properties, traits, context, integrations      []byte
	extra                                                  wire.Builder
}

// fields finds the item that a text begins with, and its fields. An item that is no object has none.
func (d *decoder) fields(text []byte) (f fields) {
	f.kind = d.Route.Kind()
	end := wire.Object(text, func(key string, value []byte) bool {
		place := f.place(key)
		if place != nil {
			*place = value
		}
		if place == nil && key != "writeKey" || place == &f.category {
			f.extra.Add(key, value)
		}
		return true
	})
	if f.kind == "" {
		f.kind = schema.Kind(wire.Text(f.kindRaw))
	}
	f.text = text[:end]
	return f
}

// place is where a top-level field goes, nil when it has no column.
func (f *fields) place(key string) *[]byte {
	switch key {
	case "type":
		return &f.kindRaw
	case "messageId":
		return &f.messageID
	case "userId":
		return &f.userID
	case "anonymousId":
		return &f.anonymousID
	case "groupId":
		return &f.groupID
	case "previousId":
		return &f.previousID
	case "event":
		return &f.event
	case "name":
		return &f.name
	case "category":
		return &f.category // kept in extra, too
	case "timestamp":
		return &f.timestamp
	case "originalTimestamp":
		return &f.original
	case "sentAt":
		return &f.sentAt
	case "properties":
		return &f.properties
	case "traits":
		return &f.traits
	case "context":
		return &f.context
	case "integrations":
		return &f.integrations
	default:
		return nil
	}
}

// merged is the item's object with those members of the batch's that the item does not have.
func merged(item, batch []byte) []byte {
	if !wire.IsObject(batch) {
		return item
	}
	if !wire.IsObject(item) {
		return batch
	}
	var b wire.Builder
	missing := false
	wire.Object(batch, func(key string, value []byte) bool {
		if has(item, key) {
			return true
		}
		missing = true
		b.Add(key, value)
		return true
	})
	if !missing {
		return item
	}
	wire.Object(item, func(key string, value []byte) bool { b.Add(key, value); return true })
	return []byte(b.String())
}

func has(object []byte, name string) (found bool) {
	wire.Object(object, func(key string, _ []byte) bool { found = key == name; return !found })
	return found
}

// check applies Segment's rules, and answers with its reason codes.
func (d *decoder) check(f *fields) (schema.Reason, string) {
	switch f.kind {
	case schema.Track, schema.Identify, schema.Page, schema.Screen, schema.Group, schema.Alias:
	case schema.Delete:
		if d.Route != Delivered || !d.MayErase {
			return schema.NotAllowed, "a user is erased only by a delivery to a webhook route with a server key: write keys are public"
		}
	case "":
		return schema.UnknownType, "the item has no \"type\"; it is one of track, identify, page, screen, group, alias"
	default:
		return schema.UnknownType, "the type " + string(wire.Quote(string(f.kind))) + " is none of track, identify, page, screen, group, alias"
	}
	for _, id := range [][]byte{f.userID, f.anonymousID, f.groupID, f.previousID} {
		if wire.IsObject(id) || wire.IsArray(id) {
			return schema.IDNotString, "an id is an object or array; ids are strings"
		}
	}
	if wire.ID(f.userID) == "" && wire.ID(f.anonymousID) == "" {
		return schema.NoUserAnonID, "the event has neither userId nor anonymousId; it needs at least one, not empty"
	}
	if reason, message := checkKind(f); reason != "" {
		return reason, message
	}
	if !wire.IsNull(f.properties) && !wire.IsObject(f.properties) {
		return schema.PropertiesNotObject, "properties is not a JSON object"
	}
	if !wire.IsNull(f.traits) && !wire.IsObject(f.traits) {
		return schema.TraitsNotObject, "traits is not a JSON object"
	}
	return "", ""
}

// checkKind applies the rules of single kinds.
func checkKind(f *fields) (schema.Reason, string) {
	switch f.kind {
	case schema.Track:
		if wire.IsNull(f.event) {
			return schema.EventNotDefined, "a track event needs its name in \"event\""
		}
		if !wire.IsString(f.event) || wire.Text(f.event) == "" {
			return schema.EventNotString, "\"event\" is not a string, or empty"
		}
	case schema.Page, schema.Screen:
		if !wire.IsNull(f.name) && (!wire.IsString(f.name) || wire.Text(f.name) == "") {
			return schema.NameNotString, "\"name\" is not a string, or empty; leave it out if there is none"
		}
		if !wire.IsNull(f.category) && !wire.IsString(f.category) {
			return schema.CategoryNotString, "\"category\" is not a string"
		}
	case schema.Group:
		if wire.ID(f.groupID) == "" {
			return schema.IDRequired, "a group call needs a groupId"
		}
	case schema.Alias:
		if wire.ID(f.previousID) == "" || wire.ID(f.userID) == "" {
			return schema.IDRequired, "an alias call needs previousId and userId"
		}
	}
	return "", ""
}

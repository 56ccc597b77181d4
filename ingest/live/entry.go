package live

import (
	"encoding/json"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema"
)

// entries calls f with every item of a request and its text; of stored events and exposures, which are most, only with those for which look
// says yes. What f gets shares the request's memory.
func entries(r *Request, look func() bool, f func(e *schema.LiveEntry, raw string)) {
	base := schema.LiveEntry{Received: r.Received.Time(), Source: r.Source, SourceKind: r.SourceKind}
	if r.Refused != nil {
		e := base
		e.Time, e.Fate, e.Reason, e.Message = e.Received, schema.Refused, schema.Reason(r.Refused.Code), r.Refused.Message
		f(&e, "")
	}
	for i := range r.Rows.Events {
		if !look() {
			continue
		}
		e := event(base, &r.Rows.Events[i])
		e.Fate = schema.Stored
		f(&e, r.Rows.Events[i].Raw)
	}
	for i := range r.Rows.Filtered {
		e := event(base, &r.Rows.Filtered[i].Event)
		e.Fate, e.Reason = schema.Filtered, r.Rows.Filtered[i].Reason
		f(&e, r.Rows.Filtered[i].Raw)
	}
	r.Rows.ExposureOnly(func(x *schema.Exposure) {
		if look() {
			e := exposure(base, x)
			f(&e, x.Raw)
		}
	})
	r.Rows.ErasureItems(func(x *schema.Erasure) {
		e := base
		e.Time, e.Fate, e.Name, e.MessageID = e.Received, schema.Stored, schema.ErasureName, x.MessageID
		f(&e, "")
	})
	for i := range r.Rows.Rejections {
		x := &r.Rows.Rejections[i]
		e := base
		e.Time, e.Fate, e.Reason, e.Message, e.Name = e.Received, schema.Rejected, x.Reason, x.Message, x.Name
		f(&e, x.Sample)
	}
}

func event(e schema.LiveEntry, from *schema.Event) schema.LiveEntry {
	e.Time, e.Kind, e.Name, e.Event, e.MessageID = from.Time.Time(), string(from.Kind), from.Name, from.Event, from.MessageID
	e.UserID, e.AnonymousID, e.UnitIDs = from.UserID, from.AnonymousID, units(from.UnitIDs)
	e.Environment, e.Library = from.Environment, from.Library
	if from.HasValue {
		e.Value = &from.Value
	}
	return e
}

func exposure(e schema.LiveEntry, from *schema.Exposure) schema.LiveEntry {
	e.Time, e.Kind, e.Name, e.MessageID = from.Time.Time(), "exposure", schema.ExposureName(from.Kind), from.MessageID
	e.Event, e.Fate = from.Name, schema.Stored
	e.UserID, e.AnonymousID, e.UnitIDs = from.UserID, from.AnonymousID, units(from.UnitIDs)
	e.Environment, e.Library = from.Environment, from.Library
	return e
}

func units(ids schema.UnitIDs) map[string]string {
	if len(ids) == 0 {
		return nil
	}
	all := make(map[string]string, len(ids))
	for _, id := range ids {
		all[string(id.Type)] = id.Value
	}
	return all
}

// clone copies the entry out of the request's memory, which is a whole batch.
func clone(e *schema.LiveEntry, raw string) schema.LiveEntry {
	c := *e
	for _, s := range []*string{&c.Name, &c.Event, &c.MessageID, &c.UserID, &c.AnonymousID, &c.Environment, &c.Library, &c.Message} {
		*s = strings.Clone(*s)
	}
	if c.UnitIDs != nil {
		c.UnitIDs = make(map[string]string, len(e.UnitIDs))
		for t, id := range e.UnitIDs {
			c.UnitIDs[strings.Clone(t)] = strings.Clone(id)
		}
	}
	if c.Value != nil {
		v := *c.Value
		c.Value = &v
	}
	if len(raw) <= rawBytes && json.Valid([]byte(raw)) {
		c.Raw = json.RawMessage(raw) // a copy
	} else {
		c.RawText = strings.ToValidUTF8(strings.Clone(raw[:min(len(raw), rawBytes)]), "\uFFFD")
	}
	return c
}

// size estimates the memory of an entry.
func size(e *schema.LiveEntry) int {
	return len(e.Raw) + len(e.RawText) + len(e.Message) + 100*len(e.UnitIDs) + 512
}

package statsig

import (
	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// DecodeWebhook reads the body of the generic event webhook: one event {user, event, value, metadata, timestamp}, an array of them,
// or an object that holds the array as events, data or batch.
func DecodeWebhook(body []byte, r Request) (*schema.Decoded, error) {
	d, err := newDecoder(body, r)
	if err != nil {
		return nil, err
	}
	body = wire.Trim(body)
	list := body
	for _, name := range []string{"events", "data", "batch"} {
		if inner := wire.Get(body, name); wire.IsObject(body) && wire.IsArray(inner) {
			list = inner
			break
		}
	}
	if wire.IsArray(list) {
		d.each(list, d.hooked)
		return d.out, nil
	}
	if !wire.IsObject(body) {
		return nil, schema.Errorf(400, "invalid_event", "the body is neither a JSON object nor an array of them; send {\"user\": {\"userID\": …}, \"event\": …}")
	}
	d.out.Items++
	d.hooked(0, body)
	return d.out, nil
}

// hooked decodes one event of the webhook. Senders repeat what was not answered, so an event with a time of its own is known again by
// its content; one without is known by where it stood.
func (d *decoder) hooked(n int, raw []byte) {
	it := item{raw: raw}
	userID := ""
	wire.Object(raw, func(key string, v []byte) bool {
		switch key {
		case "event", "eventName":
			it.name = wire.ID(v)
		case "user":
			it.user = v
		case "userID", "userId":
			userID = wire.ID(v)
		case "value":
			it.value = v
		case "metadata":
			it.metadata = v
		case "timestamp", "time":
			it.time = v
		case "statsigMetadata":
			it.meta = v
		case "secondaryExposures":
			it.secondary = v
		case "messageId", "messageID", "eventID", "timeUUID":
			it.id = wire.ID(v)
		default:
			it.extra.Add(key, v)
		}
		return true
	})
	if _, ok := wire.Time(it.time); ok && it.id == "" {
		it.id = "hook-" + hashed("", n, raw)
	}
	if len(it.user) == 0 && userID != "" {
		it.user = append(append([]byte(`{"userID":`), wire.Quote(userID)...), '}')
	}
	d.take(n, &it)
}

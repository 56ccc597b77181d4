package ingest

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
)

// filter takes out the events that the source's filter leaves out, with the exposures made of them. What it took is noted by
// place in the request, so that decoding the spooled request again leaves out the same, whatever the filter says by then.
func filter(f *schema.EventFilter, rows *schema.Decoded) (places bitmap) {
	if f == nil {
		return nil
	}
	for i := range rows.Events {
		if e := &rows.Events[i]; !f.Stores(e.Name) {
			places = places.with(e.Item)
		}
	}
	leaveOut(places, rows, schema.ByEventFilter)
	return places
}

// returned takes out what this instance sent to a destination and somebody delivered back: it would count a second time. Which
// events these are follows from their ids.
func returned(instance string, rows *schema.Decoded) {
	var places bitmap
	for i := range rows.Events {
		if e := &rows.Events[i]; schema.Exported(instance, e.MessageID) {
			places = places.with(e.Item)
		}
	}
	leaveOut(places, rows, schema.OwnExport)
}

// leaveOut moves the events at some places to those that were filtered.
func leaveOut(places bitmap, rows *schema.Decoded, reason schema.Reason) {
	if len(places) == 0 {
		return
	}
	rows.Events = slices.DeleteFunc(rows.Events, func(e schema.Event) bool {
		if !places.has(e.Item) {
			return false
		}
		rows.Filtered = append(rows.Filtered, schema.FilteredEvent{Event: e, Reason: reason})
		return true
	})
	rows.Exposures = slices.DeleteFunc(rows.Exposures, func(x schema.Exposure) bool { return places.has(x.Item) })
}

// bitmap is a set of places in a request.
type bitmap []byte

func (b bitmap) has(n int) bool { return n/8 < len(b) && b[n/8]&(1<<(n%8)) != 0 }

func (b bitmap) with(n int) bitmap {
	for n/8 >= len(b) {
		b = append(b, 0)
	}
	b[n/8] |= 1 << (n % 8)
	return b
}

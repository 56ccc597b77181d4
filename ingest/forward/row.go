package forward

import (
	"encoding/hex"

	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/schema"
)

// row is a stored event or exposure, as sql/events.sql and sql/exposures.sql give it.
type row struct {
	Batch     uint64 `ch:"batch_seq"`
	Position  uint64 `ch:"position"`
	Origin    string `ch:"origin"`
	At        int64  `ch:"at"`
	Received  int64  `ch:"received"`
	Wire      string `ch:"wire"`
	Shown     string `ch:"shown"`
	Event     string `ch:"event_name"`
	MessageID string `ch:"message_id"`

	UserID      string `ch:"user_id"`
	CustomIDs   string `ch:"custom_ids"` // JSON object, "" without any
	StableID    string `ch:"stable_id"`
	ToUser      string `ch:"to_user"`
	ToAnonymous string `ch:"to_anonymous"`
	ToOther     string `ch:"to_other"`
	Tier        string `ch:"tier"`
	User        string `ch:"user_properties"` // JSON object or ""
	Sender      string `ch:"sender"`

	// of events
	Number   string `ch:"number"`
	Metadata string `ch:"metadata"` // JSON object or ""
	Extra    string `ch:"extra"`
	// of exposures
	Kind      string `ch:"kind"`
	Layer     string `ch:"layer"`
	Rule      string `ch:"rule"`
	RuleName  string `ch:"rule_name"`
	GateValue string `ch:"gate_value"`
	Reason    string `ch:"reason"`
}

// identity is what makes the row's message one and the same, however often and from wherever it is sent. One item can carry several
// exposures.
func (r *row) identity() string {
	if r.Origin == eventsTable {
		return r.MessageID
	}
	return r.MessageID + "\x00" + r.Kind + "\x00" + r.Shown + "\x00" + r.Layer + "\x00" + r.Rule + "\x00" + r.GateValue
}

// firstID is what the first exposure of a unit is the first of: this unit, this gate, experiment or layer, this group.
func (r *row) firstID(unit string) string {
	text := r.Kind + "\x00" + r.Shown + "\x00" + r.Layer + "\x00" + r.Rule + "\x00" + r.GateValue + "\x00" + unit
	sum := xxh3.HashString128(text).Bytes()
	return hex.EncodeToString(sum[:])
}

// The tables that rows come from, and what failures call the third source.
const (
	eventsTable      = "events"
	exposuresTable   = "exposures"
	definitionsTable = "definitions"
)

// change is one version of a definition, and the one before it.
type change struct {
	Kind    string `ch:"kind"`
	ID      string `ch:"id"`
	Version uint64 `ch:"version"`
	Body    string `ch:"body"`
	Deleted bool   `ch:"deleted"`
	Author  string `ch:"author"`
	Changed int64  `ch:"changed"`
	Change  uint64 `ch:"change"`
	Before  string `ch:"before"`
}

// secretive are the kinds whose bodies may hold secrets, or hashes of them: their changes are told, not shown.
var secretive = map[string]bool{"key": true, "setting": true, "destination": true, "session": true}

// message is one call on its way out.
type message struct {
	id, name string
	// json is its text. after is what the destination's progress is once it, and everything before it, is done with.
	json            []byte
	who             uint64 // hash of the user: one user's messages keep their order
	spool, position uint64
	origin          string
}

// messageID is the same for the same thing told to the same destination. The instance's name in it lets us recognise our own.
func messageID(instance string, d *schema.Destination, identity string) string {
	sum := xxh3.HashString128(d.ID + "\x00" + identity).Bytes()
	return schema.ExportedPrefix(instance) + hex.EncodeToString(sum[:])
}

// Package schema holds the nouns of PulseHouse: events, exposures, units, fates, metrics, experiments and keys.
//
// It defines what they are, when they are valid, which Arrow columns carry them and which ClickHouse tables keep them.
// It does no I/O, so that every other room can import it; it imports none of them.
//
// Two things are decided here because they are expensive to change later:
//
//   - An event is identified by its message id and nothing else (see [Event.MessageID]). Where a client sends none, the
//     decoder makes one from the request id and the item's index, so that decoding the same spooled request again
//     yields the same identity.
//   - A stored row is addressed by (spool id, position), see [Position]. The pair names one item of one request and is
//     the only address that two deliveries of the same message do not share.
package schema

// Package forward is the way out: it sends stored events, exposures and changes of definitions on to destinations, such as Segment.
//
// It reads the tables, never the spool, with a cursor of its own for each destination, so that a destination that is slow or
// away delays nobody: neither acknowledgements nor loads nor another destination.
//
//	loads ──► stretch ──► rows ──► messages ──► parcels ──► HTTP ──► cursor
//	          (whole      (one     (≤ 32 KB     (≤ 2 500,   (until   (with the counts,
//	           loads,      query    each)        < 500 KB)   taken)   at most once a second)
//	           no gap)     a table)
//
// # Why nothing is lost and nothing is counted twice
//
// Loads of a spool are recorded in the order of their numbers, after their rows are in the table (schema/sql/001_raw.sql). The
// cursor names a load and a position in it; everything before it was taken by the destination, or refused for good and
// written down. It moves only after that. A crash between an answer and the cursor repeats deliveries: at least once. Each
// message has an id that is a function of what it tells and of the destination, never of the attempt, so that Segment, which
// de-duplicates by messageId alone, keeps one.
//
// Counts move with the cursor: rows that were read together are a lot, and only when all parcels of a lot and of every earlier one are done
// with do both step behind it.
//
// A few requests are in flight at once, one in each lane. All messages of a user go along one lane, so they arrive in order. When a request
// is not taken, all lanes wait, and one tries again first.
//
// A destination's answer decides what happens:
//
//	2xx                        taken; what the answer lists as rejected is written down as failed
//	408, 429, 5xx, no answer   tried again, with backoff and jitter, or after what Retry-After says
//	401, 403, 404, 3xx …       about us, not about an event: it is blocked, shown as such, and tried again slowly
//	other 4xx                  the parcel is split in halves until what is refused is alone; that is given up, the rest goes on
//
// # No loop
//
// What came in Segment's format never goes to a Segment destination. What we sent and somebody delivers back to us is recognised by
// its id, see [schema.Exported].
package forward

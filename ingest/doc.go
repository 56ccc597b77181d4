// Package ingest is the way in: HTTP requests become Arrow batches in ClickHouse, and no acknowledged event is lost.
//
//	request ──► authenticate ──► inflate, decode ──► spool (fsync) ──► 200
//	                                                   │ in order, once durable
//	                                                   ▼
//	                                   feed ──► cut ──► Arrow record ──► InsertFormat ──► loads
//
// The spool is the truth and memory is a cache. A request is decoded once, in its handler, so that a client hears at once
// what was wrong; the decoded rows ride along to the loader. Where memory is full, the engine away, or after a crash, the
// loader reads the request from the spool and decodes it again, and gets the same rows: decoding depends only on what the
// spool record holds.
//
// A cut is what one round of the loader writes: a run of spool records, split into loads, one a table and partition. It is
// written down before anything is inserted. One load is one Arrow batch, one block and one part, so ClickHouse has either
// all of it or none. After any doubtful answer the loader makes sure that the old insert is dead and asks the table itself.
package ingest

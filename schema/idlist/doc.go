// Package idlist keeps lists of unit IDs: who is in, since when, and the append-only files from which SDKs follow them.
//
// A file is lines of 10 bytes, "+" or "-", the first 8 characters of base64(sha256(unit ID)), and a newline. An SDK remembers how
// many bytes it has read and asks for the rest; so lines are only ever appended, and a reset begins another file with a later time.
//
// A change is a batch over any number of lists and travels through the tables of sql/010_lists.sql in this order:
//
//	idlist_changes   what was asked                                               staging
//	idlist_effects   what it does: who enters, who leaves, which lines     <──    THE COMMIT: one insert, one part
//	idlist_members   the newest state of each unit                                from effects
//	idlist_log       the lines                                                    from effects
//	idlists          the published heads: file, lines, count               <──    seen by readers, acknowledged
//
// A crash before the commit leaves rows that nobody reads. After it, everything that follows is computed from the effects alone and
// replaced by key, so the next writer does it again, from the beginning, before it does anything else: a change whose version is above
// every published one is unfinished. Readers go by the heads, and see no line of it before. Whoever was not told yes may ask
// again: a unit that is in since then is not put in twice.
//
// What counts is when a change happened, not when it arrived: an older one changes nothing (at the same instant, leaving wins). A
// unit that left keeps its row for that reason. A reset sets the floor: what happened up to then changes nothing any more.
//
// Two units may share a hash (48 bits: of 10 million one in six times some pair does). SDKs cannot tell them apart, so a line is
// written when the first of a hash enters and when the last one leaves.
//
// One process writes: of several servers on one database, the one that holds the lease (lease.go); the others refuse changes and say who
// it is. Each process follows: it keeps of each list its file in a folder and its hashes in memory (about 9 bytes a unit). Both are
// caches of idlist_log, made again at each start, so a file that a crash left in disorder is never served.
package idlist

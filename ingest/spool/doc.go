// Package spool is the durable queue of requests in front of ClickHouse.
//
// # Format
//
// A spool is a folder:
//
//	id                       16 hex digits, made once: the spool's name in every table
//	00000000000000000001.seg segments of records, named by their first sequence number
//	manifest                 what was cut from the records, and what of it is done
//	quarantine/              bytes that were damaged, kept for people to look at
//
// Segments and manifest are sequences of frames:
//
//	┌───────────┬────────────┬──────────┬───────────────┬─────────────┐
//	│ magic u32 │ length u32 │ seq u64  │ CRC32C u32    │ payload     │   little endian
//	│ "PHSP"    │ of payload │ 1, 2, 3… │ of all others │ length B    │
//	└───────────┴────────────┴──────────┴───────────────┴─────────────┘
//
// The payload of a record:
//
//	┌──────────────┬────────────────┬──────────┬─────────────┬─────────────┬──────────────────┬────────────────┬──────┐
//	│ received i64 │ request id 16B │ route u8 │ encoding u8 │ decoder u16 │ source u16 + … B │ meta u32 + … B │ body │
//	└──────────────┴────────────────┴──────────┴─────────────┴─────────────┴──────────────────┴────────────────┴──────┘
//
// The payload of a manifest frame is a JSON object, one of: a base (what is done, after compaction), an intent (a [Cut]), a
// new attempt, a cut that is done.
//
// # Why a crash anywhere is safe
//
// One goroutine writes. It writes the frames of everyone who waits, calls fsync once, and only then wakes them and
// delivers their records. So a record that anyone was told about is whole on disk. A crash while writing leaves a torn
// frame at the end of the last segment: nobody was told about it, and Open cuts it off. A frame whose checksum is wrong
// with whole frames behind it is damage: it is copied to quarantine, counted, and skipped; the next frame is found by its
// magic, a checksum that fits, and a sequence number that goes up.
//
// A cut is in the manifest before anything of it is inserted, and a segment is deleted only after the cuts over all its
// records are done. So after a crash a cut is not there (it is made again, nothing was inserted), intended (it is probed
// and inserted as it was cut), or done (its rows are in the tables). The manifest is compacted by writing a new one
// beside it and renaming.
//
// A failed fsync is final: what the kernel did with the pages is unknown, and asking again would answer yes (fsyncgate,
// 2018). The spool then refuses everything until the process is started again and reads what is really on disk.
package spool

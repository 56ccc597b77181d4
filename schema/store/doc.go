// Package store is the engine: the only room that imports clickhouse-go or loads libchdb.
//
// An [Engine] is real ClickHouse as a child process of our own binary: libchdb, loaded without cgo, runs clickhouse-local and
// listens on loopback ports of its own choosing. A [DB] talks to it, or to a server that the user named, through the same
// code: ClickHouse's HTTP interface. What differs is only where the address comes from.
//
// The child is private. The user "default", as which its own script must run, may do nothing but open listeners; everything
// else belongs to a second user whose random password is new at each start and is known to the parent alone. The child
// holds the reading end of a pipe whose writing end is the parent's: when the parent dies, in any way, the pipe ends and so
// does the child. A crash of the engine, or its being killed for want of memory, never takes ingest with it.
package store

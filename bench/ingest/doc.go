// Package ingest measures the way in: from an HTTP request to rows that can be queried, durable on the way.
//
// "Request to row" sends gzip batches of 100 Segment calls of about 1.2 KB over 16 connections to the real handler, and ends when all rows
// are in the table. Beside it the engine takes the same rows in ways in which it does all the work, or none: raw JSON taken apart in
// SQL, the same rows already flat as JSONEachRow, and ready Arrow. Everyone writes to a table of the same structure in a database of
// its own, and everyone's rows must agree in number and checksum. The time is processor time of all processes, load generator included.
//
// "Request to acknowledgement" is the same without an engine: the Go side alone, with and without waiting for the disk.
package ingest

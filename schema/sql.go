package schema

import "embed"

// SQL holds the numbered, re-runnable DDL of every table, under "sql/".
//
//go:embed sql/*.sql
var SQL embed.FS

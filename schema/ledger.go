package schema

// LedgerLine counts the items that came in one minute from one source under one name and had one fate.
type LedgerLine struct {
	Minute       Millis
	Source, Name string
	Fate         Fate
	Reason       Reason
	Items        int64
}

// Flight is the lines of items that are acknowledged but whose lines are not in the ledger yet.
type Flight struct {
	// Spool is where they lie, Landed its last record that is in the tables and in the ledger.
	Spool, Landed uint64
	Lines         []LedgerLine
	// Unread is how many requests of an earlier run are in the spool and have not been looked at since the start.
	Unread uint64
}

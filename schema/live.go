package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// LiveEntry is one received item with its fate, as the live log shows it.
type LiveEntry struct {
	// ID is where the log goes on after this entry, for a reader that comes again.
	ID       string    `json:"id"`
	Received time.Time `json:"receivedAt"`
	Time     time.Time `json:"time"`

	Fate    Fate   `json:"fate"`
	Reason  Reason `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	// Provisional says that the fate may change: whether a copy counts is decided by the rollups.
	Provisional bool `json:"provisional,omitempty"`

	Source      string            `json:"source"`
	SourceKind  SourceKind        `json:"sourceKind,omitempty"`
	Kind        string            `json:"kind,omitempty"`
	Name        string            `json:"name"`
	Event       string            `json:"event,omitempty"`
	MessageID   string            `json:"messageID,omitempty"`
	UserID      string            `json:"userID,omitempty"`
	AnonymousID string            `json:"anonymousID,omitempty"`
	UnitIDs     map[string]string `json:"unitIDs,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Value       *float64          `json:"value,omitempty"`
	Library     string            `json:"library,omitempty"`

	// Raw is the item as received; of one that is too large for the log, or no JSON, there is only the beginning, as RawText.
	Raw     json.RawMessage `json:"raw,omitempty"`
	RawText string          `json:"rawText,omitempty"`
}

// LiveFilter says which entries a reader of the live log wants; the zero value is all of them.
type LiveFilter struct {
	Events, Exclude []string // shown or raw names
	ID              string   // a unit ID of any type, or a message id
	Text            string   // somewhere in the item as received, without regard to case
	Fates           []string
	Source          string
	Environment     string
}

// All says that the filter lets everything through.
func (f *LiveFilter) All() bool {
	return len(f.Events) == 0 && len(f.Exclude) == 0 && f.ID == "" && f.Text == "" && len(f.Fates) == 0 && f.Source == "" && f.Environment == ""
}

// Match says whether an entry is wanted; what is cheap to look at comes first.
func (f *LiveFilter) Match(e *LiveEntry) bool {
	named := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n == e.Name || n == e.Event && n != "" })
	}
	switch {
	case f.Source != "" && f.Source != e.Source, f.Environment != "" && f.Environment != e.Environment:
		return false
	case len(f.Fates) > 0 && !slices.Contains(f.Fates, string(e.Fate)):
		return false
	case len(f.Events) > 0 && !named(f.Events), len(f.Exclude) > 0 && named(f.Exclude):
		return false
	case f.ID != "" && !e.has(f.ID):
		return false
	default:
		return f.Text == "" || containsFold(string(e.Raw)+e.RawText, f.Text)
	}
}

func (e *LiveEntry) has(id string) bool {
	if id == e.UserID || id == e.AnonymousID || id == e.MessageID {
		return true
	}
	for _, unit := range e.UnitIDs {
		if unit == id {
			return true
		}
	}
	return false
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// LiveBatch is what a reader of the live log gets at a time.
type LiveBatch struct {
	Entries []LiveEntry
	// Next is the ID to go on from.
	Next string
	// Dropped counts entries that were overwritten before this reader came to them, Skipped items that never entered the log because
	// there were too many at once; both since the reader began.
	Dropped, Skipped uint64
	// SampleRate is which part of the items entered the log lately.
	SampleRate float64
}

package schema

import "crypto/sha256"

// Erasure is the order to forget a unit: Segment's type "delete". Only the hash of its ID is kept.
type Erasure struct {
	MessageID string
	Item      int
	UnitType  UnitType
	IDHash    [sha256.Size]byte
	// Before is the instant up to which everything of the unit goes; what it does later is a new beginning.
	Before, Received Millis
}

// ErasureName is the name under which orders to erase a user are counted.
const ErasureName = "segment::delete"

// ErasureItems lists the items that are orders to erase, each by its first erasure.
func (d *Decoded) ErasureItems(f func(x *Erasure)) {
	last := -1
	for i := range d.Erasures {
		if x := &d.Erasures[i]; x.Item != last {
			f(x)
			last = x.Item
		}
	}
}

// HashID is how an erased unit is remembered. ClickHouse's SHA256 gives the same of the ID as stored.
func HashID(id string) [sha256.Size]byte { return sha256.Sum256([]byte(id)) }

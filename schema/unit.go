package schema

import "strings"

// UnitType names what an experiment randomises: "userID", "anonymousID", or a custom ID such as "companyID".
// Names are compared without case; [UnitType.Key] is the form used in tables.
type UnitType string

// The unit types every event can carry without being told so.
const (
	UserID      UnitType = "userID"
	AnonymousID UnitType = "anonymousID"
	StableID    UnitType = "stableID"
)

// Key returns the lower-case form under which a unit type is stored and joined.
func (t UnitType) Key() string { return strings.ToLower(string(t)) }

// UnitID is one unit: a value of one unit type.
type UnitID struct {
	Type  UnitType
	Value string
}

// UnitIDs are the custom unit IDs of one event: at most one value a type.
type UnitIDs []UnitID

// Set adds the value, or replaces the one that the same type (without case) already has. Empty values are ignored.
func (ids *UnitIDs) Set(t UnitType, value string) {
	if value == "" || t == "" {
		return
	}
	for i := range *ids {
		if strings.EqualFold(string((*ids)[i].Type), string(t)) {
			(*ids)[i].Value = value
			return
		}
	}
	*ids = append(*ids, UnitID{t, value})
}

// Get returns the value of a type, or "" when the event carries none.
func (ids UnitIDs) Get(t UnitType) string {
	for _, id := range ids {
		if strings.EqualFold(string(id.Type), string(t)) {
			return id.Value
		}
	}
	return ""
}

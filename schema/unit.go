package schema

import (
	"errors"
	"fmt"
	"strings"
)

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

// Column is the SQL of where events and exposures keep the units of the type; a custom type is named by a parameter.
func (t UnitType) Column(parameter string) string {
	switch t.Key() {
	case UserID.Key():
		return "user_id"
	case AnonymousID.Key():
		return "anonymous_id"
	default:
		return "unit_ids[{" + parameter + ":String}]"
	}
}

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

// Validate refuses a name that could not be told apart or written in a path.
func (t UnitType) Validate() error {
	switch {
	case t == "":
		return errors.New("an ID type needs a name, such as companyID")
	case len(t) > 100:
		return errors.New("the name of an ID type has at most 100 characters")
	case strings.TrimSpace(string(t)) != string(t) || strings.ContainsAny(string(t), "/\x00\n\r\t"):
		return fmt.Errorf("the name %q begins or ends with a space, or has a slash or control character in it", string(t))
	}
	return nil
}

// IDType is a unit type that was declared.
type IDType struct {
	Name        UnitType `json:"name"`
	Description string   `json:"description"`
}

// BuiltInIDTypes need no declaration.
var BuiltInIDTypes = []IDType{
	{UserID, "who did it: Segment's userId, a Statsig user's userID"},
	{AnonymousID, "the browser or device before it is known who uses it: Segment's anonymousId"},
	{StableID, "the device as a Statsig client SDK knows it"},
}

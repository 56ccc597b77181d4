package schema

import (
	"fmt"
	"strings"
)

// Audience is what an event asks of an audience: a sign and the audience's key. Empty for all other events.
type Audience string

// NewAudience is a call that says that somebody entered or left.
func NewAudience(key string, entered bool) Audience {
	if entered {
		return Audience("+" + key)
	}
	return Audience("-" + key)
}

// UnsaidAudience is a call that names an audience without saying which.
func UnsaidAudience(key string) Audience { return Audience("?" + key) }

// Key is the audience's.
func (a Audience) Key() string {
	if a == "" {
		return ""
	}
	return string(a[1:])
}

// Entered says whether the call puts somebody in; says is false when it does not tell.
func (a Audience) Entered() (entered, says bool) {
	return strings.HasPrefix(string(a), "+"), a != "" && a[0] != '?'
}

// GroupID is Segment's group, a unit type of audiences of accounts.
const GroupID UnitType = "groupID"

// AudienceRules say what becomes of audience calls: the setting "audiences".
type AudienceRules struct {
	// AutoCreate makes an ID list for an audience that has none.
	AutoCreate bool              `json:"autoCreate"`
	Mappings   []AudienceMapping `json:"mappings"`
}

// AudienceMapping is for an audience whose list has another name, or other units, than is usual.
type AudienceMapping struct {
	Audience string `json:"audience"`
	// List is the id of a segment; default: the audience's key.
	List string `json:"list"`
	// Units are types of unit in the order of preference: the first that a call has goes into the list. Default: the list's ID type, and
	// after userID anonymousID.
	Units []UnitType `json:"units"`
}

// For finds the mapping of an audience.
func (r *AudienceRules) For(key string) AudienceMapping {
	for _, m := range r.Mappings {
		if m.Audience == key {
			return m
		}
	}
	return AudienceMapping{Audience: key, List: key}
}

// UnitsOf are the types to look for in a call, for a list of the given ID type.
func (m AudienceMapping) UnitsOf(idType UnitType) []UnitType {
	switch {
	case len(m.Units) > 0:
		return m.Units
	case idType.Key() == UserID.Key():
		return []UnitType{UserID, AnonymousID}
	default:
		return []UnitType{idType}
	}
}

const maxAudienceMappings = 1000

func checkAudienceRules(r *AudienceRules) error {
	if len(r.Mappings) > maxAudienceMappings {
		return fmt.Errorf("%d audiences are mapped; %d are possible", len(r.Mappings), maxAudienceMappings)
	}
	seen := make(map[string]bool)
	for i := range r.Mappings {
		m := &r.Mappings[i]
		switch {
		case m.Audience == "":
			return fmt.Errorf("mappings[%d].audience is empty; give the audience's key", i)
		case seen[m.Audience]:
			return fmt.Errorf("mappings[%d].audience: %q is mapped twice", i, m.Audience)
		}
		if seen[m.Audience] = true; m.List == "" {
			m.List = m.Audience
		}
		if !IsSegmentID(m.List) {
			return fmt.Errorf("mappings[%d].list: %q cannot be the id of a segment", i, m.List)
		}
		m.Units = append([]UnitType{}, m.Units...)
	}
	return nil
}

package schema

import (
	"regexp"
	"slices"
)

// SegmentType is how a segment says who is in it.
type SegmentType string

// The types of the Console API.
const (
	IDList       SegmentType = "id_list"
	RuleBased    SegmentType = "rule_based"
	AnalysisList SegmentType = "analysis_list"
	UserStore    SegmentType = "user_store_id_list"
)

var segmentTypes = []SegmentType{IDList, RuleBased, AnalysisList, UserStore}

// Segment is a named set of units that gates can target: a list of IDs, or conditions.
type Segment struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Type        SegmentType `json:"type"`
	IDType      UnitType    `json:"idType"`
	IsEnabled   bool        `json:"isEnabled"`
	IsArchived  bool        `json:"isArchived"`
	Tags        []string    `json:"tags"`
	// Rules are a conditional segment's.
	Rules            []Rule `json:"rules"`
	Version          int    `json:"version,omitempty"`
	CreatedTime      Millis `json:"createdTime,omitempty"`
	LastModifiedTime Millis `json:"lastModifiedTime,omitempty"`
}

// HasIDs says whether the segment is a list of IDs.
func (s *Segment) HasIDs() bool { return s.Type != RuleBased }

var (
	segmentID = regexp.MustCompile(`^[a-zA-Z0-9_-]{3,100}$`)
	notOfAnID = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)
)

// IsSegmentID says whether a text can be a segment's id.
func IsSegmentID(text string) bool { return segmentID.MatchString(text) }

// Validate fills defaults and refuses what cannot be kept, naming the field. The id is made from the name where there is none.
func (s *Segment) Validate() error {
	if s.ID == "" {
		s.ID = notOfAnID.ReplaceAllString(s.Name, "_")
	}
	if s.Name == "" {
		s.Name = s.ID
	}
	if !IsSegmentID(s.ID) {
		return Invalid("id", "%q must have 3 to 100 characters, each one of a-z, A-Z, 0-9, _ and -", s.ID)
	}
	if s.Type == "" {
		s.Type = IDList
	}
	if !slices.Contains(segmentTypes, s.Type) {
		return Invalid("type", "%q is not one of %v", s.Type, segmentTypes)
	}
	if s.IDType == "" {
		s.IDType = UserID
	}
	s.Tags = append([]string{}, s.Tags...)
	s.Rules = append([]Rule{}, s.Rules...)
	return validateRules(s.Rules)
}

// Follow lets a changed segment go on from the version before it.
func (s *Segment) Follow(old *Segment) { followRules(s.Rules, old.Rules) }

package query

import "github.com/pulsehouse/pulsehouse/schema"

// setSegmentRules replaces the rules of a conditional segment.
func (a *API) setSegmentRules(c *call) (any, error) {
	var rules []schema.Rule
	if err := c.body(&rules); err != nil {
		return nil, err
	}
	return a.changeSegment(c, func(s *schema.Segment) error {
		if s.HasIDs() {
			return schema.Errorf(409, "segment_has_ids", "segment %q is a list of IDs; rules belong to segments of type rule_based", s.ID)
		}
		s.Rules = rules
		return nil
	})
}

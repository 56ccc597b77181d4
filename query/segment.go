package query

import (
	"github.com/pulsehouse/pulsehouse/schema"
)

func (a *API) segmentRoutes() []route {
	return []route{
		{"GET", "segments", a.listSegments},
		{"POST", "segments", a.createSegment},
		{"GET", "segments/*", a.getSegment},
		{"PATCH", "segments/*", a.patchSegment},
		{"DELETE", "segments/*", a.deleteSegment},
		{"PUT", "segments/*/archive", a.archiveSegment},
		{"POST", "segments/*/conditional", a.setSegmentRules},
	}
}

func (a *API) listSegments(c *call) (any, error) {
	all, err := a.Catalog.Segments(c)
	if err != nil {
		return nil, err
	}
	shown := make([]segment, len(all))
	for i, s := range all {
		shown[i] = a.showSegment(s)
	}
	return page(c, shown)
}

// segment is a definition as the Console API shows it; of a list of IDs also how many there are.
type segment struct {
	schema.Segment
	Count *uint64 `json:"count,omitempty"`
}

func (a *API) showSegment(s schema.Segment) segment {
	if !s.HasIDs() {
		return segment{s, nil}
	}
	status, _ := a.Lists.Status(s.ID)
	return segment{s, &status.Count}
}

func (a *API) createSegment(c *call) (any, error) {
	s := schema.Segment{IsEnabled: true}
	if err := c.body(&s); err != nil {
		return nil, err
	}
	s.CreatedTime, s.IsArchived = 0, false
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if err := a.checkAsked(c, "segment", s.ID, "rules", s.Rules); err != nil {
		return nil, err
	}
	if _, err := a.Catalog.Segment(c, s.ID); err == nil {
		return nil, schema.Errorf(409, "segment_exists", "segment %q exists; change it with PATCH /console/v1/segments/{id}", s.ID)
	} else if e, ok := schema.AsError(err); !ok || e.Status != 404 {
		return nil, err
	}
	if err := a.Catalog.SaveSegment(c, c.author, &s); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return s, nil
}

func (a *API) getSegment(c *call) (any, error) {
	s, err := a.Catalog.Segment(c, c.id)
	if err != nil {
		return nil, err
	}
	return a.showSegment(*s), nil
}

// patchSegment changes the fields that the body has. What the segment's IDs mean cannot be changed: make another one.
func (a *API) patchSegment(c *call) (any, error) {
	return a.changeSegment(c, func(s *schema.Segment) error {
		old := *s
		if err := c.overlay(s); err != nil {
			return err
		}
		if s.Type != old.Type || s.IDType.Key() != old.IDType.Key() {
			return schema.Invalid("idType", "type and idType of a segment are fixed; make another segment")
		}
		s.ID, s.CreatedTime, s.Version = old.ID, old.CreatedTime, old.Version
		return nil
	})
}

func (a *API) archiveSegment(c *call) (any, error) {
	var body struct {
		ForceArchive bool `json:"forceArchive"`
	}
	if err := c.body(&body); err != nil {
		return nil, err
	}
	if !body.ForceArchive {
		if err := a.unreferenced(c, "segment", c.id); err != nil {
			return nil, err
		}
	}
	return a.changeSegment(c, func(s *schema.Segment) error {
		s.IsArchived = true
		return nil
	})
}

// changeSegment reads a segment, changes it, checks it, and writes its next version.
func (a *API) changeSegment(c *call, f func(*schema.Segment) error) (any, error) {
	s, err := a.Catalog.Segment(c, c.id)
	if err != nil {
		return nil, err
	}
	old := *s
	if err := f(s); err != nil {
		return nil, err
	}
	s.Follow(&old)
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if err := a.checkAsked(c, "segment", s.ID, "rules", s.Rules); err != nil {
		return nil, err
	}
	return s, a.Catalog.SaveSegment(c, c.author, s)
}

func (a *API) deleteSegment(c *call) (any, error) {
	if _, err := a.Catalog.Segment(c, c.id); err != nil {
		return nil, err
	}
	if err := a.unreferenced(c, "segment", c.id); err != nil {
		return nil, err
	}
	if err := a.Catalog.DeleteSegment(c, c.author, c.id); err != nil {
		return nil, err
	}
	return nil, a.Lists.Drop(c, c.id)
}

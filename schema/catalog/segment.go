package catalog

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema"
)

// SegmentKind is the kind of segments.
const SegmentKind = "segment"

// Segments lists all segments.
func (c *Catalog) Segments(ctx context.Context) ([]schema.Segment, error) {
	return all[schema.Segment](ctx, c, SegmentKind, "")
}

// SegmentTypes tells the ID type of each segment.
func (c *Catalog) SegmentTypes(ctx context.Context) (map[string]schema.UnitType, error) {
	segments, err := c.Segments(ctx)
	types := make(map[string]schema.UnitType, len(segments))
	for _, s := range segments {
		types[s.ID] = s.IDType
	}
	return types, err
}

// Segment finds one.
func (c *Catalog) Segment(ctx context.Context, id string) (*schema.Segment, error) {
	return one[schema.Segment](ctx, c, SegmentKind, id)
}

// SaveSegment writes the segment's next version, and its number and times into s.
func (c *Catalog) SaveSegment(ctx context.Context, author string, s *schema.Segment) error {
	return c.save(ctx, SegmentKind, s.ID, author, func(version uint64, at schema.Millis) any {
		s.Version, s.LastModifiedTime = int(version), at
		if s.CreatedTime == 0 {
			s.CreatedTime = at
		}
		return s
	})
}

// DeleteSegment hides a segment; its history stays.
func (c *Catalog) DeleteSegment(ctx context.Context, author, id string) error {
	return c.save(ctx, SegmentKind, id, author, func(uint64, schema.Millis) any { return nil })
}

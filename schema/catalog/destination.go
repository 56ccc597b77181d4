package catalog

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema"
)

const destinationKind = "destination"

// Destinations lists all destinations.
func (c *Catalog) Destinations(ctx context.Context) ([]schema.Destination, error) {
	return all[schema.Destination](ctx, c, destinationKind, "")
}

// Destination finds one.
func (c *Catalog) Destination(ctx context.Context, id string) (*schema.Destination, error) {
	return one[schema.Destination](ctx, c, destinationKind, id)
}

// SaveDestination writes the destination's next version, and its number and times into d. Where From is not set, it begins now.
func (c *Catalog) SaveDestination(ctx context.Context, author string, d *schema.Destination) error {
	return c.save(ctx, destinationKind, d.ID, author, func(version uint64, at schema.Millis) any {
		d.Version, d.LastModifiedTime = int(version), at
		if d.CreatedTime == 0 {
			d.CreatedTime = at
		}
		if d.From == 0 {
			d.From = at
		}
		return d
	})
}

// DeleteDestination stops it for good; its history and what is known of its deliveries stay.
func (c *Catalog) DeleteDestination(ctx context.Context, author, id string) error {
	return c.save(ctx, destinationKind, id, author, func(uint64, schema.Millis) any { return nil })
}

package catalog

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema"
)

const customQueryKind = "custom_query"

// CustomQueries lists all custom queries.
func (c *Catalog) CustomQueries(ctx context.Context) ([]schema.CustomQuery, error) {
	return all[schema.CustomQuery](ctx, c, customQueryKind, "")
}

// CustomQuery finds one.
func (c *Catalog) CustomQuery(ctx context.Context, id string) (*schema.CustomQuery, error) {
	return one[schema.CustomQuery](ctx, c, customQueryKind, id)
}

// SaveCustomQuery writes the query's next version, and its number and times into q.
func (c *Catalog) SaveCustomQuery(ctx context.Context, author string, q *schema.CustomQuery) error {
	return c.save(ctx, customQueryKind, q.ID, author, func(version uint64, at schema.Millis) any {
		q.Version, q.LastModifiedTime = int(version), at
		if q.CreatedTime == 0 {
			q.CreatedTime = at
		}
		return q
	})
}

// DeleteCustomQuery hides one; its runs stay until they are too old.
func (c *Catalog) DeleteCustomQuery(ctx context.Context, author, id string) error {
	return c.save(ctx, customQueryKind, id, author, func(uint64, schema.Millis) any { return nil })
}

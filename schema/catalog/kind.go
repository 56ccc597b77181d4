package catalog

import (
	"context"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Definition is what gates, dynamic configs, layers and holdouts can do.
type Definition[T any] interface {
	*T
	Heading() *schema.Head
	Validate() error
	// Follow takes over from the version before what a request may not change.
	Follow(old *T)
}

// Kind is one kind of definition with a head.
type Kind[T any, P Definition[T]] struct{ Name string }

// The kinds of definition with a head.
var (
	Gates    = Kind[schema.Gate, *schema.Gate]{"gate"}
	Configs  = Kind[schema.DynamicConfig, *schema.DynamicConfig]{"dynamic_config"}
	Layers   = Kind[schema.Layer, *schema.Layer]{"layer"}
	Holdouts = Kind[schema.Holdout, *schema.Holdout]{"holdout"}
)

// List lists all of the kind.
func (k Kind[T, P]) List(ctx context.Context, c *Catalog) ([]T, error) {
	return all[T](ctx, c, k.Name, "")
}

// Get finds one.
func (k Kind[T, P]) Get(ctx context.Context, c *Catalog, id string) (*T, error) {
	return one[T](ctx, c, k.Name, id)
}

// Save writes the next version, and its number and times into v.
func (k Kind[T, P]) Save(ctx context.Context, c *Catalog, author string, v *T) error {
	head := P(v).Heading()
	return c.save(ctx, k.Name, head.ID, author, func(version uint64, at schema.Millis) any {
		head.Stamp(int(version), at)
		return v
	})
}

// Delete hides one; its history stays.
func (k Kind[T, P]) Delete(ctx context.Context, c *Catalog, author, id string) error {
	return c.save(ctx, k.Name, id, author, func(uint64, schema.Millis) any { return nil })
}

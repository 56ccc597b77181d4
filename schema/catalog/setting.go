package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/pulsehouse/pulsehouse/schema"
)

type setting struct {
	Value string `json:"value"`
}

// ReadSetting decodes the value of a setting from one of its versions.
func (v *Version) ReadSetting(into any) error {
	var s setting
	if err := v.Read(&s); err != nil {
		return err
	}
	return (&Version{ID: v.ID, Version: v.Version, Body: s.Value}).Read(into)
}

// Setting reads a setting of the project as it is kept; ok is false when it was never made.
func (c *Catalog) Setting(ctx context.Context, name string) (value string, ok bool, err error) {
	list, err := all[setting](ctx, c, SettingKind, name)
	if err != nil || len(list) == 0 {
		return "", false, err
	}
	return list[0].Value, true, nil
}

// SaveSetting makes or changes a setting.
func (c *Catalog) SaveSetting(ctx context.Context, author, name, value string) error {
	return c.save(ctx, SettingKind, name, author, func(uint64, schema.Millis) any { return setting{value} })
}

// ReadSetting reads the value of a setting of [schema.Settings], its default where nobody chose one.
func (c *Catalog) ReadSetting(ctx context.Context, name string, value any) error {
	s, err := schema.FindSetting(name)
	if err != nil {
		return err
	}
	text, ok, err := c.Setting(ctx, name)
	if err != nil {
		return err
	}
	if !ok {
		text = s.Default
	}
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return fmt.Errorf("read setting %q: %w", name, err)
	}
	return nil
}

// Intake reads the settings on which decoding depends.
func (c *Catalog) Intake(ctx context.Context) (in schema.Intake, err error) {
	if err := c.ReadSetting(ctx, "valuePath", &in.ValuePath); err != nil {
		return in, err
	}
	return in, c.ReadSetting(ctx, "mapIdentifiers", &in.MapIdentifiers)
}

// Intakes is the settings of the way in, in memory.
type Intakes struct {
	*Fresh[intake]
	sealer *Sealer
	value  atomic.Pointer[intake]
}

// intake is those on which decoding depends, and the secret of deliveries, sealed.
type intake struct {
	schema.Intake
	WebhookSecret string `json:"webhookSecret,omitempty"`
}

// NewIntakes makes them from their snapshot, if there is one.
func NewIntakes(c *Catalog, sealer *Sealer, path string) *Intakes {
	i := &Intakes{sealer: sealer}
	i.value.Store(new(intake))
	i.Fresh = NewFresh("settings", path, c.intake, func(in intake) { i.value.Store(&in) })
	return i
}

func (c *Catalog) intake(ctx context.Context) (in intake, err error) {
	if in.Intake, err = c.Intake(ctx); err != nil {
		return in, err
	}
	in.WebhookSecret, _, err = c.Setting(ctx, schema.WebhookSecret)
	return in, err
}

// Now is the settings in force.
func (i *Intakes) Now() schema.Intake { return i.value.Load().Intake }

// WebhookSecret is the secret that signs Segment's deliveries, "" when signatures are not checked.
func (i *Intakes) WebhookSecret() (string, error) {
	sealed := i.value.Load().WebhookSecret
	if sealed == "" {
		return "", nil
	}
	return i.sealer.Open(schema.WebhookSecret, sealed)
}

// IDTypes lists the declared unit ID types.
func (c *Catalog) IDTypes(ctx context.Context) ([]schema.IDType, error) {
	return all[schema.IDType](ctx, c, idTypeKind, "")
}

// SaveIDType declares a unit ID type, or changes its description.
func (c *Catalog) SaveIDType(ctx context.Context, author string, t schema.IDType) error {
	return c.save(ctx, idTypeKind, t.Name.Key(), author, func(uint64, schema.Millis) any { return t })
}

// DeleteIDType takes a declaration back; events that carry the type keep it.
func (c *Catalog) DeleteIDType(ctx context.Context, author string, t schema.UnitType) error {
	return c.save(ctx, idTypeKind, t.Key(), author, func(uint64, schema.Millis) any { return nil })
}

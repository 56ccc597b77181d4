package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// known is what the way in knows of the definitions, in memory and in snapshots in the data folder.
type known struct {
	keys    *catalog.Keyring
	filters *catalog.Filters
	intakes *catalog.Intakes
	names   *catalog.Names
}

func newKnown(c *catalog.Catalog, sealer *catalog.Sealer, dir string) *known {
	file := func(name string) string { return filepath.Join(dir, name) }
	return &known{
		keys: catalog.NewKeyring(c, file(keySnapshotFile)), filters: catalog.NewFilters(c, file(filterSnapshotFile)),
		intakes: catalog.NewIntakes(c, sealer, file("settings.json")), names: catalog.NewNames(c, file("names.json")),
	}
}

// reload reads all of it anew.
func (k *known) reload(ctx context.Context) error {
	return errors.Join(k.keys.Reload(ctx), k.reloadSettings(ctx))
}

// reloadSettings reads all but the keys, which on a first start come last: with them the way in opens.
func (k *known) reloadSettings(ctx context.Context) error {
	return errors.Join(k.filters.Reload(ctx), k.intakes.Reload(ctx), k.names.Reload(ctx))
}

// keepFresh reads it anew from time to time, so that what was changed elsewhere counts here, and writes down which keys are used.
func (k *known) keepFresh(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := errors.Join(k.reload(ctx), k.keys.KeepUses(ctx)); err != nil && ctx.Err() == nil {
				log.Debug("the definitions could not be read; those known stay", "error", err)
			}
		}
	}
}

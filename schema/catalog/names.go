package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"sync/atomic"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/names.sql
var namesSQL string

// Names finds the names of gates, experiments, layers and their like by the hashes under which client SDKs know them.
type Names struct {
	*Fresh[[]string]
	byHash atomic.Pointer[map[string]string]
}

// NewNames makes it from its snapshot, if there is one.
func NewNames(c *Catalog, path string) *Names {
	n := new(Names)
	n.byHash.Store(&map[string]string{})
	n.Fresh = NewFresh("names", path, c.names, n.use)
	return n
}

// names lists the ids of everything that a client SDK can evaluate, deleted ones included: exposures of them may still come.
func (c *Catalog) names(ctx context.Context) ([]string, error) {
	var rows []struct {
		ID string `ch:"id"`
	}
	if err := c.db.Select(ctx, &rows, namesSQL, store.Params{"not": []string{metricKind, keyKind, SettingKind, filterKind, idTypeKind}}); err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.ID
	}
	return names, nil
}

func (n *Names) use(names []string) {
	byHash := make(map[string]string, 2*len(names))
	for _, name := range names {
		byHash[schema.DJB2(name)], byHash[schema.SHA256Base64(name)] = name, name
	}
	n.byHash.Store(&byHash)
}

// Of finds the name that hashes to hash, by djb2 or SHA-256 in base64.
func (n *Names) Of(hash string) (string, bool) {
	name, ok := (*n.byHash.Load())[hash]
	return name, ok
}

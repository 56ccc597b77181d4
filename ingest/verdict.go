package ingest

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
)

// verdict is what was decided about a request by more than its bytes: by what was known here when it came. It is spooled with the
// request, so that decoding again decides the same.
type verdict struct {
	// Names are the hashed names that were resolved.
	Names map[string]string `json:"names,omitempty"`
	// Erased are the places of items that are older than the erasure of their unit.
	Erased bitmap `json:"erased,omitempty"`
}

// learn resolves a name and remembers it.
func (v *verdict) learn(name string, known func(hash string) (string, bool)) string {
	if known == nil || !mayBeHash(name) {
		return name
	}
	plain, ok := known(name)
	if !ok {
		return name
	}
	if v.Names == nil {
		v.Names = make(map[string]string)
	}
	v.Names[name] = plain
	return plain
}

func (v *verdict) resolve(name string) string {
	if plain, ok := v.Names[name]; ok {
		return plain
	}
	return name
}

// mayBeHash: djb2 hashes are written as up to ten digits, sha256 ones as base64.
func mayBeHash(name string) bool {
	if len(name) == 44 && name[43] == '=' {
		return true
	}
	for i := range len(name) {
		if name[i] < '0' || name[i] > '9' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 10
}

// judge decides about a request that has just been decoded.
func (in *Ingest) judge(rows *schema.Decoded, m *meta) {
	in.erased.mu.RLock()
	defer in.erased.mu.RUnlock()
	if len(in.erased.before) == 0 {
		return
	}
	for i := range rows.Events {
		if e := &rows.Events[i]; in.erased.cover(e.Time, e.UserID, e.AnonymousID, e.UnitIDs) {
			m.Erased = m.Erased.with(e.Item)
		}
	}
	for i := range rows.Exposures {
		if x := &rows.Exposures[i]; in.erased.cover(x.Time, x.UserID, x.AnonymousID, x.UnitIDs) {
			m.Erased = m.Erased.with(x.Item)
		}
	}
}

// apply takes out of the rows what was erased. Nothing of such an item is kept, not even a sample.
func (v *verdict) apply(rows *schema.Decoded) {
	if len(v.Erased) == 0 {
		return
	}
	reject := func(item int, name string) {
		rows.Rejections = append(rows.Rejections, schema.Rejection{
			Item: item, Name: name, Reason: schema.Erased, Message: "its user was erased, later than it happened: nothing of it is kept",
		})
	}
	rows.Events = slices.DeleteFunc(rows.Events, func(e schema.Event) bool {
		if v.Erased.has(e.Item) {
			reject(e.Item, e.Name)
		}
		return v.Erased.has(e.Item)
	})
	rows.ExposureOnly(func(x *schema.Exposure) {
		if v.Erased.has(x.Item) {
			reject(x.Item, schema.ExposureName(x.Kind))
		}
	})
	rows.Exposures = slices.DeleteFunc(rows.Exposures, func(x schema.Exposure) bool { return v.Erased.has(x.Item) })
}

package statsig

import (
	"strings"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// fillUser reads the user: ids into their columns, the rest as user properties, private attributes not at all.
func fillUser(e *schema.Event, user []byte) {
	var rest wire.Builder
	wire.Object(user, func(key string, v []byte) bool {
		switch key {
		case "userID":
			e.UserID = wire.ID(v)
		case "customIDs":
			wire.Object(v, func(unitType string, id []byte) bool { setUnit(e, unitType, wire.ID(id)); return true })
		case "statsigEnvironment":
			if tier := wire.Text(wire.Get(v, "tier")); tier != "" {
				e.Environment = strings.ToLower(tier)
			}
		case "privateAttributes":
		default:
			if !wire.IsNull(v) {
				rest.Add(key, v)
			}
		}
		return true
	})
	e.UserProperties = rest.String()
}

func setUnit(e *schema.Event, unitType, id string) {
	switch {
	case strings.EqualFold(unitType, string(schema.AnonymousID)):
		e.AnonymousID = id
	case !strings.EqualFold(unitType, string(schema.UserID)):
		e.UnitIDs.Set(schema.UnitType(unitType), id)
	case e.UserID == "":
		e.UserID = id
	}
}

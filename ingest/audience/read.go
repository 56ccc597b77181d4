package audience

import (
	"strings"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// maxKey is how long an audience key may be, in bytes; what is longer cannot be the name of anything.
const maxKey = 200

// Read says what an event asks of an audience, "" when it is no audience call. Personas is context.personas; fields are the traits of an
// identify or group call, the properties of a track call. The name of a track event says nothing: users may choose it.
//
// Only audiences and steps of journeys count; a computed trait looks the same but has no members. The key is computation_key; some
// samples print an id there, so audience_key is tried as well. Journeys of the old kind say no value, and nobody ever leaves them.
func Read(personas, fields []byte) schema.Audience {
	class := strings.ToLower(wire.Text(member(personas, "computation_class")))
	if class != "audience" && class != "journey_step" {
		return ""
	}
	first := ""
	for _, key := range []string{wire.Text(member(personas, "computation_key")), wire.Text(member(fields, "audience_key"))} {
		if key == "" || len(key) > maxKey {
			continue
		}
		if entered, says := truth(member(fields, key)); says {
			return schema.NewAudience(key, entered)
		}
		if first == "" {
			first = key
		}
	}
	switch {
	case first == "":
		return ""
	case class == "journey_step":
		return schema.NewAudience(first, true)
	default:
		return schema.UnsaidAudience(first)
	}
}

// truth reads a boolean, or one written as text.
func truth(b []byte) (value, ok bool) {
	switch strings.ToLower(strings.Trim(wire.ID(b), " ")) {
	case "true":
		return true, true
	case "false":
		return false, true
	default:
		return false, false
	}
}

// member is the value of a key of an object; the last one, where it stands twice. Keys of audiences may hold dots.
func member(object []byte, name string) (found []byte) {
	wire.Object(object, func(key string, value []byte) bool {
		if key == name {
			found = value
		}
		return true
	})
	return found
}

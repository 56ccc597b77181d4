package gate

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/pulsehouse/pulsehouse/schema"
)

// hash is the first eight bytes of the SHA-256, big-endian: what buckets are cut from.
func hash(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:8])
}

// HashName hides a name as /v1/initialize is asked to: "djb2", "none", anything else is SHA-256 in base64.
func HashName(algorithm, name string) string {
	switch algorithm {
	case "none":
		return name
	case "djb2":
		return schema.DJB2(name)
	default:
		return schema.SHA256Base64(name)
	}
}

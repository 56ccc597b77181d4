package gate

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
)

// hash is the first eight bytes of the SHA-256, big-endian: what buckets are cut from.
func hash(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:8])
}

// DJB2 is the 32-bit hash h = 31h + byte, in decimal: how client SDKs ask for names to be hidden.
func DJB2(name string) string {
	h := uint32(0)
	for i := range len(name) {
		h = h*31 + uint32(name[i])
	}
	return strconv.FormatUint(uint64(h), 10)
}

// HashName hides a name as /v1/initialize is asked to: "djb2", "none", anything else is SHA-256 in base64.
func HashName(algorithm, name string) string {
	switch algorithm {
	case "none":
		return name
	case "djb2":
		return DJB2(name)
	default:
		sum := sha256.Sum256([]byte(name))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
}

// ListKey is a unit ID as ID lists know it: the first six bytes of its SHA-256, which are the eight characters of base64 that stand in
// the files SDKs download.
type ListKey [6]byte

// KeyOf hashes a unit ID.
func KeyOf(unit string) ListKey {
	sum := sha256.Sum256([]byte(unit))
	return ListKey(sum[:6])
}

// String is the key as it stands in a file.
func (k ListKey) String() string { return base64.StdEncoding.EncodeToString(k[:]) }

package schema

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// Client SDKs know the names of gates and experiments by their hashes, so that a page's visitors cannot read what is being tested. Both
// are Statsig's (js-client, Hashing.ts).

// DJB2 is the default hash: h = 31h + byte, 32 bits, in decimal.
func DJB2(name string) string {
	var h uint32
	for i := range len(name) {
		h = 31*h + uint32(name[i])
	}
	return strconv.FormatUint(uint64(h), 10)
}

// SHA256Base64 is the other one: SHA-256 in standard base64.
func SHA256Base64(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.StdEncoding.EncodeToString(sum[:])
}

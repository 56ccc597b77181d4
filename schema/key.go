package schema

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// KeyKind says what a key may do.
type KeyKind string

// The kinds of key.
const (
	WriteKey   KeyKind = "write"   // Segment libraries: send events
	ServerKey  KeyKind = "server"  // Statsig server SDKs and Segment's deliveries: send events, read specs
	ClientKey  KeyKind = "client"  // Statsig client SDKs: send events, read evaluations
	ConsoleKey KeyKind = "console" // people and scripts: the Console API
)

// KeyKinds lists them in the order in which first start makes them.
var KeyKinds = []KeyKind{WriteKey, ServerKey, ClientKey, ConsoleKey}

// Key is one source: who may send or ask. The secret itself is kept only for write and client keys, which are public by
// nature (they are shipped to browsers); of the others only Hash is kept.
type Key struct {
	ID     string  `json:"id"`
	Kind   KeyKind `json:"kind"`
	Name   string  `json:"name"`
	Hash   string  `json:"hash"`
	Public string  `json:"public,omitempty"`
	Active bool    `json:"active"`
}

// NewKey makes the key with the given secret.
func NewKey(id string, kind KeyKind, name, secret string) Key {
	k := Key{ID: id, Kind: kind, Name: name, Hash: HashKey(secret), Active: true}
	if kind == WriteKey || kind == ClientKey {
		k.Public = secret
	}
	return k
}

// HashKey is how a secret is stored and looked up. Secrets are random (160 bits), so a plain hash needs no salt, and
// looking a hash up in a map tells an attacker nothing about the secret that is compared.
func HashKey(secret string) string {
	sum := KeySum(secret)
	return hex.EncodeToString(sum[:])
}

// KeySum is the hash before it is text: every request looks one up.
func KeySum(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

// Sum is the hash of the key's secret; ok is false for a key whose hash is none.
func (k *Key) Sum() (sum [sha256.Size]byte, ok bool) {
	if len(k.Hash) != hex.EncodedLen(len(sum)) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(k.Hash))
	return sum, err == nil
}

// SecretLeast is how many characters a secret has at least that somebody chose.
const SecretLeast = 8

// NewSecret makes a random secret with the prefix its kind has in Statsig and Segment.
func NewSecret(kind KeyKind) string {
	var b [20]byte
	rand.Read(b[:])
	text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
	switch kind {
	case ServerKey:
		return "secret-" + text
	case ClientKey:
		return "client-" + text
	case ConsoleKey:
		return "console-" + text
	default:
		return text
	}
}

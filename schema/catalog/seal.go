package catalog

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Sealer encrypts the secrets of definitions, such as write keys of other services, with a key that lies in a file of the data folder
// and never in the database: who reads the tables, or a backup of them, cannot send in our name. Nodes that share a database need the
// same file.
type Sealer struct {
	aead     cipher.AEAD
	instance string
}

// sealedPrefix names the scheme: AES-256-GCM, nonce first, bound to the owner's name.
const sealedPrefix = "sealed:v1:"

// OpenSealer reads the key file, or makes one that only this user can read.
func OpenSealer(file string) (*Sealer, error) {
	key, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		key, err = newKeyFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the key file %q has %d bytes, not 32: restore it from a backup, or remove it and enter the secrets of all destinations again", file, len(key))
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("open key file %q: %w", file, err)
	}
	name := sha256.Sum256(append([]byte("instance "), key...))
	return &Sealer{aead, hex.EncodeToString(name[:6])}, nil
}

// newKeyFile writes a key so that a crash leaves the whole file or none.
func newKeyFile(file string) ([]byte, error) {
	key := make([]byte, 32)
	rand.Read(key)
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-") // with mode 0600
	if err != nil {
		return nil, err
	}
	_, err = f.Write(key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return key, os.Rename(f.Name(), file)
}

// Instance is a name of this installation that tells nothing of the key: nodes that share the key file share it.
func (s *Sealer) Instance() string { return s.instance }

// Seal encrypts a secret for its owner.
func (s *Sealer) Seal(owner, secret string) string {
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce)
	sealed := s.aead.Seal(nonce, nonce, []byte(secret), []byte(owner))
	return sealedPrefix + base64.StdEncoding.EncodeToString(sealed)
}

// Open decrypts what Seal made for the same owner.
func (s *Sealer) Open(owner, sealed string) (string, error) {
	text, ok := strings.CutPrefix(sealed, sealedPrefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	n := s.aead.NonceSize()
	if !ok || err != nil || len(raw) < n {
		return "", fmt.Errorf("the secret of %q is not sealed as it should be; enter it again", owner)
	}
	plain, err := s.aead.Open(nil, raw[:n], raw[n:], []byte(owner))
	if err != nil {
		return "", fmt.Errorf("the secret of %q was sealed with another key file; restore that file, or enter the secret again", owner)
	}
	return string(plain), nil
}

package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// snapshot is a file with definitions as they were last read from the engine, for a start while the engine is away.
type snapshot struct {
	what, path string

	mu   sync.Mutex
	text []byte
}

func newSnapshot(what, path string) *snapshot { return &snapshot{what: what, path: path} }

// load reads the file into v, and says whether there was one.
func (s *snapshot) load(v any) bool {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	if err = errors.Join(err, json.Unmarshal(text, v)); err != nil {
		slog.Warn("a snapshot cannot be read; waiting for the engine", "of", s.what, "file", s.path, "error", err)
		return false
	}
	s.text = text
	return true
}

// keep writes v, and says whether it differs from what was there.
func (s *snapshot) keep(v any) (changed bool, err error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return false, fmt.Errorf("write snapshot of %s: %w", s.what, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Equal(text, s.text) {
		return false, nil
	}
	s.text = text
	if err := os.WriteFile(s.path+".new", text, 0o600); err != nil {
		return true, fmt.Errorf("write snapshot of %s: %w", s.what, err)
	}
	if err := os.Rename(s.path+".new", s.path); err != nil {
		return true, fmt.Errorf("write snapshot of %s: %w", s.what, err)
	}
	return true, nil
}

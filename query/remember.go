package query

import (
	"sync"
	"time"
)

// memory keeps what was read a moment ago, by a key that says all that it depends on. It forgets what is too old, and everything when it
// has grown too large.
type memory[T any] struct {
	mu   sync.Mutex // guards the fields below it
	kept map[string]memo[T]
}

type memo[T any] struct {
	value T
	at    time.Time
}

// memories is how many values a memory keeps.
const memories = 1000

// get is the value of a key, read when it is not kept or older than lasts. Two who ask at once may both read.
func (m *memory[T]) get(key string, now time.Time, lasts time.Duration, read func() (T, error)) (T, error) {
	m.mu.Lock()
	have, ok := m.kept[key]
	m.mu.Unlock()
	if ok && now.Sub(have.at) < lasts && !now.Before(have.at) {
		return have.value, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= memories {
		m.kept = make(map[string]memo[T])
	}
	m.kept[key] = memo[T]{v, now}
	return v, nil
}

package query

import (
	"errors"
	"testing"
	"time"
)

func TestMemory(t *testing.T) {
	var m memory[int]
	reads, now := 0, time.Unix(1_700_000_000, 0)
	get := func(key string, at time.Time, want int) {
		t.Helper()
		got, err := m.get(key, at, time.Second, func() (int, error) { reads++; return reads, nil })
		if err != nil || got != want {
			t.Errorf("%s: %d %v, want %d", key, got, err, want)
		}
	}
	get("a", now, 1)
	get("a", now.Add(999*time.Millisecond), 1)
	get("b", now, 2)
	get("a", now.Add(time.Second), 3)
	get("a", now, 4) // the clock was set back
	if _, err := m.get("c", now, time.Second, func() (int, error) { return 0, errors.New("away") }); err == nil {
		t.Error("an error was kept back")
	}
	get("c", now, 5) // and is not remembered
	for i := range memories {
		get(string(rune('一'+i)), now, 6+i)
	}
	if len(m.kept) > memories {
		t.Errorf("%d are kept", len(m.kept))
	}
}

package query

import (
	"math/rand/v2"
	"testing"
)

// A set says what a map says, of numbers that collide and of zero too. Its lowest bit is not looked at.
func TestHashes(t *testing.T) {
	var s hashes
	want, random := map[uint64]bool{}, rand.New(rand.NewPCG(1, 1))
	for range 50_000 {
		h := random.Uint64N(30_000) << 1 << random.IntN(40)
		if s.has(h) != want[h] {
			t.Fatalf("of %d the set says %v", h, s.has(h))
		}
		if random.IntN(2) == 0 {
			s.add(h)
			want[h] = true
		}
	}
	if s.n != len(want) || s.n > len(s.slots) {
		t.Errorf("%d are in, want %d", s.n, len(want))
	}
}

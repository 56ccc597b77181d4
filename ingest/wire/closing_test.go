package wire

import (
	"math/rand/v2"
	"testing"
)

// The end of a string is where a plain loop finds it, whatever stands in it and wherever it begins.
func TestClosing(t *testing.T) {
	plain := func(b []byte, i int) int {
		for i++; i < len(b); i++ {
			if b[i] == '\\' {
				i++
			} else if b[i] == '"' {
				return i
			}
		}
		return len(b)
	}
	r := rand.New(rand.NewPCG(1, 2))
	letters := []byte("\"\\ab!#[]\x00\x22\x23\x21\x5b\x5d\xa2\xdc\xff")
	for range 200_000 {
		b := make([]byte, 1+r.IntN(40))
		for i := range b {
			if b[i] = 'x'; r.IntN(4) == 0 {
				b[i] = letters[r.IntN(len(letters))]
			}
		}
		i := r.IntN(len(b))
		if got, want := closing(b, i), plain(b, i); got != want {
			t.Fatalf("%q from %d ends at %d, want %d", b, i, got, want)
		}
	}
}

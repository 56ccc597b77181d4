package idlist

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// Hash is what SDKs know of a unit: the first 48 bits of sha256(unit ID).
type Hash uint64

// HashOf hashes a unit ID.
func HashOf(unitID string) Hash {
	sum := sha256.Sum256([]byte(unitID))
	return Hash(binary.BigEndian.Uint64(sum[:8]) >> 16)
}

// hashBytes is the length of a hash in a line: six bytes in base64.
const hashBytes = 8

// text appends the hash as it stands in a line.
func (h Hash) text(to []byte) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(h))
	return base64.StdEncoding.AppendEncode(to, b[2:])
}

// parseHash reads the 8 characters of a line: 6 bytes in base64.
func parseHash(text []byte) (Hash, bool) {
	var b [8]byte
	if n, err := base64.StdEncoding.Decode(b[2:], text); err != nil || n != 6 {
		return 0, false
	}
	return Hash(binary.BigEndian.Uint64(b[:])), true
}

// A set is the hashes of a list. A small one is one sorted slice; from many on, the upper 16 bits choose a bucket, in which the
// lower 32 are sorted: some 150 in a bucket at 10 million, so that entering moves a few hundred bytes; about 9 bytes a unit.
type set struct {
	few     []Hash
	buckets [][]uint32
	n       int
}

const many = 1 << 16

// add puts a hash in, if it is not.
func (s *set) add(h Hash) {
	if s.buckets == nil && len(s.few) == many {
		s.split()
	}
	before := s.n
	if s.buckets == nil {
		s.few = insert(s.few, h, &s.n)
		return
	}
	bucket := &s.buckets[h>>32]
	if *bucket = insert(*bucket, uint32(h), &s.n); s.n != before && cap(*bucket)-len(*bucket) > len(*bucket)/4+8 {
		*bucket = slices.Clip(*bucket)
	}
}

// remove takes a hash out, if it is in.
func (s *set) remove(h Hash) {
	if s.buckets == nil {
		s.few = without(s.few, h, &s.n)
		return
	}
	s.buckets[h>>32] = without(s.buckets[h>>32], uint32(h), &s.n)
}

func (s *set) has(h Hash) (found bool) {
	if s.buckets == nil {
		_, found = slices.BinarySearch(s.few, h)
		return found
	}
	_, found = slices.BinarySearch(s.buckets[h>>32], uint32(h))
	return found
}

// split goes from one slice to buckets.
func (s *set) split() {
	s.buckets = make([][]uint32, 1<<16)
	for _, h := range s.few {
		s.buckets[h>>32] = append(s.buckets[h>>32], uint32(h))
	}
	s.few = nil
}

func insert[T Hash | uint32](sorted []T, v T, n *int) []T {
	i, found := slices.BinarySearch(sorted, v)
	if found {
		return sorted
	}
	*n++
	return slices.Insert(sorted, i, v)
}

func without[T Hash | uint32](sorted []T, v T, n *int) []T {
	i, found := slices.BinarySearch(sorted, v)
	if !found {
		return sorted
	}
	*n--
	return slices.Delete(sorted, i, i+1)
}

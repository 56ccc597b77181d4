package query

// hashes is a set of numbers that are evenly spread already. Most questions are for what is not in it: one look at one place answers them, where a
// map takes several. The zero value is empty.
type hashes struct {
	slots []uint64 // 0 is free
	n     int
}

const fewHashes = 1 << 10

// place is where h is, or where it would be.
func (s *hashes) place(h uint64) int {
	for i := int(h>>1) & (len(s.slots) - 1); ; i = (i + 1) & (len(s.slots) - 1) {
		if s.slots[i] == h || s.slots[i] == 0 {
			return i
		}
	}
}

func (s *hashes) has(h uint64) bool {
	return s.n > 0 && s.slots[s.place(h|1)] != 0
}

func (s *hashes) add(h uint64) {
	if 2*s.n >= len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, max(fewHashes, 2*len(old)))
		for _, h := range old {
			if h != 0 {
				s.slots[s.place(h)] = h
			}
		}
	}
	if i := s.place(h | 1); s.slots[i] == 0 {
		s.slots[i] = h | 1
		s.n++
	}
}

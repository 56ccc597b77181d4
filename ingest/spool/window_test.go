package spool

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// Records that are larger than the reader's window come whole, in order, and one that carries what looks like a frame is not taken
// apart: not where the window ends inside of it, and not by a reader that comes later.
func TestWindow(t *testing.T) {
	s, _ := running(t, t.TempDir(), Options{})
	inner := numbered(5)
	payload, err := inner.appendPayload(nil)
	if err != nil {
		t.Fatal(err)
	}
	frame := appendFrame(nil, 1_000_000, payload)
	large := func(n int) Record {
		r := numbered(n)
		r.Body = bytes.Repeat(frame, windowBytes/len(frame)*(1+n%3)/2)
		return r
	}
	tail := s.Read(1)
	for n := 1; n <= 12; n++ {
		if _, err := s.Append(t.Context(), large(n), nil); err != nil {
			t.Fatal(err)
		}
		rec, err := tail.Next() // a reader that stays goes on where it was
		if err != nil || !same(rec, large(n)) {
			t.Fatalf("record %d comes as %d with %d bytes, %v", n, rec.Seq, len(rec.Body), err)
		}
		if _, err := tail.Next(); !errors.Is(err, io.EOF) {
			t.Fatalf("behind record %d there is %v", n, err)
		}
	}
	for from := range 12 {
		all, damaged := readAll(t, s, uint64(from+1))
		if len(all) != 12-from || damaged != 0 || !same(all[0], large(from+1)) {
			t.Fatalf("from record %d on there are %d records and %d damages", from+1, len(all), damaged)
		}
	}
}

package query

import (
	"slices"
	"testing"
)

func TestSplitIDs(t *testing.T) {
	f := func(list string, want ...string) {
		t.Helper()
		if got := splitIDs(list); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
	f("a::sum", "a::sum")
	f("a::event_count,b::event_count", "a::event_count", "b::event_count")
	f("segment::A, B::sum,L7::user", "segment::A, B::sum", "L7::user")
	f("a::sum, b::mean", "a::sum", "b::mean")
	f("a::sum@2,b::sum", "a::sum@2", "b::sum")
	f("a", "a")
	f("")
}

package schema

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the one of some names that a name was likely meant to be, "" if there is none: at most every fourth letter is wrong
// (Levenshtein, without regard to case), and not more than two.
func Nearest(name string, names []string) (meant string) {
	least := min(2, len(name)/4) + 1
	for _, n := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(n)); d < least {
			meant, least = n, d
		}
	}
	return meant
}

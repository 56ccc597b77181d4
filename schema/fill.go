package schema

import "strings"

// Fill puts a fragment in the place of what stands between "/* mark: */" and "/* :mark */", which is there so that the
// file runs as it is. Fragments hold SQL that we wrote and names of parameters, never values.
func Fill(text, mark, fragment string) string {
	open, end := "/* "+mark+": */", "/* :"+mark+" */"
	before, rest, ok := strings.Cut(text, open)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		panic("BUG: no mark " + mark + " in statement")
	}
	return before + fragment + after
}

package gate

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
)

// Lists are the ID lists that conditions ask.
type Lists interface {
	// Has says whether the list of that name has the unit; a list that does not exist has none.
	Has(list, unit string) bool
}

// ListFiles are ID lists read from the files that SDKs download.
type ListFiles map[string]map[listKey]struct{}

// Has makes them [Lists].
func (f ListFiles) Has(list, unit string) bool {
	_, ok := f[list][keyOf(unit)]
	return ok
}

// listKey is a unit ID as ID lists know it: the first six bytes of its SHA-256, which are the eight characters of base64 that stand in
// the files SDKs download.
type listKey [6]byte

func keyOf(unit string) listKey {
	sum := sha256.Sum256([]byte(unit))
	return listKey(sum[:6])
}

// Read applies a file's lines, +XXXXXXXX or -XXXXXXXX, to the list of that name.
func (f ListFiles) Read(name string, r io.Reader) error {
	list := f[name]
	if list == nil {
		list = make(map[listKey]struct{})
		f[name] = list
	}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Bytes()
		if len(line) == 0 {
			continue
		}
		var key listKey
		if len(line) != 9 {
			return fmt.Errorf("read ID list %q: line %d is %.20q, not + or - and the first eight characters of an ID's SHA-256 in base64", name, n, line)
		}
		if _, err := base64.StdEncoding.Decode(key[:], line[1:]); err != nil {
			return fmt.Errorf("read ID list %q: line %d: %w", name, n, err)
		}
		switch line[0] {
		case '+':
			list[key] = struct{}{}
		case '-':
			delete(list, key)
		default:
			return fmt.Errorf("read ID list %q: line %d begins with %q, not + or -", name, n, line[0])
		}
	}
	return lines.Err()
}

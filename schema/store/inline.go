package store

import (
	"fmt"
	"reflect"
	"regexp"
)

var parameter = regexp.MustCompile(`\{(\w+):([^{}]+)\}`)

// Inline writes a statement with its parameters' values in their places, so that it can be pasted into any client. It is for people to
// read and run; the engine is always given values apart from the text.
func Inline(sql string, p Params) (text string, err error) {
	text = parameter.ReplaceAllStringFunc(sql, func(mention string) string {
		found := parameter.FindStringSubmatch(mention)
		v, ok := p[found[1]]
		if !ok {
			err = fmt.Errorf("parameter %s has no value", found[1])
			return mention
		}
		value, isText := textOf(v)
		if !isText {
			var failed error
			if value, failed = literal(reflect.ValueOf(v)); failed != nil {
				err = fmt.Errorf("parameter %s: %w", found[1], failed)
			}
		}
		return fmt.Sprintf("CAST('%s', '%s')", literalEscaper.Replace(value), literalEscaper.Replace(found[2]))
	})
	return text, err
}

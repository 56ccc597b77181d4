package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Names that nothing here reads. A parameter is refused: the answer would be one to another question. A field of a body is refused when it
// is nearly one that there is; others are ignored, for definitions that come from Statsig have more than is kept here, and the answer lists
// them as ignoredFields.

// refuseUnknown refuses a body with a misspelt field, and notes which fields are ignored. v is what it was read into.
func (c *call) refuseUnknown(text []byte, v any) error {
	w := unknownWalk{ignored: []string{}}
	w.value(text, reflect.TypeOf(v), "")
	c.ignored = w.ignored
	return w.misspelt
}

// unknownWalk compares JSON that was decoded into a type with it.
type unknownWalk struct {
	ignored  []string
	misspelt error
}

func (w *unknownWalk) value(text []byte, t reflect.Type, path string) {
	if w.misspelt != nil || !holdsFields(t) {
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		w.value(text, t.Elem(), path)
	case reflect.Struct:
		w.object(text, t, path)
	case reflect.Map:
		var members map[string]json.RawMessage
		_ = json.Unmarshal(text, &members) // what is no object was refused before
		for _, name := range slices.Sorted(maps.Keys(members)) {
			w.value(members[name], t.Elem(), below(path, name))
		}
	case reflect.Slice, reflect.Array:
		var items []json.RawMessage
		_ = json.Unmarshal(text, &items)
		for i, item := range items {
			w.value(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

func (w *unknownWalk) object(text []byte, t reflect.Type, path string) {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members)
	known := fieldsOf(t)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		at := slices.IndexFunc(known, func(f knownField) bool { return strings.EqualFold(f.name, name) })
		if at >= 0 {
			w.value(members[name], known[at].kind, below(path, name))
			continue
		}
		names := make([]string, len(known))
		for i, f := range known {
			names[i] = f.name
		}
		if meant := schema.Nearest(name, names); meant != "" {
			w.misspelt = schema.Invalid(below(path, name), "there is no field %q; did you mean %q?", name, meant)
			return
		}
		w.ignored = append(w.ignored, below(path, name))
	}
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

var jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()

// holdsFields says that values of a type can have fields with names of ours.
func holdsFields(t reflect.Type) bool {
	for {
		switch {
		case t.Implements(jsonUnmarshaler), reflect.PointerTo(t).Implements(jsonUnmarshaler):
			return false
		case t.Kind() == reflect.Pointer, t.Kind() == reflect.Map, t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
			t = t.Elem()
		default:
			return t.Kind() == reflect.Struct
		}
	}
}

// knownField is a field as encoding/json knows it.
type knownField struct {
	name string
	kind reflect.Type
}

var fieldsKnown sync.Map // reflect.Type → []knownField

func fieldsOf(t reflect.Type) []knownField {
	if known, ok := fieldsKnown.Load(t); ok {
		return known.([]knownField)
	}
	var known []knownField
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Tag.Get("json") == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		known = append(known, knownField{name, f.Type})
	}
	fieldsKnown.Store(t, known)
	return known
}

// paging are the parameters that clients add without asking whether a list has pages.
var paging = []string{"limit", "page"}

// changing are the parameters of calls that change something.
var changing = []string{"dryRun", "column", "mode", "refresh", "ruleId", "metricIDs", "metricIDs[]", "from", "to", "days"}

// refuseParameters refuses a parameter that is not one of some, which are all that are read.
func (c *call) refuseParameters(known []string) error {
	for key := range c.QueryArgs().All() {
		name := string(key)
		if slices.Contains(known, name) || slices.Contains(paging, name) {
			continue
		}
		if meant := schema.Nearest(name, known); meant != "" {
			return schema.Invalid(name, "there is no parameter %q here; did you mean %q?", name, meant)
		}
		names := slices.DeleteFunc(slices.Sorted(slices.Values(known)), func(n string) bool { return strings.HasSuffix(n, "[]") })
		return schema.Invalid(name, "there is no parameter %q here; there are: %s", name, strings.Join(slices.Compact(names), ", "))
	}
	return nil
}

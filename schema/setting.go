package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Setting is one named setting of the project. Its value is JSON, shown and changed by the Console API under its name.
type Setting struct {
	Name string
	// Default is its value as long as nobody chose one.
	Default string
	// Fixed settings are chosen at the first start, because they are part of every number computed since.
	Fixed bool
	// Secret settings are kept sealed and never shown, only whether there is one.
	Secret bool
	// Check refuses a value that is not possible, and returns it as it is kept.
	Check func(value []byte) (string, error)
}

// Settings are all there are. Each room that needs one adds a line.
var Settings = []Setting{
	{Name: "prefix", Default: `"segment::"`, Fixed: true},
	{Name: "timezone", Default: `"UTC"`, Fixed: true},
	setting("valuePath", "", checkPath),
	setting("retentionDays", map[string]int{}, checkRetention),
	setting("mapIdentifiers", []IdentifierMapping{}, checkMappings),
	secret(WebhookSecret),
	setting(EnvironmentSetting, Environments, checkEnvironments),
	setting("audiences", AudienceRules{Mappings: []AudienceMapping{}}, checkAudienceRules),
}

// WebhookSecret is the setting of the secret that signs Segment's deliveries.
const WebhookSecret = "webhookSecret"

// FindSetting finds a setting by name.
func FindSetting(name string) (Setting, error) {
	names := make([]string, len(Settings))
	for i, s := range Settings {
		if s.Name == name {
			return s, nil
		}
		names[i] = s.Name
	}
	return Setting{}, Invalid(name, "there is no such setting; there are %s", strings.Join(names, ", "))
}

// setting is one whose value is a T.
func setting[T any](name string, otherwise T, check func(*T) error) Setting {
	text, err := json.Marshal(otherwise)
	if err != nil {
		panic("BUG: the default of setting " + name + " does not marshal: " + err.Error())
	}
	return Setting{Name: name, Default: string(text), Check: func(value []byte) (string, error) {
		var v T // a list or map begins empty: decoding writes into the ones there are, here into the default
		if kind := reflect.TypeFor[T]().Kind(); kind != reflect.Slice && kind != reflect.Map {
			v = otherwise
		}
		d := json.NewDecoder(bytes.NewReader(value))
		d.DisallowUnknownFields()
		if err := d.Decode(&v); err != nil {
			return "", Invalid(name, "%v; the default is %s", err, text)
		}
		if err := check(&v); err != nil {
			return "", Invalid(name, "%v", err)
		}
		kept, err := json.Marshal(v)
		return string(kept), err
	}}
}

// secret is a text that is never shown again.
func secret(name string) Setting {
	s := setting(name, "", func(text *string) error {
		if n := len(*text); n > 0 && n < 8 || n > 200 {
			return errors.New("a shared secret has 8 to 200 characters; an empty one switches the check off")
		}
		return nil
	})
	s.Secret = true
	return s
}

// IdentifierMapping says that a field of an event holds a unit ID: Statsig's "Map Identifiers".
type IdentifierMapping struct {
	// Field is a dotted path from the top of the event: anonymousId, groupId, context.device.id, properties.account.
	Field  string   `json:"field"`
	IDType UnitType `json:"idType"`
}

const maxMappings = 50

// checkMappings: the first mapping of a type that finds an ID decides.
func checkMappings(list *[]IdentifierMapping) error {
	if len(*list) > maxMappings {
		return fmt.Errorf("%d identifiers are mapped; %d are possible", len(*list), maxMappings)
	}
	for i := range *list {
		m := &(*list)[i]
		if err := checkPath(&m.Field); err != nil {
			return fmt.Errorf("[%d].field: %w", i, err)
		}
		if m.Field == "" {
			return fmt.Errorf("[%d].field is empty; name a field such as anonymousId or context.device.id", i)
		}
		if err := m.IDType.Validate(); err != nil {
			return fmt.Errorf("[%d].idType: %w", i, err)
		}
	}
	return nil
}

// checkPath takes a dotted path, with or without JSONPath's "$." in front.
func checkPath(path *string) error {
	*path = strings.TrimPrefix(strings.TrimSpace(*path), "$.")
	if len(*path) > 500 {
		return fmt.Errorf("a path has at most 500 characters")
	}
	if *path == "" {
		return nil
	}
	for key := range strings.SplitSeq(*path, ".") {
		if key == "" {
			return fmt.Errorf("the path %q has an empty part; write it as a.b.c", *path)
		}
	}
	return nil
}

// Intake is those settings on which decoding an event depends. They are spooled with each request.
type Intake struct {
	// ValuePath is the path, within properties, of an event's value; "" is revenue, else value.
	ValuePath      string              `json:"valuePath,omitempty"`
	MapIdentifiers []IdentifierMapping `json:"mapIdentifiers,omitempty"`
}

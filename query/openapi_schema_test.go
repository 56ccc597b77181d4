package query

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v2"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
)

// nouns are the answers that the description has a schema for, by its name.
var nouns = map[string]any{
	"Metric": metric{}, "MetricValue": metricValue{}, "MetricSeries": series{}, "Event": event{}, "EventSummary": eventSummary{},
	"Experiment": schema.Experiment{}, "ExperimentOverrides": overridesAnswer{}, "PulseResults": pulse.Report{}, "GroupExposures": groupExposures{}, "Health": health{}, "Unit": UnitReport{},
	"Gate": shownGate{}, "GateOverrides": shownGateOverrides{}, "LayerOverrides": shownLayerOverrides{}, "DynamicConfig": shownConfig{}, "Layer": shownLayer{}, "Holdout": schema.Holdout{}, "DefinitionVersion": shownVersion{},
	"Segment": segment{}, "IDList": shownList{}, "Audience": audience{}, "IDType": shownIDType{}, "Key": shownKey{}, "AuditEntry": auditEntry{},
	"Ledger": ledger{}, "Rejection": rejection{}, "Filter": shownFilter{}, "FilterVersion": filterVersion{}, "Destination": destination{}, "Job": job{}, "System": system{},
	"CustomQueryRun": shownQuery{}, "CustomRun": customRun{}, "CustomAnswer": customAnswer{}, "ReportPlace": reportPlace{}, "Environments": environments{},
	"DestinationFailure": failure{}, "DestinationEvent": destinationEvent{}, "TestedDestination": testedDestination{}, "RollupStatus": schema.RollupStatus{},
	"MetricPreview": preview{}, "MetricUse": usedBy{}, "MetricVersion": metricVersion{}, "DimensionValues": dimensionValues{}, "IDListPage": memberPage{},
	"IDListMembership": membership{}, "IDListMetadata": listMetadata{}, "IDListChange": idlist.Summary{}, "Project": project{}, "AATest": aaResult{},
	"Erasure": erasure{}, "ExposureCounts": exposureCounts{}, "PulseLoad": pulseLoad{}, "StartedLoad": startedLoad{},
}

// object is a schema of the description, as far as it is compared.
type object struct {
	Ref        string `yaml:"$ref"`
	Type       any
	Properties map[string]*object
	Items      *object
	Values     any       `yaml:"additionalProperties"`
	AllOf      []*object `yaml:"allOf"`
	OneOf      []*object `yaml:"oneOf"`
}

// comparison walks a schema and a Go type side by side.
type comparison struct {
	*testing.T
	schemas map[string]*object
	seen    map[string]bool
}

// The schemas of the description have the fields of what is answered, all of them and no others, with their types.
func TestOpenAPISchemas(t *testing.T) {
	var described struct {
		Components struct{ Schemas map[string]*object }
	}
	if err := yaml.Unmarshal(openAPI, &described); err != nil {
		t.Fatal(err)
	}
	c := comparison{t, described.Components.Schemas, map[string]bool{}}
	for name, v := range nouns {
		c.same(name, &object{Ref: refTo + name}, reflect.TypeOf(v))
	}
	for name := range c.schemas {
		if !c.seen[name] && name != "Answer" && name != "Pagination" && name != "Problem" {
			t.Errorf("schema %s is no part of any answer", name)
		}
	}
}

// What is referred to in the description is there.
func TestOpenAPIReferences(t *testing.T) {
	var all struct {
		Components map[string]map[string]any
	}
	if err := yaml.Unmarshal(openAPI, &all); err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(string(openAPI), `$ref: "#/components/`) {
		kind, rest, _ := strings.Cut(part, "/")
		name, _, _ := strings.Cut(rest, `"`)
		if i > 0 && all.Components[kind][name] == nil {
			t.Errorf("%s %q is referred to and not there", kind, name)
		}
	}
}

const refTo = "#/components/schemas/"

func (c *comparison) same(at string, o *object, t reflect.Type) {
	c.Helper()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
		if len(o.OneOf) == 2 {
			o = o.OneOf[0]
		}
	}
	if name, ok := strings.CutPrefix(o.Ref, refTo); ok {
		if jsonTypeOf(t) == "" {
			return // what is kept as JSON has no fields to compare here
		}
		if o = c.schemas[name]; o == nil {
			c.Errorf("%s: there is no schema %s", at, name)
			return
		}
		if c.seen[name] {
			return
		}
		c.seen[name], at = true, name
	}
	kind := jsonTypeOf(t)
	if kind != "" && kind != typeOf(o) {
		c.Errorf("%s is described as %q, and a %s is answered", at, typeOf(o), kind)
	}
	switch {
	case kind == "object" && t.Kind() == reflect.Struct:
		c.fields(at, o, t)
	case kind == "array" && o.Items != nil:
		c.same(at+"[]", o.Items, t.Elem())
	case kind == "array":
		c.Errorf("%s has no items", at)
	}
}

func (c *comparison) fields(at string, o *object, t reflect.Type) {
	c.Helper()
	described := make(map[string]*object)
	c.gather(o, described)
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" || name == "" || f.Type == reflect.TypeFor[*struct{}]() || name == "secret" {
			continue
		}
		if described[name] == nil {
			c.Errorf("%s.%s is answered and not described", at, name)
			continue
		}
		c.same(at+"."+name, described[name], f.Type)
		delete(described, name)
	}
	for name := range described {
		c.Errorf("%s.%s is described and never answered", at, name)
	}
}

// gather collects the properties of a schema and of those that it is made of.
func (c *comparison) gather(o *object, into map[string]*object) {
	if name, ok := strings.CutPrefix(o.Ref, refTo); ok && c.schemas[name] != nil {
		o = c.schemas[name]
	}
	for _, part := range o.AllOf {
		c.gather(part, into)
	}
	for name, p := range o.Properties {
		into[name] = p
	}
}

// typeOf is the schema's type beside null.
func typeOf(o *object) string {
	switch v := o.Type.(type) {
	case string:
		return v
	case []any:
		return v[0].(string)
	default:
		if len(o.AllOf) > 0 {
			return "object"
		}
		return ""
	}
}

// jsonTypeOf is the JSON type that a Go type marshals to, "" when that is not said by the type.
func jsonTypeOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "string"
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface, t.Implements(reflect.TypeFor[json.Marshaler]()):
		return ""
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float64, reflect.Float32:
		return "number"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Map, reflect.Struct:
		return "object"
	default:
		return "integer"
	}
}

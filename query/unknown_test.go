package query

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// A misspelt field is refused with its place and what was meant, however deep it stands; one that is only foreign is listed.
func TestUnknownFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		into    any
		body    string
		ignored string
		field   string
		meant   string
	}{
		{&schema.Gate{}, `{"name":"g","rules":[{"name":"r","passPercentage":10,"conditions":[{"type":"public"}]}]}`, "", "", ""},
		{&schema.Gate{}, `{"NAME":"g","Rules":[{"PASSPERCENTAGE":10}]}`, "", "", ""}, // as encoding/json reads it
		{&schema.Gate{}, `{"name":"g","rules":[{"name":"r"},{"pasPercentage":10}]}`, "", "rules[1].pasPercentage", "passPercentage"},
		{&schema.Gate{}, `{"name":"g","rules":[{"conditions":[{"type":"public","tragetValue":["a"]}]}]}`, "", "rules[0].conditions[0].tragetValue", "targetValue"},
		{&schema.Experiment{}, `{"name":"x","allocatoin":10}`, "", "allocatoin", "allocation"},
		{&schema.Experiment{}, `{"name":"x","creatorEmail":"a@b","groups":[{"name":"a","ownerTeam":{"id":1}}]}`, "creatorEmail groups[0].ownerTeam", "", ""},
		{&schema.Experiment{}, `{"groups":[{"parameterValues":{"pasPercentage":1}}]}`, "", "", ""}, // a parameter's name is the user's own
		{&schema.Metric{}, `{"name":"m","metricEvent":[{"name":"buy"}]}`, "", "metricEvent", "metricEvents"},
		{&schema.Metric{}, `{"name":"m","tags":{"anything":1}}`, "", "", ""}, // it reads itself
		{&struct {
			*schema.Destination
			WriteKey string `json:"writeKey"`
		}{}, `{"name":"d","writeKye":"x"}`, "", "writeKye", "writeKey"},
	} {
		walk := unknownWalk{}
		walk.value([]byte(c.body), reflect.TypeOf(c.into), "")
		if got := strings.Join(walk.ignored, " "); got != c.ignored {
			t.Errorf("%s: ignored %q, want %q", c.body, got, c.ignored)
		}
		e, refused := schema.AsError(walk.misspelt)
		if refused != (c.field != "") || refused && (e.Field != c.field || !strings.Contains(e.Message, `"`+c.meant+`"`)) {
			t.Errorf("%s: %v, want a refusal of %q that names %q", c.body, walk.misspelt, c.field, c.meant)
		}
	}
}

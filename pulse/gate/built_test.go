package gate

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// What a builder remembers makes no difference: after any change the files are those of one that knows nothing.
func TestBuilderRemembers(t *testing.T) {
	d := manyGates(t, 20)
	d.Gates[3].Rules[0].Conditions = []schema.Condition{{Type: "passes_gate", TargetValue: []byte(`"gate_4"`)}}
	d.Holdouts = []schema.Holdout{{Head: schema.Head{ID: "away", Salt: "s", Version: 1}, IsEnabled: true, PassPercentage: 50, GateIDs: []string{"gate_5"}}}
	d.Segments = []schema.Segment{{ID: "list", Type: schema.IDList, IsEnabled: true, Version: 1}}
	members := []string{"a"}
	d.Members = func(string) ([]string, bool) { return members, true }
	m := new(Builder)
	files := func(m *Builder) []byte {
		b := m.Build(d, 1)
		b.Compile()
		v1, err1 := b.V1(nil)
		v2, err2 := b.V2()
		if err1 != nil || err2 != nil || len(b.Broken) > 0 {
			t.Fatal(err1, err2, b.Broken)
		}
		return append(v1, v2...)
	}
	last := files(m)
	step := func(what string, change func()) {
		t.Helper()
		change()
		got, want := files(m), files(new(Builder))
		if !bytes.Equal(got, want) {
			t.Errorf("after %s the files are not what they are without a memory:\n%s\n%s", what, got, want)
		}
		if bytes.Equal(got, last) {
			t.Errorf("%s makes no difference", what)
		}
		last = got
	}
	step("a percentage", func() { d.Gates[4].Rules[1].PassPercentage, d.Gates[4].Version = 60, 2 })
	step("a holdout", func() { d.Holdouts[0].GateIDs, d.Holdouts[0].Version = []string{"gate_6"}, 2 })
	step("a member", func() { members = append(members, "b") })
	step("an archive", func() { d.Gates[7].IsArchived, d.Gates[7].Version = true, 2 })
	step("a deletion", func() { d.Gates = append(d.Gates[:8:8], d.Gates[9:]...) })
	step("the environments", func() {
		d.Gates[0].Rules[0].Environments, d.Gates[0].Version = []string{schema.Production}, 2
		files(m)
		d.Environments = []string{schema.Production, "qa"}
	})
}

// Specs share what did not change; a gate that asks another follows it all the same, and those made before stay as they were.
func TestSharedSpecsPointAnew(t *testing.T) {
	d := manyGates(t, 2)
	d.Gates[0].Rules = []schema.Rule{{ID: "r", BaseID: "r", Name: "r", PassPercentage: 100, Conditions: []schema.Condition{{Type: "passes_gate", TargetValue: []byte(`"gate_1"`)}}}}
	d.Gates[1].Rules = []schema.Rule{{ID: "r", BaseID: "r", Name: "r", PassPercentage: 100}}
	m := new(Builder)
	before := m.Build(d, 1).Compile()
	d.Gates[1].Rules = []schema.Rule{{ID: "r", BaseID: "r", Name: "r", PassPercentage: 0}}
	d.Gates[1].Version++
	after := m.Build(d, 2).Compile()
	u := &User{UserID: "u"}
	if got := fmt.Sprint(before.Gate(u, "gate_0", Options{}).Value, after.Gate(u, "gate_0", Options{}).Value); got != "true false" {
		t.Errorf("before and after the change: %s, want true false", got)
	}
}

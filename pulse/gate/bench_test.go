package gate

import (
	"fmt"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// A gate with three conditions, of which one hashes: at most 2 µs and 2 allocations are promised.
func BenchmarkGate(b *testing.B) {
	s, u := threeConditions(b)
	b.ReportAllocs()
	for b.Loop() {
		if !s.Gate(u, "three", Options{}).Value {
			b.Fatal("the gate does not pass")
		}
	}
}

// TestGateAllocations keeps the promise of the benchmark in every run of the tests.
func TestGateAllocations(t *testing.T) {
	s, u := threeConditions(t)
	if n := testing.AllocsPerRun(100, func() { s.Gate(u, "three", Options{}) }); n > 2 {
		t.Errorf("a gate with three conditions allocates %v times, want at most 2", n)
	}
}

func threeConditions(t testing.TB) (*Specs, *User) {
	t.Helper()
	s, err := Parse([]byte(`{"time":1,"feature_gates":[{"name":"three","type":"feature_gate","salt":"s","enabled":true,"defaultValue":false,"rules":[
		{"id":"r","salt":"r","passPercentage":99.99,"returnValue":true,"conditions":[
			{"type":"user_field","field":"email","operator":"str_contains_any","targetValue":["@corp.example","@example.com"]},
			{"type":"user_field","field":"plan","operator":"any","targetValue":["pro","team"]},
			{"type":"user_field","field":"appVersion","operator":"version_gte","targetValue":"2.1.0"}]}]}]}`))
	if err != nil || len(s.Broken) > 0 {
		t.Fatal(err, s.Broken)
	}
	return s, user(t, `{"userID":"u1","email":"Ann@Example.com","appVersion":"3.2.1","custom":{"plan":"Pro"}}`)
}

// Every gate, config and layer of the vectors for one user.
func BenchmarkVectors(b *testing.B) {
	s, o := specs(b, "dcs_v1.json"), vips(b)
	u := user(b, `{"userID":"user_0","email":"u0@corp.example","country":"US","appVersion":"2.0.0","custom":{"plan":"pro"},"customIDs":{"companyID":"co_0"}}`)
	gates, configs, layers := s.Names()
	b.ReportAllocs()
	for b.Loop() {
		for _, name := range gates {
			s.Gate(u, name, o)
		}
		for _, name := range configs {
			s.Config(u, name, o)
		}
		for _, name := range layers {
			s.Layer(u, name, o)
		}
	}
}

// BenchmarkInitialize is everything evaluated for one user, as client SDKs ask for it.
func BenchmarkInitialize(b *testing.B) {
	s, o := specs(b, "dcs_v1.json"), vips(b)
	u := user(b, `{"userID":"user_0","email":"u0@corp.example","country":"US","customIDs":{"companyID":"co_0"}}`)
	b.ReportAllocs()
	for b.Loop() {
		s.Initialize(u, o, View{})
	}
}

// manyGates are the definitions of a large project.
func manyGates(tb testing.TB, n int) *Definitions {
	tb.Helper()
	d := &Definitions{}
	for i := range n {
		country := schema.Condition{Type: "country", Operator: "any", TargetValue: []byte(`["US","CA"]`)}
		mail := schema.Condition{Type: "email", Operator: "str_ends_with_any", TargetValue: fmt.Appendf(nil, `["@corp%d.example"]`, i)}
		g := schema.Gate{Head: schema.Head{Name: fmt.Sprintf("gate_%d", i)}, IsEnabled: true, Rules: []schema.Rule{
			{Name: "staff", PassPercentage: 100, Conditions: []schema.Condition{mail}},
			{Name: "some", PassPercentage: 50, Conditions: []schema.Condition{country, mail}},
		}}
		if err := g.Validate(); err != nil {
			tb.Fatal(err)
		}
		g.Version = 1
		d.Gates = append(d.Gates, g)
	}
	return d
}

// From a changed definition among a thousand to both files and specs that evaluate; and the first time, when all are new.
func BenchmarkRebuild(b *testing.B) {
	rebuild := func(b *testing.B, d *Definitions, m *Builder) {
		b.Helper()
		built := m.Build(d, 0)
		v1, err1 := built.V1(nil)
		v2, err2 := built.V2()
		if specs := built.Compile(); err1 != nil || err2 != nil || len(v1) == 0 || len(v2) == 0 || len(specs.gates) != len(d.Gates) {
			b.Fatal(err1, err2, len(specs.gates))
		}
	}
	d := manyGates(b, 1000)
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rebuild(b, d, new(Builder))
		}
	})
	b.Run("one changed", func(b *testing.B) {
		b.ReportAllocs()
		m := new(Builder)
		rebuild(b, d, m)
		for b.Loop() {
			d.Gates[500].Version++
			rebuild(b, d, m)
		}
	})
}

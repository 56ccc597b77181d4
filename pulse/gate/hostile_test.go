package gate

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fastjson"
)

// gateAsking is a gate that passes if the others do.
func gateAsking(name string, others ...string) string {
	conditions := make([]string, len(others))
	for i, other := range others {
		conditions[i] = fmt.Sprintf(`{"type":"pass_gate","targetValue":%q}`, other)
	}
	return fmt.Sprintf(`{"name":%q,"type":"feature_gate","salt":"s","enabled":true,"rules":[{"id":"r","salt":"r","passPercentage":100,"conditions":[%s]}]}`,
		name, strings.Join(conditions, ","))
}

func TestHostile(t *testing.T) {
	t.Parallel()
	evaluate := func(t *testing.T, gates ...string) Result {
		t.Helper()
		s, err := Parse([]byte(`{"feature_gates":[` + strings.Join(gates, ",") + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		r := s.Gate(&User{UserID: "u"}, "g0", Options{})
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("the evaluation took %v", took)
		}
		return r
	}
	t.Run("a gate that asks itself", func(t *testing.T) {
		if r := evaluate(t, gateAsking("g0", "g0")); !r.Unsupported || r.Value || !r.Known {
			t.Errorf("got %+v, want unsupported", r)
		}
	})
	t.Run("two that ask each other, often", func(t *testing.T) {
		if r := evaluate(t, gateAsking("g0", "g1", "g1", "g1"), gateAsking("g1", "g0", "g0", "g0")); !r.Unsupported {
			t.Errorf("got %+v, want unsupported", r)
		}
	})
	t.Run("a chain whose paths double at every step", func(t *testing.T) {
		var gates []string
		for i := range 60 {
			next := fmt.Sprintf("g%d", i+1)
			gates = append(gates, gateAsking(fmt.Sprintf("g%d", i), next, next))
		}
		if r := evaluate(t, append(gates, gateAsking("g60"))...); !r.Unsupported {
			t.Errorf("got %+v, want unsupported", r)
		}
	})
	t.Run("a chain of an honest length", func(t *testing.T) {
		var gates []string
		for i := range 50 {
			gates = append(gates, gateAsking(fmt.Sprintf("g%d", i), fmt.Sprintf("g%d", i+1)))
		}
		r := evaluate(t, append(gates, gateAsking("g50"))...)
		if !r.Value || len(r.Exposures) != 50 || r.Exposures[0].Gate != "g50" || r.Exposures[49].Gate != "g1" {
			t.Errorf("got %+v, want true with 50 exposures from g50 to g1", r)
		}
	})
	t.Run("a broken spec beside good ones", func(t *testing.T) {
		s, err := Parse([]byte(`{"feature_gates":[{"name":"bad","rules":"none"},7,{"name":"bad2","enabled":true,"rules":[{"conditions":[{"type":"pass_gate","targetValue":5}]}]},` + gateAsking("good") + `]}`))
		if err != nil || len(s.Broken) != 3 || !s.Gate(&User{}, "good", Options{}).Value || s.Gate(&User{}, "bad", Options{}).Known {
			t.Errorf("%v, broken: %v", err, s.Broken)
		}
	})
}

// Specs and users are whatever bytes someone sends: nothing may panic or take long, and an answer must always be valid JSON.
func FuzzEvaluate(f *testing.F) {
	f.Add([]byte(`{"feature_gates":[`+gateAsking("g0", "g0")+`]}`), []byte(`{"userID":"u"}`))
	f.Add(file(f, "dcs_v1.json"), []byte(`{"userID":"user_0","email":"u0@corp.example","custom":{"plan":["pro",1,null]}}`))
	f.Add(file(f, "dcs_v2.json"), []byte(`{"customIDs":{"companyID":7},"ip":"1.2.3.4"}`))
	f.Fuzz(func(t *testing.T, specText, userText []byte) {
		s, err := Parse(specText)
		if err != nil {
			return
		}
		v, err := fastjson.ParseBytes(userText)
		if err != nil {
			return
		}
		u, problems := ParseUser(v)
		if len(problems) > problemsMost {
			t.Errorf("%d problems are told", len(problems))
		}
		started := time.Now()
		answer := s.Initialize(u, Options{Lists: ListFiles{}}, View{Hash: "djb2"})
		if _, err := json.Marshal(answer); err != nil {
			t.Errorf("the answer does not marshal: %v", err)
		}
		if took := time.Since(started); took > 20*time.Second {
			t.Errorf("the evaluation took %v", took)
		}
	})
}

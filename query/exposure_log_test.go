package query

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
)

// Whatever valid JSON a user is, its exposure is valid JSON and tells of the same user, but for what is private: one that is not would take
// the exposures of everybody else in the batch with it.
func FuzzExposure(f *testing.F) {
	for _, user := range []string{
		`{}`, `[]`, `"me"`, `{"userID":"u","privateAttributes":{"secret":1},"custom":{"a":[1,{"b":null}],"c":-1.5e-3}}`,
		`{"email":"\u0007\u0000\u007f\ue000\u2028\ud83d\ude00\ud800 \"\\\/","custom":{"\u0001\"k":true}}`, `{"private\u0041ttributes":1,"a":1,"a":2}`,
	} {
		f.Add([]byte(user), "g", "r")
	}
	f.Add([]byte(`{"email":"`+"\xff\xc0"+`"}`), "g\x00\xff", "\u2028")
	f.Fuzz(func(t *testing.T, text []byte, name, rule string) {
		var parser fastjson.Parser
		v, err := parser.ParseBytes(text)
		if err != nil || !json.Valid(text) {
			return
		}
		u, _ := gate.ParseUser(v)
		x := &exposed{event: "gate", name: name, reason: "Network:Recognized", result: &gate.Result{RuleID: rule, Exposures: []gate.Exposure{{Gate: name, GateValue: "true", RuleID: rule}}}}
		x.key(u)
		body := x.append(nil, v, time.UnixMilli(1))
		var got struct{ User map[string]any }
		decodeNumbers(t, body, &got)
		want := map[string]any{}
		if v.Type() == fastjson.TypeObject {
			decodeNumbers(t, text, &want)
		}
		delete(want, "privateAttributes")
		// Half of a surrogate pair is no character: each parser makes something else of it.
		if lone := bytes.Contains(bytes.ToLower(text), []byte(`\ud`)); !lone && !reflect.DeepEqual(got.User, want) {
			t.Fatalf("of %q the exposure tells %v, want %v", text, got.User, want)
		}
	})
}

func decodeNumbers(t *testing.T, text []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
}

package gate

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/valyala/fastjson"
)

// The vectors are what the public Go, Node and Rust SDKs agreed on when they were run against these very spec files.
type vectors struct {
	Cases []struct {
		User  json.RawMessage
		Gates map[string]struct {
			Value  bool
			RuleID string `json:"rule_id"`
		}
		Configs, Layers map[string]struct {
			RuleID    string `json:"rule_id"`
			GroupName string `json:"group_name"`
			Value     any
		}
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t testing.TB, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
}

func user(t testing.TB, text string) *User {
	t.Helper()
	v, err := fastjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	u, problems := ParseUser(v)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return u
}

func specs(t testing.TB, name string) *Specs {
	t.Helper()
	s, err := Parse(file(t, name))
	if err != nil || len(s.Broken) > 0 {
		t.Fatalf("%s: %v %v", name, err, s.Broken)
	}
	return s
}

func vips(t testing.TB) Options {
	t.Helper()
	lists := ListFiles{}
	if err := lists.Read("vips", bytes.NewReader(file(t, "vips.txt"))); err != nil {
		t.Fatal(err)
	}
	return Options{Lists: lists}
}

func TestVectors(t *testing.T) {
	var v vectors
	decode(t, file(t, "vectors.json"), &v)
	if len(v.Cases) != 300 {
		t.Fatalf("%d cases, want 300", len(v.Cases))
	}
	for _, name := range []string{"dcs_v1.json", "dcs_v2.json"} {
		t.Run(name, func(t *testing.T) {
			s, o := specs(t, name), vips(t)
			for _, c := range v.Cases {
				u := user(t, string(c.User))
				for gate, want := range c.Gates {
					if got := s.Gate(u, gate, o); got.Value != want.Value || got.RuleID != want.RuleID {
						t.Errorf("%s: gate %s is %v by %q, want %v by %q", u.UserID, gate, got.Value, got.RuleID, want.Value, want.RuleID)
					}
				}
				for config, want := range c.Configs {
					got := s.Config(u, config, o)
					if got.RuleID != want.RuleID || got.GroupName != want.GroupName || !sameJSON(t, got.JSON, want.Value) {
						t.Errorf("%s: config %s is %s by %q (%q), want %+v", u.UserID, config, got.JSON, got.RuleID, got.GroupName, want)
					}
				}
				for layer, want := range c.Layers {
					got := s.Layer(u, layer, o)
					if got.RuleID != want.RuleID || got.GroupName != want.GroupName || !sameJSON(t, got.JSON, want.Value) {
						t.Errorf("%s: layer %s is %s by %q (%q), want %+v", u.UserID, layer, got.JSON, got.RuleID, got.GroupName, want)
					}
				}
			}
		})
	}
}

func sameJSON(t testing.TB, got []byte, want any) bool {
	t.Helper()
	var v any
	decode(t, got, &v)
	return reflect.DeepEqual(v, want)
}

// What /v1/initialize says, against the answers of the Go SDK that the official browser client accepted.
func TestInitialize(t *testing.T) {
	for _, hash := range []string{"none", "djb2"} {
		t.Run(hash, func(t *testing.T) {
			var want map[string]any
			decode(t, file(t, "init_user_11_"+hash+".json"), &want)
			u, err := json.Marshal(want["user"])
			if err != nil {
				t.Fatal(err)
			}
			// The sample was taken without the list vips.
			text, err := json.Marshal(specs(t, "dcs_v1.json").Initialize(user(t, string(u)), Options{}, View{Hash: hash}))
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			decode(t, text, &got)
			for _, key := range []string{"feature_gates", "dynamic_configs", "layer_configs", "evaluated_keys", "time", "has_updates", "hash_used", "sdkParams"} {
				if !reflect.DeepEqual(got[key], want[key]) {
					g, _ := json.Marshal(got[key])
					w, _ := json.Marshal(want[key])
					t.Errorf("%s is\n%s\nwant\n%s", key, g, w)
				}
			}
		})
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// gates eval, against what three official SDKs agree on.
func TestGatesEval(t *testing.T) {
	t.Parallel()
	vectors := filepath.Join(repository(t), "pulse", "gate", "testdata")
	var want struct {
		Cases []struct {
			User                   json.RawMessage
			Gates, Configs, Layers map[string]map[string]any
		}
	}
	text, err := os.ReadFile(filepath.Join(vectors, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	var users, out bytes.Buffer
	for _, c := range want.Cases {
		if err := json.Compact(&users, c.User); err != nil {
			t.Fatal(err)
		}
		users.WriteByte('\n')
	}
	o := evalOptions{specs: filepath.Join(vectors, "dcs_v2.json"), users: "-", lists: []string{"vips=" + filepath.Join(vectors, "vips.txt")}}
	if err := evalUsers(o, &users, &out); err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(&out)
	for i, c := range want.Cases {
		var got struct {
			Gates   map[string]map[string]any `json:"feature_gates"`
			Configs map[string]map[string]any `json:"dynamic_configs"`
			Layers  map[string]map[string]any `json:"layer_configs"`
		}
		if err := lines.Decode(&got); err != nil {
			t.Fatal(err)
		}
		delete(c.Gates, "nope") // does not exist
		for name, w := range c.Gates {
			sameFields(t, i, name, w, got.Gates[name])
		}
		for name, w := range c.Configs {
			sameFields(t, i, name, w, got.Configs[name])
		}
		for name, w := range c.Layers {
			sameFields(t, i, name, w, got.Layers[name])
		}
	}
}

// sameFields wants all fields that want has; one that is left out is empty.
func sameFields(t *testing.T, i int, name string, want, got map[string]any) {
	t.Helper()
	for field, w := range want {
		if g := got[field]; !reflect.DeepEqual(g, w) && !(g == nil && w == "") {
			t.Errorf("user %d: %s of %s is %v, want %v", i, field, name, g, w)
		}
	}
}

package gate

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulsehouse/pulsehouse/schema"
)

// built makes specs of definitions, by way of the file of either version, as SDKs get them.
func built(t *testing.T, d *Definitions) []*Specs {
	t.Helper()
	b := Build(d, 1)
	if len(b.Broken) > 0 {
		t.Fatal(b.Broken)
	}
	v1, err := b.V1(nil)
	if err != nil {
		t.Fatal(err)
	}
	v2, err := b.V2()
	if err != nil {
		t.Fatal(err)
	}
	all := []*Specs{b.Compile()}
	for _, text := range [][]byte{v1, v2} {
		s, err := Parse(text)
		if err != nil || len(s.Broken) > 0 {
			t.Fatal(err, s.Broken)
		}
		all = append(all, s)
	}
	return all
}

func valid[T interface{ Validate() error }](t *testing.T, v T) T {
	t.Helper()
	if err := v.Validate(); err != nil {
		t.Fatal(err)
	}
	return v
}

func users(n int) []*User {
	list := make([]*User, n)
	for i := range list {
		list[i] = &User{UserID: fmt.Sprintf("user_%d", i)}
	}
	return list
}

// Two experiments of a layer never share a unit, each gets the share it asked for, and a third gets what is left.
func TestLayer(t *testing.T) {
	layer := valid(t, &schema.Layer{Head: schema.Head{Name: "page"}, Parameters: []schema.Parameter{{Name: "color", DefaultValue: json.RawMessage(`"grey"`)}}})
	var experiments []schema.Experiment
	for i, allocation := range []float64{50, 30, 40} {
		x := valid(t, &schema.Experiment{
			ID: fmt.Sprintf("x%d", i), LayerID: "page", Allocation: allocation, Status: schema.Active, Salt: fmt.Sprint("salt", i),
			Groups: []schema.ExperimentGroup{{Name: "control", Size: 50}, {Name: "test", Size: 50, ParameterValues: map[string]any{"color": fmt.Sprint("red", i)}}},
		})
		experiments = append(experiments, *x)
	}
	if !layer.Allocate(experiments) || layer.Allocate(experiments) {
		t.Error("allocation changes at first, and not again")
	}
	before := layer.BucketsOf("x1")
	if got := []int{len(layer.BucketsOf("x0")), len(before), len(layer.BucketsOf("x2"))}; got[0] != 500 || got[1] != 300 || got[2] != 200 {
		t.Errorf("the experiments have %v buckets, want 500, 300 and the 200 that are left", got)
	}
	for _, s := range built(t, &Definitions{Layers: []schema.Layer{*layer}, Experiments: experiments}) {
		in := make(map[string]int)
		for _, u := range users(5000) {
			r := s.Layer(u, "page", Options{})
			in[r.Delegate]++
			members := 0
			for _, x := range experiments {
				if s.Config(u, x.ID, Options{}).IsExperimentGroup {
					members++
					if r.Delegate != x.ID {
						t.Fatalf("%s is in %s, the layer says %q", u.UserID, x.ID, r.Delegate)
					}
				}
			}
			if members != 1 {
				t.Fatalf("%s is in %d experiments of a layer that is full", u.UserID, members)
			}
		}
		for name, share := range map[string]float64{"x0": 0.5, "x1": 0.3, "x2": 0.2} {
			if got := float64(in[name]) / 5000; got < share-0.03 || got > share+0.03 {
				t.Errorf("%s has %.3f of the units, want %.1f", name, got, share)
			}
		}
	}
	experiments[0].Status = schema.Abandoned
	if !layer.Allocate(experiments) || len(layer.BucketsOf("x2")) != 400 || len(layer.BucketsOf("x0")) != 0 {
		t.Error("when one ends, another gets what it lacked")
	}
	if after := layer.BucketsOf("x1"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("a running experiment's buckets changed")
	}
}

// A holdout keeps its share away from everything it lists, and says so; raising a percentage keeps who was in; overrides come first.
func TestGateOrder(t *testing.T) {
	g := valid(t, &schema.Gate{
		Head: schema.Head{Name: "g"}, IsEnabled: true, Rules: []schema.Rule{{Name: "all", PassPercentage: 10}},
		Overrides: []schema.GateOverride{{PassingIDs: []string{"user_7"}, FailingIDs: []string{"user_8"}}},
	})
	more := *g
	more.Rules = []schema.Rule{{Name: "all", PassPercentage: 20}}
	more.Follow(g)
	if more.Rules[0].ID != g.Rules[0].BaseID+":20.00:1" || more.Rules[0].BaseID != g.Rules[0].BaseID {
		t.Errorf("the rule became %+v", more.Rules[0])
	}
	h := valid(t, &schema.Holdout{Head: schema.Head{Name: "h"}, IsEnabled: true, PassPercentage: 10, GateIDs: []string{"g"}})
	ten := built(t, &Definitions{Gates: []schema.Gate{*g}, Holdouts: []schema.Holdout{*h}})
	twenty := built(t, &Definitions{Gates: []schema.Gate{more}, Holdouts: []schema.Holdout{*h}})
	for i := range ten {
		passed := 0
		for _, u := range users(3000) {
			before, after, held := ten[i].Gate(u, "g", Options{}), twenty[i].Gate(u, "g", Options{}), ten[i].Gate(u, "h", Options{}).Value
			switch u.UserID {
			case "user_7":
				if !before.Value {
					t.Error("the override does not let user_7 pass")
				}
				continue
			case "user_8":
				if before.Value {
					t.Error("the override lets user_8 pass")
				}
				continue
			}
			if before.Value && !after.Value || held && after.Value {
				t.Errorf("%s: %v at 10 %%, %v at 20 %%, held out %v", u.UserID, before.Value, after.Value, held)
			}
			if len(before.Exposures) != 1 || before.Exposures[0].Gate != "h" || before.Exposures[0].GateValue != fmt.Sprint(held) {
				t.Errorf("%s: the exposures are %v, want the holdout's", u.UserID, before.Exposures)
			}
			if before.Value {
				passed++
			}
		}
		if passed < 200 || passed > 340 { // 9 % of 3000
			t.Errorf("%d of 3000 pass, want about 270", passed)
		}
	}
}

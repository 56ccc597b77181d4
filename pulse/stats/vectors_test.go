package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// The vectors come from outside: see testdata/vectors/SCHEMA.md. Another folder is named by PULSEHOUSE_VECTORS.

// vectorFile is one JSON file of schema abstats-vectors/1.
type vectorFile struct {
	Schema    string
	Scenarios map[string]json.RawMessage
	Cases     []vector
}

// vector is one case.
type vector struct {
	ID, Method, Title string
	Input, Params     record
	Expect            record
	ExpectRepro       record               `json:"expect_repro"`
	Tol               map[string][]float64 // [relative, absolute]
	TolRepro          map[string][]float64 `json:"tol_repro"`

	scenarios map[string]json.RawMessage
}

// record is a JSON object.
type record map[string]any

// notYet are methods without a mapping so far; each must have a reason. It is empty: nothing is waiting.
var notYet = map[string]string{}

// leftOut are the methods that PulseHouse does not offer.
var leftOut = map[string]string{
	"bernoulli_confidence_sequence": "optional in SCHEMA.md: the sub-Bernoulli stitched bound is no Pulse method",
	"quantile_ab_anytime_p":         "optional in SCHEMA.md: needs the raw empirical process, not moments",
}

// peerOnly are expected fields taken on the peer's word, by method.
var peerOnly = map[string]map[string]string{
	"cuped_multi": {
		"ancova_se_hc2": "HC2 needs the leverage of every row; a Pulse has moments only (SCHEMA.md: statsmodels' word)",
		"lin_se_hc2":    "likewise",
	},
	"power_by_week": {
		"mde_rel": "of the Bayesian case only: GrowthBook's search stops 8e-6 from its own formula; see mde_bayes (SCHEMA.md: the peer's word)",
	},
}

func TestVectors(t *testing.T) {
	dir := os.Getenv("PULSEHOUSE_VECTORS")
	if dir == "" {
		dir = filepath.Join("testdata", "vectors")
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("vectors in %q: %d files, %v", dir, len(names), err)
	}
	for _, name := range names {
		for _, c := range readVectors(t, name) {
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				c.check(t)
			})
		}
	}
}

// readVectors reads the cases of one file; other schemas have none.
func readVectors(t *testing.T, name string) []vector {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var f vectorFile
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatalf("parse %q: %v", name, err)
	}
	if f.Schema != "abstats-vectors/1" {
		return nil
	}
	for i := range f.Cases {
		f.Cases[i].scenarios = f.Scenarios
	}
	return f.Cases
}

// check computes a case and compares every expected field.
func (c vector) check(t *testing.T) {
	if why, ok := leftOut[c.Method]; ok {
		t.Skip("left out: " + why)
	}
	if why, ok := notYet[c.Method]; ok {
		t.Skip("not yet: " + why)
	}
	solve, ok := solvers[c.Method]
	if !ok {
		t.Fatalf("method %q has no mapping", c.Method)
	}
	got := c.answer(t, solve)
	if s, ok := c.Params["accept_status"]; ok && got["status"] == s {
		return
	}
	noNaN(t, "", map[string]any(got))
	c.compare(t, "expect", c.Expect, got, c.Tol)
	c.compare(t, "expect_repro", c.ExpectRepro, got, c.TolRepro)
	if _, ok := c.Expect["status"]; !ok && got["status"] != nil && got["status"] != "ok" && got["status"] != "error:zero_variance" {
		t.Errorf("status %v, want ok", got["status"])
	}
}

// answer computes the fields; a panic fails only this case.
func (c vector) answer(t *testing.T, solve solver) (got record) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
			got = record{}
		}
	}()
	return solve(c)
}

// compare checks one expectation.
func (c vector) compare(t *testing.T, what string, want, got record, tols map[string][]float64) {
	t.Helper()
	for _, field := range sortedKeys(want) {
		tol := tols[field]
		if tol == nil {
			tol = tols["*"]
		}
		if tol == nil {
			tol = []float64{1e-9, 1e-12}
		}
		g, has := got[field]
		if _, ok := peerOnly[c.Method][field]; ok && !has {
			continue
		}
		if want[field] != nil && !has {
			t.Errorf("%s.%s: not computed, want %v", what, field, want[field])
			continue
		}
		if err := same(want[field], g, tol); err != nil {
			t.Errorf("%s.%s: %v", what, field, err)
		}
	}
}

// same compares a JSON value with ours.
func same(want, got any, tol []float64) error {
	switch w := want.(type) {
	case nil:
		if got != nil {
			return fmt.Errorf("got %v, want undefined", got)
		}
		return nil
	case float64:
		return sameNumber(w, got, tol)
	case []any:
		return sameList(w, got, tol)
	case map[string]any:
		return sameObject(w, got, tol)
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	return nil
}

func sameNumber(want float64, got any, tol []float64) error {
	var g float64
	switch v := got.(type) {
	case float64:
		g = v
	case int:
		g = float64(v)
	default:
		return fmt.Errorf("got %v, want %v", got, want)
	}
	if !(math.Abs(g-want) <= tol[1]+tol[0]*math.Abs(want)) {
		return fmt.Errorf("got %.17g, want %.17g (off %.3g, allowed %.3g)", g, want, g-want, tol[1]+tol[0]*math.Abs(want))
	}
	return nil
}

func sameList(want []any, got any, tol []float64) error {
	g := list(got)
	if len(g) != len(want) {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	for i := range want {
		if err := same(want[i], g[i], tol); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func sameObject(want map[string]any, got any, tol []float64) error {
	g, ok := got.(record)
	if !ok {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	for _, k := range sortedKeys(want) {
		if v, ok := g[k]; want[k] != nil && !ok {
			return fmt.Errorf(".%s: not computed, want %v", k, want[k])
		} else if err := same(want[k], v, tol); err != nil {
			return fmt.Errorf(".%s: %w", k, err)
		}
	}
	return nil
}

// list turns the slices that solvers return into []any; an interval is [low, high] when bounded.
func list(v any) []any {
	var out []any
	switch s := v.(type) {
	case []any:
		return s
	case []float64:
		for _, x := range s {
			out = append(out, x)
		}
	case []bool:
		for _, x := range s {
			out = append(out, x)
		}
	case []record:
		for _, x := range s {
			out = append(out, x)
		}
	case [][]float64:
		for _, x := range s {
			out = append(out, x)
		}
	}
	return out
}

// noNaN fails on a NaN or infinity anywhere in an answer.
func noNaN(t *testing.T, at string, v any) {
	t.Helper()
	switch x := v.(type) {
	case float64:
		if !finite(x) {
			t.Errorf("%s is %v", at, x)
		}
	case record:
		noNaN(t, at, map[string]any(x))
	case map[string]any:
		for k, y := range x {
			noNaN(t, at+"."+k, y)
		}
	default:
		for i, y := range list(v) {
			noNaN(t, fmt.Sprintf("%s[%d]", at, i), y)
		}
	}
}

func sortedKeys[M ~map[string]any](m M) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// num reads a number, 0 when absent.
func (r record) num(key string) float64 {
	switch v := r[key].(type) {
	case float64:
		return v
	case string:
		switch v {
		case "inf":
			return math.Inf(1)
		case "-inf":
			return math.Inf(-1)
		}
	}
	return 0
}

func (r record) has(key string) bool       { return r[key] != nil }
func (r record) text(key string) string    { s, _ := r[key].(string); return s }
func (r record) flag(key string) bool      { b, _ := r[key].(bool); return b }
func (r record) sub(key string) record     { m, _ := r[key].(map[string]any); return m }
func (r record) nums(key string) []float64 { return floats(r[key]) }

// rows reads a matrix.
func (r record) rows(key string) [][]float64 {
	var out [][]float64
	for _, v := range list(r[key]) {
		out = append(out, floats(v))
	}
	return out
}

// subs reads a list of objects.
func (r record) subs(key string) []record {
	var out []record
	for _, v := range list(r[key]) {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}

// floats reads a list of numbers; a null is NaN.
func floats(v any) []float64 {
	var out []float64
	for _, x := range list(v) {
		f, ok := x.(float64)
		if !ok {
			f = math.NaN()
		}
		out = append(out, f)
	}
	return out
}

// arms are the control and treatment records.
func (c vector) arms() (control, test record) {
	a := c.Input.sub("arms")
	return a.sub("control"), a.sub("treatment")
}

// alpha reads the error rate.
func (c vector) alpha() float64 { return c.Params.num("alpha") }

// pair is [low, high] of a bounded interval, else nil.
func pair(i Interval) any {
	if i.Kind != Bounded {
		return nil
	}
	return []float64{i.Low, i.High}
}

// merge copies fields of b into a under a prefix.
func merge(a, b record, prefix string) record {
	for k, v := range b {
		a[prefix+k] = v
	}
	return a
}

// alternative reads the spelling of the vectors.
func alternative(s string) Alternative {
	switch {
	case strings.HasPrefix(s, "greater"), s == "larger":
		return Greater
	case strings.HasPrefix(s, "less"), s == "smaller":
		return Less
	}
	return TwoSided
}

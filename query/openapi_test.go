package query

import (
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v2"
)

// The description and the routes name the same paths and methods.
func TestOpenAPI(t *testing.T) {
	var described struct {
		OpenAPI string `yaml:"openapi"`
		Paths   map[string]map[string]any
	}
	if err := yaml.Unmarshal(openAPI, &described); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(described.OpenAPI, "3.1") {
		t.Errorf("the version is %q", described.OpenAPI)
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	known := make(map[string]bool)
	for path, operations := range described.Paths {
		for method := range operations {
			if method != "parameters" {
				known[strings.ToUpper(method)+" "+parameter.ReplaceAllString(path, "*")] = true
			}
		}
	}
	served := append(New(Options{}).routes, route{method: "POST", path: "session"})
	for _, r := range served {
		name := r.method + " " + prefix + r.path
		if !known[name] {
			t.Errorf("%s is served and not in openapi.yaml", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s is in openapi.yaml and not served", name)
	}
}

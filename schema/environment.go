package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Environment is a stage of the product that rules can be limited to, in the shape of the Console API. A user says which one it is in by
// statsigEnvironment.tier, and is in production without.
type Environment struct {
	ID                      string `json:"id"`
	Name                    string `json:"name"`
	IsProduction            bool   `json:"isProduction"`
	RequiresReview          bool   `json:"requiresReview"`
	RequiresReleasePipeline bool   `json:"requiresReleasePipeline"`
}

// Environments are those of a project that chose none.
var Environments = []Environment{
	{ID: Production, Name: Production, IsProduction: true}, {ID: "staging", Name: "staging"}, {ID: "development", Name: "development"},
}

// EnvironmentSetting is the name of the setting that holds them.
const EnvironmentSetting = "environments"

const maxEnvironments = 50

// checkEnvironments fills ids. Production is one and has its name everywhere: only its events count in metrics.
func checkEnvironments(list *[]Environment) error {
	if len(*list) > maxEnvironments {
		return fmt.Errorf("there are %d; %d are possible", len(*list), maxEnvironments)
	}
	seen := make(map[string]bool)
	for i := range *list {
		e := &(*list)[i]
		if e.ID == "" {
			e.ID = e.Name
		}
		switch key := strings.ToLower(e.Name); {
		case e.Name == "":
			return fmt.Errorf("[%d].name is empty", i)
		case seen[key]:
			return fmt.Errorf("[%d].name: %q is there twice", i, e.Name)
		case e.IsProduction != (e.Name == Production):
			return fmt.Errorf("[%d].isProduction: production is %q and no other: only its events count in metrics", i, Production)
		case e.RequiresReview || e.RequiresReleasePipeline:
			return fmt.Errorf("[%d].requiresReview: there are no reviews and release pipelines here", i)
		default:
			seen[key] = true
		}
	}
	if !seen[Production] {
		return fmt.Errorf("%q is missing", Production)
	}
	return nil
}

// EnvironmentNames are the names by which rules and users mean them; nil of nil.
func EnvironmentNames(list []Environment) []string {
	if list == nil {
		return nil
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name
	}
	return names
}

// HasEnvironment says whether a name is among others; case makes no difference, as it makes none to SDKs.
func HasEnvironment(names []string, name string) bool {
	return slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(other, name) })
}

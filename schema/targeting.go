package schema

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Head is what gates, dynamic configs, layers and holdouts have in common.
type Head struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	IDType      UnitType `json:"idType"`
	Tags        []string `json:"tags"`
	// Salt seeds the hash that assigns units. It never changes, so that a larger percentage keeps the units of a smaller one.
	Salt             string `json:"salt"`
	IsArchived       bool   `json:"isArchived"`
	ArchiveReason    string `json:"archiveReason,omitempty"`
	Version          int    `json:"version"`
	CreatedTime      Millis `json:"createdTime"`
	LastModifiedTime Millis `json:"lastModifiedTime"`
}

// Heading gives the head of whatever embeds it.
func (h *Head) Heading() *Head { return h }

// Stamp notes which version of a definition this is, and when it was made.
func (h *Head) Stamp(version int, at Millis) {
	h.Version, h.LastModifiedTime = version, at
	if h.CreatedTime == 0 {
		h.CreatedTime = at
	}
}

// KeepLife takes over from the version before what no request may change.
func (h *Head) KeepLife(old *Head) {
	h.ID, h.Salt, h.Version, h.CreatedTime, h.IDType = old.ID, old.Salt, old.Version, old.CreatedTime, old.IDType
}

var definitionID = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,100}$`)

// validate fills defaults. The id is made from the name where there is none.
func (h *Head) validate() error {
	if h.ID == "" {
		h.ID = notOfAnID.ReplaceAllString(strings.TrimSpace(h.Name), "_")
	}
	if h.Name == "" {
		h.Name = h.ID
	}
	if !definitionID.MatchString(h.ID) {
		return Invalid("name", "%q must have 1 to 100 characters; an id may have a-z, A-Z, 0-9, _, - and .", h.ID)
	}
	if h.IDType == "" {
		h.IDType = UserID
	}
	if h.Salt == "" {
		h.Salt = NewID()
	}
	h.Tags = append([]string{}, h.Tags...)
	return nil
}

// NewID makes a random id of 26 characters, for rules and salts.
func NewID() string { return rand.Text() }

// Rule gives a share of the units that its conditions hold for what its gate or config has to give.
type Rule struct {
	// ID is BaseID, followed by ":<percent>:<n>" once the percentage was changed: exposures tell the two apart.
	ID     string `json:"id"`
	BaseID string `json:"baseID"`
	Name   string `json:"name"`
	// PassPercentage is from 0 to 100.
	PassPercentage float64 `json:"passPercentage"`
	Rollouts
	Conditions []Condition `json:"conditions"`
	// Environments are those in which the rule is there; none means all.
	Environments []string `json:"environments"`
	// ReturnValue and Variants are a dynamic config's.
	ReturnValue json.RawMessage `json:"returnValue,omitempty"`
	Variants    []Variant       `json:"variants,omitempty"`
}

// Variant is one of several values that a rule of a dynamic config gives. Its PassPercentage is its share of the rule.
type Variant struct {
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	PassPercentage float64         `json:"passPercentage"`
	ReturnValue    json.RawMessage `json:"returnValue"`
}

// Condition is something about a user. All conditions of a rule must hold.
type Condition struct {
	Type     string `json:"type"`
	Operator string `json:"operator,omitempty"`
	// Field is the name of a custom field, CustomID the unit type of a unit ID.
	Field       string          `json:"field,omitempty"`
	CustomID    string          `json:"customID,omitempty"`
	TargetValue json.RawMessage `json:"targetValue,omitempty"`
}

// The operators that condition types take; the first is the default.
var (
	texts = []string{
		"any", "none", "any_case_sensitive", "none_case_sensitive", "str_starts_with_any", "str_ends_with_any",
		"str_contains_any", "str_contains_none", "str_matches", "eq", "neq",
	}
	sets     = []string{"any", "none"}
	lists    = []string{"any", "none", "any_case_sensitive", "none_case_sensitive", "in_segment_list", "not_in_segment_list"}
	numbers  = []string{"gt", "gte", "lt", "lte"}
	versions = []string{"version_eq", "version_neq", "version_gt", "version_gte", "version_lt", "version_lte"}
	times    = []string{"after", "before", "on"}
	arrays   = []string{"array_contains_any", "array_contains_none", "array_contains_all", "not_array_contains_all"}
)

var conditionOperators = map[string][]string{
	"public": nil, "passes_gate": nil, "fails_gate": nil, "passes_segment": nil, "fails_segment": nil,
	"user_id": slices.Concat(texts, lists), "unit_id": lists, "email": texts, "country": sets, "locale": texts, "ip_address": texts,
	"app_version": slices.Concat(versions, sets), "browser_name": texts, "browser_version": slices.Concat(versions, texts),
	"os_name": texts, "os_version": slices.Concat(versions, texts), "environment_tier": sets, "time": times,
	"custom_field": slices.Concat(texts, numbers, versions, times, arrays),
}

// UnknownTypes explains the types that Statsig's own console knows and no server can decide.
var unknownTypes = map[string]string{
	"url": "only a browser knows it", "javascript": "only a browser can run it", "device_model": "no SDK evaluates it",
	"target_app": "there are no apps here: use keys",
}

// Asks says which gate or segment a condition asks, "" when none.
func (c *Condition) Asks() (kind, id string) {
	switch c.Type {
	case "passes_gate", "fails_gate":
		return "gate", c.only()
	case "passes_segment", "fails_segment":
		return "segment", c.only()
	default:
		return "", ""
	}
}

// only is a target that is one text, or a list of one.
func (c *Condition) only() string {
	list := c.Targets()
	if len(list) != 1 {
		return ""
	}
	return list[0]
}

// Targets are the condition's target values as texts.
func (c *Condition) Targets() []string {
	var one any
	if json.Unmarshal(c.TargetValue, &one) != nil || one == nil {
		return nil
	}
	list, ok := one.([]any)
	if !ok {
		list = []any{one}
	}
	out := make([]string, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case string:
			out[i] = v
		case float64:
			out[i] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			text, _ := json.Marshal(v) // it was JSON a line ago
			out[i] = string(text)
		}
	}
	return out
}

func (c *Condition) validate(at string) error {
	operators, ok := conditionOperators[c.Type]
	if !ok {
		if why := unknownTypes[c.Type]; why != "" {
			return Invalid(at+".type", "%q is not possible: %s", c.Type, why)
		}
		return Invalid(at+".type", "%q is not a type of condition", c.Type)
	}
	if c.Type == "public" {
		return nil
	}
	if len(c.Targets()) == 0 {
		return Invalid(at+".targetValue", "a %s condition needs something to compare with", c.Type)
	}
	if c.Type == "custom_field" && c.Field == "" {
		return Invalid(at+".field", "a custom_field condition needs the name of the field")
	}
	if kind, id := c.Asks(); kind != "" {
		if id == "" {
			return Invalid(at+".targetValue", "one %s is expected; make a rule for each to let several pass", kind)
		}
		return nil
	}
	return c.validateOperator(at, operators)
}

func (c *Condition) validateOperator(at string, operators []string) error {
	if c.Operator == "" {
		c.Operator = operators[0]
	}
	if !slices.Contains(operators, c.Operator) {
		return Invalid(at+".operator", "%q is not possible for %s; use one of %s", c.Operator, c.Type, strings.Join(operators, ", "))
	}
	number := slices.Contains(numbers, c.Operator)
	scalar := number || slices.Contains(versions, c.Operator) || slices.Contains(times, c.Operator) ||
		slices.Contains([]string{"eq", "neq", "str_matches", "in_segment_list", "not_in_segment_list"}, c.Operator)
	targets := c.Targets()
	if scalar && len(targets) != 1 {
		return Invalid(at+".targetValue", "%s compares with one value, not %d", c.Operator, len(targets))
	}
	if number {
		if _, err := strconv.ParseFloat(targets[0], 64); err != nil {
			return Invalid(at+".targetValue", "%q is not a number, which %s needs", targets[0], c.Operator)
		}
	}
	if c.Operator == "str_matches" {
		if _, err := regexp.Compile(targets[0]); err != nil {
			return Invalid(at+".targetValue", "not a regular expression: %v", err)
		}
	}
	return nil
}

// validateRules checks rules, and gives ids to new ones. The percentage of a rule may change; then its id does, but not its base id.
func validateRules(rules []Rule) error {
	seen := make(map[string]bool)
	for i := range rules {
		r, at := &rules[i], fmt.Sprintf("rules[%d]", i)
		if r.Name == "" {
			return Invalid(at+".name", "must not be empty")
		}
		if !(r.PassPercentage >= 0 && r.PassPercentage <= 100) {
			return Invalid(at+".passPercentage", "%v is not a percentage", r.PassPercentage)
		}
		if r.ID == "" {
			r.ID = r.BaseID
		}
		if r.ID == "" {
			r.ID = NewID()
		}
		if r.BaseID == "" {
			r.BaseID, _, _ = strings.Cut(r.ID, ":")
		}
		if seen[r.BaseID] {
			return Invalid(at+".id", "%q is the id of two rules", r.BaseID)
		}
		seen[r.BaseID] = true
		if err := r.Rollouts.validate(at); err != nil {
			return err
		}
		r.Conditions = append([]Condition{}, r.Conditions...)
		for j := range r.Conditions {
			if err := r.Conditions[j].validate(fmt.Sprintf("%s.conditions[%d]", at, j)); err != nil {
				return err
			}
		}
	}
	return nil
}

// followRules lets fresh rules go on from old ones: a rule is the same if it has the same id or base id, else the same name. One whose
// percentage changed gets the next id.
func followRules(fresh, old []Rule) {
	for i := range fresh {
		f := &fresh[i]
		at := slices.IndexFunc(old, func(o Rule) bool { return f.ID != "" && f.ID == o.ID || f.BaseID != "" && f.BaseID == o.BaseID })
		if at < 0 && f.ID == "" && f.BaseID == "" {
			at = slices.IndexFunc(old, func(o Rule) bool { return f.Name == o.Name })
		}
		if at < 0 {
			continue
		}
		f.ID, f.BaseID = old[at].ID, old[at].BaseID
		if f.PassPercentage != old[at].PassPercentage {
			n := 0
			if last := strings.LastIndexByte(f.ID, ':'); last >= 0 {
				n, _ = strconv.Atoi(f.ID[last+1:])
			}
			f.ID = fmt.Sprintf("%s:%.2f:%d", f.BaseID, f.PassPercentage, n+1)
		}
	}
}

package query

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
)

// Explore answers a question that no rollup keeps an answer to.
type Explore func(ctx context.Context, q schema.Question) (schema.Answer, error)

// ExploreSQL is the text of the statements that do.
type ExploreSQL func(ctx context.Context, q schema.Question) (string, error)

// question reads what part of units and events is asked about, and how it is to be cut.
func (a *API) question(c *call, q pulseRequest) (asked schema.Question, err error) {
	asked = schema.Question{Experiment: q.Experiment, Until: q.date, Property: c.query("property"), Include: c.queries("includeSegment"), Exclude: c.queries("excludeSegment")}
	view, err := c.oneOf("view", schema.Views)
	if err != nil {
		return asked, err
	}
	asked.View = schema.View(view)
	if asked.ByExposureDay, err = c.flag("byExposureDate", false); err != nil {
		return asked, err
	}
	if name := c.query("dimension"); name != "" {
		asked.Dimension = dimension(name)
	}
	if err := firstError(c.criteria("filter", &asked.Filters), c.criteria("unitFilter", &asked.UnitFilters)); err != nil {
		return asked, err
	}
	if err := asked.CheckUnitFilters(); err != nil {
		return asked, err
	}
	if asked.ExposedFrom, err = a.createdAt(c, "exposedFrom"); err != nil {
		return asked, err
	}
	asked.ExposedTo, err = a.createdAt(c, "exposedTo")
	if err == nil && asked.ExposedTo != 0 && asked.ExposedTo <= asked.ExposedFrom {
		err = schema.Invalid("exposedTo", "it is not after exposedFrom: no unit can be between them")
	}
	if err == nil {
		err = a.lists(c, &asked)
	}
	if err == nil {
		asked.Interacts, err = a.interacting(c, q.Experiment)
	}
	if asked.Cuts() > 1 {
		return asked, schema.Invalid("view", "ask for one of view, dimension, property, byExposureDate and interactsWith at a time")
	}
	return asked, err
}

// lists wants the ID lists that a question names to exist.
func (a *API) lists(c *call, asked *schema.Question) error {
	for i, id := range slices.Concat(asked.Include, asked.Exclude) {
		field := "includeSegment"
		if i >= len(asked.Include) {
			field = "excludeSegment"
		}
		list, err := a.idListNamed(c, id)
		if err == nil && list.IDType.Key() != asked.Experiment.IDType.Key() {
			return schema.Invalid(field, "list %q is of %s, the experiment's units are %s: none would be in it", id, list.IDType, asked.Experiment.IDType)
		}
		if e, refused := schema.AsError(err); refused {
			return schema.Invalid(field, "%s", e.Message)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// interacting is the other experiment that interactsWith= names: one of the same kind of unit, that was started.
func (a *API) interacting(c *call, x *schema.Experiment) (*schema.Experiment, error) {
	id := c.query("interactsWith")
	if id == "" {
		return nil, nil
	}
	other, err := a.Catalog.Experiment(c, id)
	e, missing := schema.AsError(err)
	switch {
	case missing && e.Status == 404:
		return nil, schema.Invalid("interactsWith", "%s", e.Message)
	case err != nil:
		return nil, err
	case other.ID == x.ID || other.IDType.Key() != x.IDType.Key() || other.StartTime == 0:
		return nil, schema.Invalid("interactsWith", "%q must be another experiment on %s that was started", id, x.IDType)
	default:
		return other, nil
	}
}

// dimension reads "value", "user.NAME", or the name of a property of the event.
func dimension(name string) *schema.Criterion {
	if field, ok := strings.CutPrefix(name, "user."); ok {
		return &schema.Criterion{Type: "user", Column: field}
	}
	if name == "value" {
		return &schema.Criterion{Type: "value"}
	}
	return &schema.Criterion{Type: "metadata", Column: name}
}

// criteria reads filters, each a JSON object as metrics have them, or a list of those.
func (c *call) criteria(name string, into *[]schema.Criterion) error {
	for _, text := range c.queries(name) {
		var some []schema.Criterion
		if !strings.HasPrefix(strings.TrimSpace(text), "[") {
			text = "[" + text + "]"
		}
		if err := json.Unmarshal([]byte(text), &some); err != nil {
			return schema.Invalid(name, `%q is not JSON like {"type":"metadata","column":"plan","condition":"in","values":["pro"]}`, text)
		}
		if err := schema.ValidateCriteria(some, name); err != nil {
			return err
		}
		*into = append(*into, some...)
	}
	return nil
}

// exploredSlices are the arms of each metric, by its version, slice by slice.
type exploredSlices struct {
	byMetric map[string][]pulse.SliceArms
	units    map[string]uint64 // by group
	answer   schema.Answer
}

// explore asks the question about the metrics and puts the answer into arms.
func (a *API) explore(ctx context.Context, asked schema.Question, metrics map[schema.MetricRef]schema.Metric) (exploredSlices, error) {
	if a.Explore == nil {
		return exploredSlices{}, errors.New("no explorer was given")
	}
	asked = withMetrics(asked, metrics)
	answer, err := a.Explore(ctx, asked)
	if err != nil {
		return exploredSlices{}, err
	}
	s := exploredSlices{make(map[string][]pulse.SliceArms), make(map[string]uint64), answer}
	for _, size := range answer.Sizes {
		s.units[size.Group] += size.Units
	}
	sizes := newSizes(&asked, &answer)
	for i, m := range asked.Metrics {
		s.byMetric[m.VersionID()] = sizes.arms(i+1, a.Now().In(a.location()).Format(time.DateOnly))
	}
	return s, nil
}

// withMetrics puts metrics into a question, in the order of their ids.
func withMetrics(q schema.Question, metrics map[schema.MetricRef]schema.Metric) schema.Question {
	for _, m := range metrics {
		q.Metrics = append(q.Metrics, m)
	}
	slices.SortFunc(q.Metrics, func(a, b schema.Metric) int { return strings.Compare(a.ID(), b.ID()) })
	return q
}

// sizes counts the units of slices.
type sizes struct {
	asked  *schema.Question
	answer *schema.Answer
	last   int
	groups map[string]schema.ExperimentGroup
}

func newSizes(asked *schema.Question, answer *schema.Answer) sizes {
	s := sizes{asked, answer, dayNumber(answer.Last), make(map[string]schema.ExperimentGroup)}
	for _, g := range asked.Experiment.Groups {
		s.groups[g.ID] = g
	}
	return s
}

func dayNumber(day string) int {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return int(at.Unix() / (24 * 3600))
}

// exposed is how many units of a group a slice is of.
func (s sizes) exposed(slice, group string) uint64 {
	n := uint64(0)
	for _, size := range s.answer.Sizes {
		if size.Group == group && s.contains(slice, size) {
			n += size.Units
		}
	}
	return n
}

func (s sizes) contains(slice string, size schema.SliceSize) bool {
	switch {
	case s.asked.View == schema.Daily:
		return int(size.Day) <= dayNumber(slice)
	case s.asked.View == schema.DaysSince:
		since, err := strconv.Atoi(slice)
		return err == nil && (since < 0 || int(size.Day)+since <= s.last)
	case s.asked.Dimension != nil:
		return true
	default:
		return size.Slice == slice
	}
}

// names lists the slices in their order: days by time, values by how many units they have. A view has all its days, those on
// which nothing happened too.
func (s sizes) names(place int) []string {
	weight, first := make(map[string]uint64), s.last+1
	for _, size := range s.answer.Sizes {
		first = min(first, int(size.Day))
		if s.asked.View == schema.Cumulative && s.asked.Dimension == nil {
			weight[size.Slice] += size.Units
		}
	}
	for _, p := range s.answer.Parts {
		if int(p.Place) == place {
			weight[p.Slice] += p.Participants
		}
	}
	var names []string
	switch s.asked.View {
	case schema.Daily:
		for d := first; d <= s.last; d++ {
			names = append(names, time.Unix(int64(d)*24*3600, 0).UTC().Format(time.DateOnly))
		}
	case schema.DaysSince:
		for d := -s.asked.Experiment.Window(&s.asked.Metrics[place-1]); d <= s.last-first; d++ {
			names = append(names, strconv.Itoa(d))
		}
	default:
		for name := range weight {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			if s.asked.ByExposureDay || weight[a] == weight[b] {
				return strings.Compare(a, b)
			}
			return int(weight[b]>>1) - int(weight[a]>>1)
		})
	}
	return names
}

// arms puts the parts of the metric at a place into slices. A day that is today is not complete.
func (s sizes) arms(place int, today string) []pulse.SliceArms {
	parts := make(map[[2]string]schema.SlicePart)
	for _, p := range s.answer.Parts {
		if int(p.Place) == place {
			parts[[2]string{p.Slice, p.Group}] = p
		}
	}
	var all []pulse.SliceArms
	for _, name := range s.names(place) {
		slice := pulse.SliceArms{Value: name, Complete: s.asked.View != schema.Daily || name < today, Arms: make(map[string]pulse.Arm)}
		for id, g := range s.groups {
			slice.Arms[id] = pulse.FromPart(g, parts[[2]string{name, id}], s.exposed(name, id))
		}
		all = append(all, slice)
	}
	return all
}

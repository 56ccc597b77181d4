package forward

import (
	"cmp"
	"strconv"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// writer makes messages of rows, in the format of one destination's type.
type writer struct {
	d           *schema.Destination
	instance    string
	experiments map[string]*schema.Experiment // by id and by name
}

// event is what a row tells: its name in Statsig's words, its value, and its metadata. All are JSON but the name.
type event struct{ name, unitType, value, metadata string }

// noValue is the value of what has none.
const noValue = `""`

// tell puts a row into Statsig's words.
func (w *writer) tell(r *row) event {
	if r.Origin == exposuresTable {
		return w.exposure(r)
	}
	e := event{name: r.Event, value: noValue, metadata: r.Metadata}
	if r.Wire == string(schema.FromSegment) {
		e.name = r.Shown
	}
	if r.Number != "" {
		e.value = r.Number
	} else if json := wire.Get([]byte(r.Extra), "value"); json != nil {
		e.value = string(json)
	}
	if e.metadata == "" {
		e.metadata = "{}"
	}
	return e
}

// exposure tells an exposure as Statsig's integrations do: those of experiments that are defined here with the group's name, those of
// other configs without.
func (w *writer) exposure(r *row) event {
	e, m := event{value: noValue}, make(text, 0, 256)
	m.open("")
	switch x := w.experiments[r.Shown]; {
	case r.Kind == string(schema.GateExposure):
		e.name = "statsig::gate_exposure"
		m.str("gate", r.Shown)
		m.str("gateValue", r.GateValue)
		m.str("ruleID", r.Rule)
	case r.Kind == string(schema.LayerExposure):
		e.name = "statsig::layer_exposure"
		m.str("config", r.Layer)
		m.str("ruleID", r.Rule)
		m.str("allocatedExperiment", r.Shown)
		m.str("parameterName", r.GateValue)
	case x != nil:
		e.name, e.unitType = "statsig::experiment_exposure", string(x.IDType)
		m.str("config", r.Shown)
		m.str("ruleID", r.Rule)
		m.str("experimentGroupName", groupName(x, r))
	default:
		e.name = "statsig::config_exposure"
		m.str("config", r.Shown)
		m.str("ruleID", r.Rule)
	}
	m.some("reason", r.Reason)
	m.shut()
	e.metadata = string(m)
	return e
}

// groupName is the name of the group that the rule stands for, else the variation's name as it was sent.
func groupName(x *schema.Experiment, r *row) string {
	for _, ref := range []string{r.Rule, r.RuleName} {
		if g, ok := x.Group(ref); ok {
			return g.Name
		}
	}
	return r.RuleName
}

// user adds the Statsig user: its ids, what describes it, its environment.
func (t *text) user(r *row) {
	t.open("user")
	t.some("userID", r.UserID)
	if r.CustomIDs != "" {
		t.raw("customIDs", r.CustomIDs)
	}
	t.members(r.User)
	t.open("statsigEnvironment")
	t.str("tier", r.Tier)
	t.shut()
	t.shut()
}

// messages are what a row is sent as: one call, and Segment's semantic event beside it where it is wanted and the row is an experiment's.
func (w *writer) messages(spool uint64, r *row) []message {
	e, identity := w.tell(r), r.identity()
	who := xxh3.HashString(cmp.Or(r.ToUser, r.ToAnonymous, r.ToOther))
	m := message{id: messageID(w.instance, w.d, identity), name: e.name, who: who, spool: spool, position: r.Position, origin: r.Origin}
	if w.d.Type == schema.WebhookDestination {
		m.json = webhook(r, &e, m.id)
		return []message{m}
	}
	m.json = track(r, &e, m.id)
	x := w.experiments[r.Shown]
	if r.Origin != exposuresTable || !w.d.ExperimentViewed || r.Kind == string(schema.GateExposure) || x == nil {
		return []message{m}
	}
	viewed := m
	viewed.name, viewed.id = "Experiment Viewed", messageID(w.instance, w.d, identity+"\x00viewed")
	viewed.json = experimentViewed(r, x, viewed.id)
	return []message{m, viewed}
}

// head begins a track call: who, when, what.
func (t *text) head(r *row, name, id string) {
	t.open("")
	t.raw("type", `"track"`)
	t.str("messageId", id)
	t.some("userId", r.ToUser)
	anonymous := r.ToAnonymous
	if anonymous == "" && r.ToUser == "" {
		anonymous = r.ToOther
	}
	t.some("anonymousId", anonymous)
	t.key("timestamp")
	*t = time.UnixMilli(r.At).UTC().AppendFormat(*t, `"2006-01-02T15:04:05.000Z"`)
	t.str("event", name)
}

const library = `{"name":"statsig","version":"1.0"}`

// track is Statsig's published shape: what is told stands in the context and, once more, in the properties.
func track(r *row, e *event, id string) []byte {
	t := make(text, 0, 512+2*len(e.metadata)+len(r.User)+len(r.CustomIDs))
	t.head(r, e.name, id)
	t.open("context")
	t.user(r)
	t.raw("value", e.value)
	t.raw("metadata", e.metadata)
	t.raw("library", library)
	t.some("stableID", r.StableID)
	t.shut()
	t.open("properties")
	t.raw("value", e.value)
	t.raw("metadata", e.metadata)
	t.shut()
	t.shut()
	return t
}

// context adds one that says only who sends.
func (t *text) context() {
	t.open("context")
	t.raw("library", library)
	t.shut()
}

// experimentViewed is Segment's semantic event of an A/B test.
func experimentViewed(r *row, x *schema.Experiment, id string) []byte {
	t := make(text, 0, 512)
	t.head(r, "Experiment Viewed", id)
	t.context()
	t.open("properties")
	t.str("experiment_id", x.ID)
	t.str("experiment_name", x.Name)
	t.str("variation_id", r.Rule)
	t.str("variation_name", groupName(x, r))
	t.shut()
	t.shut()
	return t
}

// webhook is Statsig's event webhook.
func webhook(r *row, e *event, id string) []byte {
	t := make(text, 0, 512+len(e.metadata)+len(r.User)+len(r.CustomIDs))
	t.open("")
	t.str("eventName", e.name)
	t.user(r)
	t.str("userID", r.UserID)
	t.raw("timestamp", strconv.FormatInt(r.At, 10))
	t.raw("value", e.value)
	t.raw("metadata", e.metadata)
	t.open("statsigMetadata")
	t.str("library", r.Sender)
	t.some("stableID", r.StableID)
	t.shut()
	t.str("timeUUID", id)
	t.str("unitID", unitType(e, r))
	t.shut()
	return t
}

// unitType is the type of unit that was exposed: the experiment's, else the first that the row has.
func unitType(e *event, r *row) string {
	switch {
	case e.unitType != "":
		return e.unitType
	case r.UserID == "" && r.StableID != "":
		return string(schema.StableID)
	default:
		return string(schema.UserID)
	}
}

// changed tells a change of a definition: who, what, and for all but secrets what was and what is.
func (w *writer) changed(c *change) message {
	id := messageID(w.instance, w.d, c.Kind+"\x00"+c.ID+"\x00"+strconv.FormatUint(c.Version, 10))
	m := message{id: id, name: "statsig::config_change", origin: definitionsTable, position: c.Change}
	r := &row{At: c.Changed, UserID: c.Author, ToUser: c.Author, Tier: schema.Production}
	if r.ToUser == "" {
		r.ToUser = "pulsehouse"
	}
	properties := c.properties()
	if w.d.Type == schema.WebhookDestination {
		m.json = webhook(r, &event{name: m.name, value: noValue, metadata: properties}, id)
		return m
	}
	t := make(text, 0, 512+len(properties))
	t.head(r, m.name, id)
	t.context()
	t.raw("properties", properties)
	t.shut()
	m.json = t
	return m
}

func (c *change) properties() string {
	verb := "changed"
	switch {
	case c.Deleted:
		verb = "deleted"
	case c.Version == 1:
		verb = "created"
	}
	t := make(text, 0, 256+len(c.Body)+len(c.Before))
	t.open("")
	t.str("author", c.Author)
	t.str("configName", c.ID)
	t.str("configType", c.Kind)
	t.str("action", verb)
	t.str("description", c.Kind+" "+c.ID+" "+verb+" by "+c.Author)
	t.str("environment", schema.Production)
	t.raw("version", strconv.FormatUint(c.Version, 10))
	if !secretive[c.Kind] {
		t.raw("old", orNull(c.Before))
		t.raw("new", orNull(map[bool]string{false: c.Body}[c.Deleted]))
	}
	t.shut()
	return string(t)
}

func orNull(json string) string {
	if json == "" {
		return "null"
	}
	return json
}

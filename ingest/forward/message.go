package forward

import (
	"strconv"
	"time"

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
type event struct {
	name, unitType  string
	value, metadata []byte
}

// tell puts a row into Statsig's words.
func (w *writer) tell(r *row) event {
	if r.Origin == exposuresTable {
		return w.exposure(r)
	}
	e := event{name: r.Event, value: []byte(`""`), metadata: []byte(r.Metadata)}
	if r.Wire == string(schema.FromSegment) {
		e.name = r.Shown
	}
	if r.Number != "" {
		e.value = []byte(r.Number)
	} else if text := wire.Get([]byte(r.Extra), "value"); text != nil {
		e.value = text
	}
	if len(e.metadata) == 0 {
		e.metadata = []byte("{}")
	}
	return e
}

// exposure tells an exposure as Statsig's integrations do: those of experiments that are defined here with the group's name, those of
// other configs without.
func (w *writer) exposure(r *row) event {
	var m wire.Builder
	add := func(key, value string) { m.Add(key, wire.Quote(value)) }
	e := event{value: []byte(`""`)}
	switch x := w.experiments[r.Shown]; {
	case r.Kind == string(schema.GateExposure):
		e.name = "statsig::gate_exposure"
		add("gate", r.Shown)
		add("gateValue", r.GateValue)
		add("ruleID", r.Rule)
	case r.Kind == string(schema.LayerExposure):
		e.name = "statsig::layer_exposure"
		add("config", r.Layer)
		add("ruleID", r.Rule)
		add("allocatedExperiment", r.Shown)
		add("parameterName", r.GateValue)
	case x != nil:
		e.name, e.unitType = "statsig::experiment_exposure", string(x.IDType)
		add("config", r.Shown)
		add("ruleID", r.Rule)
		add("experimentGroupName", groupName(x, r))
	default:
		e.name = "statsig::config_exposure"
		add("config", r.Shown)
		add("ruleID", r.Rule)
	}
	if r.Reason != "" {
		add("reason", r.Reason)
	}
	e.metadata = []byte(m.String())
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

// user is the Statsig user: its ids, what describes it, its environment.
func (r *row) user() []byte {
	var u wire.Builder
	if r.UserID != "" {
		u.Add("userID", wire.Quote(r.UserID))
	}
	if r.CustomIDs != "" {
		u.Add("customIDs", []byte(r.CustomIDs))
	}
	wire.Object([]byte(r.User), func(key string, value []byte) bool {
		u.Add(key, value)
		return true
	})
	var tier wire.Builder
	tier.Add("tier", wire.Quote(r.Tier))
	u.Add("statsigEnvironment", []byte(tier.String()))
	return []byte(u.String())
}

// messages are what a row is sent as: one call, and Segment's semantic event beside it where it is wanted and the row is an experiment's.
func (w *writer) messages(spool uint64, r *row) []message {
	e, id := w.tell(r), messageID(w.instance, w.d, r.identity())
	m := message{id: id, name: e.name, spool: spool, position: r.Position, origin: r.Origin}
	if w.d.Type == schema.WebhookDestination {
		m.json = w.webhook(r, &e, id)
		return []message{m}
	}
	m.json = w.track(r, &e, id)
	x := w.experiments[r.Shown]
	if r.Origin != exposuresTable || !w.d.ExperimentViewed || r.Kind == string(schema.GateExposure) || x == nil {
		return []message{m}
	}
	viewed := m
	viewed.name, viewed.id = "Experiment Viewed", messageID(w.instance, w.d, r.identity()+"\x00viewed")
	viewed.json = w.viewed(r, x, viewed.id)
	return []message{m, viewed}
}

// head begins a track call: who, when, what.
func (w *writer) head(b *wire.Builder, r *row, name, id string) {
	b.Add("type", []byte(`"track"`))
	b.Add("messageId", wire.Quote(id))
	if r.ToUser != "" {
		b.Add("userId", wire.Quote(r.ToUser))
	}
	anonymous := r.ToAnonymous
	if anonymous == "" && r.ToUser == "" {
		anonymous = r.ToOther
	}
	if anonymous != "" {
		b.Add("anonymousId", wire.Quote(anonymous))
	}
	b.Add("timestamp", quoteTime(r.At))
	b.Add("event", wire.Quote(name))
}

func quoteTime(ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`)
}

var library = []byte(`{"name":"statsig","version":"1.0"}`)

// track is Statsig's published shape: what is told stands in the context and, once more, in the properties.
func (w *writer) track(r *row, e *event, id string) []byte {
	var b, context, properties wire.Builder
	w.head(&b, r, e.name, id)
	context.Add("user", r.user())
	context.Add("value", e.value)
	context.Add("metadata", e.metadata)
	context.Add("library", library)
	if r.StableID != "" {
		context.Add("stableID", wire.Quote(r.StableID))
	}
	b.Add("context", []byte(context.String()))
	properties.Add("value", e.value)
	properties.Add("metadata", e.metadata)
	b.Add("properties", []byte(properties.String()))
	return []byte(b.String())
}

// viewed is Segment's semantic event of an A/B test.
func (w *writer) viewed(r *row, x *schema.Experiment, id string) []byte {
	var b, context, properties wire.Builder
	w.head(&b, r, "Experiment Viewed", id)
	context.Add("library", library)
	b.Add("context", []byte(context.String()))
	for _, p := range [][2]string{
		{"experiment_id", x.ID}, {"experiment_name", x.Name}, {"variation_id", r.Rule}, {"variation_name", groupName(x, r)},
	} {
		properties.Add(p[0], wire.Quote(p[1]))
	}
	b.Add("properties", []byte(properties.String()))
	return []byte(b.String())
}

// webhook is Statsig's event webhook.
func (w *writer) webhook(r *row, e *event, id string) []byte {
	var b, sender wire.Builder
	b.Add("eventName", wire.Quote(e.name))
	b.Add("user", r.user())
	b.Add("userID", wire.Quote(r.UserID))
	b.Add("timestamp", strconv.AppendInt(nil, r.At, 10))
	b.Add("value", e.value)
	b.Add("metadata", e.metadata)
	sender.Add("library", wire.Quote(r.Sender))
	if r.StableID != "" {
		sender.Add("stableID", wire.Quote(r.StableID))
	}
	b.Add("statsigMetadata", []byte(sender.String()))
	b.Add("timeUUID", wire.Quote(id))
	b.Add("unitID", wire.Quote(unitType(e, r)))
	return []byte(b.String())
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
	verb := map[bool]string{true: "created", false: "changed"}[c.Version == 1]
	if c.Deleted {
		verb = "deleted"
	}
	var p wire.Builder
	for _, f := range [][2]string{
		{"author", c.Author},
		{"configName", c.ID},
		{"configType", c.Kind},
		{"action", verb},
		{"description", c.Kind + " " + c.ID + " " + verb + " by " + c.Author},
		{"environment", schema.Production},
	} {
		p.Add(f[0], wire.Quote(f[1]))
	}
	p.Add("version", strconv.AppendUint(nil, c.Version, 10))
	if !secretive[c.Kind] {
		p.Add("old", orNull(c.Before))
		p.Add("new", orNull(map[bool]string{false: c.Body}[c.Deleted]))
	}
	m := message{id: id, name: "statsig::config_change", origin: definitionsTable, position: c.Change}
	r := &row{At: c.Changed, UserID: c.Author, ToUser: c.Author, Tier: schema.Production}
	if r.ToUser == "" {
		r.ToUser = "pulsehouse"
	}
	if w.d.Type == schema.WebhookDestination {
		m.json = w.webhook(r, &event{name: m.name, value: []byte(`""`), metadata: []byte(p.String())}, id)
		return m
	}
	var b, context wire.Builder
	w.head(&b, r, m.name, id)
	context.Add("library", library)
	b.Add("context", []byte(context.String()))
	b.Add("properties", []byte(p.String()))
	m.json = []byte(b.String())
	return m
}

func orNull(text string) []byte {
	if text == "" {
		return []byte("null")
	}
	return []byte(text)
}

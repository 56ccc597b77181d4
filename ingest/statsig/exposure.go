package statsig

import (
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/ingest/wire"
	"github.com/pulsehouse/pulsehouse/schema"
)

// exposureKind recognises the events that are exposures.
func exposureKind(name string) (kind schema.ExposureKind, ok bool) {
	switch name {
	case "statsig::gate_exposure":
		return schema.GateExposure, true
	case "statsig::config_exposure", "statsig::experiment_exposure":
		return schema.ConfigExposure, true
	case "statsig::layer_exposure":
		return schema.LayerExposure, true
	default:
		return "", false
	}
}

// exposures adds the exposure that an item is, and those of the gates and holdouts that were asked on the way.
func (d *decoder) exposures(kind schema.ExposureKind, e *schema.Event, it *item) {
	get := func(key string) string { return wire.ID(wire.Get(it.metadata, key)) }
	x := exposureOf(e)
	x.Kind, x.Rule, x.Reason = kind, get("ruleID"), get("reason")
	switch kind {
	case schema.GateExposure:
		x.Name, x.Value = d.Resolve(get("gate")), get("gateValue")
	case schema.LayerExposure:
		x.Name, x.Layer, x.Value = d.Resolve(get("allocatedExperiment")), d.Resolve(get("config")), get("parameterName")
	default:
		x.Name, x.RuleName = d.Resolve(get("config")), get("experimentGroupName")
	}
	if x.Name == "" && x.Layer == "" {
		d.reject(e.Item, it.raw, it.name, schema.BadRequest, "the exposure names no gate, experiment or layer in its metadata")
		return
	}
	d.add(x, e)
	d.secondary(x, it.secondary)
}

// exposureOf is what every exposure of an item says of its unit.
func exposureOf(e *schema.Event) schema.Exposure {
	return schema.Exposure{
		MessageID: e.MessageID, Item: e.Item, Time: e.Time, Received: e.Received, UserID: e.UserID, AnonymousID: e.AnonymousID,
		UnitIDs: e.UnitIDs, Environment: e.Environment, UserProperties: e.UserProperties, Library: e.Library, Raw: e.Raw,
	}
}

// secondary adds the gates, segments and holdouts that were evaluated for x.
func (d *decoder) secondary(x schema.Exposure, list []byte) {
	wire.Array(list, func(_ int, gate []byte) bool {
		get := func(key string) string { return wire.ID(wire.Get(gate, key)) }
		s := x
		s.Kind, s.Secondary, s.Layer, s.RuleName = schema.GateExposure, true, "", ""
		s.Name, s.Value, s.Rule = d.Resolve(get("gate")), get("gateValue"), get("ruleID")
		if s.Name != "" {
			d.add(s, nil)
		}
		return true
	})
}

// add keeps an exposure unless it says that the unit is in no group, or was said before in this request. A layer's exposure without an
// experiment belongs to none. The item that it is goes to what was filtered then; a secondary exposure is no item.
func (d *decoder) add(x schema.Exposure, item *schema.Event) {
	reason := schema.Repeated
	switch {
	case x.Kind != schema.GateExposure && (x.Name == "" || !isMember(x.Rule)):
		reason = schema.NotInExperiment
	case !d.repeated(&x):
		d.out.Exposures = append(d.out.Exposures, x)
		return
	}
	if item != nil {
		d.out.Filtered = append(d.out.Filtered, schema.FilteredEvent{Event: *item, Reason: reason})
	}
}

// isMember says whether a rule of an experiment or layer puts a unit into a group. Units that are overridden see a group but were
// not assigned to it at random; the other names are Statsig's for "not in the experiment".
func isMember(rule string) bool {
	switch rule {
	case "", "default", "disabled", "prestart", "abandoned", "launchedGroup", "layerAssignment", "targetingGate", "inlineTargetingRules":
		return false
	default:
		return !strings.HasSuffix(rule, ":id_override") && !strings.HasSuffix(rule, ":override")
	}
}

// repeated says whether the request held this exposure before. SDKs put them in order of time, so the one that is kept is the first;
// where one is out of order, the earlier one is kept beside it.
func (d *decoder) repeated(x *schema.Exposure) bool {
	h := xxh3.New()
	texts := []string{string(x.Kind), x.Name, x.Layer, x.Rule, x.Value, x.Environment, x.UserID, x.AnonymousID}
	for _, id := range x.UnitIDs {
		texts = append(texts, id.Type.Key(), id.Value)
	}
	for _, text := range texts {
		h.WriteString(text)
		h.Write([]byte{0})
	}
	if d.seen == nil {
		d.seen = make(map[uint64]schema.Millis)
	}
	sum := h.Sum64()
	first, ok := d.seen[sum]
	if ok && first <= x.Time {
		return true
	}
	d.seen[sum] = x.Time
	return false
}

// DecodeExposures reads the body of log_custom_exposure: exposures of experiments and gates that were assigned elsewhere.
func DecodeExposures(body []byte, r Request) (*schema.Decoded, error) {
	d, err := newDecoder(body, r)
	if err != nil {
		return nil, err
	}
	list := wire.Get(body, "exposures")
	if !wire.IsArray(list) {
		return nil, schema.Errorf(400, "invalid_exposures", "the body has no \"exposures\" array; send {\"exposures\": [ … ]}")
	}
	d.metadata = wire.Get(body, "statsigMetadata")
	d.each(list, d.custom)
	return d.out, nil
}

// custom decodes one element of log_custom_exposure.
func (d *decoder) custom(n int, raw []byte) {
	get := func(key string) string { return wire.ID(wire.Get(raw, key)) }
	it := item{raw: raw, user: wire.Get(raw, "user"), time: wire.Get(raw, "time"), name: "statsig::custom_exposure"}
	if it.time == nil {
		it.time = wire.Get(raw, "timestamp")
	}
	e := d.event(n, &it)
	if e.UserID == "" && e.AnonymousID == "" && len(e.UnitIDs) == 0 {
		d.reject(n, raw, "", schema.NoUserAnonID, "the exposure has no user: it needs a userID or a custom ID")
		return
	}
	x := exposureOf(&e)
	x.Rule = get("ruleID")
	switch gate, experiment := get("gateName"), get("experimentName"); {
	case gate != "":
		x.Kind, x.Name, x.Value = schema.GateExposure, gate, get("passes")
	case experiment != "":
		x.Kind, x.Name, x.RuleName = schema.ConfigExposure, experiment, get("group")
		if x.Rule == "" {
			x.Rule = x.RuleName
		}
	default:
		d.reject(n, raw, "", schema.EventNotDefined, "the exposure names neither an \"experimentName\" nor a \"gateName\"")
		return
	}
	if x.Kind == schema.ConfigExposure && x.Rule == "" {
		d.reject(n, raw, x.Name, schema.BadRequest, "the exposure of an experiment needs its \"group\" or \"ruleID\"")
		return
	}
	d.add(x, &e)
	d.secondary(x, wire.Get(raw, "secondaryExposures"))
}

package query

import (
	"encoding/json"
	"strconv"
	"sync"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fastjson"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/schema"
)

// asked is one request for an evaluation.
type asked struct {
	key    schema.Key
	parser fastjson.Parser
	body   *fastjson.Value
	user   *gate.User
	specs  *served
	// problems are what could not be used of the body. It is answered all the same, as the SDKs' own evaluators do.
	problems []string
}

var asks = sync.Pool{New: func() any { return new(asked) }}

// done gives the parser back. What was read from the body, the user too, must not be used any more.
func (q *asked) done() {
	*q = asked{parser: q.parser}
	asks.Put(q)
}

// questionMost bounds what one question may be: every condition of every gate may look at all of it.
const questionMost = 512 << 10

// ask reads key, user and body of a request.
func (a *API) ask(ctx *fasthttp.RequestCtx) (*asked, error) {
	if !ctx.IsPost() {
		return nil, schema.Errorf(405, "method_not_allowed", "use POST for %s", ctx.Path())
	}
	key, err := a.sdkKey(ctx, "", schema.ServerKey, schema.ClientKey)
	if err != nil {
		return nil, err
	}
	specs := a.served.Load()
	if specs == nil {
		return nil, errStarting()
	}
	text, err := a.ReadBody(ctx)
	if err != nil {
		return nil, err
	}
	if len(text) > questionMost {
		return nil, schema.Errorf(413, "request_too_large", "the body is larger than %d bytes; a user has fewer attributes, and several questions can be asked", questionMost)
	}
	q := asks.Get().(*asked)
	q.key, q.specs = key, specs
	if q.body, err = q.parser.ParseBytes(text); err != nil {
		q.done()
		return nil, schema.Errorf(400, "invalid_json", "the body is not valid JSON: %v", err)
	}
	if t := q.body.Type(); t != fastjson.TypeObject {
		q.done()
		return nil, schema.Errorf(400, "invalid_json", "the body is a JSON %s, not an object", t)
	}
	q.user, q.problems = gate.ParseUser(q.body.Get("user"))
	if key.Kind == schema.ClientKey {
		a.look(ctx, q.user)
	}
	return q, nil
}

// look takes from the request what conditions on address and browser are about and the user object does not say. A client asks for
// itself; who asks with a server key asks for somebody else.
func (a *API) look(ctx *fasthttp.RequestCtx, u *gate.User) {
	if u.IP == "" {
		u.IP = a.clientIP(ctx)
	}
	if u.UserAgent == "" {
		u.UserAgent = string(ctx.UserAgent())
	}
}

// name is the field of the body that names what is asked for. Where there is no name, the answer is that of a name that does not exist.
func (q *asked) name(field string) string {
	v := q.body.Get(field)
	if v == nil {
		q.problems = append(q.problems, field+" is missing; a name is expected")
		return ""
	}
	return q.nameOf(field, v)
}

func (q *asked) nameOf(field string, v *fastjson.Value) string {
	switch v.Type() {
	case fastjson.TypeString:
		return string(v.GetStringBytes())
	case fastjson.TypeNumber:
		return v.String()
	default:
		q.problems = append(q.problems, field+" is a JSON "+v.Type().String()+"; a name is expected")
		return ""
	}
}

// reason is why a value is what it is, in the SDKs' words.
func reason(r *gate.Result) string {
	switch {
	case !r.Known:
		return "Network:Unrecognized"
	case r.Unsupported:
		return "Network:Unsupported"
	default:
		return "Network:Recognized"
	}
}

// gateAnswer is what check_gate says of one gate.
type gateAnswer struct {
	Name      string `json:"name"`
	Value     bool   `json:"value"`
	RuleID    string `json:"rule_id"`
	GroupName string `json:"group_name"`
	Reason    string `json:"reason"`
	problems
}

// problems are shown where there are any: official answers have no such field.
type problems struct {
	Problems []string `json:"problems,omitempty"`
}

// checkGate answers POST /v1/check_gate for one gate, or by name for several.
func (a *API) checkGate(ctx *fasthttp.RequestCtx) error {
	q, err := a.ask(ctx)
	if err != nil {
		return err
	}
	defer q.done()
	if names := q.body.Get("gateNames"); names != nil && names.Type() != fastjson.TypeNull {
		return a.checkGates(ctx, q, names)
	}
	answer := a.check(q, q.name("gateName"))
	ctx.SetContentType("application/json")
	ctx.Response.SetBodyRaw(answer.append(make([]byte, 0, 192)))
	return nil
}

// append writes the answer as [json.Marshal] would, without looking at its type each time: it is the one that is asked most.
func (g *gateAnswer) append(b []byte) []byte {
	b = appendField(append(b, '{'), "name", g.Name)
	b = strconv.AppendBool(append(b, `,"value":`...), g.Value)
	b = appendField(append(b, ','), "rule_id", g.RuleID)
	b = appendField(append(b, ','), "group_name", g.GroupName)
	b = appendField(append(b, ','), "reason", g.Reason)
	for i, problem := range g.Problems {
		if i == 0 {
			b = append(b, `,"problems":[`...)
		}
		b = append(appendText(b, problem), ',')
	}
	if len(g.Problems) > 0 {
		b[len(b)-1] = ']'
	}
	return append(b, '}')
}

// checkGates answers for a list of names. One name instead of a list is a list of one.
func (a *API) checkGates(ctx *fasthttp.RequestCtx, q *asked, names *fastjson.Value) error {
	list := []*fastjson.Value{names}
	if names.Type() == fastjson.TypeArray {
		list = names.GetArray()
	}
	answers := make(map[string]gateAnswer, len(list))
	for _, v := range list {
		if name := q.nameOf("gateNames", v); name != "" {
			answers[name] = a.check(q, name)
		}
	}
	return answerSDK(ctx, answers)
}

func (a *API) check(q *asked, name string) gateAnswer {
	r := q.specs.Gate(q.user, name, gate.Options{Lists: a.unitLists()})
	answer := gateAnswer{name, r.Value, r.RuleID, r.GroupName, reason(&r), problems{q.problems}}
	a.exposures.add(q, &exposed{event: "gate", name: name, result: &r, reason: answer.Reason})
	return answer
}

// configAnswer is what get_config says.
type configAnswer struct {
	Name      string          `json:"name"`
	Value     json.RawMessage `json:"value"`
	Group     string          `json:"group"`
	RuleID    string          `json:"rule_id"`
	GroupName string          `json:"group_name"`
	Reason    string          `json:"reason"`
	problems
}

func objectOf(v json.RawMessage) json.RawMessage {
	if len(v) == 0 {
		return json.RawMessage("{}")
	}
	return v
}

// getConfig answers POST /v1/get_config for a dynamic config or an experiment.
func (a *API) getConfig(ctx *fasthttp.RequestCtx) error {
	q, err := a.ask(ctx)
	if err != nil {
		return err
	}
	defer q.done()
	name := q.name("configName")
	r := q.specs.Config(q.user, name, gate.Options{Lists: a.unitLists()})
	answer := configAnswer{name, objectOf(r.JSON), r.RuleID, r.RuleID, r.GroupName, reason(&r), problems{q.problems}}
	a.exposures.add(q, &exposed{event: "config", name: name, result: &r, reason: answer.Reason})
	return answerSDK(ctx, answer)
}

// layerAnswer is what get_layer says.
type layerAnswer struct {
	Name                    string          `json:"name"`
	Value                   json.RawMessage `json:"value"`
	RuleID                  string          `json:"ruleID"`
	GroupName               string          `json:"group_name"`
	AllocatedExperimentName string          `json:"allocatedExperimentName"`
	Reason                  string          `json:"reason"`
	problems
}

// getLayer answers POST /v1/get_layer.
func (a *API) getLayer(ctx *fasthttp.RequestCtx) error {
	q, err := a.ask(ctx)
	if err != nil {
		return err
	}
	defer q.done()
	name := q.name("layerName")
	r := q.specs.Layer(q.user, name, gate.Options{Lists: a.unitLists()})
	answer := layerAnswer{name, objectOf(r.JSON), r.RuleID, r.GroupName, r.Delegate, reason(&r), problems{q.problems}}
	a.exposures.add(q, &exposed{event: "layer", name: name, result: &r, reason: answer.Reason})
	return answerSDK(ctx, answer)
}

// initialize answers POST /v1/initialize: everything for one user. Nothing is exposed by it; the client says what it used.
func (a *API) initialize(ctx *fasthttp.RequestCtx) error {
	q, err := a.ask(ctx)
	if err != nil {
		return err
	}
	defer q.done()
	// The browser's SDK keeps its stable ID beside the user.
	if q.user.CustomIDs.Get(schema.StableID) == "" {
		q.user.CustomIDs.Set(schema.StableID, string(q.body.GetStringBytes("statsigMetadata", "stableID")))
	}
	view := gate.View{Hash: string(q.body.GetStringBytes("hash")), PlainInside: true}
	answers := struct {
		*gate.Evaluations
		problems
	}{q.specs.Initialize(q.user, gate.Options{Lists: a.unitLists()}, view), problems{q.problems}}
	return answerSDK(ctx, answers)
}

func answerSDK(ctx *fasthttp.RequestCtx, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx.SetContentType("application/json")
	ctx.Response.SetBodyRaw(text)
	return nil
}

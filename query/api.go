package query

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Options say what the room works with; Log and Now have defaults.
type Options struct {
	DB      *store.DB
	Catalog *catalog.Catalog
	Keys    *catalog.Keyring
	Lists   *idlist.Lists
	// ReplayAudience brings stored calls of an audience into its list once more.
	ReplayAudience func(ctx context.Context, key string) error
	// Intakes are the settings of the way in, to be read anew when they change.
	Intakes *catalog.Intakes
	Filters *catalog.Filters
	// InFlight is what ingest has acknowledged and not loaded yet.
	InFlight func() schema.Flight
	// Live begins to read the live log after an entry with an ID, or from now on.
	Live func(after string, f schema.LiveFilter) (LiveReader, error)
	// Zone is the name of the project's time zone, asked per request because it is known only once settings are loaded.
	Zone func() string
	// ReadBody reads an SDK's request body, and Submit spools exposures that evaluations here make; both are ingest's.
	ReadBody func(*fasthttp.RequestCtx) ([]byte, error)
	Submit   func(ctx context.Context, source string, body []byte) error
	// Explore answers what no rollup keeps an answer to.
	Explore    Explore
	ExploreSQL ExploreSQL
	// TrustedProxies are believed when they say in X-Forwarded-For who asks.
	TrustedProxies []netip.Prefix
	// SessionSecret seals the console's session cookies; without one a random secret is made, and a restart ends all sessions.
	SessionSecret []byte
	Process       Process
	Outbound      Outbound
	// Rollups are asked for samples, previews and their state; nil until they run.
	Rollups Rollups
	// QueryTimeout is how long a question may take that no rollup answers; default a minute.
	QueryTimeout time.Duration
	Log          *slog.Logger
	Now          func() time.Time
}

// API is the Console API.
type API struct {
	Options
	sizes     memory[groupSizes]
	toplined  memory[[]toplineRow]
	known     memory[schema.Experiment]
	metrics   memory[[]schema.Metric]
	days      memory[knownDays]
	written   memory[[]metricDay]
	routes    []route
	started   time.Time
	served    atomic.Pointer[served]
	exposures *exposureLog
	// alive ends with Run: answers without end stop then.
	alive   context.Context
	end     context.CancelFunc
	changed chan chan struct{} // asks for specs that hold what was changed; see [API.serveChange]
	// askedQueries has something in it after somebody asked for a run of a custom query.
	askedQueries chan struct{}
}

// New puts the room together. It starts nothing.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = func() string { return "UTC" }
	}
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = time.Minute
	}
	if len(o.SessionSecret) == 0 {
		o.SessionSecret = make([]byte, 32)
		rand.Read(o.SessionSecret)
	}
	a := &API{Options: o, started: o.Now(), exposures: newExposureLog(o.Submit, o.Now, o.Log), changed: make(chan chan struct{}), askedQueries: make(chan struct{}, 1)}
	a.alive, a.end = context.WithCancel(context.Background())
	a.routes = slices.Concat(
		a.metricRoutes(), a.jobRoutes(), a.experimentRoutes(), a.pulseRoutes(), a.unitRoutes(), a.comparisonRoutes(), a.eventRoutes(), a.keyRoutes(), a.settingRoutes(), a.unitIDTypeRoutes(), a.projectRoutes(), a.segmentRoutes(),
		a.filterRoutes(), a.ledgerRoutes(), a.streamRoutes(), a.idListRoutes(),
		a.gateRoutes(), a.configRoutes(), a.layerRoutes(), a.holdoutRoutes(), a.auditRoutes(),
		a.audienceRoutes(), a.erasureRoutes(), a.aaRoutes(), a.environmentRoutes(), a.customQueryRoutes(), a.reportRoutes(),
		a.sessionRoutes(), a.systemRoutes(), a.destinationRoutes(),
	)
	return a
}

// call is one request on its way.
type call struct {
	*fasthttp.RequestCtx
	// id is what the path's first * stands for, ids what each of them does.
	id     string
	ids    []string
	author string
	// text is the body once it was read: a stream can be read only once.
	text []byte
	// limited ends when the answer takes too long; nil where it may take as long as it does.
	limited context.Context
	// asked are the parameters that were read, ignored the body's fields that nothing here reads.
	asked, ignored []string
}

// handler answers a call with its data and a message, or refuses.
type handler func(c *call) (data any, err error)

// route is a method and a path below /console/v1, in which each * is one segment. A room's file lists its own.
type route struct {
	method, path string
	handle       handler
}

const prefix = "/console/v1/"

// Handle answers the request if it is for the Console API, and says whether it was.
func (a *API) Handle(ctx *fasthttp.RequestCtx) bool {
	if a.handleIDLists(ctx) || a.handleSDK(ctx) || describe(ctx) {
		return true
	}
	path, ok := strings.CutPrefix(string(ctx.URI().PathOriginal()), prefix)
	if !ok {
		return false
	}
	c := &call{RequestCtx: ctx}
	data, err := a.answer(c, strings.Trim(path, "/"))
	a.respond(c, data, err)
	return true
}

// guarded keeps a bug in one answer from ending the server.
func guarded(h handler, c *call) (data any, err error) {
	defer func() {
		if v := recover(); v != nil {
			data, err = nil, fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return h(c)
}

func (a *API) answer(c *call, path string) (any, error) {
	if path == "session" && c.IsPost() {
		return a.signIn(c)
	}
	if err := a.authenticate(c); err != nil {
		return nil, err
	}
	other := ""
	for _, r := range a.routes {
		ids, ok := match(r.path, path)
		switch {
		case ok && r.method == string(c.Method()):
			if c.ids = ids; len(ids) > 0 {
				c.id = ids[0]
			}
			data, err := a.strictly(r, c)
			if err == nil && !c.IsGet() && makesSpecs(r.path) {
				a.serveChange(c)
			}
			return data, err
		case ok:
			other += " " + r.method
		}
	}
	if other != "" {
		return nil, schema.Errorf(405, "method_not_allowed", "%s is not possible here; use%s", c.Method(), other)
	}
	return nil, schema.Errorf(404, "not_found", "there is no %s%s", prefix, path)
}

// strictly answers a call none of whose parameters goes unread. Of a read they are known once it has been made, of a change before.
func (a *API) strictly(r route, c *call) (any, error) {
	if r.method != "GET" {
		if err := c.refuseParameters(changing); err != nil {
			return nil, err
		}
		return a.timely(r, c)
	}
	data, err := a.timely(r, c)
	if err == nil {
		err = c.refuseParameters(c.asked)
	}
	if f, isFile := data.(file); isFile && err != nil {
		f.body.Close()
	}
	return data, err
}

// match fits a path to a pattern and returns what each * stands for. Fixed paths stand before those with * in the list of routes.
func match(pattern, path string) (ids []string, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i, w := range want {
		segment, err := url.PathUnescape(have[i])
		if err != nil || w != "*" && w != segment || segment == "" {
			return nil, false
		}
		if w == "*" {
			ids = append(ids, segment)
		}
	}
	return ids, true
}

// authenticate wants a console key in a header, or the session that one has opened.
func (a *API) authenticate(c *call) error {
	secret := string(c.Request.Header.Peek("Statsig-Api-Key"))
	if bearer, ok := strings.CutPrefix(string(c.Request.Header.Peek("Authorization")), "Bearer "); ok && secret == "" {
		secret = bearer
	}
	var key schema.Key
	var err error
	switch {
	case secret != "":
		key, err = a.consoleKey(secret)
	case len(c.Request.Header.Cookie(sessionCookie)) > 0:
		key, err = a.openSession(c)
	default:
		err = schema.Errorf(401, "no_key", "the Console API needs a console key in the header STATSIG-API-KEY")
	}
	c.author = key.Name
	return err
}

// consoleKey finds the key of a secret, if it may use the Console API.
func (a *API) consoleKey(secret string) (schema.Key, error) {
	key, known, ready := a.Keys.Find(secret)
	switch {
	case !ready:
		return key, schema.Errorf(503, "starting", "the first start is not finished: no keys are known yet; try again in a few seconds")
	case !known:
		return key, schema.Errorf(401, "unknown_key", "the key is unknown or deactivated")
	}
	return key, mayUseConsole(key)
}

func mayUseConsole(key schema.Key) error {
	switch {
	case !key.Active:
		return schema.Errorf(401, "unknown_key", "the key is unknown or deactivated")
	case key.Kind != schema.ConsoleKey:
		return schema.Errorf(403, "wrong_key", "a %s key may not use the Console API; use a console key", key.Kind)
	default:
		return nil
	}
}

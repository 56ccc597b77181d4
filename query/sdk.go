package query

import (
	"context"
	"strings"

	"github.com/VictoriaMetrics/metrics"
	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/schema"
)

// handleSDK answers what Statsig SDKs, and scripts in their place, ask for, and says whether the request was such. Exposures that SDKs
// send are ingest's.
func (a *API) handleSDK(ctx *fasthttp.RequestCtx) bool {
	p := string(ctx.Path())
	version, rest := 1, strings.TrimPrefix(p, "/v1/")
	if strings.HasPrefix(p, "/v2/") {
		version, rest = 2, p[len("/v2/"):]
	} else if rest == p {
		return false
	}
	var answer func(*fasthttp.RequestCtx) error
	switch rest {
	case "check_gate":
		answer = a.checkGate
	case "get_config":
		answer = a.getConfig
	case "get_layer":
		answer = a.getLayer
	case "initialize":
		answer = a.initialize
	default:
		if rest != "download_config_specs" && !strings.HasPrefix(rest, "download_config_specs/") {
			return false
		}
		answer = func(ctx *fasthttp.RequestCtx) error { return a.downloadSpecs(ctx, version) }
	}
	if err := answer(ctx); err != nil {
		a.refuse(&call{RequestCtx: ctx}, err)
	}
	return true
}

// sdkKey finds the key of a request, in header, query or path, and wants it to be of one of some kinds.
func (a *API) sdkKey(ctx *fasthttp.RequestCtx, inPath string, kinds ...schema.KeyKind) (schema.Key, error) {
	secret := string(ctx.Request.Header.Peek("Statsig-Api-Key"))
	if secret == "" {
		secret = string(ctx.QueryArgs().Peek("k"))
	}
	if secret == "" {
		secret = inPath
	}
	if secret == "" {
		return schema.Key{}, schema.Errorf(401, "no_key", "a key is needed in the header STATSIG-API-KEY")
	}
	key, known, ready := a.Keys.Find(secret)
	switch {
	case !ready:
		return key, schema.Errorf(503, "starting", "the first start is not finished: no keys are known yet; try again in a few seconds")
	case !known || !key.Active:
		return key, schema.Errorf(401, "unknown_key", "the key is unknown or deactivated")
	}
	names := make([]string, 0, 2)
	for _, kind := range kinds {
		if kind == key.Kind {
			return key, nil
		}
		names = append(names, string(kind))
	}
	return key, schema.Errorf(403, "wrong_key", "a %s key may not do this; use a %s key", key.Kind, strings.Join(names, " or a "))
}

// unitLists are the ID lists, as evaluation and specs need them.
type unitLists interface {
	gate.Lists
	// Version grows when any list changes.
	Version() uint64
	// Small lists the units of a list that is small enough to stand in the specs.
	Small(ctx context.Context, list string) (ids []string, small bool, err error)
}

// unitLists are nil where there are none, as in tests of other things.
func (a *API) unitLists() unitLists {
	if a.Lists == nil {
		return nil
	}
	return a.Lists
}

func (a *API) listVersion() uint64 {
	if l := a.unitLists(); l != nil {
		return l.Version()
	}
	return 0
}

// members lists the units of small lists.
func (a *API) members(ctx context.Context) func(string) ([]string, bool) {
	l := a.unitLists()
	if l == nil {
		return nil
	}
	return func(segment string) ([]string, bool) {
		ids, small, err := l.Small(ctx, segment)
		if err != nil {
			a.Log.Warn("an ID list cannot be read; SDKs get it as a file", "list", segment, "error", err)
			return nil, false
		}
		return ids, small
	}
}

var (
	rebuilds       = metrics.NewCounter("pulsehouse_specs_rebuilt_total")
	rebuildSeconds = metrics.NewHistogram("pulsehouse_specs_rebuild_seconds")
)

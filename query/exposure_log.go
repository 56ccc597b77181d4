package query

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/valyala/fastjson"
	"github.com/zeebo/xxh3"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
	"github.com/pulsehouse/pulsehouse/schema"
)

// exposureLog collects the exposures of evaluations asked for over HTTP, each unit and result once in a while, and spools them as
// log_event requests several times a second. The answers do not wait for that: what is in memory when the process is killed is lost,
// as it is with an SDK.
type exposureLog struct {
	// submit makes a body durable.
	submit func(ctx context.Context, source string, body []byte) error
	now    func() time.Time
	log    *slog.Logger

	mu sync.Mutex
	// recent and older are what was logged since the last and the last but one turn.
	recent, older hashes
	turned        time.Time
	open          map[string]*exposureBatch // by source
	full          []*exposureBatch
	bytes         int
	last          int // size of the last batch: the next one begins with room for as much
}

// exposureBatch is one request to come. Its body lacks the end.
type exposureBatch struct {
	source string
	body   []byte
}

const (
	batchHead = `{"statsigMetadata":{"sdkType":"http-api","sdkVersion":"1"},"events":[`
	batchEnd  = `]}`
)

const (
	// flushEvery bounds how long an exposure waits.
	flushEvery = 250 * time.Millisecond
	// A unit's exposure is not repeated within sameFor, and not for longer than twice that; SDKs use minutes, Statsig an hour.
	sameFor = 10 * time.Minute
	maxSeen = 500_000
	// maxWaiting bounds memory when the spool takes nothing: beyond it exposures are dropped and counted.
	maxWaiting = 16 << 20
	maxBatch   = 64 << 10
)

func newExposureLog(submit func(context.Context, string, []byte) error, now func() time.Time, log *slog.Logger) *exposureLog {
	return &exposureLog{
		submit: submit, now: now, log: log, open: make(map[string]*exposureBatch), turned: now(),
	}
}

// exposed is one exposure on its way into the log.
type exposed struct {
	event, name, reason string
	result              *gate.Result
}

// add notes an exposure, unless the unit had the same one a short while ago. Names that do not exist, and what is disabled or cannot be
// evaluated, expose nobody.
func (l *exposureLog) add(q *asked, x *exposed) {
	if r := x.result; !r.Known || r.Unsupported || r.RuleID == "disabled" || l.submit == nil {
		return
	}
	key, now := x.key(q.user), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen(key, now) {
		return
	}
	if l.bytes > maxWaiting {
		exposuresDropped.Inc()
		return
	}
	b := l.open[q.key.ID]
	if b == nil {
		b = &exposureBatch{q.key.ID, append(make([]byte, 0, l.last+1<<10), batchHead...)}
		l.open[q.key.ID] = b
	} else {
		b.body = append(b.body, ',')
	}
	before := len(b.body)
	b.body = x.append(b.body, q.body.Get("user"), now)
	l.bytes += len(b.body) - before
	l.recent.add(key)
	if len(b.body) >= maxBatch {
		l.full, l.last = append(l.full, b), len(b.body)
		delete(l.open, b.source)
	}
}

// seen says whether the exposure was logged lately, and forgets in two steps.
func (l *exposureLog) seen(key uint64, now time.Time) bool {
	if l.recent.n >= maxSeen || now.Sub(l.turned) >= sameFor {
		l.recent, l.older, l.turned = hashes{}, l.recent, now
	}
	return l.recent.has(key) || l.older.has(key)
}

// key tells exposures apart: what was asked, by which units, with what result.
func (x *exposed) key(u *gate.User) uint64 {
	var room [256]byte
	b := append(room[:0], x.event...)
	for _, part := range []string{x.name, x.result.RuleID, x.result.Delegate, u.UserID} {
		b = append(append(b, 0), part...)
	}
	b = strconv.AppendBool(append(b, 0), x.result.Value)
	for _, id := range u.CustomIDs {
		b = append(append(append(append(b, 0), id.Type...), 1), id.Value...)
	}
	return xxh3.Hash(b)
}

// append writes the exposure as an SDK would log it.
func (x *exposed) append(b []byte, user *fastjson.Value, now time.Time) []byte {
	r := x.result
	b = append(append(append(b, `{"eventName":"statsig::`...), x.event...), `_exposure","time":`...)
	b = append(strconv.AppendInt(b, now.UnixMilli(), 10), `,"user":`...)
	b = appendUser(b, user)
	b = append(b, `,"metadata":{`...)
	switch x.event {
	case "gate":
		b = appendField(b, "gate", x.name)
		b = appendField(append(b, ','), "gateValue", strconv.FormatBool(r.Value))
	case "layer":
		b = appendField(b, "config", x.name)
		b = appendField(append(b, ','), "allocatedExperiment", r.Delegate)
		b = append(b, `,"parameterName":"","isExplicitParameter":"true"`...)
	default:
		b = appendField(b, "config", x.name)
		b = appendField(append(b, ','), "rulePassed", strconv.FormatBool(r.Value))
	}
	b = appendField(append(b, ','), "ruleID", r.RuleID)
	b = appendField(append(b, ','), "reason", x.reason)
	b = append(b, '}')
	if len(r.Exposures) == 0 {
		return append(b, '}')
	}
	b = append(b, `,"secondaryExposures":[`...)
	for i, s := range r.Exposures {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendField(append(b, '{'), "gate", s.Gate)
		b = appendField(append(b, ','), "gateValue", s.GateValue)
		b = append(appendField(append(b, ','), "ruleID", s.RuleID), '}')
	}
	return append(b, `]}`...)
}

// appendUser writes the user without what is private: that never leaves the request.
func appendUser(b []byte, user *fastjson.Value) []byte {
	if user == nil || user.Type() != fastjson.TypeObject {
		return append(b, `{}`...)
	}
	return appendObject(b, user, "privateAttributes")
}

// appendValue writes a value. fastjson's own writer quotes strings as Go does, which is not JSON where they hold control characters: one such
// user would spoil the exposures of all others in the request.
func appendValue(b []byte, v *fastjson.Value) []byte {
	switch v.Type() {
	case fastjson.TypeObject:
		return appendObject(b, v, "")
	case fastjson.TypeArray:
		b = append(b, '[')
		for i, item := range v.GetArray() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, item)
		}
		return append(b, ']')
	case fastjson.TypeString:
		return appendText(b, v.GetStringBytes())
	default:
		return v.MarshalTo(b)
	}
}

// appendObject writes an object without one of its fields.
func appendObject(b []byte, v *fastjson.Value, without string) []byte {
	b = append(b, '{')
	first := true
	v.GetObject().Visit(func(key []byte, v *fastjson.Value) {
		if without != "" && string(key) == without {
			return
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendText(b, key), ':')
		b = appendValue(b, v)
	})
	return append(b, '}')
}

func appendField(b []byte, name, value string) []byte {
	b = append(append(append(b, '"'), name...), `":`...)
	return appendText(b, value)
}

// appendText writes a JSON string; most need no escaping.
func appendText[T []byte | string](b []byte, s T) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			text, err := json.Marshal(string(s))
			if err != nil {
				panic("BUG: a string does not marshal: " + err.Error())
			}
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// run spools what was logged until ctx ends, and what is left then.
func (l *exposureLog) run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			l.flush(last)
			return
		case <-tick.C:
			l.flush(ctx)
		}
	}
}

// flush spools what waits. What the spool does not take waits on.
func (l *exposureLog) flush(ctx context.Context) {
	l.mu.Lock()
	batches := l.full
	for _, b := range l.open {
		batches = append(batches, b)
		l.last = len(b.body)
	}
	l.full = nil
	clear(l.open)
	l.mu.Unlock()
	for i, b := range batches {
		size := len(b.body)
		err := l.submit(ctx, b.source, append(b.body, batchEnd...))
		if refused, ok := schema.AsError(err); ok && refused.Status < 500 {
			l.log.Error("BUG: logged exposures were refused", "error", err)
			exposuresDropped.Inc()
		} else if err != nil {
			l.log.Warn("exposures could not be spooled; they wait", "error", err)
			l.mu.Lock()
			l.full = append(batches[i:], l.full...)
			l.mu.Unlock()
			return
		}
		l.mu.Lock()
		l.bytes -= size
		l.mu.Unlock()
	}
}

var exposuresDropped = metrics.NewCounter("pulsehouse_http_exposures_dropped_total")

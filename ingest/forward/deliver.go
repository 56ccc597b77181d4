package forward

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// deliver sends messages until each is taken or given up, and returns how many were taken. It is false when ctx ended first. A repetition
// carries the same messages in the same order under the same ids.
func (l *lane) deliver(ctx context.Context, messages []message) (sent int, ok bool) {
	if len(messages) == 0 {
		return 0, ctx.Err() == nil // what was read while everything ends may be cut short
	}
	for tries := 0; ; tries++ {
		turn, ok := l.pace.next(ctx)
		if !ok {
			return 0, false
		}
		if tries > 0 {
			l.retried()
		}
		a := l.post(ctx, messages)
		if ctx.Err() != nil && a.verdict != taken {
			return 0, false
		}
		switch a.verdict {
		case taken:
			if l.pace.good(turn) {
				l.report(statusRunning, "", time.Time{})
			}
			return l.took(messages, a), true
		case refused:
			l.pace.good(turn)
			return l.split(ctx, messages, a)
		default:
			l.wait(ctx, a, turn)
		}
	}
}

// wait says that the destination does not take anything for now, and makes all lanes wait.
func (l *lane) wait(ctx context.Context, a answer, turn turn) {
	status := map[bool]string{true: statusBlocked, false: statusRetrying}[a.verdict == blocked]
	next := l.pace.bad(turn, a.after)
	l.report(status, a.detail, l.o.Now().Add(next))
	l.save(ctx)
	l.o.Log.Warn("a destination does not take what is forwarded; it is tried again", "destination", l.d.ID, "status", status, "answer", a.detail, "wait", next)
}

// split sends the two halves of what was refused; what is refused alone is given up.
func (l *lane) split(ctx context.Context, messages []message, a answer) (sent int, ok bool) {
	if len(messages) == 1 {
		l.giveUp(messages[0], a.code, a.detail)
		return 0, true
	}
	for _, half := range [][]message{messages[:len(messages)/2], messages[len(messages)/2:]} {
		n, ok := l.deliver(ctx, half)
		if !ok {
			return 0, false
		}
		sent += n
	}
	return sent, true
}

// took counts what was taken, less what the answer lists as not.
func (l *lane) took(messages []message, a answer) int {
	rejected := make(map[int]bool)
	for _, r := range a.rejected {
		if r.Index >= 0 && r.Index < len(messages) && !rejected[r.Index] {
			rejected[r.Index] = true
			l.giveUp(messages[r.Index], r.Code, r.Message)
		}
	}
	l.meters.sent.Add(len(messages) - len(rejected))
	return len(messages) - len(rejected)
}

func (x *exporter) retried() {
	x.meters.retries.Inc()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done.Retries++
	x.dirty = true
}

// post sends one request and judges its answer. Whatever is in doubt is tried again: that is what the ids are for.
func (l *lane) post(ctx context.Context, messages []message) answer {
	res, err := l.request(ctx, messages)
	if err != nil {
		return answer{verdict: retry, code: "no_answer", detail: "no answer: " + shorten(err.Error(), 300)}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, answerBytes))
	if err != nil {
		return answer{verdict: retry, code: "no_answer", detail: fmt.Sprintf("status %d, and the answer broke off: %s", res.StatusCode, shorten(err.Error(), 300))}
	}
	return judge(res.StatusCode, res.Header, text, l.o.Now())
}

func (l *lane) request(ctx context.Context, messages []message) (*http.Response, error) {
	text, url, header := body(l.d.Type, messages, l.o.Now()), l.d.Endpoint, make(http.Header)
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "PulseHouse")
	if l.d.Type == schema.WebhookDestination {
		timestamp, signed := signature(l.secret, l.o.Now().UnixMilli(), text)
		header.Set("X-Statsig-Request-Timestamp", timestamp)
		header.Set("X-Statsig-Signature", signed)
	} else {
		packed, err := l.packer.pack(text)
		if err != nil {
			return nil, err
		}
		text, url = packed, url+"/v1/batch"
		header.Set("Content-Encoding", "gzip")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header = header
	if l.d.Type == schema.SegmentDestination {
		req.SetBasicAuth(l.secret, "")
	}
	return l.client.Do(req)
}

// failure is a message that was given up.
type failure struct {
	message
	reason, detail string
}

func (l *lane) giveUp(m message, reason, detail string) {
	l.meters.failed.Inc()
	l.failures = append(l.failures, failure{m, reason, detail})
}

// writeFailures writes down what was given up of a parcel, before the cursor moves. It is false when ctx ended first.
func (l *lane) writeFailures(ctx context.Context) bool {
	if len(l.failures) == 0 {
		return true
	}
	list := make([][]any, len(l.failures))
	for i, f := range l.failures {
		list[i] = []any{f.spool, f.position, f.origin, f.id, f.name, f.reason, shorten(f.detail, 1000), shorten(string(f.json), 2000)}
	}
	p := store.Params{"destination": l.d.ID, "at": l.o.Now().UnixMilli(), "failures": list}
	for pause := l.backoff(); ; {
		err := l.db.Exec(ctx, statement("fail"), p)
		if err == nil {
			return true
		}
		l.o.Log.Warn("what a destination refused could not be written down; trying again", "destination", l.d.ID, "error", err)
		if !pause.wait(ctx, 0) {
			return false
		}
	}
}

// Try sends one message that says it is a test, and returns what was wrong with it.
func (f *Forwarder) Try(ctx context.Context, d schema.Destination) error {
	x := f.exporter(d)
	var err error
	if x.secret, err = f.sealer.Open(d.ID, d.Secret); err != nil {
		return schema.Errorf(409, "secret_lost", "%v", err)
	}
	now := x.o.Now().UnixMilli()
	r := row{Origin: eventsTable, Event: "PulseHouse Test", At: now, UserID: "pulsehouse-test", ToUser: "pulsehouse-test", Tier: "test", MessageID: fmt.Sprintf("test-%d", now)}
	a := (&lane{exporter: x}).post(ctx, x.writer.messages(0, &r))
	if a.verdict == taken && len(a.rejected) == 0 {
		return nil
	}
	if a.verdict == taken {
		return schema.Errorf(502, "test_refused", "the destination answered yes but refused the event: %s %s", a.rejected[0].Code, a.rejected[0].Message)
	}
	return schema.Errorf(502, "test_refused", "the destination did not take a test event: %s", a.detail)
}

package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ledgerAnswer is what GET /ingestion/ledger answers.
type ledgerAnswer struct {
	Total          ledgerFates
	UnreadRequests int
	Rows           []ledgerFates
}

type ledgerFates struct {
	Source, Event                                             string
	Received, Stored, Filtered, Rejected, Duplicate, InFlight int
	Reasons                                                   map[string]int
	Balanced                                                  *bool
}

func (s *server) ledger(query string) (l ledgerAnswer) {
	s.t.Helper()
	from := time.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339)
	s.console("GET", "/ingestion/ledger?from="+from+"&"+query, nil, &l)
	return l
}

// sourceOf is the id of the first key of a kind.
func (s *server) sourceOf(kind string) string {
	s.t.Helper()
	var keys []struct{ ID, Type string }
	s.console("GET", "/keys", nil, &keys)
	for _, k := range keys {
		if k.Type == kind {
			return k.ID
		}
	}
	s.t.Fatalf("there is no %s key", kind)
	return ""
}

func tracks(event, prefix string, n int) string {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf(`{"type":"track","event":%q,"userId":"u","messageId":"%s-%d"}`, event, prefix, i))
	}
	return strings.Join(items, ",")
}

// Every item has one fate, and the ledger adds up: filtered, rejected, repeated and stored ones, and once more after kill -9.
func TestEveryFate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	send := func(items string) {
		t.Helper()
		if status, answer := s.post("/v1/batch", testWriteKey, `{"batch":[`+items+`]}`); status != http.StatusOK {
			t.Fatalf("batch: %d %s", status, answer)
		}
	}
	source := s.sourceOf("write")
	send(tracks("Noise", "early", 2)) // before the filter: stored
	s.console("PATCH", "/ingestion/filters/"+source, map[string]any{"events": []any{map[string]any{"name": "segment::Noise", "tracked": false}}}, nil)
	send(tracks("Noise", "noise", 3) + "," + tracks("Signal", "signal", 5) + `,{"type":"track","event":"Bad"},{"type":"dance","userId":"u"},7`)
	send(tracks("Signal", "signal", 5)) // the same messages again
	sdk := `{"events":[{"eventName":"statsig::gate_exposure","user":{"userID":"u"},"metadata":{"gate":"g","gateValue":"true","ruleID":"r"},"time":1700000000000,
		"secondaryExposures":[{"gate":"h","gateValue":"true","ruleID":"r2"}]}],"statsigMetadata":{"sdkType":"go-sdk","sdkVersion":"1"}}`
	if status, answer := s.post("/v1/log_event", testServerKey, sdk); status != http.StatusAccepted {
		t.Fatalf("log_event: %d %s", status, answer)
	}
	s.waitLoaded()

	var l ledgerAnswer
	s.until("the repeated events are known as duplicates", 60*time.Second, func() bool { l = s.ledger("step=day"); return l.Total.Duplicate == 5 })
	want := ledgerFates{Received: 19, Stored: 8, Filtered: 3, Rejected: 3, Duplicate: 5}
	check := func(got, want ledgerFates, of string) {
		t.Helper()
		if got.Received != want.Received || got.Stored != want.Stored || got.Filtered != want.Filtered || got.Rejected != want.Rejected ||
			got.Duplicate != want.Duplicate || got.InFlight != want.InFlight {
			t.Errorf("%s: %+v, want %+v", of, got, want)
		}
	}
	check(l.Total, want, "total")
	if l.Total.Balanced == nil || !*l.Total.Balanced {
		t.Errorf("the ledger is not balanced: %+v", l.Total)
	}
	for reason, n := range map[string]int{"event_filter": 3, "no_user_anon_id": 1, "unknown_type": 1, "bad_request": 1} {
		if l.Total.Reasons[reason] != n {
			t.Errorf("%d items for %s, want %d", l.Total.Reasons[reason], reason, n)
		}
	}
	check(s.ledger("step=day&event=segment::Noise").Total, ledgerFates{Received: 5, Stored: 2, Filtered: 3}, "Noise")
	check(s.ledger("step=day&source="+source).Total, ledgerFates{Received: 18, Stored: 7, Filtered: 3, Rejected: 3, Duplicate: 5}, "the write key")
	s.checkFilter(source)
	s.checkSamples()
	s.ledgerAfterKill(dir, 19)
}

// checkFilter looks at what the filter's page is told.
func (s *server) checkFilter(source string) {
	s.t.Helper()
	var f struct {
		IncludeNewEvents bool
		Version          int
		Events           []struct {
			Name                           string
			Tracked                        bool
			LastDayVolume, LastDayFiltered int
		}
	}
	s.console("GET", "/ingestion/filters/"+source, nil, &f)
	text := fmt.Sprintf("%+v", f)
	if want := "{IncludeNewEvents:true Version:1 Events:[{Name:segment::Noise Tracked:false LastDayVolume:5 LastDayFiltered:3} " +
		"{Name:segment::Signal Tracked:true LastDayVolume:10 LastDayFiltered:0}]}"; text != want {
		s.t.Errorf("the filter is %s, want %s", text, want)
	}
	s.console("PUT", "/ingestion/filters/"+source+"?dryRun=true", map[string]any{"includeNewEvents": false}, &f)
	if f.Version != 1 || f.Events[1].Tracked {
		s.t.Errorf("a dry run answers %+v", f)
	}
	var history []struct {
		Version int
		Author  string
		Events  []struct{ Name string }
	}
	s.console("GET", "/ingestion/filters/"+source+"/history", nil, &history)
	if len(history) != 1 || history[0].Author == "" || history[0].Events[0].Name != "segment::Noise" {
		s.t.Errorf("the filter's history is %+v", history)
	}
}

// checkSamples looks at the samples of what was rejected: each is found again at its offset.
func (s *server) checkSamples() {
	s.t.Helper()
	var samples []struct {
		Reason, Body, Message string
		Offset                int
	}
	s.console("GET", "/ingestion/rejections", nil, &samples)
	body := `{"batch":[` + tracks("Noise", "noise", 3) + "," + tracks("Signal", "signal", 5) + `,{"type":"track","event":"Bad"},{"type":"dance","userId":"u"},7`
	for _, sample := range samples {
		if sample.Message == "" || !strings.HasPrefix(body[sample.Offset:], sample.Body) {
			s.t.Errorf("the sample %+v is not what stands at its offset", sample)
		}
	}
	if len(samples) != 3 {
		s.t.Errorf("there are %d samples, want 3", len(samples))
	}
}

// ledgerAfterKill kills the server under load twice, and wants a ledger that has every acknowledged event and agrees with the table.
func (s *server) ledgerAfterKill(dir string, before int) {
	acked := 0
	for life := range 2 {
		p := produce(s.URL, life, 4, 20)
		s.until("something is acknowledged", 60*time.Second, func() bool { return p.count() > 500 })
		s.kill()
		acked += len(p.ended())
		s = startServer(s.t, dir)
	}
	s.waitLoaded()
	var l ledgerAnswer
	s.until("nothing is in flight", 60*time.Second, func() bool { l = s.ledger("step=day"); return l.Total.InFlight == 0 && l.UnreadRequests == 0 })
	if l.Total.Balanced == nil || !*l.Total.Balanced || l.Total.Received < before+acked {
		s.t.Errorf("after kill -9 the ledger has %+v; %d events were acknowledged", l.Total, before+acked)
	}
	crash := s.ledger("step=day&event=segment::Crash").Total
	s.stop()
	rows := 0
	for id, n := range storedIDs(s.t, dir) {
		if strings.HasPrefix(id, "life") {
			rows += int(n)
		}
	}
	if crash.Stored+crash.Duplicate != rows || rows < acked {
		s.t.Errorf("the ledger says %+v, the table has %d rows, %d were acknowledged", crash, rows, acked)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// badSink is a Segment-like server that misbehaves in every way that servers do, at random: what it answered with yes it has.
type badSink struct {
	*httptest.Server
	mu     sync.Mutex
	random *rand.Rand
	good   bool
	inARow int               // answers that were not a clean yes
	taken  map[string]string // message by id; also of requests that were taken and then not answered

	requests int
	broken   []string
}

func newBadSink(t *testing.T, seed uint64) *badSink {
	s := &badSink{random: rand.New(rand.NewPCG(seed, 1)), taken: make(map[string]string)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *badSink) serve(w http.ResponseWriter, r *http.Request) {
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return // the sender was killed
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.requests++
	what := s.random.IntN(14)
	// Each answer but a yes doubles the sender's pause: more than five in a row would be a test of patience.
	if s.good || s.inARow == 5 {
		what = 99
	}
	s.inARow++
	if what > 6 {
		s.inARow = 0
	}
	s.mu.Unlock()
	switch what {
	case 0:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case 1:
		w.WriteHeader(http.StatusTooManyRequests)
	case 2:
		w.WriteHeader(http.StatusInternalServerError)
	case 3:
		hangUp(w) // before it took anything
	case 4:
		s.take(text)
		hangUp(w) // took everything, and says nothing
	case 5:
		s.take(text)
		w.Header().Set("Content-Length", "100")
		w.Write([]byte(`{"succ`)) // a part of an answer
	case 6:
		s.take(text)
		w.WriteHeader(http.StatusGatewayTimeout)
	default:
		s.take(text)
		w.Write([]byte(`{"success":true}`))
	}
}

func hangUp(w http.ResponseWriter) {
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		c.Close()
	}
}

func (s *badSink) take(text []byte) {
	var body struct {
		Batch []json.RawMessage
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(text, &body); err != nil {
		s.broken = append(s.broken, err.Error())
		return
	}
	for _, m := range body.Batch {
		var call struct{ MessageID, Event string }
		if err := json.Unmarshal(m, &call); err != nil {
			s.broken = append(s.broken, err.Error())
		}
		if was, ok := s.taken[call.MessageID]; ok && was != string(m) {
			s.broken = append(s.broken, fmt.Sprintf("%s came as %s and as %s", call.MessageID, was, m))
		}
		s.taken[call.MessageID] = string(m)
	}
}

// count is how many requests came.
func (s *badSink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// behave ends the misbehaviour.
func (s *badSink) behave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good = true
}

func (s *badSink) events(name string) (found []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.taken {
		if strings.Contains(m, `"event":"`+name+`"`) {
			found = append(found, m)
		}
	}
	return found
}

// purchases sends custom events of an SDK, a few at a time, until the server dies, and remembers which were acknowledged. After many it
// slows down: on a busy machine a life is long, and what waits at its end has to get through to the bad sink in a bounded time.
func purchases(url string, life int) (acked func() []string) {
	ended, all := make(chan struct{}), []string{}
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			session, items := fmt.Sprintf("life%d-%d", life, n), []string{}
			for i := range 5 {
				items = append(items, fmt.Sprintf(`{"eventName":"buy","user":{"userID":"u%d"},"value":%d,"metadata":{"id":"%s-%d"}}`, i%3, i, session, i))
			}
			body := fmt.Sprintf(`{"events":[%s],"statsigMetadata":{"sdkType":"go","sessionID":%q}}`, strings.Join(items, ","), session)
			req, err := http.NewRequest(http.MethodPost, url+"/v1/log_event", strings.NewReader(body))
			if err != nil {
				return
			}
			req.Header.Set("STATSIG-API-KEY", testServerKey)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return
			}
			res.Body.Close()
			for i := range 5 {
				if res.StatusCode == http.StatusAccepted {
					all = append(all, fmt.Sprintf("%s-%d", session, i))
				}
			}
			pace := 5 * time.Millisecond // not a wait for something
			if n > 400 {
				pace = 100 * time.Millisecond
			}
			time.Sleep(pace)
		}
	}()
	return func() []string { <-ended; return all }
}

// TestForwardKillNine kills the whole process while a misbehaving destination is being sent to. Every acknowledged event must arrive,
// always under the same id with the same text, and nothing may be counted wrong.
func TestForwardKillNine(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir, sink := t.TempDir(), newBadSink(t, seed)
	s := startServer(t, dir)
	s.console("POST", "/destinations", map[string]any{
		"name": "Segment", "endpoint": sink.URL, "writeKey": "other-key", "categories": []string{"customEvents"},
	}, nil)
	var acked []string
	for life := range 3 {
		if life > 0 {
			s = startServer(t, dir)
		}
		before, done := sink.count(), purchases(s.URL, life)
		s.until("something is forwarded", 60*time.Second, func() bool { return sink.count() > before+2 })
		time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond) // the random moment, not a wait for something
		s.kill()
		acked = append(acked, done()...)
	}
	s = startServer(t, dir)
	missing := func() (ids []string) {
		text := strings.Join(sink.events("buy"), "\n")
		for _, id := range acked {
			if !strings.Contains(text, `"id":"`+id+`"`) {
				ids = append(ids, id)
			}
		}
		return ids
	}
	defer func() {
		if t.Failed() {
			whereAre(t, s, missing())
		}
	}()
	s.until("every acknowledged event arrived", 90*time.Second, func() bool { return len(missing()) == 0 })
	sink.behave()
	var d struct {
		Delivery struct{ Sent, Failed, Pending uint64 }
	}
	s.until("nothing waits and the counts are right", 60*time.Second, func() bool {
		s.console("GET", "/destinations/segment", nil, &d)
		return d.Delivery.Pending == 0 && int(d.Delivery.Sent) == len(sink.events("buy"))
	})
	if d.Delivery.Failed != 0 || len(sink.broken) > 0 {
		t.Errorf("%+v, %v", d.Delivery, sink.broken)
	}
	t.Logf("%d requests for %d messages, %d of them acknowledged", sink.count(), d.Delivery.Sent, len(acked))
}

// mapIdentifiers changes who an exported event is about, while it runs: the company where there is one, else the user as before.
func mapIdentifiers(t *testing.T, home, away *server) {
	t.Helper()
	for field, mapping := range map[string]object{"to": {"from": "companyID", "to": "email"}, "from": {"to": "userId"}} {
		home.refused("PATCH", "/destinations/away", object{"identifiers": []object{mapping}}, 400, "identifiers", field)
	}
	home.console("PATCH", "/destinations/away", object{"identifiers": []object{{"from": "companyID", "to": "userId"}}}, nil)
	status, answer := home.post("/v1/log_event", testServerKey, `{"events":[
		{"eventName":"sign","user":{"userID":"u2","customIDs":{"companyID":"c 9","stableID":"st-9"}}},
		{"eventName":"look","user":{"userID":"u3"}}],"statsigMetadata":{"sessionID":"mapped"}}`)
	if status != http.StatusAccepted {
		t.Fatalf("log_event: %d %s", status, answer)
	}
	who := map[string]string{}
	away.until("both mapped events came to the other", 60*time.Second, func() bool {
		var events []struct{ Name, UserID, AnonymousID string }
		away.console("GET", "/events", nil, &events)
		for _, e := range events {
			who[e.Name] = e.UserID + "/" + e.AnonymousID
		}
		return who["segment::sign"] != "" && who["segment::look"] != ""
	})
	if who["segment::sign"] != "c 9/st-9" || who["segment::look"] != "u3/" {
		t.Errorf("with companies mapped to userId the events are about %v", who)
	}
}

// whereAre tells of events that did not arrive how far each came: to the table or not, in which load, and where the cursor is.
func whereAre(t *testing.T, s *server, missing []string) {
	t.Helper()
	var state json.RawMessage
	s.console("GET", "/destinations/segment", nil, &state)
	t.Logf("%d acknowledged are missing, the first %v; the destination is %s", len(missing), missing[:min(len(missing), 5)], state)
	s.stop()
	db := openTables(t, s.dir)
	for what, sql := range map[string]string{
		"of the missing, by load": `SELECT concat(toString(spool_id), ' load ', toString(batch_seq), ' positions ', toString(min(position)), ' to ', toString(max(position)), ': ', toString(count())) AS line
			FROM events WHERE JSONExtractString(properties, 'id') IN ({missing:Array(String)}) GROUP BY spool_id, batch_seq ORDER BY spool_id, batch_seq`,
		"loads recorded": `SELECT concat(toString(spool_id), ' load ', toString(batch_seq), ' of ', toString(loads.table), ' rows ', toString(loads.rows), ' at ', toString(loaded_at)) AS line
			FROM loads WHERE length({missing:Array(String)}) >= 0 ORDER BY loaded_at`,
		"cursors written": `SELECT concat(toString(spools), toString(batches), toString(positions), ' sent ', toString(sent), ' at ', toString(updated_at)) AS line
			FROM forward_states WHERE length({missing:Array(String)}) >= 0 ORDER BY updated_at DESC LIMIT 20`,
	} {
		var lines []struct{ Line string }
		if err := db.Select(t.Context(), &lines, sql, store.Params{"missing": missing}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		for _, l := range lines {
			t.Logf("%s: %s", what, l.Line)
		}
	}
}

// TestForwardRoundTrip exports to another PulseHouse: what it stores is what was sent. Then what is exported comes back to where it came
// from, and is recognised.
func TestForwardRoundTrip(t *testing.T) {
	t.Parallel()
	home, away := startServer(t, t.TempDir()), startServer(t, t.TempDir())
	home.console("POST", "/destinations", map[string]any{
		"name": "away", "endpoint": away.URL, "writeKey": testWriteKey, "categories": []string{"customEvents", "gateExposures"},
	}, nil)
	home.console("POST", "/destinations", map[string]any{
		"name": "loop", "endpoint": home.URL, "writeKey": testWriteKey, "categories": []string{"customEvents"},
	}, nil)
	status, answer := home.post("/v1/log_event", testServerKey, `{"events":[
		{"eventName":"buy","user":{"userID":"u1","email":"a@b.c","customIDs":{"stableID":"st-1","companyID":"c 1"}},"value":19.5,"time":1767323045678,"metadata":{"sku":"ü \"x\"","n":3,"deep":{"a":[1,2]}}},
		{"eventName":"statsig::gate_exposure","user":{"customIDs":{"stableID":"st-2"}},"time":1767323045679,"metadata":{"gate":"new_ui","gateValue":"true","ruleID":"r1","reason":"Network"}}
	],"statsigMetadata":{"sdkType":"go","sessionID":"s"}}`)
	if status != http.StatusAccepted {
		t.Fatalf("log_event: %d %s", status, answer)
	}
	type stored struct {
		Name, UserID, AnonymousID, MessageID string
		Timestamp                            time.Time
		Metadata                             json.RawMessage
	}
	var events []stored
	away.until("both events came to the other", 60*time.Second, func() bool {
		away.console("GET", "/events", nil, &events)
		return len(events) == 2
	})
	byName := map[string]stored{}
	for _, e := range events {
		byName[e.Name] = e
	}
	buy, gate := byName["segment::buy"], byName["segment::statsig::gate_exposure"]
	if buy.UserID != "u1" || buy.AnonymousID != "st-1" || buy.Timestamp.UnixMilli() != 1767323045678 || !strings.HasPrefix(buy.MessageID, "ph-out-") {
		t.Errorf("%+v", buy)
	}
	if got, want := string(buy.Metadata), `{"value":19.5,"metadata":{"sku":"ü \"x\"","n":3,"deep":{"a":[1,2]}}}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if gate.UserID != "" || gate.AnonymousID != "st-2" || gate.Timestamp.UnixMilli() != 1767323045679 {
		t.Errorf("%+v", gate)
	}
	if got, want := string(gate.Metadata), `{"value":"","metadata":{"gate":"new_ui","gateValue":"true","ruleID":"r1","reason":"Network"}}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var loop struct{ Delivery struct{ Sent, Failed uint64 } }
	home.until("what was exported came back", 60*time.Second, func() bool {
		home.console("GET", "/destinations/loop", nil, &loop)
		return loop.Delivery.Sent == 1
	})
	home.waitLoaded()
	home.console("GET", "/events", nil, &events)
	if len(events) != 1 || events[0].Name != "buy" || loop.Delivery.Failed != 0 {
		t.Errorf("the export that came back is stored: %+v, %+v", events, loop)
	}
	mapIdentifiers(t, home, away)
	key, err := os.ReadFile(filepath.Join(home.dir, "secrets.key"))
	if err != nil || len(key) != 32 {
		t.Errorf("key file: %d bytes, %v", len(key), err)
	}
}

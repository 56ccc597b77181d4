package live

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newLog() (*Log, *clock) {
	c := &clock{time.Unix(1_700_000_000, 0)}
	return New(c.now), c
}

// request is n events of one user in one request.
func request(user string, first, n int) *Request {
	rows := &schema.Decoded{Items: n}
	for i := range n {
		rows.Events = append(rows.Events, schema.Event{
			Name: "segment::A", Event: "A", UserID: user, MessageID: fmt.Sprintf("%s-%d", user, first+i), Environment: schema.Production,
			Raw: fmt.Sprintf(`{"n":%d,"word":"Hello"}`, first+i), UnitIDs: schema.UnitIDs{{Type: "companyID", Value: "c-" + user}},
		})
	}
	return &Request{Received: 1_700_000_000_000, Source: "s", SourceKind: schema.FromSegment, Rows: rows}
}

func read(t *testing.T, l *Log, after string, f schema.LiveFilter) *Reader {
	t.Helper()
	r, err := l.Read(after, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// all takes everything that is there.
func all(t *testing.T, r *Reader) (ids []string, last schema.LiveBatch) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Entries {
			ids = append(ids, e.MessageID)
		}
		last = b
		if len(b.Entries) == 0 {
			return ids, last
		}
	}
}

// Whoever comes again goes on where it was: nothing twice, nothing missed.
func TestResume(t *testing.T) {
	l, c := newLog()
	first := read(t, l, "", schema.LiveFilter{})
	l.take(request("u", 0, 3))
	ids, b := all(t, first)
	if fmt.Sprint(ids) != "[u-0 u-1 u-2]" {
		t.Fatalf("read %v", ids)
	}
	first.Close()
	c.at = c.at.Add(time.Second)
	l.take(request("u", 3, 2))
	again := read(t, l, b.Next, schema.LiveFilter{})
	ids, b = all(t, again)
	if fmt.Sprint(ids) != "[u-3 u-4]" || b.Dropped != 0 || b.Skipped != 0 {
		t.Errorf("after coming again it reads %v, %+v", ids, b)
	}
	other, _ := newLog()
	if _, b := all(t, read(t, other, b.Next, schema.LiveFilter{})); b.Dropped == 0 {
		t.Error("a place in the log of an earlier process is taken for one in this")
	}
}

// A reader that does not read falls behind, is told by how much, and costs no memory.
func TestSlowReader(t *testing.T) {
	l, c := newLog()
	slow := read(t, l, "", schema.LiveFilter{})
	for i := range 12 {
		c.at = c.at.Add(time.Second)
		l.take(request("u", i*1000, 1000))
	}
	ids, b := all(t, slow)
	if len(ids) != ringEntries || b.Dropped != 12*1000-ringEntries || ids[len(ids)-1] != "u-11999" {
		t.Errorf("it got %d entries and was told that %d are gone", len(ids), b.Dropped)
	}
}

// The ring is bounded in bytes, too.
func TestBytes(t *testing.T) {
	l, c := newLog()
	r := request("u", 0, 500)
	for i := range r.Rows.Events {
		r.Rows.Events[i].Raw = `"` + string(make([]byte, 40_000)) + `"`
	}
	for range 12 {
		c.at = c.at.Add(time.Second)
		l.take(r)
	}
	if l.bytes > ringBytes || l.next-l.first < 1000 {
		t.Errorf("the ring holds %s", l)
	}
}

// Under load a sample enters, and the rest is counted; but what a reader asks for is found whole.
func TestSample(t *testing.T) {
	l, c := newLog()
	everyone, one := read(t, l, "", schema.LiveFilter{}), read(t, l, "", schema.LiveFilter{ID: "c-wanted"})
	for i := range 5 {
		c.at = c.at.Add(200 * time.Millisecond)
		l.take(request("crowd", i*3000, 3000))
		l.take(request("wanted", i, 1))
	}
	ids, _ := all(t, one)
	if fmt.Sprint(ids) != "[wanted-0 wanted-1 wanted-2 wanted-3 wanted-4]" {
		t.Errorf("asked for one unit, it got %v", ids)
	}
	ids, b := all(t, everyone)
	if uint64(len(ids))+b.Skipped != 15_005 || len(ids) > 1000+perSecond+5 {
		t.Errorf("%d entries and %d skipped, of 15005 items", len(ids), b.Skipped)
	}
	if want := float64(len(ids)) / 15_005; b.SampleRate < want-0.01 || b.SampleRate > want+0.01 {
		t.Errorf("the sample rate is %v, want %v", b.SampleRate, want)
	}
}

// What each filter lets through.
func TestFilter(t *testing.T) {
	l, _ := newLog()
	r := request("u", 0, 1)
	r.Rows.Filtered = []schema.FilteredEvent{{Event: schema.Event{Name: "noise", UserID: "v", MessageID: "filtered", Environment: "staging"}, Reason: schema.ByEventFilter}}
	r.Rows.Rejections = []schema.Rejection{{Reason: schema.NoUserAnonID, Name: "bad", Sample: `{"broken`}}
	r.Rows.Exposures = []schema.Exposure{{Kind: schema.GateExposure, Item: 7, Name: "g", MessageID: "x"}, {Kind: schema.GateExposure, Item: 7, Secondary: true}}
	l.take(r)
	l.take(request("u", 0, 1)) // the same message once more
	want := func(f schema.LiveFilter, names ...string) {
		t.Helper()
		reader := read(t, l, l.place(0), f)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b, err := reader.Next(ctx)
		var got []string
		for _, e := range b.Entries {
			got = append(got, e.Name+"/"+string(e.Fate))
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(names) {
			t.Errorf("%+v lets through %v (%v), want %v", f, got, err, names)
		}
	}
	want(schema.LiveFilter{}, "segment::A/stored", "noise/filtered", "statsig::gate_exposure/stored", "bad/rejected", "segment::A/duplicate")
	want(schema.LiveFilter{Events: []string{"A", "bad"}}, "segment::A/stored", "bad/rejected", "segment::A/duplicate")
	want(schema.LiveFilter{Exclude: []string{"segment::A", "g"}}, "noise/filtered", "bad/rejected")
	want(schema.LiveFilter{Fates: []string{"filtered", "rejected"}}, "noise/filtered", "bad/rejected")
	want(schema.LiveFilter{ID: "c-u"}, "segment::A/stored", "segment::A/duplicate")
	want(schema.LiveFilter{ID: "v"}, "noise/filtered")
	want(schema.LiveFilter{Text: "hELLO", Fates: []string{"stored"}}, "segment::A/stored")
	want(schema.LiveFilter{Text: "broken"}, "bad/rejected")
	want(schema.LiveFilter{Environment: "staging"}, "noise/filtered")
	want(schema.LiveFilter{Source: "other"})
}

// Nobody who reads, however slowly, holds up who offers; and the end of the log ends its readers.
func TestOfferNeverWaits(t *testing.T) {
	l, _ := newLog()
	r := read(t, l, "", schema.LiveFilter{})
	for i := range 10 * offersKept { // nobody runs the log
		l.Offer(*request("u", i, 1))
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()
	for b, err := r.Next(t.Context()); ; b, err = r.Next(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Skipped == 9*offersKept {
			break
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(t.Context()); !errors.Is(err, ErrEnded) {
		t.Errorf("after the end a reader gets %v", err)
	}
}

package query

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/ledger.sql
var ledgerSQL string

//go:embed sql/ledger_duplicates.sql
var ledgerDuplicatesSQL string

//go:embed sql/rejections.sql
var rejectionsSQL string

func (a *API) ledgerRoutes() []route {
	return []route{
		{"GET", "ingestion/ledger", a.showLedger},
		{"GET", "ingestion/rejections", a.listRejections},
	}
}

// fates counts items by what became of them. Received is what the others add up to.
type fates struct {
	Received  int64            `json:"received"`
	Stored    int64            `json:"stored"`
	Filtered  int64            `json:"filtered"`
	Rejected  int64            `json:"rejected"`
	Duplicate int64            `json:"duplicate"`
	InFlight  int64            `json:"inFlight"`
	Reasons   map[string]int64 `json:"reasons,omitempty"`
}

func (f *fates) accounted() int64 {
	return f.Stored + f.Filtered + f.Rejected + f.Duplicate + f.InFlight
}

func (f *fates) add(fate schema.Fate, reason schema.Reason, n int64) {
	switch fate {
	case schema.Stored:
		f.Stored += n
	case schema.Filtered:
		f.Filtered += n
	case schema.Rejected:
		f.Rejected += n
	}
	if reason != "" {
		if f.Reasons == nil {
			f.Reasons = make(map[string]int64)
		}
		f.Reasons[string(reason)] += n
	}
}

// ledgerRow is the fates of one step of time, source and event.
type ledgerRow struct {
	Time   time.Time `json:"time"`
	Source string    `json:"source,omitempty"`
	Event  string    `json:"event,omitempty"`
	fates
}

// ledgerTotal is the fates of the whole window. Received is counted apart from what became of the items.
type ledgerTotal struct {
	fates
	// Balanced says that every item received is accounted for; null while requests of an earlier run have not been looked at.
	Balanced *bool `json:"balanced"`
}

// ledger is the answer.
type ledger struct {
	From  time.Time   `json:"from"`
	To    time.Time   `json:"to"`
	Step  string      `json:"step"`
	Total ledgerTotal `json:"total"`
	// UnreadRequests are in the spool since before the last start and not counted in InFlight yet.
	UnreadRequests uint64      `json:"unreadRequests"`
	Rows           []ledgerRow `json:"rows"`
}

// ledgerQuery is what is asked for.
type ledgerQuery struct {
	from, to      time.Time
	step          time.Duration
	source, event string
	bySource      bool
	byEvent       bool
}

var ledgerSteps = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

func (a *API) ledgerQuery(c *call) (q ledgerQuery, err error) {
	q = ledgerQuery{source: c.query("source"), event: c.query("event"), bySource: true, byEvent: true}
	name := cmp.Or(c.query("step"), "minute")
	if q.step = ledgerSteps[name]; q.step == 0 {
		return q, schema.Invalid("step", "%q is none of minute, hour, day", name)
	}
	if group := c.query("group"); group != "" {
		parts := strings.Split(group, ",")
		q.bySource, q.byEvent = slices.Contains(parts, "source"), slices.Contains(parts, "event")
	}
	if q.to, err = c.instant("to", a.Now().Add(time.Minute)); err != nil {
		return q, err
	}
	q.from, err = c.instant("from", q.to.Add(-time.Hour))
	q.from, q.to = q.from.Truncate(time.Minute), q.to.Truncate(time.Minute)
	if err == nil && !q.from.Before(q.to) {
		return q, schema.Invalid("from", "%s is not a minute before to, %s", q.from.Format(time.RFC3339), q.to.Format(time.RFC3339))
	}
	return q, err
}

// instant reads a time: RFC 3339 or milliseconds since 1970.
func (c *call) instant(name string, otherwise time.Time) (time.Time, error) {
	text := c.query(name)
	if text == "" {
		return otherwise.UTC(), nil
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, schema.Invalid(name, "%q is neither RFC 3339 nor milliseconds since 1970", text)
	}
	return at.UTC(), nil
}

// showLedger answers received = stored + filtered + rejected + duplicate + in flight, by time, source and event.
func (a *API) showLedger(c *call) (any, error) {
	q, err := a.ledgerQuery(c)
	if err != nil {
		return nil, err
	}
	flight := a.InFlight()
	lines, err := a.ledgerLines(c, ledgerSQL, q, flight)
	if err != nil {
		return nil, err
	}
	duplicates, err := a.ledgerLines(c, ledgerDuplicatesSQL, q, flight)
	if err != nil {
		return nil, err
	}
	b := ledgerBuilder{q: q, rows: make(map[ledgerKey]*ledgerRow)}
	b.lines(lines, false)
	b.lines(flight.Lines, true)
	b.duplicates(duplicates)
	return b.ledger(flight.Unread), nil
}

func (a *API) ledgerLines(c *call, sql string, q ledgerQuery, flight schema.Flight) ([]schema.LedgerLine, error) {
	var rows []struct {
		At     uint32 `ch:"at"`
		Source string `ch:"source"`
		Name   string `ch:"name"`
		Fate   string `ch:"fate"`
		Reason string `ch:"reason"`
		Items  uint64 `ch:"items"`
	}
	err := a.DB.Select(c, &rows, sql, store.Params{
		"from": q.from.Unix(), "to": q.to.Unix(), "step": uint32(q.step.Seconds()), "source": q.source, "event": q.event,
		"spool": flight.Spool, "landed": flight.Landed,
	})
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	lines := make([]schema.LedgerLine, len(rows))
	for i, r := range rows {
		lines[i] = schema.LedgerLine{
			Minute: schema.Millis(r.At) * 1000, Source: r.Source, Name: r.Name, Fate: schema.Fate(r.Fate), Reason: schema.Reason(r.Reason), Items: int64(r.Items),
		}
	}
	return lines, nil
}

// ledgerBuilder adds lines up to rows.
type ledgerBuilder struct {
	q     ledgerQuery
	rows  map[ledgerKey]*ledgerRow
	total ledgerTotal
}

type ledgerKey struct {
	at            int64
	source, event string
}

// row is the row that a line belongs to, nil when it is outside of what is asked for.
func (b *ledgerBuilder) row(l *schema.LedgerLine) *ledgerRow {
	at := l.Minute.Time()
	switch {
	case at.Before(b.q.from.Truncate(b.q.step)), !at.Before(b.q.to):
		return nil
	case b.q.source != "" && l.Source != b.q.source, b.q.event != "" && l.Name != b.q.event:
		return nil
	}
	key := ledgerKey{at: at.Truncate(b.q.step).Unix()}
	if b.q.bySource {
		key.source = l.Source
	}
	if b.q.byEvent {
		key.event = l.Name
	}
	if b.rows[key] == nil {
		b.rows[key] = &ledgerRow{Time: time.Unix(key.at, 0).UTC(), Source: key.source, Event: key.event}
	}
	return b.rows[key]
}

func (b *ledgerBuilder) lines(lines []schema.LedgerLine, inFlight bool) {
	for i := range lines {
		l := &lines[i]
		row := b.row(l)
		switch {
		case row == nil:
		case l.Fate == schema.Received:
			b.total.Received += l.Items
		case inFlight:
			row.InFlight += l.Items
			b.total.InFlight += l.Items
		default:
			row.add(l.Fate, l.Reason, l.Items)
			b.total.add(l.Fate, l.Reason, l.Items)
		}
	}
}

func (b *ledgerBuilder) duplicates(lines []schema.LedgerLine) {
	for i := range lines {
		if row := b.row(&lines[i]); row != nil {
			for _, f := range []*fates{&row.fates, &b.total.fates} {
				f.Duplicate += lines[i].Items
				f.Stored -= lines[i].Items
			}
		}
	}
}

func (b *ledgerBuilder) ledger(unread uint64) *ledger {
	answer := &ledger{From: b.q.from, To: b.q.to, Step: b.q.step.String(), UnreadRequests: unread, Rows: []ledgerRow{}}
	for _, row := range b.rows {
		if row.Received = row.accounted(); row.Received != 0 {
			answer.Rows = append(answer.Rows, *row)
		}
	}
	slices.SortFunc(answer.Rows, func(x, y ledgerRow) int {
		return cmp.Or(y.Time.Compare(x.Time), cmp.Compare(x.Source, y.Source), cmp.Compare(x.Event, y.Event))
	})
	accounted := b.total.accounted()
	if b.q.event != "" {
		b.total.Received = accounted // items are counted apart from their fate per source, not per event
	}
	if unread == 0 {
		balanced := b.total.Received == accounted
		b.total.Balanced = &balanced
	}
	answer.Total = b.total
	return answer
}

// rejection is a sample of a rejected item.
type rejection struct {
	Received time.Time `ch:"received_time" json:"receivedAt"`
	Source   string    `ch:"source" json:"source"`
	Event    string    `ch:"name" json:"event"`
	Reason   string    `ch:"reason" json:"reason"`
	Message  string    `ch:"message" json:"message"`
	Offset   uint64    `ch:"offset" json:"offset"`
	Body     string    `ch:"body" json:"body"`
}

// listRejections lists samples of rejected items, the newest first.
func (a *API) listRejections(c *call) (any, error) {
	q, err := a.ledgerQuery(c)
	if err != nil {
		return nil, err
	}
	limit, number, err := c.paging()
	if err != nil {
		return nil, err
	}
	samples := []rejection{}
	err = a.DB.Select(c, &samples, rejectionsSQL, store.Params{
		"from": q.from.Unix(), "to": q.to.Unix(), "source": q.source, "event": q.event, "reason": c.query("reason"),
		"limit": uint64(limit), "offset": uint64(limit * (number - 1)),
	})
	if err != nil {
		return nil, fmt.Errorf("read rejections: %w", err)
	}
	seen := limit*(number-1) + len(samples)
	if len(samples) == limit {
		seen++
	}
	return list{samples, c.pages(limit, number, seen)}, nil
}

package query

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Outbound is what the destinations need beside their definitions.
type Outbound struct {
	// Sealer encrypts what a destination is trusted with.
	Sealer *catalog.Sealer
	// Try sends a test event.
	Try func(context.Context, schema.Destination) error
}

func (a *API) destinationRoutes() []route {
	return []route{
		{"GET", "destinations", a.listDestinations},
		{"POST", "destinations", a.createDestination},
		{"GET", "destinations/*", a.getDestination},
		{"PATCH", "destinations/*", a.patchDestination},
		{"DELETE", "destinations/*", a.deleteDestination},
		{"PUT", "destinations/*/pause", a.pauseDestination},
		{"PUT", "destinations/*/resume", a.resumeDestination},
		{"PUT", "destinations/*/replay", a.replayDestination},
		{"POST", "destinations/*/test", a.testDestination},
		{"GET", "destinations/*/failures", a.destinationFailures},
		{"GET", "destinations/*/events", a.destinationEvents},
	}
}

// destination is a definition as the Console API shows it: without its secret, with how far it is.
type destination struct {
	schema.Destination
	// Secret hides the definition's: it is sealed, and nobody's business.
	Secret    *struct{} `json:"secret,omitempty"`
	HasSecret bool      `json:"hasSecret"`
	Delivery  delivery  `json:"delivery"`
}

// delivery is how far a destination is.
type delivery struct {
	// Status is starting, running, retrying, blocked or paused.
	Status  string `json:"status"`
	Sent    uint64 `json:"sent"`
	Failed  uint64 `json:"failed"`
	Retries uint64 `json:"retries"`
	// Skipped are later exposures of a unit, with first exposures only; Pending are stored rows that were not looked at yet.
	Skipped    uint64  `json:"skipped"`
	Pending    uint64  `json:"pending"`
	LagSeconds float64 `json:"lagSeconds"`
	// SentTo is the receipt time of the last row that is done with.
	SentTo *time.Time `json:"sentTo"`
	// Problem is the last answer that was not a yes.
	Problem   string     `json:"problem"`
	ProblemAt *time.Time `json:"problemAt"`
	RetryAt   *time.Time `json:"retryAt"`
}

func (a *API) shownDestination(ctx context.Context, d *schema.Destination) (destination, error) {
	s := destination{Destination: *d, HasSecret: d.Secret != ""}
	v, err := a.Catalog.Delivery(ctx, d)
	if err != nil {
		return s, err
	}
	p, err := a.Catalog.Pending(ctx, d, v)
	if err != nil {
		return s, err
	}
	s.Delivery = delivery{
		Status: v.Status, Sent: v.Sent, Failed: v.Failed, Retries: v.Retries, Skipped: v.Skipped, Pending: p.Rows, LagSeconds: p.Lag.Seconds(),
		SentTo: known(v.SentTo), Problem: v.Problem, ProblemAt: known(v.ProblemAt), RetryAt: known(v.RetryAt),
	}
	switch {
	case d.Paused:
		s.Delivery.Status = "paused"
	case v.Status == "", v.Status == "paused":
		s.Delivery.Status = "starting"
	}
	return s, nil
}

// known is nil for a time that is not.
func known(t time.Time) *time.Time {
	if t.Unix() <= 0 {
		return nil
	}
	return &t
}

func (a *API) listDestinations(c *call) (any, error) {
	list, err := a.Catalog.Destinations(c)
	if err != nil {
		return nil, err
	}
	all := make([]destination, len(list))
	for i := range list {
		if all[i], err = a.shownDestination(c, &list[i]); err != nil {
			return nil, err
		}
	}
	return page(c, all)
}

func (a *API) getDestination(c *call) (any, error) {
	d, err := a.Catalog.Destination(c, c.id)
	if err != nil {
		return nil, err
	}
	return a.shownDestination(c, d)
}

// destinationBody is what creating and changing take: the definition, and a secret as it is.
type destinationBody struct {
	*schema.Destination
	// WriteKey is a Segment destination's, SigningSecret a webhook's.
	WriteKey      string `json:"writeKey"`
	SigningSecret string `json:"signingSecret"`
}

// readDestination reads the body over a definition, and keeps what only its life may change.
func (a *API) readDestination(c *call, d *schema.Destination) error {
	old := *d
	b := destinationBody{Destination: d}
	if err := c.body(&b); err != nil {
		return err
	}
	d.Secret, d.From, d.Replays, d.Version, d.CreatedTime = old.Secret, old.From, old.Replays, old.Version, old.CreatedTime
	if err := d.Validate(); err != nil {
		return err
	}
	secret, field := b.WriteKey, "writeKey"
	if d.Type == schema.WebhookDestination {
		secret, field = b.SigningSecret, "signingSecret"
	}
	if secret != "" {
		d.Secret = a.Outbound.Sealer.Seal(d.ID, secret)
	}
	if d.Secret == "" {
		return schema.Invalid(field, "is missing: a %s destination needs one", d.Type)
	}
	return nil
}

func (a *API) createDestination(c *call) (any, error) {
	var d schema.Destination
	d.Events.IncludeNew = true
	if err := a.readDestination(c, &d); err != nil {
		return nil, err
	}
	if _, err := a.Catalog.Destination(c, d.ID); err == nil {
		return nil, schema.Errorf(409, "destination_exists", "destination %q exists; change it with PATCH /console/v1/destinations/{id}", d.ID)
	} else if e, ok := schema.AsError(err); !ok || e.Status != 404 {
		return nil, err
	}
	if err := a.Catalog.SaveDestination(c, c.author, &d); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return a.shownDestination(c, &d)
}

// patchDestination changes the fields that the body has. The cursor stays: what was not sent yet is sent as the new definition says.
func (a *API) patchDestination(c *call) (any, error) {
	return a.changeDestination(c, func(d *schema.Destination) error {
		id, kind := d.ID, d.Type
		if err := a.readDestination(c, d); err != nil {
			return err
		}
		if d.ID != id || d.Type != kind {
			return schema.Invalid("type", "id and type of a destination are fixed; make another destination")
		}
		return nil
	})
}

func (a *API) changeDestination(c *call, f func(*schema.Destination) error) (any, error) {
	d, err := a.Catalog.Destination(c, c.id)
	if err != nil {
		return nil, err
	}
	if err := f(d); err != nil {
		return nil, err
	}
	if err := a.Catalog.SaveDestination(c, c.author, d); err != nil {
		return nil, err
	}
	return a.shownDestination(c, d)
}

func (a *API) deleteDestination(c *call) (any, error) {
	if _, err := a.Catalog.Destination(c, c.id); err != nil {
		return nil, err
	}
	return nil, a.Catalog.DeleteDestination(c, c.author, c.id)
}

func (a *API) pauseDestination(c *call) (any, error)  { return a.setPaused(c, true) }
func (a *API) resumeDestination(c *call) (any, error) { return a.setPaused(c, false) }

func (a *API) setPaused(c *call, paused bool) (any, error) {
	return a.changeDestination(c, func(d *schema.Destination) error {
		d.Paused = paused
		return nil
	})
}

// replayDestination sends everything received since a time once more, under the same message ids, and goes on from there.
func (a *API) replayDestination(c *call) (any, error) {
	var body struct {
		From instant `json:"from"`
	}
	return a.changeDestination(c, func(d *schema.Destination) error {
		if err := c.body(&body); err != nil {
			return err
		}
		if body.From <= 0 || schema.Millis(body.From) > a.now() {
			return schema.Invalid("from", "must be a time in the past, RFC 3339 or Unix milliseconds")
		}
		d.From, d.Replays = schema.Millis(body.From), d.Replays+1
		return nil
	})
}

// testedDestination is that a destination took the test event; one that does not is a refusal.
type testedDestination struct {
	Accepted bool `json:"accepted"`
}

// testDestination sends one event that says it is a test, now and apart from everything else.
func (a *API) testDestination(c *call) (any, error) {
	d, err := a.Catalog.Destination(c, c.id)
	if err != nil {
		return nil, err
	}
	if err := a.Outbound.Try(c, *d); err != nil {
		return nil, err
	}
	return testedDestination{true}, nil
}

// failure is a message that a destination refused for good.
type failure struct {
	At        time.Time `ch:"failed_at" json:"failedAt"`
	Origin    string    `ch:"origin" json:"origin"`
	MessageID string    `ch:"message_id" json:"messageID"`
	Name      string    `ch:"name" json:"name"`
	Reason    string    `ch:"reason" json:"reason"`
	Detail    string    `ch:"detail" json:"detail"`
	Sample    string    `ch:"sample" json:"sample"`
}

//go:embed sql/destination_failures.sql
var destinationFailuresSQL string

func (a *API) destinationFailures(c *call) (any, error) {
	if _, err := a.Catalog.Destination(c, c.id); err != nil {
		return nil, err
	}
	limit, number, err := c.paging()
	if err != nil {
		return nil, err
	}
	var total uint64
	failures := []failure{}
	p := store.Params{"destination": c.id, "limit": limit, "offset": limit * (number - 1)}
	if err := a.DB.Select(c, &failures, destinationFailuresSQL, p); err != nil {
		return nil, fmt.Errorf("read failures of %q: %w", c.id, err)
	}
	err = a.DB.Row(c, "SELECT count() FROM forward_failures FINAL WHERE destination = {destination:String}", p).Scan(&total)
	if err != nil {
		return nil, fmt.Errorf("count failures of %q: %w", c.id, err)
	}
	return list{failures, c.pages(limit, number, int(total))}, nil
}

// destinationEvent is a custom event and whether it is sent.
type destinationEvent struct {
	Name    string `ch:"name" json:"name"`
	LastDay uint64 `ch:"last_day" json:"lastDayVolume"`
	Sent    bool   `json:"sent"`
	// Explicit says that the choice names the event; others are sent or not as includeNewEvents says.
	Explicit bool `json:"explicit"`
}

//go:embed sql/destination_events.sql
var destinationEventsSQL string

// destinationEvents lists the custom events of the last month, for the choice of which are sent.
func (a *API) destinationEvents(c *call) (any, error) {
	d, err := a.Catalog.Destination(c, c.id)
	if err != nil {
		return nil, err
	}
	events, explicit := []destinationEvent{}, map[string]bool{}
	for _, r := range d.Events.Events {
		explicit[r.Name] = true
	}
	p := store.Params{"segment": d.Type == schema.WebhookDestination && d.SegmentEvents}
	if err := a.DB.Select(c, &events, destinationEventsSQL, p); err != nil {
		return nil, fmt.Errorf("read events for %q: %w", c.id, err)
	}
	for i := range events {
		e := &events[i]
		e.Sent, e.Explicit = d.Sends(schema.SendCustomEvents) && d.Events.Stores(e.Name), explicit[e.Name]
		delete(explicit, e.Name)
	}
	for name := range explicit { // chosen before anything came under it
		events = append(events, destinationEvent{Name: name, Sent: d.Events.Stores(name), Explicit: true})
	}
	return page(c, events)
}
